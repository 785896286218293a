//! Rows, labels and settings that give no answer: what is said, and no panic.

use super::{graph_of, source, threads};
use laddernet::graph::{
    Graph, GraphError, MboSettings, Neighbours, Poisson, PoissonSettings, Sizes, Source, Start, cut, poisson,
    poisson_mbo,
};

fn graph() -> Graph {
    graph_of(&[0.0, 1.0, 2.0, 3.5, 5.0, 6.0], 1, 2)
}

fn solve(source: &Source<'_>, classes: usize) -> Result<Poisson, GraphError> {
    poisson(&graph(), source, classes, &PoissonSettings::default(), &threads(1))
}

fn said<T: std::fmt::Debug>(found: Result<T, GraphError>, expected: &str) {
    assert_eq!(found.unwrap_err().to_string(), expected);
}

#[test]
fn rows_without_neighbours() {
    let search = |values: &[f32], features, k| Neighbours::of_matrix(values, features, k, &threads(1));
    said(
        search(&[], 3, 1),
        "too few rows or values (rows x values a row: 0 x 3): expected at least two rows of one value",
    );
    said(
        search(&[1.0], 0, 1),
        "too few rows or values (rows x values a row: 1 x 0): expected at least two rows of one value",
    );
    said(search(&[1.0; 5], 2, 1), "5 values do not divide into rows of 2: expected a multiple of 2");
    let few = "10 neighbours among 4 rows: expected 1 to 3; ask for fewer neighbours or give more rows";
    said(search(&[1.0; 4], 1, 10), few);
    assert!(search(&[1.0; 4], 1, 4).is_err() && search(&[1.0; 4], 1, 0).is_err());
    said(
        search(&[1.0], 1, 1),
        "too few rows or values (rows x values a row: 1 x 1): expected at least two rows of one value",
    );
    said(search(&[1.0, 2.0, 3.0, f32::NAN], 2, 1), "row 1, column 1 holds NaN: expected a finite number");
    said(search(&[1.0, f32::NEG_INFINITY], 1, 1), "row 1, column 0 holds -inf: expected a finite number");
}

#[test]
fn edges_that_join_nothing() {
    let expected = "edge 1 joins rows 2 and 2 with weight 1: expected two different rows below 3, and a weight above 0";
    said(Graph::of_edges(3, &[(0, 1, 1.0), (2, 2, 1.0)]), expected);
    for edge in [(0, 3, 1.0), (0, 1, 0.0), (0, 1, -1.0), (0, 1, f64::NAN), (0, 1, f64::INFINITY)] {
        assert!(matches!(Graph::of_edges(3, &[edge]), Err(GraphError::Edge { .. })));
    }
    assert_eq!(Graph::of_edges(0, &[]).unwrap().components().count, 0);
}

#[test]
fn labelled_rows() {
    said(
        solve(&source(&[], &[]), 2),
        "no labelled row: classes spread from labelled rows; label at least one row of each class",
    );
    said(solve(&source(&[0, 1], &[0, 0]), 1), "1 classes: expected 2 to 65535");
    let lacking = "class 1 of 3 has no labelled row: label at least one row of it, or leave the class out";
    said(solve(&source(&[0, 5], &[0, 2]), 3), lacking);
    said(solve(&source(&[0, 6], &[0, 1]), 2), "labelled row 6 is not among the 6 rows of the graph: expected 0 to 5");
    said(solve(&source(&[4, 0, 4], &[0, 1, 0]), 2), "row 4 is labelled twice: give each labelled row once");
    said(solve(&source(&[0, 1], &[0, 7]), 2), "row 1 has class 7, but there are 2 classes: expected 0 to 1");
    said(solve(&source(&[0, 1], &[0]), 2), "1 classes for 2 labelled rows: expected one each");
    let weighed = |weights| solve(&Source { rows: &[3, 1], classes: &[0, 1], weights: Some(weights) }, 2);
    said(weighed(&[1.0]), "1 weights for 2 labelled rows: expected one each");
    said(weighed(&[0.0, 1.0]), "the weight of labelled row 3 is 0: expected a finite number above 0");
    assert!(weighed(&[f64::NAN, 1.0]).is_err());
}

