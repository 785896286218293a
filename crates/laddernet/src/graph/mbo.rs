//! PoissonMBO (Calder, Cook, Thorpe, Slepcev, ICML 2020, algorithm 2): classes that cut few edges, near their labelled rows, in given sizes.
//!
//! ```text
//! u <- one-hot rows of the classes
//! outer times:   inner times:  u <- u - dt (L u - mu b),   b = sum_j delta_j (y_j - y_bar)',   dt = 1 / max_i d_i
//!                classes of the given sizes by u           u <- one-hot rows of them
//! ```
//! The diffusion moves a border to where the graph is thin; the source stays in every step, and labelled rows are not held. In the paper the
//! sizes are known; here they are bounds. In a graph of several components, `y_bar` is that of a component's labelled rows, so that no class grows
//! there at every step; where these are of one class it is that of all, so that this class does grow. It stops early where an outer step changes nothing, since then no later one does.

use super::error::GraphError;
use super::grouping::{Grouping, NO_CLASS};
use super::poisson::{PoissonSettings, poisson};
use super::sizes::{MOST_STEPS, Sizes};
use super::source::{Labelled, Source};
use super::spread::{ROWS, inverse, spread};
use super::weights::{Components, Graph};
use crate::error::SettingsError;
use laddernet_math::Threads;
use serde::{Deserialize, Serialize};

/// How far classes spread between two projections, and how often. The defaults are the authors'.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MboSettings {
    /// Projections at most.
    pub outer: usize,
    /// Steps of diffusion before each.
    pub inner: usize,
    /// The weight of the labelled rows.
    pub mu: f64,
    /// Steps of the classes' weights in a projection after which sizes that are not reached are given up.
    pub most_steps: usize,
    /// The equation that gives the first classes.
    pub poisson: PoissonSettings,
}

impl Default for MboSettings {
    fn default() -> Self {
        MboSettings { outer: 20, inner: 40, mu: 1.0, most_steps: MOST_STEPS, poisson: PoissonSettings::default() }
    }
}

impl MboSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// When a setting is out of range.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.outer == 0 {
            return Err(SettingsError::value("outer", self.outer, "at least 1, as 20"));
        }
        if !(self.mu >= 0.0 && self.mu.is_finite()) {
            return Err(SettingsError::value("mu", self.mu, "a number from 0 on, as 1"));
        }
        self.poisson.check().map_err(|error| error.under("poisson"))
    }
}

/// Where the classes come from before the first diffusion.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    /// Poisson learning from the same labelled rows, without regard to sizes, as in the authors' program.
    Poisson,
    /// These classes, one a row, [`NO_CLASS`] where none is known.
    Labels(&'a [u16]),
    /// The classes of the given sizes by these scores, row-major `[n, classes]`.
    Scores(&'a [f64]),
}

/// The classes of all rows by PoissonMBO, as many as `sizes` has bounds.
///
/// # Errors
/// When labelled rows, sizes or the start do not fit the graph, a class has no labelled row, or a setting is out of range.
pub fn poisson_mbo(
    graph: &Graph,
    source: &Source<'_>,
    sizes: &Sizes,
    start: Start<'_>,
    settings: &MboSettings,
    threads: &Threads,
) -> Result<Grouping, GraphError> {
    settings.check()?;
    let classes = sizes.classes();
    let labelled = source.check(graph, classes)?;
    sizes.check(classes)?;
    let components = graph.components();
    let mut weights = vec![1.0; classes];
    let all_labelled = labelled.rows.iter().copied();
    let reached_from = |known: &[bool]| {
        let known = (0..known.len()).filter(|&row| known[row]);
        let hold = components.that_hold(all_labelled.clone().chain(known));
        components.of.iter().map(|&of| hold[of as usize]).collect::<Vec<bool>>()
    };
    let (mut labels, reached) = match start {
        Start::Poisson => {
            (poisson(graph, source, classes, &settings.poisson, threads)?.labels(None)?, reached_from(&[]))
        }
        Start::Labels(labels) => {
            check_labels(labels, graph.rows(), classes)?;
            let known: Vec<bool> = labels.iter().map(|&class| class != NO_CLASS).collect();
            (labels.to_vec(), reached_from(&known))
        }
        Start::Scores(scores) => {
            check_scores(scores, graph.rows(), classes)?;
            let known: Vec<bool> = scores.chunks_exact(classes).map(|u| u.iter().any(|&u| u != 0.0)).collect();
            let reached = reached_from(&known);
            (sizes.project(scores.to_vec(), &reached, &mut weights, settings.most_steps, threads).labels, reached)
        }
    };
    let diffusion = Diffusion::new(graph, &components, &labelled, classes, settings.mu);
    let mut last = None;
    for projection in 1..=settings.outer {
        let scores = diffusion.run(&labels, settings.inner, threads);
        let mut grouping = sizes.project(scores, &reached, &mut weights, settings.most_steps, threads);
        grouping.projections = projection;
        let still = grouping.sizes_reached && grouping.labels == labels;
        labels.copy_from_slice(&grouping.labels);
        last = Some(grouping);
        if still {
            break;
        }
    }
    Ok(last.expect("at least one projection"))
}

fn check_labels(labels: &[u16], rows: usize, classes: usize) -> Result<(), GraphError> {
    if labels.len() != rows {
        return Err(GraphError::Count {
            what: "labels to start with",
            found: labels.len(),
            of: "rows",
            expected: rows,
        });
    }
    let known = |&class: &u16| class == NO_CLASS || usize::from(class) < classes;
    match labels.iter().position(|class| !known(class)) {
        Some(row) => Err(GraphError::NoClass { row, class: labels[row], classes }),
        None => Ok(()),
    }
}

fn check_scores(scores: &[f64], rows: usize, classes: usize) -> Result<(), GraphError> {
    if scores.len() != rows * classes {
        let (what, of) = ("scores to start with", "rows and classes");
        return Err(GraphError::Count { what, found: scores.len(), of, expected: rows * classes });
    }
    match scores.iter().position(|u| !u.is_finite()) {
        Some(at) => {
            let (what, expected) = ("a score to start with, of row", "a finite number");
            Err(GraphError::Number { what, at: at / classes, value: scores[at], expected })
        }
        None => Ok(()),
    }
}

/// The inner steps.
struct Diffusion<'a> {
    graph: &'a Graph,
    labelled: &'a Labelled,
    source: Vec<f64>, // [labelled, classes], dt mu b
    classes: usize,
    dt: f64,
}

