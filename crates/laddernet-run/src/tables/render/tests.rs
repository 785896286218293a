//! Tests of `render`.

use super::super::cell::CellRun;
use super::super::measure::Measure;
use super::super::table::{Table, figures_of};
use super::*;

const SIX: [usize; 7] = [784, 1000, 500, 250, 250, 250, 10];

fn cell(recipe: &str, measure: Measure, epochs: usize, runs: &[(u64, Option<f64>, f64)]) -> Cell {
    let run = |&(seed, value, minutes): &(u64, Option<f64>, f64)| CellRun {
        seed,
        measure,
        value,
        seconds: 60.0 * minutes,
        ..CellRun::default()
    };
    let mut parts = recipe.rsplitn(3, '-').map(str::to_owned);
    let (labels, model) = (parts.next(), parts.next().unwrap_or_default());
    let published = figures_of(recipe, measure);
    let cell = Cell::of(measure, runs.iter().map(run).collect());
    Cell { recipe: Some(recipe.into()), model, labels, layers: SIX.to_vec(), epochs, published, ..cell }
}

#[test]
fn a_table_fits_sixty_columns_and_shows_every_run() {
    let error = Measure::TestErrorPercent;
    let cells = [
        cell("survey-2-full-100", error, 150, &[(2, Some(10.5), 12.0), (1, Some(1.25), 9.5)]),
        cell("survey-2-mlp-100", error, 150, &[(1, Some(25.125), 10.0)]),
        cell("survey-2-full-40", error, 20, &[(1, None, 2.0)]),
    ];
    let columns = &Table::find("survey-2").unwrap().columns;
    let rendered = Rendered { cells: &cells, columns };
    let plain = rendered.plain();
    assert!(plain.lines().all(|line| line.chars().count() <= 60), "{plain}");
    assert_eq!(
        plain,
        "784-1000-500-250-250-250-10, 150 epochs, test error %
net labels   mean    sd  med. worst  n min survey       2015
full 100     5.88  6.54  5.88 10.50  2  11   1.07  1.06±0.37
mlp 100     25.12     - 25.12 25.12  1  10      - 21.74±1.77
Every run, seed: error
  full 100: 1: 1.25, 2: 10.50
  mlp 100: 1: 25.12

784-1000-500-250-250-250-10, 20 epochs, test error %
net labels   mean    sd  med. worst  n min survey       2015
full 40         -     -     -     -  1   -   1.27          -
Every run, seed: error
  full 40: 1: diverged

"
    );
    let page = rendered.markdown();
    let line = "| full | 100 | 5.88 | 6.54 | 5.88 | 10.50 | 2 | 11 | 1.07 | 1.06±0.37 | 1: 1.25, 2: 10.50 |\n";
    assert!(page.contains(line), "{page}");
    assert!(page.contains("| minutes | the survey | Rasmus et al. 2015 | every run (seed: error) |\n"), "{page}");
    let empty = cell("survey-4-top-all", error, 1, &[]);
    assert!(Rendered { cells: &[empty], columns }.plain().contains("top all         -"));
}

#[test]
fn named_cells_stand_by_their_measures() {
    let nats = |measure, value| cell("rbm-500-2min", measure, 60, &[(1, Some(value), 1.5)]);
    let mut cells = [
        nats(Measure::Forwards, -100.0),
        nats(Measure::Backwards, -104.0),
        cell("gsn-plain", Measure::Parzen, 20, &[(1, Some(151.0), 1.0)]),
        nats(Measure::Forwards, -98.5),
    ];
    cells[0].runs[0].warning = Some("collapsed");
    let rendered = Rendered { cells: &cells, columns: &[] };
    let plain = rendered.plain();
    assert!(
        plain.starts_with(
            "nats a test row, annealed forwards
recipe          mean    sd    med.   worst  n min
rbm-500-2min -100.00     - -100.00 -100.00  1 1.5
rbm-500-2min  -98.50     -  -98.50  -98.50  1 1.5
Every run, seed: nats
  rbm-500-2min: 1: -100.00, collapsed
  rbm-500-2min: 1: -98.50
The papers
  rbm-500-2min: CD1 -125.53, CD3 -105.50, CD25 -86.34 (Salakhutdinov and Murray 2008)
"
        ),
        "{plain}"
    );
    let page = rendered.markdown();
    assert!(page.contains("| nats a test row, Parzen window | 151.00 | 151.00 | 151.00 | 1 | 1.0 | one layer about 50 (Yao's GSN code) | 1: 151.00 |\n"), "{page}");
    assert_eq!(page.lines().count(), 6);
}
