//! Which group is which class: the assignment that the labels speak for most, and by how much (Kuhn, "The Hungarian Method for the Assignment
//! Problem", 1955).

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// A nat as a whole number, for an assignment without rounding.
const UNIT: f64 = 1e6;

/// Names of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The class of each group, each class once: `[classes]`.
    pub class_of: Vec<u16>,
    /// How much more evidence the best assignment has than the next best: 0 where the labels do not decide.
    pub margin: f64,
    /// The groups whose names the next best assignment exchanges.
    pub next_best: Vec<u16>,
}

/// The class of each group, as many groups as there are classes, that the evidence speaks for most. `evidence` is row-major
/// `[groups, classes]`, the larger the more, as a logarithm of a probability is.
///
/// # Panics
/// When there is not a finite number for each group and class.
pub fn assign(classes: usize, evidence: &[f64]) -> Vec<u16> {
    as_classes(kuhn_munkres(&cells(classes, evidence)).1)
}

/// The same, and by how much it is decided: takes as many assignments as there are classes.
///
/// # Panics
/// When there is not a finite number for each group and class.
pub fn name(classes: usize, evidence: &[f64]) -> Named {
    let cells = cells(classes, evidence);
    let (best, class_of) = kuhn_munkres(&cells);
    // No assignment without this cell is worse than one with it.
    let forbidden = -2 * cells.values().map(|cell: &i64| cell.abs()).sum::<i64>() - 1;
    let mut next = (i64::MIN, class_of.clone());
    for group in 0..classes {
        let mut without = cells.clone();
        without[(group, class_of[group])] = forbidden;
        let (total, other) = kuhn_munkres(&without);
        if total > next.0 && other[group] != class_of[group] {
            next = (total, other);
        }
    }
    let changed = |group: &usize| next.1[*group] != class_of[*group];
    Named {
        margin: if classes > 1 { (best - next.0) as f64 / UNIT } else { 0.0 },
        next_best: (0..classes).filter(changed).map(|group| group as u16).collect(),
        class_of: as_classes(class_of),
    }
}

fn cells(classes: usize, evidence: &[f64]) -> Matrix<i64> {
    assert_eq!(evidence.len(), classes * classes, "numbers of evidence");
    assert!(evidence.iter().all(|e| e.is_finite()), "evidence is finite");
    let cells = evidence.iter().map(|e| (e * UNIT) as i64).collect();
    Matrix::from_vec(classes, classes, cells).expect("as many cells as groups times classes")
}

fn as_classes(places: Vec<usize>) -> Vec<u16> {
    places.into_iter().map(|class| class as u16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_in_one_group_are_told_apart_by_the_rest() {
        let named = name(3, &[-1.0, -9.0, -9.0, -9.0, -0.5, -0.4, -9.0, -3.0, -5.0]);
        assert_eq!(named.class_of, [0, 2, 1]);
        // The other way: -0.5 - 5.0 against -0.4 - 3.0.
        assert!((named.margin - 2.1).abs() < 1e-5, "{}", named.margin);
        assert_eq!(named.next_best, [1, 2]);
    }

    /// Against all permutations.
    #[test]
    fn no_other_assignment_has_more_and_the_margin_is_to_the_second() {
        for case in 0..50u64 {
            let evidence: Vec<f64> =
                (0..16u64).map(|i| -(((case * 31 + i * 17 + i * i * case) % 97) as f64) / 10.0).collect();
            let of = |class_of: &Vec<u16>| -> f64 {
                (0..4).map(|group| evidence[4 * group + usize::from(class_of[group])]).sum()
            };
            let mut all: Vec<f64> = permutations(4).iter().map(of).collect();
            all.sort_by(|a, b| b.total_cmp(a));
            let named = name(4, &evidence);
            assert!((of(&named.class_of) - all[0]).abs() < 1e-4, "case {case}");
            assert_eq!(assign(4, &evidence), named.class_of);
            assert!((named.margin - (all[0] - all[1])).abs() < 1e-4, "case {case}: {} {all:?}", named.margin);
        }
    }

    fn permutations(n: u16) -> Vec<Vec<u16>> {
        if n == 0 {
            return vec![Vec::new()];
        }
        let shorter = permutations(n - 1);
        let put = |p: &Vec<u16>, at: usize| [&p[..at], &[n - 1], &p[at..]].concat();
        shorter.iter().flat_map(|p| (0..=p.len()).map(|at| put(p, at)).collect::<Vec<_>>()).collect()
    }
}
