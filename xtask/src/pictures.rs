//! The pictures that README.md and bench/NOTES.md show, drawn from what was measured.
//!
//! Drawn with plotters, the most used plotting library for Rust; it writes SVG without a font at hand.

use crate::results::{Growth, GrowthLine, Measured};
use crate::speed::AXES;
use crate::training::{Labels, Training};
use anyhow::{Result, anyhow};
use laddernet::models::Kind;
use laddernet_run::settings::{Config, DataFacts, Recipe};
use laddernet_run::tables::{Measure, Table, figures_of};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::ops::Range;

/// Every picture: its path below the root, and what it shows.
pub fn all(measured: &Measured) -> Result<Vec<(String, String)>> {
    let growth = |(name, growth): &(String, Growth)| (format!("bench/results/{name}.svg"), panels(growth));
    let mut pictures: Vec<(String, Vec<Panel>)> = measured.growth.iter().map(growth).collect();
    if !measured.trainings.is_empty() {
        let usual = usual()?;
        pictures.push(("results/error-by-labels.svg".into(), vec![error_by_labels(measured, &usual)]));
        pictures.push(("results/error-by-minutes.svg".into(), vec![error_by_minutes(measured, &usual)]));
    }
    pictures.into_iter().map(|(path, panels)| Ok((path, draw(&panels)?))).collect()
}

/// One diagram, both axes logarithmic.
struct Panel {
    title: String,
    x: &'static str,
    y: &'static str,
    legend: SeriesLabelPosition,
    series: Vec<Series>,
}

struct Series {
    name: String,
    colour: RGBColor,
    mark: Mark,
    points: Vec<(f64, f64)>,
}

/// How the points of a series are drawn.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    /// Dots joined by a line.
    Line,
    /// A dot each, which lets others shine through.
    Dot,
    /// A cross each: what others have published.
    Cross,
    /// A triangle each.
    Triangle,
}

const SIZE: (u32, u32) = (460, 330); // of one of several panels
const ALONE: (u32, u32) = (760, 440); // of a panel that has the picture to itself
const COLUMNS: usize = 2;

const BLUE: RGBColor = RGBColor(20, 80, 160);
const LIGHT_BLUE: RGBColor = RGBColor(120, 170, 220);
const ORANGE: RGBColor = RGBColor(200, 90, 10);
const LIGHT_ORANGE: RGBColor = RGBColor(240, 180, 110);
const GREY: RGBColor = RGBColor(120, 120, 120);
const RED: RGBColor = RGBColor(190, 30, 60);
const GREEN: RGBColor = RGBColor(30, 130, 60);

fn panels(growth: &Growth) -> Vec<Panel> {
    let panel = |(axis, title, unit): (&str, &str, &'static str)| {
        let of = |name: &str, colour, threads, precision: &str| {
            let wanted = |l: &&GrowthLine| (&*l.axis, l.threads, &*l.precision) == (axis, threads, precision);
            let points = growth.lines.iter().filter(wanted).map(|l| (l.value as f64, l.cost())).collect();
            Series { name: name.into(), colour, mark: Mark::Line, points }
        };
        let series = vec![
            of("f32, one thread", LIGHT_BLUE, 1, "f32"),
            of("f32, two threads", BLUE, 2, "f32"),
            of("bf16, one thread", LIGHT_ORANGE, 1, "bf16"),
            of("bf16, two threads", ORANGE, 2, "bf16"),
        ];
        Panel { title: title.into(), x: "", y: unit, legend: SeriesLabelPosition::UpperLeft, series }
    };
    AXES.map(panel).into()
}

/// What `all` labels are on the axis.
const ALL_LABELS: f64 = 60_000.0;

/// What the two pictures of errors show: trainings on MNIST like those of the survey's table of six layers, which are those with the
/// settings that nobody has to give.
fn usual() -> Result<Config> {
    let mut recipe = Recipe::default();
    recipe.set("data.source", "mnist".into());
    Ok(recipe.resolve(DataFacts::of_rows(784, 10))?)
}

/// How a ladder was trained.
#[derive(Clone, Copy, PartialEq)]
enum Trained {
    /// As the survey says.
    Survey,
    /// In fewer epochs.
    Fast,
    /// In stages: its rows were grouped before it.
    Groups,
}

impl Trained {
    fn of(training: &Training, usual: &Config) -> Self {
        match (training.stages.is_empty(), training.epochs == usual.training.epochs) {
            (false, _) => Trained::Groups,
            (true, true) => Trained::Survey,
            (true, false) => Trained::Fast,
        }
    }
}

/// The trainings of one model with these layers on MNIST, runs for a published curve left out.
fn trainings<'a>(
    measured: &'a Measured,
    kind: Option<&'static Kind>,
    usual: &'a Config,
) -> impl Iterator<Item = &'a Training> {
    let is_it =
        |t: &&Training| t.data == usual.data.source.to_string() && t.layers == usual.layers() && !t.is_of_curve();
    measured.trainings.iter().filter(is_it).filter(move |t| kind.is_some_and(|kind| kind.name == t.model))
}