#[test]
fn sizes_that_cannot_be() {
    let check = |lower: &[f64], upper: &[f64]| Sizes { lower: lower.to_vec(), upper: upper.to_vec() }.check(2);
    assert_eq!(check(&[0.5, 0.5], &[0.5, 0.5]), Ok(()));
    said(check(&[0.5], &[0.5, 0.5]), "1 lower shares for 2 classes: expected one each");
    said(check(&[0.6, 0.6], &[1.0, 1.0]), "the lower shares of the classes add up to 1.2: expected at most 1");
    said(check(&[0.0, 0.0], &[0.25, 0.25]), "the upper shares of the classes add up to 0.5: expected at least 1");
    said(check(&[0.0, -0.5], &[1.0, 1.0]), "the lower share of class 1 is -0.5: expected a number from 0 to 1");
    said(
        check(&[0.5, 0.0], &[0.4, 1.0]),
        "the upper share of class 0 is 0.4: expected a number from the lower share to 1",
    );
    assert!(check(&[f64::NAN, 0.0], &[1.0, 1.0]).is_err() && check(&[0.0, 0.0], &[1.0, f64::INFINITY]).is_err());
    let solution = solve(&source(&[0, 5], &[0, 1]), 2).unwrap();
    assert!(solution.grouping(&Sizes::within(3, 0.0, 1.0), &threads(1)).is_err());
    assert!(solution.labels(Some(&[1.0])).is_err() && solution.labels(Some(&[f64::NAN, 1.0])).is_err());
}

#[test]
fn starts_and_settings() {
    let run = |sizes: &Sizes, start: Start<'_>, settings: &MboSettings| {
        poisson_mbo(&graph(), &source(&[0, 5], &[0, 1]), sizes, start, settings, &threads(1))
    };
    let (sizes, usual) = (Sizes::within(2, 0.3, 0.7), MboSettings::default());
    assert_eq!(run(&sizes, Start::Poisson, &usual).unwrap().labels, [0, 0, 0, 1, 1, 1]);
    said(run(&sizes, Start::Labels(&[0; 5]), &usual), "5 labels to start with for 6 rows: expected one each");
    said(
        run(&sizes, Start::Labels(&[0, 1, 2, 0, 0, 0]), &usual),
        "row 2 has class 2, but there are 2 classes: expected 0 to 1",
    );
    said(
        run(&sizes, Start::Scores(&[0.0; 9]), &usual),
        "9 scores to start with for 12 rows and classes: expected one each",
    );
    let mut scores = [0.0; 12];
    scores[5] = f64::NAN;
    said(
        run(&sizes, Start::Scores(&scores), &usual),
        "a score to start with, of row 2 is NaN: expected a finite number",
    );
    assert!(run(&Sizes::within(0, 0.0, 1.0), Start::Poisson, &usual).is_err());
    let outer = MboSettings { outer: 0, ..MboSettings::default() };
    said(run(&sizes, Start::Poisson, &outer), "outer is 0: expected at least 1, as 20");
    let mu = MboSettings { mu: f64::NAN, ..MboSettings::default() };
    said(run(&sizes, Start::Poisson, &mu), "mu is NaN: expected a number from 0 on, as 1");
    let mut poisson = MboSettings::default();
    poisson.poisson.tolerance = 0.0;
    let expected = "poisson.tolerance is 0: expected a number above 0 and below 1, as 1e-4";
    said(run(&sizes, Start::Poisson, &poisson), expected);
}

/// Sizes that no weights of the classes give, since all rows of a class have the same scores: the answer says so.
#[test]
fn sizes_that_are_not_reached() {
    let graph = Graph::of_edges(4, &[(0, 1, 1.0), (2, 3, 1.0)]).unwrap();
    let solution = poisson(&graph, &source(&[0, 2], &[0, 1]), 2, &PoissonSettings::default(), &threads(1)).unwrap();
    let found = solution.grouping(&Sizes::known(vec![0.75, 0.25]), &threads(1)).unwrap();
    assert!(!found.sizes_reached && found.labels == [0, 0, 1, 1]);
}

#[test]
fn cuts_of_other_graphs() {
    said(cut(&graph(), &[0; 4], 1), "4 labels for 6 rows: expected one each");
    said(cut(&graph(), &[0, 0, 3, 0, 0, 0], 2), "row 2 has class 3, but there are 2 classes: expected 0 to 1");
}
