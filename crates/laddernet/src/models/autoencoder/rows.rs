//! What a trained autoencoder makes of rows: their codes, their reconstructions, and the chain that walks away from them.

use super::Autoencoder;
use crate::dataset::{Dataset, DatasetError, Scaling, Values};
use crate::evaluation::SquaredErrors;
use crate::models::dense::rows_of;
use laddernet_math::bernoulli::draw;
use laddernet_math::normal::Stream;
use laddernet_math::operand::{Operand, Role};
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Precision, Threads, WIDTH, groups};

/// Rows that one task works on.
const BLOCK: usize = 240;

impl SquaredErrors for Autoencoder {
    fn squared_errors(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        self.squared_errors(data, threads)
    }
}

impl Autoencoder {
    /// The code of each row, without corruption, as rows of their own with the same labels. A row's bits do not depend on
    /// its neighbours.
    ///
    /// # Errors
    /// When a row is so far from those of the training that its code overflows.
    ///
    /// # Panics
    /// When rows have another length than the input layer.
    pub fn codes(&self, data: &Dataset, threads: &Threads) -> Result<Dataset, DatasetError> {
        let (first, rest) = self.up.split_first().expect("at least one layer");
        rest.iter().try_fold(first.codes(data, threads)?, |below, layer| layer.codes(&below, threads))
    }

