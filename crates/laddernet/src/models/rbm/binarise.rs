//! From grey values to states of units. The way is part of every likelihood: the same RBM scores -86.4 nats on digits
//! that are drawn by their grey values, -69.9 on digits cut at one half, and -100.9 on grey values taken as states.

use crate::dataset::{Dataset, Scaling, Values};
use crate::text::words;
use laddernet_math::bernoulli::draw;
use laddernet_math::normal::Stream;
use laddernet_math::random::Purpose;
use laddernet_math::{Panels, Threads, WIDTH};

/// What becomes of values between 0 and 1 before they are states of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binarise {
    /// On with the value as its probability, drawn anew each time.
    Stochastic,
    /// On above one half.
    Threshold,
    /// They stay as they are.
    None,
}

words!(Binarise, "way to binarise", { Stochastic: "stochastic", Threshold: "threshold", None: "none" });

impl Binarise {
    /// The rows of `data`, binarised once; `seed` names the draws. Labels and shapes stay.
    pub fn rows(self, data: &Dataset, seed: u64, threads: &Threads) -> Dataset {
        let stream = Stream { seed, purpose: Purpose::Binarising, step: 0, layer: 0 };
        let (rows, columns) = (data.rows(), data.features());
        let mut x = Panels::new(rows, columns);
        threads.for_each(x.panels_mut(), |p, panel| {
            for (r, row) in panel.iter_mut().enumerate() {
                data.copy_columns(r, p * WIDTH, &mut row.0);
            }
            match self {
                Binarise::Stochastic => draw(threads.isa(), stream, p, columns, panel),
                Binarise::Threshold => panel.iter_mut().flat_map(|r| &mut r.0).for_each(|x| *x = f32::from(*x > 0.5)),
                Binarise::None => {}
            }
        });
        let mut values = vec![0.0; rows * columns];
        values.chunks_exact_mut(columns).enumerate().for_each(|(r, row)| x.read_row(r, row));
        let values = match self {
            Binarise::None => Values::F32(values),
            _ => Values::U8(values.into_iter().map(|x| x as u8).collect()),
        };
        let (names, shape) = (data.class_names().to_vec(), data.row_shape().to_vec());
        Dataset::new(values, data.labels().to_vec(), names, shape, Scaling::NONE).expect("as many values as before")
    }
}
