//! Draws beside what the papers report, as values and as text.

use super::published::{Figure, Origin, figure};
use crate::written::layers_name;
use serde::Serialize;

/// A training that came to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draw {
    /// Seed of the labelled rows, and of all else.
    pub seed: u64,
    /// Test error of the last epoch's parameters; `None` where the training diverged.
    pub test_error_percent: Option<f64>,
    /// Wall time of the training.
    pub seconds: f64,
}

/// All draws of one setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Units of each layer, the input first.
    pub layers: Vec<usize>,
    /// The model, by name.
    pub model: String,
    /// How many rows kept their label: a number, or `all`.
    pub labels: String,
    /// Length of the trainings.
    pub epochs: usize,
    /// In the order of their seeds.
    pub draws: Vec<Draw>,
    /// Over the draws that did not diverge.
    pub mean: Option<f64>,
    /// Standard deviation of the draws (their number less one in the divisor), where there are two.
    pub deviation: Option<f64>,
    /// Half of the draws are at most this.
    pub median: Option<f64>,
    /// Of the draws.
    pub worst: Option<f64>,
    /// Median of the draws' minutes.
    pub minutes: Option<f64>,
    /// What the survey reports.
    pub survey: Option<f64>,
    /// What Rasmus et al. (2015) report.
    pub rasmus2015: Option<f64>,
    /// The standard deviation that they report.
    pub rasmus2015_deviation: Option<f64>,
}

impl Cell {
    /// The statistics of draws.
    pub fn new(layers: &[usize], model: &str, labels: &str, epochs: usize, mut draws: Vec<Draw>) -> Cell {
        draws.sort_by_key(|draw| draw.seed);
        let mut errors: Vec<f64> = draws.iter().filter_map(|draw| draw.test_error_percent).collect();
        errors.sort_by(f64::total_cmp);
        let mut seconds: Vec<f64> =
            draws.iter().filter(|draw| draw.test_error_percent.is_some()).map(|draw| draw.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let mean = (!errors.is_empty()).then(|| errors.iter().sum::<f64>() / errors.len() as f64);
        let squares = mean.map(|mean| errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>());
        let reported = |origin| figure(origin, model, layers, labels);
        let rasmus = reported(Origin::Rasmus2015);
        Cell {
            layers: layers.to_vec(),
            model: model.to_owned(),
            labels: labels.to_owned(),
            epochs,
            mean,
            deviation: squares.filter(|_| errors.len() > 1).map(|s| (s / (errors.len() - 1) as f64).sqrt()),
            median: median(&errors),
            worst: errors.last().copied(),
            minutes: median(&seconds).map(|s| s / 60.0),
            survey: reported(Origin::Survey).map(|figure: Figure| figure.percent),
            rasmus2015: rasmus.map(|figure| figure.percent),
            rasmus2015_deviation: rasmus.and_then(|figure| figure.deviation),
            draws,
        }
    }

    /// How much more than the paper's figure the mean is; negative where it is less.
    pub fn above(&self, origin: Origin) -> Option<f64> {
        let published = match origin {
            Origin::Survey => self.survey,
            Origin::Rasmus2015 => self.rasmus2015,
        };
        Some(self.mean? - published?)
    }

    /// Every draw, with its seed.
    pub(crate) fn every_draw(&self) -> String {
        let one = |draw: &Draw| match draw.test_error_percent {
            Some(error) => format!("{}: {error:.2}", draw.seed),
            None => format!("{}: diverged", draw.seed),
        };
        self.draws.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// In the order of the columns: model, labels, mean, deviation, median, worst, draws, minutes, survey, 2015.
    fn columns(&self) -> [String; 10] {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let percent = |x: Option<f64>| or_dash(x.map(|x| format!("{x:.2}")));
        let published = |x: f64| if (x * 100.0).fract().abs() > 1e-6 { format!("{x}") } else { format!("{x:.2}") };
        [
            self.model.clone(),
            self.labels.clone(),
            percent(self.mean),
            percent(self.deviation),
            percent(self.median),
            percent(self.worst),
            self.draws.len().to_string(),
            or_dash(self.minutes.map(|m| if m < 9.95 { format!("{m:.1}") } else { format!("{m:.0}") })),
            or_dash(self.survey.map(published)),
            or_dash(self.rasmus2015.map(|mean| match self.rasmus2015_deviation {
                Some(deviation) => format!("{mean:.2}±{deviation:.2}"),
                None => published(mean),
            })),
        ]
    }
}

/// Cells as text.
pub struct Rendered<'a>(pub &'a [Cell]);

/// The last columns are the papers'.
const HEADS: [&str; 10] = ["net", "labels", "mean", "sd", "med.", "worst", "n", "min", "survey", "2015"];

impl Rendered<'_> {
    /// For a terminal, at most 60 columns wide; under it every draw.
    pub fn plain(&self) -> String {
        const WIDTHS: [usize; 8] = [5, 5, 5, 5, 2, 3, 6, 10];
        let line = |columns: [String; 10]| {
            let [model, labels, numbers @ ..] = columns;
            let cell = format!("{model} {labels}");
            let numbers = numbers.iter().zip(WIDTHS).map(|(text, width)| format!(" {text:>width$}"));
            format!("{cell:<11}{}\n", numbers.collect::<String>())
        };
        let mut out = String::new();
        for group in self.groups() {
            out += &format!("{}, {} epochs, test error %\n", layers_name(&group[0].layers), group[0].epochs);
            out += &line(HEADS.map(str::to_owned));
            group.iter().for_each(|cell| out += &line(cell.columns()));
            out += "Every draw, seed: error\n";
            for cell in group.iter().filter(|cell| !cell.draws.is_empty()) {
                out += &format!("  {} {}: {}\n", cell.model, cell.labels, cell.every_draw());
            }
            out.push('\n');
        }
        out
    }