    /// Each row reconstructed from its code, without corruption: row-major `[rows, features]`, probabilities or means. A row's
    /// bits do not depend on its neighbours.
    ///
    /// # Panics
    /// When rows have another length than the input layer.
    pub fn reconstructed(&self, data: &Dataset, threads: &Threads) -> Vec<f32> {
        let columns = self.settings.layers[0];
        assert_eq!(data.features(), columns, "values a row");
        let threads = threads.in_single_precision();
        let mut out = vec![0.0; data.rows() * columns];
        threads.for_each(groups(&mut out, BLOCK * columns), |block, out| {
            let rows = out.len() / columns;
            let mut a = vec![rows_of(data, block * BLOCK, rows)];
            let [mut rest, mut b, mut z] = self.room(rows);
            a.append(&mut rest);
            let z = z[0].values_mut();
            self.run(&threads, &mut a, &mut b, z);
            out.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| z.read_row(r, row));
        });
        out
    }

    /// Each row from its code: row-major `[rows, features]`, probabilities or means. A row's bits do not depend on its neighbours, and are those
    /// of [`Autoencoder::reconstructed`] for the codes of rows.
    ///
    /// # Panics
    /// When codes have another length than the code layer.
    pub fn decoded(&self, codes: &Dataset, threads: &Threads) -> Vec<f32> {
        let (columns, units) = (self.settings.layers[0], self.settings.layers[self.top()]);
        assert_eq!(codes.features(), units, "values of a code");
        let threads = threads.in_single_precision();
        let mut out = vec![0.0; codes.rows() * columns];
        threads.for_each(groups(&mut out, BLOCK * columns), |block, out| {
            let rows = out.len() / columns;
            let code = rows_of(codes, block * BLOCK, rows);
            let [_, mut b, mut z] = self.room(rows);
            let z = z[0].values_mut();
            self.run_down(&threads, &code, &mut b, z);
            out.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| z.read_row(r, row));
        });
        out
    }

    /// The squared error of each reconstructed row, summed over its values in f64.
    ///
    /// # Panics
    /// When rows have another length than the input layer.
    pub fn squared_errors(&self, data: &Dataset, threads: &Threads) -> Vec<f64> {
        let columns = self.settings.layers[0];
        let reconstructed = self.reconstructed(data, threads);
        let error = |(r, row): (usize, &[f32])| {
            row.iter().enumerate().map(|(c, &x)| (f64::from(x) - f64::from(data.input(r, c))).powi(2)).sum()
        };
        reconstructed.chunks_exact(columns).enumerate().map(error).collect()
    }

    /// The generative stochastic network that it is (Bengio, Yao, Alain, Vincent 2013): from each row corrupt,
    /// reconstruct, sample, `steps` times, one chain a row. `on_step(step, probabilities)` is given what the output units are likely
    /// to be, row-major `[rows, features]`, after each step, counted from 0.
    ///
    /// # Panics
    /// When rows have another length than the input layer, or the output units are no probabilities.
    pub fn walk(
        &self,
        start: &Dataset,
        steps: u32,
        seed: u64,
        threads: &Threads,
        on_step: &mut dyn FnMut(u32, &[f32]),
    ) {
        let (rows, columns) = (start.rows(), self.settings.layers[0]);
        assert_eq!(start.features(), columns, "values a row");
        assert!(self.settings.output.is_probability(), "output units of a chain are probabilities");
        let threads = threads.in_single_precision();
        let isa = threads.isa();
        let stream = |purpose, step| Stream { seed, purpose, step, layer: u16::MAX };
        let mut states = Panels::new(rows, columns);
        threads.for_each(states.panels_mut(), |p, states| {
            states.iter_mut().enumerate().for_each(|(r, row)| start.copy_columns(r, p * WIDTH, &mut row.0));
        });
        let mut a = vec![Operand::new(Precision::F32, Role::Fixed, rows, columns)];
        let [mut rest, mut b, mut z] = self.room(rows);
        a.append(&mut rest);
        let mut likely = vec![0.0; rows * columns];
        for step in 0..steps {
            threads.for_each(a[0].panels_mut(), |p, mut x| {
                let stream = stream(Purpose::Corruption, step);
                self.settings.corruption.apply(isa, stream, p, columns, states.panel(p), &mut x);
                x.pack(isa);
            });
            let z = z[0].values_mut();
            self.run(&threads, &mut a, &mut b, z);
            likely.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| z.read_row(r, row));
            on_step(step, &likely);
            threads.for_each(states.panels_mut(), |p, states| {
                states.copy_from_slice(z.panel(p));
                draw(isa, stream(Purpose::Walkback, step), p, columns, states);
            });
        }
    }

    /// Chains as [`Autoencoder::walk`], kept every `every` steps: the samples of all chains, chain after chain.
    ///
    /// # Panics
    /// As [`Autoencoder::walk`], and when `every` is 0.
    pub fn samples(&self, start: &Dataset, steps: u32, every: u32, seed: u64, threads: &Threads) -> Dataset {
        let (rows, columns) = (start.rows(), self.settings.layers[0]);
        let kept = (steps / every) as usize;
        let mut values = vec![0.0; rows * kept * columns];
        self.walk(start, steps, seed, threads, &mut |step, likely| {
            if (step + 1) % every == 0 {
                let k = ((step + 1) / every - 1) as usize;
                for (r, row) in likely.chunks_exact(columns).enumerate() {
                    values[(r * kept + k) * columns..][..columns].copy_from_slice(row);
                }
            }
        });
        let (labels, names) = (vec![None; rows * kept], start.class_names().to_vec());
        Dataset::new(Values::F32(values), labels, names, start.row_shape().to_vec(), Scaling::NONE)
            .expect("probabilities, where there is a row and a step")
    }

    /// Room for layers 1..=L, for those on the way down, and for the output.
    fn room(&self, rows: usize) -> [Vec<Operand>; 3] {
        let m = &self.settings.layers;
        let operands = |layers: &[usize]| -> Vec<Operand> {
            layers.iter().map(|&units| Operand::new(Precision::F32, Role::Fixed, rows, units)).collect()
        };
        [operands(&m[1..]), operands(&m[1..m.len() - 1]), operands(&m[..1])]
    }

    /// The output units' values from what stands in `a(0)`.
    fn run(&self, threads: &Threads, a: &mut [Operand], b: &mut [Operand], z: &mut Panels) {
        self.encode(threads, a);
        let code = a.last().expect("an autoencoder has a code");
        self.run_down(threads, code, b, z);
    }

    /// The same from the code.
    fn run_down(&self, threads: &Threads, code: &Operand, b: &mut [Operand], z: &mut Panels) {
        let (isa, columns) = (threads.isa(), self.settings.layers[0]);
        let activation = self.settings.output.activation();
        self.decode(threads, code, b, z, |p, z| {
            activation.apply(isa, &self.down[0].bias.value[p], columns - p * WIDTH, z);
        });
    }
}