fn count(labels: &str) -> f64 {
    labels.parse().unwrap_or(ALL_LABELS)
}

/// Test error against the number of labels: every run of ours, and what was published.
fn error_by_labels(measured: &Measured, usual: &Config) -> Panel {
    let ours = |name: &str, kind, colour, trained: Option<Trained>| {
        let is_so = |t: &&Training| trained.is_none_or(|trained| Trained::of(t, usual) == trained);
        let point = |t: &Training| Some((count(&t.labels.as_ref()?.to_string()), t.test_error_percent?));
        let points = trainings(measured, kind, usual).filter(is_so).filter_map(point).collect();
        Series { name: name.into(), colour, mark: Mark::Dot, points }
    };
    let published = |table: &str, by: &str, mark, colour| {
        let entries = || Table::find(table).into_iter().flat_map(|table| &table.entries);
        let at = |recipe: &str| {
            let found = figures_of(recipe, Measure::TestErrorPercent).into_iter().find(|figure| figure.by == by)?;
            Some((count(recipe.rsplit('-').next()?), found.value?))
        };
        let of_kind = entries().filter(|entry| entry.kind().is_ok_and(|kind| kind == usual.kind()));
        let mut points: Vec<(f64, f64)> = of_kind.filter_map(|entry| at(entry.recipe.as_deref()?)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series { name: by.into(), colour, mark, points }
    };
    let alone = usual.model.spec().baseline(0.0).map(|model| model.kind());
    let columns = |table: &str| Table::find(table).map_or(&[][..], |table| &table.columns);
    let mut series = vec![
        ours("the same encoder, labels alone: every run", alone, GREY, None),
        ours("full ladder, recipe fast: every run", Some(usual.kind()), LIGHT_BLUE, Some(Trained::Fast)),
        ours("full ladder, the survey's settings: every run", Some(usual.kind()), BLUE, Some(Trained::Survey)),
        ours("full ladder, groups of rows: every run", Some(usual.kind()), RED, Some(Trained::Groups)),
    ];
    let marks = [(Mark::Cross, ORANGE), (Mark::Triangle, GREEN)];
    let of_the_survey = columns("survey-2").iter().zip(marks);
    series.extend(of_the_survey.map(|((by, _), (mark, colour))| published("survey-2", by, mark, colour)));
    // The survey itself stands there already.
    let of_graphs = columns("few-labels").iter().skip(1);
    series.extend(of_graphs.map(|(by, _)| published("few-labels", by, Mark::Triangle, LIGHT_ORANGE)));
    let title = "Test error on MNIST by the number of labels".into();
    Panel { title, x: "labels", y: "test error %", legend: SeriesLabelPosition::UpperRight, series }
}

/// Test error against the minutes of the training, and PyTorch's beside it.
fn error_by_minutes(measured: &Measured, usual: &Config) -> Panel {
    let ours = |name: String, labels: u64, survey: bool, mark, colour| {
        let trained = if survey { Trained::Survey } else { Trained::Fast };
        let is_so = |t: &&Training| Trained::of(t, usual) == trained;
        let of_labels = |t: &&Training| t.labels == Some(Labels::Count(labels));
        let runs = trainings(measured, Some(usual.kind()), usual).filter(of_labels).filter(is_so);
        let points = runs.filter_map(|t| Some((t.seconds / 60.0, t.test_error_percent?))).collect();
        Series { name, colour, mark, points }
    };
    let mut series = Vec::new();
    for (labels, dark, light) in [(100, BLUE, LIGHT_BLUE), (40, ORANGE, LIGHT_ORANGE)] {
        series.push(ours(format!("fast, {labels} labels"), labels, false, Mark::Dot, dark));
        series.push(ours(format!("the survey's settings, {labels} labels"), labels, true, Mark::Triangle, light));
    }
    for training in &measured.pytorch {
        let points = training.points.iter().map(|p| (p.minutes, p.test_error_percent)).collect();
        let name = format!("{}, {} labels", training.contender, training.labels);
        series.push(Series { name, colour: GREY, mark: Mark::Line, points });
    }
    let title = "Test error on MNIST by minutes of training, two cores".into();
    Panel { title, x: "minutes", y: "test error %", legend: SeriesLabelPosition::UpperRight, series }
}

fn draw(panels: &[Panel]) -> Result<String> {
    let (size, grid) = match panels.len() {
        1 => (ALONE, (1, 1)),
        n => ((SIZE.0 * COLUMNS as u32, SIZE.1 * n.div_ceil(COLUMNS) as u32), (n.div_ceil(COLUMNS), COLUMNS)),
    };
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let whole = || -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        root.fill(&WHITE)?;
        for (area, panel) in root.split_evenly(grid).iter().zip(panels) {
            draw_panel(area, panel)?;
        }
        root.present()
    };
    whole().map_err(|e| anyhow!("cannot draw: {e}"))?;
    drop(root);
    Ok(svg + "\n")
}

