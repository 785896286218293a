//! Which group is which class: the assignment that the labelled rows speak for most, and by how much.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// A vote as a whole number, for an assignment without rounding.
const UNIT: f64 = 1e6;
/// A vote of a row that the partition is not sure of at all.
const LEAST_VOTE: f64 = 0.1;

/// Names of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The class of each group, each class once: `[classes]`.
    pub class_of: Vec<u16>,
    /// Votes that the best assignment has more than the next best: 0 where the labels do not decide.
    pub margin: f64,
    /// The groups whose names the next best assignment exchanges.
    pub next_best: Vec<u16>,
}

/// Names as many groups as there are classes by labelled rows, given as `(group, class, how sure the partition is of the row, 0 to 1)`, and by
/// what the labels make of a group when they spread: `spread`, row-major `[groups, classes]`, the share of the rows of each group that get each
/// class then. The whole of a group has one vote, as a labelled row has: it decides where labelled rows of two classes are in one group.
///
/// # Panics
/// When a group or class is none of `classes`, or there is not a share for each of each.
pub fn name(classes: usize, labelled: &[(u16, u16, f64)], spread: &[f64]) -> Named {
    assert_eq!(spread.len(), classes * classes, "shares");
    let mut votes = Matrix::new(classes, classes, 0i64);
    for (at, share) in spread.iter().enumerate() {
        votes[(at / classes, at % classes)] = (share * UNIT) as i64;
    }
    for &(group, class, sure) in labelled {
        let vote = LEAST_VOTE + (1.0 - LEAST_VOTE) * sure.clamp(0.0, 1.0);
        votes[(usize::from(group), usize::from(class))] += (vote * UNIT) as i64;
    }
    let (best, class_of) = kuhn_munkres(&votes);
    // The best of those that give at least one group another class.
    let mut next = (i64::MIN, class_of.clone());
    for group in 0..classes {
        let mut without = votes.clone();
        let forbidden = -(best + 1) * (classes as i64 + 1);
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
        class_of: class_of.into_iter().map(|class| class as u16).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_name_the_groups_and_say_how_sure_that_is() {
        let named = name(3, &[(0, 2, 1.0), (1, 0, 1.0), (2, 1, 1.0)], &[0.0; 9]);
        assert_eq!(named.class_of, [2, 0, 1]);
        // Two names exchanged lose two votes.
        assert!((named.margin - 2.0).abs() < 1e-5, "{}", named.margin);
        assert_eq!(named.next_best.len(), 2);
    }

    /// Rows 4 and 9 lie in the same group: the labels spread from the 4 to most of the other.
    #[test]
    fn two_labels_in_one_group_are_told_apart_by_where_they_spread_to() {
        let labelled = [(1, 0, 0.5), (1, 1, 0.5)];
        assert_eq!(name(2, &labelled, &[0.7, 0.3, 0.4, 0.6]).class_of, [0, 1]);
        let other = name(2, &labelled, &[0.3, 0.7, 0.6, 0.4]);
        assert_eq!(other.class_of, [1, 0]);
        assert!((other.margin - 0.6).abs() < 1e-5, "{}", other.margin);
    }

    /// Against all permutations.
    #[test]
    fn no_other_assignment_has_more_votes_and_the_margin_is_to_the_second() {
        for case in 0..50u64 {
            let labelled: Vec<(u16, u16, f64)> = (0..9)
                .map(|i: u64| {
                    let x = (case * 31 + i * 17 + i * i * case) % 97;
                    ((x % 4) as u16, ((x / 4) % 4) as u16, (x % 10) as f64 / 10.0)
                })
                .collect();
            let votes = |class_of: &[u16]| -> f64 {
                let of = |&(group, class, sure): &(u16, u16, f64)| {
                    if class_of[usize::from(group)] == class { LEAST_VOTE + (1.0 - LEAST_VOTE) * sure } else { 0.0 }
                };
                labelled.iter().map(of).sum()
            };
            let mut all: Vec<f64> = permutations(4).iter().map(|p| votes(p)).collect();
            all.sort_by(|a, b| b.total_cmp(a));
            let named = name(4, &labelled, &[0.0; 16]);
            assert!((votes(&named.class_of) - all[0]).abs() < 1e-4, "case {case}");
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
