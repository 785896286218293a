//! What holds for all rows: threads and the order of rows change nothing, sizes stay in their bounds, a good partition is kept.

use super::{clouds, graph_of, source, threads};
use laddernet::graph::{
    Graph, Grouping, MboSettings, Neighbours, PoissonSettings, Sizes, Start, cut, poisson, poisson_mbo,
};
use proptest::prelude::*;

fn grouped(graph: &Graph, rows: &[usize], classes: &[u16], sizes: &Sizes, count: usize) -> Grouping {
    poisson_mbo(graph, &source(rows, classes), sizes, Start::Poisson, &MboSettings::default(), &threads(count)).unwrap()
}

#[test]
fn threads_change_no_bit() {
    let (values, truth) = clouds(900, 9, 10, 2.0, 3);
    let rows: Vec<usize> = (0..20).collect();
    let run = |count: usize| {
        let neighbours = Neighbours::of_matrix(&values, 9, 8, &threads(count)).unwrap();
        let graph = Graph::of(&neighbours);
        let source = source(&rows, &truth[..20]);
        let solution = poisson(&graph, &source, 10, &PoissonSettings::default(), &threads(count)).unwrap();
        let grouping = grouped(&graph, &rows, &truth[..20], &Sizes::within(10, 0.09, 0.11), count);
        (neighbours, solution, grouping)
    };
    let one = run(1);
    [2, 5].into_iter().for_each(|count| assert_eq!(run(count), one));
}

/// Numbers of classes that have a product of their own, and 17 and 20, which have none.
#[test]
fn many_classes() {
    for classes in [2, 3, 16, 17, 20] {
        let (values, truth) = clouds(30 * classes, 12, classes, 6.0, classes);
        let graph = graph_of(&values, 12, 6);
        let rows: Vec<usize> = (0..2 * classes).collect();
        let share = 1.0 / classes as f64;
        let found = grouped(&graph, &rows, &truth[..2 * classes], &Sizes::known(vec![share; classes]), 2);
        let wrong = found.labels.iter().zip(&truth).filter(|(a, b)| a != b).count();
        assert!(found.sizes_reached && wrong * 50 < truth.len(), "{classes} classes: {wrong} wrong");
    }
}

/// From the true classes, an early stop, and the cut of a good partition is the smaller one.
#[test]
fn a_good_partition_is_kept() {
    let (values, truth) = clouds(400, 8, 4, 3.0, 5);
    let graph = graph_of(&values, 8, 8);
    let (rows, sizes) = ([0, 1, 2, 3], Sizes::known(vec![0.25; 4]));
    let run = |start| {
        let settings = MboSettings::default();
        poisson_mbo(&graph, &source(&rows, &truth[..4]), &sizes, start, &settings, &threads(2)).unwrap()
    };
    let found = run(Start::Labels(&truth));
    let again = run(Start::Labels(&found.labels));
    assert!(found.projections < 20 && again.projections == 1);
    assert_eq!(again.labels, found.labels);
    let total = |labels: &[u16]| cut(&graph, labels, 4).unwrap().total;
    // Classes come in turn, so runs of rows cut them all.
    let runs: Vec<u16> = (0..400).map(|row| row / 100).collect();
    assert!(total(&found.labels) < 0.5 * total(&runs));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn another_order_of_rows_is_the_same_answer(seed in 0_usize..1000, step in 1_usize..150) {
        let n = 151; // a prime: every step goes through all rows
        let (values, truth) = clouds(n, 6, 3, 2.0, seed);
        let order: Vec<usize> = (0..n).map(|i| i * step % n).collect();
        let moved: Vec<f32> = order.iter().flat_map(|&r| values[r * 6..(r + 1) * 6].to_vec()).collect();
        let rows = [0, 1, 2, 30, 31, 32];
        let place = |row: usize| order.iter().position(|&r| r == row).unwrap();
        let moved_rows = rows.map(place);
        let classes = rows.map(|row| truth[row]);
        let sizes = Sizes::within(3, 0.3, 0.4);
        let here = grouped(&graph_of(&values, 6, 7), &rows, &classes, &sizes, 1);
        let there = grouped(&graph_of(&moved, 6, 7), &moved_rows, &classes, &sizes, 2);
        for (i, &row) in order.iter().enumerate() {
            prop_assert_eq!(here.labels[row], there.labels[i]);
            prop_assert!((here.margins[row] - there.margins[i]).abs() < 1e-9);
        }
    }

    #[test]
    fn shares_stay_in_their_bounds(seed in 0_usize..1000, middle in 0.1_f64..0.8, width in 0.0_f64..0.2) {
        let (values, truth) = clouds(200, 5, 3, 1.5, seed);
        let graph = graph_of(&values, 5, 6);
        let rest = (1.0 - middle) / 2.0;
        let around = |x: f64| ((x - width / 2.0).max(0.0), (x + width / 2.0).min(1.0));
        let (lower, upper) = [middle, rest, rest].map(around).into_iter().unzip();
        let sizes = Sizes { lower, upper };
        let found = grouped(&graph, &[0, 1, 2], &truth[..3], &sizes, 1);
        let counted = |c: usize| found.labels.iter().filter(|&&l| usize::from(l) == c).count() as f64;
        let labelled = found.labels.iter().filter(|&&l| usize::from(l) < 3).count() as f64;
        for c in 0..3 {
            prop_assert!((found.shares[c] - counted(c) / labelled).abs() < 1e-12);
            // Bounds closer than a row or a thousandth are taken as that far from their middle.
            let loose = (1.0 / labelled).max(1e-3) + 1e-9;
            let middle = f64::midpoint(sizes.lower[c], sizes.upper[c]);
            let inside = found.shares[c] >= sizes.lower[c].min(middle - loose)
                && found.shares[c] <= sizes.upper[c].max(middle + loose);
            prop_assert!(inside || !found.sizes_reached);
        }
    }
}
