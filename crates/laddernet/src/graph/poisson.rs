//! Poisson learning (Calder, Cook, Thorpe, Slepcev, ICML 2020, section 2): a source at the rows of each class, a sink at the others.
//!
//! ```text
//! L u = b,    b = sum_j delta_j (y_j - y_bar)',    sum_i d_i u_i = 0                  y_bar: the mean of the labelled rows' y_j
//! class of row i = argmax_c s_c u_ic,    s_c = (share of class c) / y_bar_c           all 1 where no shares are known
//! ```
//! By conjugate gradients, each class a right-hand side of its own, preconditioned by the degrees, which is the same as those of the normalised
//! Laplacian `D^(-1/2) L D^(-1/2)`. A graph of several components gives several equations: each has the mean of its own labelled
//! rows, without which it has no solution. In a component, classes without a labelled row there get the least of all scores, so that they
//! are not chosen; a component without any labelled row gets no score.

use super::error::GraphError;
use super::grouping::{Grouping, NO_CLASS, largest};
use super::sizes::{MOST_STEPS, Sizes};
use super::source::{Labelled, Source};
use super::spread::{ROWS, inverse, products, spread};
use super::weights::{Components, Graph};
use crate::error::SettingsError;
use laddernet_math::{Threads, groups};
use serde::{Deserialize, Serialize};

/// How exactly the equation is solved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoissonSettings {
    /// Length of the residual beside that of `D^(-1/2) b`, all classes together, at which it is solved.
    pub tolerance: f64,
    /// Steps after which it is given up.
    pub most_steps: usize,
}

impl Default for PoissonSettings {
    fn default() -> Self {
        PoissonSettings { tolerance: 1e-4, most_steps: 10_000 }
    }
}

impl PoissonSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            return Err(SettingsError::value("tolerance", self.tolerance, "a number above 0 and below 1, as 1e-4"));
        }
        Ok(())
    }
}

/// The solution of the Poisson equation.
#[derive(Clone, Debug, PartialEq)]
pub struct Poisson {
    /// `u`, row-major `[n, classes]`; all 0 in a row that no class reaches.
    pub scores: Vec<f64>,
    /// Number of classes.
    pub classes: usize,
    /// The share of each class among the labelled rows, `[classes]`: the paper's `y_bar`.
    pub mean: Vec<f64>,
    /// The rows of components without a labelled row: no class reaches them, and they have no score.
    pub unreached: Vec<usize>,
    /// Steps of conjugate gradients that were taken.
    pub steps: usize,
    /// Length of the residual beside that of the right-hand side.
    pub residual: f64,
    /// Whether the tolerance was reached.
    pub solved: bool,
}

/// Solves the Poisson equation of these labelled rows.
///
/// # Errors
/// When the labelled rows do not fit the graph, a class has none, or a setting is out of range.
pub fn poisson(
    graph: &Graph,
    source: &Source<'_>,
    classes: usize,
    settings: &PoissonSettings,
    threads: &Threads,
) -> Result<Poisson, GraphError> {
    settings.check()?;
    let labelled = source.check(graph, classes)?;
    let components = graph.components();
    let reached = components.that_hold(labelled.rows.iter().copied());
    let terms = labelled.terms(&components, &labelled.means(&components, classes), classes);
    let mut b = vec![0.0; graph.rows() * classes]; // [n, classes]
    for (&row, term) in labelled.rows.iter().zip(terms.chunks_exact(classes)) {
        b[row * classes..][..classes].copy_from_slice(term);
    }
    let mut solution = solve(graph, b, classes, settings, threads);
    centre(graph, &components, classes, &mut solution.scores);
    exclude_absent(&components, &labelled, classes, &mut solution.scores);
    solution.mean = labelled.mean(classes);
    solution.unreached = (0..graph.rows()).filter(|&row| !reached[components.of[row] as usize]).collect();
    Ok(solution)
}

impl Poisson {
    /// The class of each row, [`NO_CLASS`] where none reaches it. `shares` are those that classes are known to have, `[classes]`: with them
    /// scores are weighed as in the paper.
    ///
    /// # Errors
    /// When there is not one share a class, or one is negative or no number.
    pub fn labels(&self, shares: Option<&[f64]>) -> Result<Vec<u16>, GraphError> {
        let mut s = vec![1.0; self.classes];
        if let Some(shares) = shares {
            if shares.len() != self.classes {
                let (what, of) = ("shares", "classes");
                return Err(GraphError::Count { what, found: shares.len(), of, expected: self.classes });
            }
            if let Some(at) = shares.iter().position(|&share| !(0.0..=1.0).contains(&share)) {
                let (what, expected) = ("the share of class", "a number from 0 to 1");
                return Err(GraphError::Number { what, at, value: shares[at], expected });
            }
            s.iter_mut().zip(shares).zip(&self.mean).for_each(|((s, share), mean)| *s = share / mean);
        }
        let mut labels: Vec<u16> = self.scores.chunks_exact(self.classes).map(|u| largest(u, &s)).collect();
        self.unreached.iter().for_each(|&row| labels[row] = NO_CLASS);
        Ok(labels)
    }