    /// For a page: a table a network and length, every draw in the last column.
    pub fn markdown(&self) -> String {
        let mut tables = Vec::new();
        for group in self.groups() {
            let mut out = format!("{}, {} epochs:\n\n", layers_name(&group[0].layers), group[0].epochs);
            out += "| model | labels | mean | standard deviation | median | worst | draws | minutes | the survey | Rasmus et al. (2015) | every draw (seed: error) |\n";
            out += "|---|---|---|---|---|---|---|---|---|---|---|\n";
            for cell in group {
                out += &format!("| {} | {} |\n", cell.columns().join(" | "), cell.every_draw());
            }
            tables.push(out);
        }
        tables.join("\n")
    }

    fn groups(&self) -> impl Iterator<Item = &[Cell]> {
        self.0.chunk_by(|a, b| a.layers == b.layers && a.epochs == b.epochs)
    }
}

/// Of values in order.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64, error: impl Into<Option<f64>>, minutes: f64) -> Draw {
        Draw { seed, test_error_percent: error.into(), seconds: 60.0 * minutes }
    }

    const SIX: [usize; 7] = [784, 1000, 500, 250, 250, 250, 10];

    #[test]
    fn statistics_by_hand() {
        let draws = vec![draw(3, 9.0, 11.0), draw(1, 1.0, 10.0), draw(2, 2.0, 30.0), draw(4, None, 0.1)];
        let cell = Cell::new(&SIX, "full", "100", 150, draws);
        assert_eq!((cell.mean, cell.median, cell.worst, cell.minutes), (Some(4.0), Some(2.0), Some(9.0), Some(11.0)));
        // (9 + 4 + 25) / 2 = 19.
        assert!((cell.deviation.unwrap() - 19f64.sqrt()).abs() < 1e-12);
        assert_eq!((cell.survey, cell.rasmus2015, cell.rasmus2015_deviation), (Some(1.07), Some(1.06), Some(0.37)));
        assert!((cell.above(Origin::Survey).unwrap() - 2.93).abs() < 1e-12);
        let none = Cell::new(&SIX, "mlp", "7", 150, vec![draw(1, None, 1.0)]);
        assert_eq!((none.mean, none.deviation, none.median, none.above(Origin::Survey)), (None, None, None, None));
        let two = Cell::new(&SIX, "full", "7", 150, vec![draw(1, 2.0, 1.0), draw(2, 1.0, 2.0)]);
        assert_eq!((two.median, two.minutes), (Some(1.5), Some(1.5)));
    }

    #[test]
    fn a_table_fits_sixty_columns_and_shows_every_draw() {
        let cells = [
            Cell::new(&SIX, "full", "100", 150, vec![draw(2, 10.5, 12.0), draw(1, 1.25, 9.5)]),
            Cell::new(&SIX, "mlp", "100", 150, vec![draw(1, 25.125, 10.0)]),
            Cell::new(&SIX, "full", "40", 20, vec![draw(1, None, 2.0)]),
        ];
        let plain = Rendered(&cells).plain();
        assert!(plain.lines().all(|line| line.chars().count() <= 60), "{plain}");
        assert_eq!(
            plain,
            "784-1000-500-250-250-250-10, 150 epochs, test error %
net labels   mean    sd  med. worst  n min survey       2015
full 100     5.88  6.54  5.88 10.50  2  11   1.07  1.06±0.37
mlp 100     25.12     - 25.12 25.12  1  10      - 21.74±1.77
Every draw, seed: error
  full 100: 1: 1.25, 2: 10.50
  mlp 100: 1: 25.12

784-1000-500-250-250-250-10, 20 epochs, test error %
net labels   mean    sd  med. worst  n min survey       2015
full 40         -     -     -     -  1   -   1.27          -
Every draw, seed: error
  full 40: 1: diverged

"
        );
        let page = Rendered(&cells).markdown();
        assert!(
            page.contains(
                "| full | 100 | 5.88 | 6.54 | 5.88 | 10.50 | 2 | 11 | 1.07 | 1.06±0.37 | 1: 1.25, 2: 10.50 |\n"
            ),
            "{page}"
        );
        let empty = Cell::new(&SIX[2..], "top", "all", 1, Vec::new());
        assert!(Rendered(&[empty]).plain().contains("top all         -"));
    }
}
