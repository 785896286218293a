//! Poisson learning against a dense solution in f64; graphs of several parts; cuts, margins and sure rows by hand.

use super::{clouds, graph_of, source, threads};
use laddernet::graph::{
    Graph, Grouping, MboSettings, NO_CLASS, PoissonSettings, Sizes, Source, Start, cut, poisson, poisson_mbo,
};
use nalgebra::DMatrix;

const EXACT: PoissonSettings = PoissonSettings { tolerance: 1e-13, most_steps: 10_000 };

/// `(L + d d' / vol) u = b` has the solution of `L u = b` with `d'u = 0`.
fn dense(graph: &Graph, b: &DMatrix<f64>) -> DMatrix<f64> {
    let (n, d) = (graph.rows(), graph.degrees());
    let volume: f64 = d.iter().sum();
    let mut matrix = DMatrix::from_fn(n, n, |i, j| d[i] * d[j] / volume + if i == j { d[i] } else { 0.0 });
    for i in 0..n {
        let (columns, weights) = graph.of_row(i);
        columns.iter().zip(weights).for_each(|(&j, w)| matrix[(i, j as usize)] -= w);
    }
    matrix.lu().solve(b).unwrap()
}

#[test]
fn poisson_is_the_dense_solution() {
    let (values, truth) = clouds(80, 4, 3, 1.2, 1);
    let graph = graph_of(&values, 4, 6);
    assert_eq!(graph.components().count, 1);
    let (rows, weights) = ([7, 3, 20, 44, 71], [1.0, 2.0, 0.5, 3.0, 1.0]);
    let classes = rows.map(|row| truth[row]);
    let all: f64 = weights.iter().sum();
    let of_class = |c: usize| (0..5).filter(move |&j| usize::from(classes[j]) == c).map(|j| weights[j]).sum::<f64>();
    let mut b = DMatrix::zeros(80, 3);
    for j in 0..5 {
        for c in 0..3 {
            b[(rows[j], c)] = weights[j] * (f64::from(u8::from(usize::from(classes[j]) == c)) - of_class(c) / all);
        }
    }
    let expected = dense(&graph, &b);
    let source = Source { rows: &rows, classes: &classes, weights: Some(&weights) };
    let found = poisson(&graph, &source, 3, &EXACT, &threads(2)).unwrap();
    assert!(found.solved && found.steps > 5);
    for (i, u) in found.scores.chunks_exact(3).enumerate() {
        (0..3).for_each(|c| assert!((u[c] - expected[(i, c)]).abs() < 1e-10, "{i} {c}"));
    }
    // The paper's decision with known shares.
    let shares = [0.5, 0.3, 0.2];
    let weighed = |i: usize| (0..3).map(move |c| (i, c));
    for (i, label) in found.labels(Some(&shares)).unwrap().into_iter().enumerate() {
        let score = |(i, c)| expected[(i, c)] * shares[c] / (of_class(c) / all);
        let best = weighed(i).max_by(|&a, &b| score(a).total_cmp(&score(b))).unwrap().1;
        assert_eq!(usize::from(label), best, "row {i}");
    }
}

/// A chain of three rows with both classes, a pair with class 1, a pair without a label.
fn parts() -> Graph {
    Graph::of_edges(7, &[(0, 1, 1.0), (2, 1, 1.0), (3, 4, 2.0), (5, 6, 0.5)]).unwrap()
}

