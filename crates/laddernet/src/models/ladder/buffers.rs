//! The memory of a training step, taken once: a batch, what each layer keeps for its backward pass, and the noise.

use super::LadderSettings;
use crate::training::{Batch, Costs, SUPERVISED};
use laddernet_math::batchnorm::{MomentGradients, Moments};
use laddernet_math::normal::{Stream, add_noise};
use laddernet_math::operand::{Operand, Role};
use laddernet_math::{Isa, Panels, Precision, Row, panels_of};
use std::ops::Range;

/// Where the corruption comes from.
#[derive(Clone, Copy)]
pub enum Noise<'a> {
    /// Drawn: a function of seed, purpose, step, layer, row and column.
    Drawn {
        /// Seed of the run.
        seed: u64,
        /// Training, statistics or reconstruction.
        purpose: laddernet_math::random::Purpose,
        /// The step.
        step: u32,
    },
    /// None: the corrupted rows are clean.
    Silent,
    /// Given for each layer, already times its standard deviation; for tests against a reference.
    Given(&'a [Panels]),
}

impl Noise<'_> {
    /// `out = x + noise` for panel `j` of layer `l`.
    pub(crate) fn add(&self, isa: Isa, l: usize, j: usize, columns: usize, sd: f32, x: &[Row], out: &mut [Row]) {
        match *self {
            Noise::Drawn { seed, purpose, step } => {
                add_noise(isa, Stream { seed, purpose, step, layer: l as u16 }, j, columns, sd, x, out);
            }
            Noise::Silent => out.copy_from_slice(x),
            Noise::Given(noise) => {
                assert_eq!(noise[l].rows(), out.len(), "rows of the noise given for layer {l}");
                for ((out, x), noise) in out.iter_mut().zip(x).zip(noise[l].panel(j)) {
                    *out = Row(std::array::from_fn(|c| x.0[c] + noise.0[c]));
                }
            }
        }
    }
}

/// Places of the segments in `moments`.
pub(crate) const LABELLED: usize = 0;
pub(crate) const UNLABELLED: usize = 1;
pub(crate) const CLEAN: usize = 2;

/// How many labelled and unlabelled rows, and where their segments stand.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rows {
    pub n_l: usize,
    pub n_u: usize,
}

impl Rows {
    pub fn corrupted(&self) -> usize {
        self.n_l + self.n_u
    }

    pub fn all(&self) -> usize {
        self.n_l + 2 * self.n_u
    }

    /// Corrupted labelled rows.
    pub fn labelled(&self) -> Range<usize> {
        0..self.n_l
    }

    /// Corrupted unlabelled rows.
    pub fn unlabelled(&self) -> Range<usize> {
        self.n_l..self.corrupted()
    }

    /// Clean unlabelled rows.
    pub fn clean(&self) -> Range<usize> {
        self.corrupted()..self.all()
    }

    pub fn segments(&self) -> impl Iterator<Item = Range<usize>> {
        [self.labelled(), self.unlabelled(), self.clean()].into_iter()
    }
}

/// What one encoder layer keeps. `C` corrupted rows, `N` rows in all.
pub(crate) struct EncoderBuffers {
    pub is_input: bool,
    pub z: Panels,                  // [N, m_l] normalised, before noise
    pub z_tilde: Panels,            // [C, m_l] with noise
    pub h: Operand,                 // [N, m_l] after the rectifier; unused at the top
    pub d: Operand,                 // [N, m_l] gradient of h, then of z, then of h(l-1) W
    pub moments: Vec<[Moments; 3]>, // of each panel: labelled, unlabelled, clean
}

impl EncoderBuffers {
    /// The lateral value; at the input it is the corrupted input itself.
    pub fn z_tilde(&self) -> &Panels {
        if self.is_input { &self.h } else { &self.z_tilde }
    }

    /// The clean target stands in the clean rows; at the input it is the input itself.
    pub fn z(&self) -> &Panels {
        if self.is_input { &self.h } else { &self.z }
    }

    /// Moments of the clean path's unlabelled rows; the input is compared as it is.
    pub fn clean_moments(&self, j: usize) -> Moments {
        if self.is_input { Moments::STANDARD } else { self.moments[j][CLEAN] }
    }
}

/// What one decoder layer keeps, for the `n_u` unlabelled rows.
pub(crate) struct DecoderBuffers {
    pub u: Panels,         // [n_u, m_l] normalised
    pub z_hat: Operand,    // [n_u, m_l]
    pub d_u: Operand,      // [n_u, m_l] gradient of u, then of z_hat(l+1) V
    pub d_z_tilde: Panels, // [n_u, m_l] gradient of z_hat, then of z_tilde
    pub d_z: Panels,       // [n_u, m_l] gradient of the clean target
    pub u_moments: Vec<Moments>,
    pub d_moments: Vec<MomentGradients>, // of the clean moments
    pub squares: Vec<Row>,               // sums over rows of the squared error
}

/// The memory of a training step for batches up to a size.
pub struct Buffers {
    pub(crate) rows: Rows,
    pub(crate) encoder: Vec<EncoderBuffers>, // layers 0..=L
    pub(crate) decoder: Vec<DecoderBuffers>, // layers lowest..=L
    pub(crate) p: Panels,                    // [C, classes] probabilities
    pub(crate) log_sum_exp: Vec<f64>,        // of each corrupted row
}