impl<'a> Diffusion<'a> {
    fn new(graph: &'a Graph, components: &Components, labelled: &'a Labelled, classes: usize, mu: f64) -> Self {
        let dt = inverse(graph.degrees().iter().copied().fold(0.0, f64::max));
        let (mut means, of_all) = (labelled.means(components, classes), labelled.mean(classes));
        let of_one_class = |mean: &&mut [f64]| mean.iter().filter(|m| **m > 0.0).count() == 1;
        means.chunks_exact_mut(classes).filter(of_one_class).for_each(|mean| mean.copy_from_slice(&of_all));
        let mut source = labelled.terms(components, &means, classes);
        source.iter_mut().for_each(|b| *b *= dt * mu);
        Diffusion { graph, labelled, source, classes, dt }
    }

    /// The scores after these steps from the one-hot rows of the labels.
    fn run(&self, labels: &[u16], steps: usize, threads: &Threads) -> Vec<f64> {
        let mut u = vec![0.0; labels.len() * self.classes]; // [n, classes]
        for (u, &class) in u.chunks_exact_mut(self.classes).zip(labels).filter(|(_, class)| **class != NO_CLASS) {
            u[usize::from(class)] = 1.0;
        }
        let mut next = vec![0.0; u.len()];
        for _ in 0..steps {
            spread(self.graph, self.classes, threads, &u, &mut next, |first, out| self.finish(first, &u, out));
            std::mem::swap(&mut u, &mut next);
        }
        u
    }

    /// `u - dt (D u - W u - mu b)`, where `out` holds `W u` of the rows from `first` on.
    fn finish(&self, first: usize, u: &[f64], out: &mut [f64]) {
        let classes = self.classes;
        let rows = u[first * classes..].chunks_exact(classes).zip(&self.graph.degrees()[first..]);
        for (out, (u, d)) in out.chunks_exact_mut(classes).zip(rows) {
            let kept = 1.0 - self.dt * d;
            out.iter_mut().zip(u).for_each(|(out, u)| *out = kept * u + self.dt * *out);
        }
        let from = self.labelled.rows.partition_point(|&row| row < first);
        for (j, &row) in self.labelled.rows.iter().enumerate().skip(from).take_while(|(_, row)| **row < first + ROWS) {
            let b = &self.source[j * classes..][..classes];
            out[(row - first) * classes..][..classes].iter_mut().zip(b).for_each(|(out, b)| *out += b);
        }
    }
}