#[test]
fn components_are_solved_alone() {
    let graph = parts();
    assert_eq!(graph.components().of, [0, 0, 0, 1, 1, 2, 2]);
    let found = poisson(&graph, &source(&[0, 2, 3], &[0, 1, 1]), 2, &EXACT, &threads(1)).unwrap();
    assert_eq!(found.unreached, [5, 6]);
    // By hand: L u = (0.5, 0, -0.5) on the chain gives (0.5, 0, -0.5), of which d'u = 0.
    let expected = [0.5, -0.5, 0.0, 0.0, -0.5, 0.5, -0.5, 0.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0];
    found.scores.iter().zip(expected).for_each(|(u, e)| assert!((u - e).abs() < 1e-12, "{:?}", found.scores));
    assert_eq!(found.labels(None).unwrap()[3..], [1, 1, NO_CLASS, NO_CLASS]);
    let grouping = found.grouping(&Sizes::within(2, 0.1, 0.9), &threads(1)).unwrap();
    assert_eq!(grouping.labels[3..], [1, 1, NO_CLASS, NO_CLASS]);
    assert!(grouping.sizes_reached && grouping.margins[5..] == [0.0, 0.0]);
    assert!((grouping.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "shares are of the rows with a class");
}

#[test]
fn mbo_leaves_rows_that_nothing_reaches() {
    let (graph, sizes) = (parts(), Sizes::within(2, 0.1, 0.9));
    let run = |start| {
        poisson_mbo(&graph, &source(&[0, 2, 3], &[0, 1, 1]), &sizes, start, &MboSettings::default(), &threads(1))
    };
    let found = run(Start::Poisson).unwrap();
    assert_eq!([found.labels[0], found.labels[2]], [0, 1]);
    assert_eq!(found.labels[3..], [1, 1, NO_CLASS, NO_CLASS]);
    // From another partition they are reached.
    let mut start = [NO_CLASS; 7];
    (start[0], start[2], start[5], start[6]) = (0, 1, 0, 0);
    assert_eq!(run(Start::Labels(&start)).unwrap().labels[3..], [1, 1, 0, 0]);
    let mut scores = [0.0; 14];
    (scores[0], scores[5], scores[10], scores[12]) = (1.0, 1.0, 1.0, 1.0);
    assert_eq!(run(Start::Scores(&scores)).unwrap().labels[3..], [1, 1, 0, 0]);
}

#[test]
fn duplicates_have_weight_one() {
    let graph = graph_of(&[0.0, 0.0, 0.0, 9.0, 9.0, 9.0], 1, 2);
    assert_eq!(graph.of_row(1), (&[0_u32, 2][..], &[1.0, 1.0][..]));
    assert_eq!((graph.components().count, graph.edges(), graph.degrees()), (2, 6, &[2.0; 6][..]));
}

/// A square with sides 1, 2, 3, 4: the degrees are 5, 3, 5, 7.
#[test]
fn normalised_cuts_by_hand() {
    let graph = Graph::of_edges(4, &[(0, 1, 1.0), (1, 2, 2.0), (2, 3, 1.0), (3, 0, 4.0), (3, 2, 2.0)]).unwrap();
    assert_eq!(graph.degrees(), [5.0, 3.0, 5.0, 7.0]);
    let found = cut(&graph, &[0, 1, 1, 0], 3).unwrap();
    assert_eq!(found.by_class, [4.0 / 12.0, 4.0 / 8.0, 1.0]);
    assert_eq!(found.total, 4.0 / 12.0 + 4.0 / 8.0 + 1.0);
    assert_eq!(cut(&graph, &[0, NO_CLASS, 0, 0], 1).unwrap().by_class, [3.0 / 17.0]);
}

#[test]
fn sure_rows_are_those_of_the_largest_margins() {
    let grouping = Grouping {
        labels: vec![0, 1, 0, 0, NO_CLASS, 0],
        scores: vec![],
        margins: vec![0.2, 0.1, 0.9, 0.2, 5.0, 0.3],
        shares: vec![0.8, 0.2],
        sizes_reached: true,
        projections: 1,
    };
    assert_eq!(grouping.sure(0.5).unwrap(), [vec![2, 5], vec![1]]);
    assert_eq!(grouping.sure(1.0).unwrap(), [vec![2, 5, 0, 3], vec![1]]);
    assert!(grouping.sure(0.0).unwrap().concat().is_empty());
    assert!(grouping.sure(f64::NAN).is_err());
}