impl Buffers {
    /// Memory for up to `labelled` and `unlabelled` rows, with products of this precision.
    pub fn new(settings: &LadderSettings, labelled: usize, unlabelled: usize, precision: Precision) -> Self {
        let rows = Rows { n_l: labelled, n_u: unlabelled };
        let (m, top) = (&settings.layers, settings.top());
        let encoder = |l: usize| {
            let (input, units) = (l == 0, m[l]);
            let unless = |skip: bool, rows: usize| Panels::new(if skip { 0 } else { rows }, units);
            let operand = |skip: bool, role| Operand::new(precision, role, if skip { 0 } else { rows.all() }, units);
            EncoderBuffers {
                is_input: input,
                z: unless(input, rows.all()),
                z_tilde: unless(input, rows.corrupted()),
                h: operand(l == top, Role::Input),
                d: operand(input, Role::Gradient),
                moments: vec![[Moments::STANDARD; 3]; panels_of(units)],
            }
        };
        let decoder = |l: usize| {
            let (new, panels) = (|| Panels::new(rows.n_u, m[l]), panels_of(m[l]));
            DecoderBuffers {
                u: new(),
                z_hat: Operand::new(precision, Role::Input, rows.n_u, m[l]),
                d_u: Operand::new(precision, Role::Gradient, rows.n_u, m[l]),
                d_z_tilde: new(),
                d_z: new(),
                u_moments: vec![Moments::STANDARD; panels],
                d_moments: vec![MomentGradients::NONE; panels],
                squares: vec![Row::ZERO; panels],
            }
        };
        Buffers {
            rows,
            encoder: (0..=top).map(encoder).collect(),
            decoder: settings.decoder_layers().map(decoder).collect(),
            p: Panels::new(rows.corrupted(), m[top]),
            log_sum_exp: vec![0.0; rows.corrupted()],
        }
    }

    /// Takes the sizes of a batch; there must be room.
    pub(crate) fn set_batch(&mut self, batch: &Batch) {
        assert!(batch.labels.len() <= batch.x.rows(), "{} labels for {} rows", batch.labels.len(), batch.x.rows());
        let classes = self.p.columns();
        assert!(batch.labels.iter().all(|&y| (y as usize) < classes), "a label is outside the {classes} classes");
        let rows = Rows { n_l: batch.labels.len(), n_u: batch.unlabelled() };
        self.rows = rows;
        let top = self.encoder.len() - 1;
        for (l, b) in self.encoder.iter_mut().enumerate() {
            if l > 0 {
                b.z.set_rows(rows.all());
                b.z_tilde.set_rows(rows.corrupted());
                b.d.set_rows(rows.all());
            }
            if l < top {
                b.h.set_rows(rows.all());
            }
        }
        for b in &mut self.decoder {
            for panels in [&mut b.u, &mut b.d_z_tilde, &mut b.d_z] {
                panels.set_rows(rows.n_u);
            }
            for operand in [&mut b.z_hat, &mut b.d_u] {
                operand.set_rows(rows.n_u);
            }
        }
        self.p.set_rows(rows.corrupted());
        self.log_sum_exp.resize(rows.corrupted(), 0.0);
    }

    /// After a batch: the first quantity, in the order of the forward pass, that is not finite, as
    /// `(layer, what, value)`; `None` when all is well. Looks through everything only when something is wrong.
    pub(crate) fn not_finite(&self, costs: &Costs) -> Option<(usize, &'static str, f32)> {
        let moments = self.encoder[1..].iter().flat_map(|e| &e.moments).flatten();
        if costs.total.is_finite() && moments.flat_map(|m| m.sigma.0).all(f32::is_finite) {
            return None;
        }
        let bad = |rows: &mut dyn Iterator<Item = &Row>| rows.flat_map(|r| r.0).find(|x| !x.is_finite());
        let panels = Panels::not_finite;
        let top = self.encoder.len() - 1;
        for (l, e) in self.encoder.iter().enumerate() {
            let sigma = bad(&mut e.moments.iter().flatten().map(|m| &m.sigma));
            let found = [
                ("sigma, the standard deviation of the activation,", sigma),
                ("z, the normalised activation,", panels(&e.z)),
                ("z_tilde, the noisy activation,", panels(&e.z_tilde)),
            ];
            if let Some((name, value)) = found.into_iter().find_map(|(name, x)| Some((name, x?))) {
                return Some((l, name, value));
            }
        }
        if let Some(supervised) = costs.of(SUPERVISED).filter(|cost| !cost.is_finite()) {
            return Some((top, "the supervised cost", supervised as f32));
        }
        let lowest = top + 1 - self.decoder.len();
        for (i, d) in self.decoder.iter().enumerate().rev() {
            let found = [
                ("u, the signal from above,", panels(&d.u)),
                ("z_hat, the reconstruction,", panels(&d.z_hat)),
                ("the denoising cost", bad(&mut d.squares.iter())),
            ];
            if let Some((name, value)) = found.into_iter().find_map(|(name, x)| Some((name, x?))) {
                return Some((lowest + i, name, value));
            }
        }
        Some((top, "the total cost", costs.total as f32))
    }
}
