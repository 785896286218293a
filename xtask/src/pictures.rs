//! The pictures that README.md and bench/NOTES.md show, drawn from what was measured.
//!
//! Drawn with plotters, the most used plotting library for Rust; it writes SVG without a font at hand.

use crate::results::{Growth, GrowthLine, Measured};
use crate::tables::AXES;
use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::ops::Range;

/// Every picture: its path below the root, and what it shows.
pub fn all(measured: &Measured) -> Result<Vec<(String, String)>> {
    let growth = |(name, growth): &(String, Growth)| Ok((format!("bench/results/{name}.svg"), draw(&panels(growth))?));
    measured.growth.iter().map(growth).collect()
}

/// One diagram, both axes logarithmic.
struct Panel {
    title: String,
    y: &'static str,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    colour: RGBColor,
    points: Vec<(f64, f64)>,
}

const SIZE: (u32, u32) = (460, 330); // of a panel
const COLUMNS: usize = 2;

fn panels(growth: &Growth) -> Vec<Panel> {
    let panel = |(axis, title, unit): (&str, &str, &'static str)| {
        let of = |name: String, colour, threads, precision: &str| {
            let wanted = |l: &&GrowthLine| (&*l.axis, l.threads, &*l.precision) == (axis, threads, precision);
            let points = growth.lines.iter().filter(wanted).map(|l| (l.value as f64, l.cost())).collect();
            Line { name, colour, points }
        };
        let lines = vec![
            of("f32, one thread".into(), RGBColor(120, 170, 220), 1, "f32"),
            of("f32, two threads".into(), RGBColor(20, 80, 160), 2, "f32"),
            of("bf16, one thread".into(), RGBColor(240, 180, 110), 1, "bf16"),
            of("bf16, two threads".into(), RGBColor(200, 90, 10), 2, "bf16"),
        ];
        Panel { title: title.into(), y: unit, lines }
    };
    AXES.map(panel).into()
}

fn draw(panels: &[Panel]) -> Result<String> {
    let rows = panels.len().div_ceil(COLUMNS);
    let mut svg = String::new();
    let size = (SIZE.0 * COLUMNS as u32, SIZE.1 * rows as u32);
    let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    let whole = || -> Result<(), DrawingAreaErrorKind<std::io::Error>> {
        root.fill(&WHITE)?;
        for (area, panel) in root.split_evenly((rows, COLUMNS)).iter().zip(panels) {
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
    let points = || panel.lines.iter().flat_map(|l| &l.points);
    if points().next().is_none() {
        return Ok(());
    }
    let (x, y) = (around(points().map(|p| p.0)), around(points().map(|p| p.1)));
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(58)
        .build_cartesian_2d(x.log_scale(), y.log_scale())?;
    // 1, 2 and 5 of each decade: more labels would overlap.
    let number = |n: &f64| match (n / 10f64.powf((n * 1.0001).log10().floor())).round() as u32 {
        1 | 2 | 5 => format!("{n}"),
        _ => String::new(),
    };
    let mesh = &mut chart.configure_mesh();
    mesh.x_label_formatter(&number).y_label_formatter(&number).y_desc(panel.y).light_line_style(WHITE).draw()?;
    for Line { name, colour, points } in panel.lines.iter().filter(|l| !l.points.is_empty()) {
        let style = ShapeStyle::from(colour).stroke_width(2);
        let line = chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
        line.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
        chart.draw_series(points.iter().map(|&p| Circle::new(p, 3, colour.filled())))?;
    }
    let labels = &mut chart.configure_series_labels();
    labels
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .label_font(("sans-serif", 13))
        .draw()
}

/// From a little below the smallest to a little above the largest.
fn around(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    low / 1.3..high * 1.3
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
