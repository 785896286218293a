//! The labelled rows, and what they add to the equation.

use super::error::GraphError;
use super::spread::inverse;
use super::weights::{Components, Graph};

/// Labelled rows, from which classes spread.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The rows, each once.
    pub rows: &'a [usize],
    /// Their classes.
    pub classes: &'a [u16],
    /// How much each counts, above 0; all 1 without.
    pub weights: Option<&'a [f64]>,
}

/// Checked labelled rows, in the order of their numbers, so that the order in which they were given changes nothing.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub rows: Vec<usize>,
    pub classes: Vec<u16>,
    pub weights: Vec<f64>,
}

impl Source<'_> {
    /// # Errors
    /// When lists differ in length, a row is not in the graph or given twice, a class is none of `classes`, one has no row, or a weight is not
    /// a finite number above 0.
    pub(super) fn check(&self, graph: &Graph, classes: usize) -> Result<Labelled, GraphError> {
        let n = self.rows.len();
        let count = |what, found| match found == n {
            true => Ok(()),
            false => Err(GraphError::Count { what, found, of: "labelled rows", expected: n }),
        };
        if !(2..=usize::from(u16::MAX)).contains(&classes) {
            return Err(GraphError::Classes { classes });
        }
        count("classes", self.classes.len())?;
        count("weights", self.weights.map_or(n, <[f64]>::len))?;
        if n == 0 {
            return Err(GraphError::NoLabels);
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| self.rows[i]);
        if let Some(two) = order.windows(2).find(|two| self.rows[two[0]] == self.rows[two[1]]) {
            return Err(GraphError::Twice { row: self.rows[two[0]] });
        }
        let mut labelled = Labelled { rows: Vec::new(), classes: Vec::new(), weights: Vec::new() };
        let mut has_row = vec![false; classes];
        for i in order {
            let (row, class, weight) = (self.rows[i], self.classes[i], self.weights.map_or(1.0, |w| w[i]));
            if row >= graph.rows() {
                return Err(GraphError::NoRow { row, rows: graph.rows() });
            }
            if usize::from(class) >= classes {
                return Err(GraphError::NoClass { row, class, classes });
            }
            if !(weight > 0.0 && weight.is_finite()) {
                let what = "the weight of labelled row";
                return Err(GraphError::Number { what, at: row, value: weight, expected: "a finite number above 0" });
            }
            has_row[usize::from(class)] = true;
            labelled.rows.push(row);
            labelled.classes.push(class);
            labelled.weights.push(weight);
        }
        match has_row.iter().position(|has| !has) {
            Some(class) => Err(GraphError::Unlabelled { class, classes }),
            None => Ok(labelled),
        }
    }
}

impl Labelled {
    /// The share of each class among the labelled rows of each component, by their weights: `[components, classes]`, 0 where there is none.
    pub(super) fn means(&self, components: &Components, classes: usize) -> Vec<f64> {
        let mut means = vec![0.0; components.count * classes];
        for ((&row, &class), w) in self.rows.iter().zip(&self.classes).zip(&self.weights) {
            means[components.of[row] as usize * classes + usize::from(class)] += w;
        }
        for mean in means.chunks_exact_mut(classes) {
            let total: f64 = mean.iter().sum();
            mean.iter_mut().for_each(|m| *m *= inverse(total));
        }
        means
    }

    /// The share of each class among all labelled rows, by their weights: the paper's `y_bar`.
    pub(super) fn mean(&self, classes: usize) -> Vec<f64> {
        let mut mean = vec![0.0; classes];
        self.classes.iter().zip(&self.weights).for_each(|(&c, w)| mean[usize::from(c)] += w);
        let total: f64 = mean.iter().sum();
        mean.iter_mut().for_each(|m| *m /= total);
        mean
    }

    /// `w_j (y_j - y_bar)` of each labelled row `j`, `[labelled, classes]`, where `y_bar` is that of its component.
    pub(super) fn terms(&self, components: &Components, means: &[f64], classes: usize) -> Vec<f64> {
        let term = |j: usize| {
            let mean = &means[components.of[self.rows[j]] as usize * classes..][..classes];
            let y = move |c: usize| f64::from(u8::from(c == usize::from(self.classes[j])));
            mean.iter().enumerate().map(move |(c, m)| self.weights[j] * (y(c) - m))
        };
        (0..self.rows.len()).flat_map(term).collect()
    }
}