    /// The classes of these sizes by the scores: Poisson learning with the sizes of classes.
    ///
    /// # Errors
    /// When no classes can have these sizes.
    pub fn grouping(&self, sizes: &Sizes, threads: &Threads) -> Result<Grouping, GraphError> {
        sizes.check(self.classes)?;
        let mut weights = vec![1.0; self.classes];
        let mut reached = vec![true; self.scores.len() / self.classes];
        self.unreached.iter().for_each(|&row| reached[row] = false);
        Ok(sizes.project(self.scores.clone(), &reached, &mut weights, MOST_STEPS, threads))
    }
}

/// Conjugate gradients for `L u = b`, `[n, classes]`, preconditioned by the degrees.
fn solve(graph: &Graph, b: Vec<f64>, classes: usize, settings: &PoissonSettings, threads: &Threads) -> Poisson {
    let (n, d) = (graph.rows(), graph.degrees());
    let mut u = vec![0.0; n * classes];
    let mut r = b;
    let mut lp = vec![0.0; n * classes];
    let mut rho = products(&r, &r, Some(d), classes, threads); // [classes], r' D^-1 r
    let size = |rho: &[f64]| rho.iter().sum::<f64>().sqrt();
    let all = size(&rho);
    let relative = |rho: &[f64]| if all > 0.0 { size(rho) / all } else { 0.0 };
    let mut p = vec![0.0; n * classes];
    let mut beta = vec![0.0; classes];
    let mut steps = 0;
    while relative(&rho) > settings.tolerance && steps < settings.most_steps {
        steps += 1;
        threads.for_each((groups(&mut p, ROWS * classes),), |task, (p,)| {
            for (i, p) in p.chunks_exact_mut(classes).enumerate() {
                let row = task * ROWS + i;
                let (r, factor) = (&r[row * classes..][..classes], inverse(d[row]));
                (0..classes).for_each(|c| p[c] = r[c] * factor + beta[c] * p[c]);
            }
        });
        spread(graph, classes, threads, &p, &mut lp, |first, out| {
            let p = &p[first * classes..][..out.len()];
            for ((out, p), d) in out.chunks_exact_mut(classes).zip(p.chunks_exact(classes)).zip(&d[first..]) {
                out.iter_mut().zip(p).for_each(|(out, p)| *out = d * p - *out);
            }
        });
        let curvature = products(&p, &lp, None, classes, threads);
        let alpha: Vec<f64> = rho.iter().zip(&curvature).map(|(rho, curvature)| rho * inverse(*curvature)).collect();
        let parts = (groups(&mut u, ROWS * classes), groups(&mut r, ROWS * classes));
        threads.for_each(parts, |task, (u, r)| {
            let at = task * ROWS * classes;
            for (i, (u, r)) in u.iter_mut().zip(r).enumerate() {
                *u += alpha[i % classes] * p[at + i];
                *r -= alpha[i % classes] * lp[at + i];
            }
        });
        let next = products(&r, &r, Some(d), classes, threads);
        beta = next.iter().zip(&rho).map(|(next, rho)| next * inverse(*rho)).collect();
        rho = next;
    }
    let residual = relative(&rho);
    let solved = residual <= settings.tolerance;
    Poisson { scores: u, classes, mean: Vec::new(), unreached: Vec::new(), steps, residual, solved }
}

/// Of all solutions, which differ by a constant in each component, that with `sum_i d_i u_i = 0` there.
fn centre(graph: &Graph, components: &Components, classes: usize, u: &mut [f64]) {
    let (mut mean, mut volume) = (vec![0.0; components.count * classes], vec![0.0; components.count]);
    for ((u, &d), &of) in u.chunks_exact(classes).zip(graph.degrees()).zip(&components.of) {
        let of = of as usize;
        volume[of] += d;
        mean[of * classes..][..classes].iter_mut().zip(u).for_each(|(mean, u)| *mean += d * u);
    }
    for (u, &of) in u.chunks_exact_mut(classes).zip(&components.of) {
        let of = of as usize;
        u.iter_mut().zip(&mean[of * classes..]).for_each(|(u, mean)| *u -= mean * inverse(volume[of]));
    }
}

/// In each component with labelled rows, the least of all scores for classes without one there.
fn exclude_absent(components: &Components, labelled: &Labelled, classes: usize, u: &mut [f64]) {
    let mut present = vec![false; components.count * classes];
    for (&row, &class) in labelled.rows.iter().zip(&labelled.classes) {
        present[components.of[row] as usize * classes + usize::from(class)] = true;
    }
    let least = u.iter().copied().fold(0.0, f64::min);
    // Where each component has one class, all scores are 0.
    let least = if least < 0.0 { least } else { -1.0 };
    for (u, &of) in u.chunks_exact_mut(classes).zip(&components.of) {
        let present = &present[of as usize * classes..][..classes];
        if present.contains(&true) {
            u.iter_mut().zip(present).filter(|(_, present)| !**present).for_each(|(u, _)| *u = least);
        }
    }
}