fn draw_panel<'a>(
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    panel: &Panel,
) -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
    let points = || panel.series.iter().flat_map(|l| &l.points);
    if points().next().is_none() {
        return Ok(());
    }
    let (mut x, mut y) = (around(points().map(|p| p.0)), around(points().map(|p| p.1)));
    if !panel.x.is_empty() {
        y.end *= 3.0; // Room for the legend above every run.
        // To a power of ten, so that there are two at least to read the axis by.
        x.start = 10f64.powf((x.start * 1.3).log10().floor()) / 1.05;
    }
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(if panel.x.is_empty() { 28 } else { 44 })
        .y_label_area_size(58)
        .build_cartesian_2d(x.log_scale(), y.log_scale())?;
    // 1, 2 and 5 of each decade: more labels would overlap.
    let number = |n: &f64| match (n / 10f64.powf((n * 1.0001).log10().floor())).round() as u32 {
        1 | 2 | 5 => format!("{n}"),
        _ => String::new(),
    };
    let mesh = &mut chart.configure_mesh();
    mesh.x_label_formatter(&number).y_label_formatter(&number).y_desc(panel.y).light_line_style(WHITE);
    if !panel.x.is_empty() {
        mesh.x_desc(panel.x).x_labels(30).y_labels(16);
    }
    mesh.draw()?;
    for Series { name, colour, mark, points } in panel.series.iter().filter(|l| !l.points.is_empty()) {
        let style = ShapeStyle::from(colour).stroke_width(2);
        let points = points.iter().copied();
        match mark {
            Mark::Line => {
                let line = chart.draw_series(LineSeries::new(points.clone(), style))?;
                line.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
                chart.draw_series(points.map(|p| Circle::new(p, 3, colour.filled())))?;
            }
            Mark::Dot => {
                let style = colour.mix(0.6).filled();
                let dots = chart.draw_series(points.map(|p| Circle::new(p, 4, style)))?;
                dots.label(name).legend(move |(x, y)| Circle::new((x + 9, y), 4, style));
            }
            Mark::Cross => {
                let crosses = chart.draw_series(points.map(|p| Cross::new(p, 5, style)))?;
                crosses.label(name).legend(move |(x, y)| Cross::new((x + 9, y), 5, style));
            }
            Mark::Triangle => {
                let style = colour.mix(0.8).filled();
                let triangles = chart.draw_series(points.map(|p| TriangleMarker::new(p, 5, style)))?;
                triangles.label(name).legend(move |(x, y)| TriangleMarker::new((x + 9, y), 5, style));
            }
        }
    }
    let labels = &mut chart.configure_series_labels();
    labels.position(panel.legend.clone()).background_style(WHITE.mix(0.8)).label_font(("sans-serif", 13)).draw()
}

/// From a little below the smallest to a little above the largest.
fn around(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    low / 1.3..high * 1.3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{MinutesPoint, PytorchTraining};
    use crate::training::tests::run_of;

    #[test]
    fn shows_every_line_and_point() {
        let line = |axis: &str, value, threads| GrowthLine {
            axis: axis.into(),
            value,
            threads,
            precision: "f32".into(),
            ms_per_step: (axis != "rows").then_some(value as f64),
            seconds_per_epoch: (axis == "rows").then_some(0.1 * value as f64),
            megabytes_at_most: None,
        };
        let lines = vec![line("width", 10, 1), line("width", 20, 1), line("rows", 1000, 2)];
        let growth = Growth { lines, ..Growth::default() };
        let svg = draw(&panels(&growth)).unwrap();
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("f32, one thread") && svg.contains("f32, two threads") && !svg.contains("bf16"));
        assert!(svg.contains("Training rows") && !svg.contains("Values a row"));
        assert_eq!(svg, draw(&panels(&growth)).unwrap());
    }

    #[test]
    fn every_run_and_every_published_figure_is_a_mark() {
        let trainings = vec![
            run_of("survey-2-full-100", 1, 2.0),
            run_of("survey-2-full-100", 2, 3.0),
            run_of("survey-2-mlp-100", 1, 2.0),
            run_of("fast-full-100", 3, 4.0),
        ];
        let mut measured = Measured { trainings, ..Measured::default() };
        let usual = usual().unwrap();
        let counts = |panel: &Panel| panel.series.iter().map(|s| s.points.len()).collect::<Vec<_>>();
        // None of ours by groups. The survey has 40, 100, 1000 and all, the authors have 50 instead of 40, and others have
        // published 10 and 20.
        assert_eq!(counts(&error_by_labels(&measured, &usual)), [1, 1, 2, 0, 4, 4, 2]);
        assert_eq!(counts(&error_by_minutes(&measured, &usual)), [1, 2, 0, 0]);
        measured.pytorch.push(PytorchTraining {
            contender: "PyTorch".into(),
            labels: 100,
            points: vec![MinutesPoint { minutes: 3.0, test_error_percent: 2.0 }],
        });
        assert_eq!(counts(&error_by_minutes(&measured, &usual)), [1, 2, 0, 0, 1]);
        let svg = draw(&[error_by_labels(&measured, &usual)]).unwrap();
        assert_eq!(
            svg.matches("<circle").count(),
            4 + 3,
            "four runs, and a dot in the legend for each of three series"
        );
        assert!(svg.contains("Rasmus et al. 2015") && svg.contains("labels alone"));
    }
}
