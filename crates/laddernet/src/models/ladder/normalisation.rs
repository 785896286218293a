//! How the segments of a training step are normalised: which rows' moments each of them takes, forward and backward.

use super::MomentsOf;
use super::buffers::Rows;
use laddernet_math::batchnorm::{
    MomentGradients, Moments, normalise, normalise_backward, normalise_with, normalise_with_backward,
};
use laddernet_math::{Isa, Row};

/// Normalises the three segments of a panel, and gives the moments that each was normalised by.
pub(super) fn normalise_segments(isa: Isa, of: MomentsOf, rows: Rows, z: &mut [Row]) -> [Moments; 3] {
    let clean = normalise(isa, &mut z[rows.clean()]);
    let [labelled, unlabelled] = match of.in_a_batch(rows) {
        MomentsOf::Own => [rows.labelled(), rows.unlabelled()].map(|segment| normalise(isa, &mut z[segment])),
        MomentsOf::Unlabelled => {
            let moments = normalise(isa, &mut z[rows.unlabelled()]);
            normalise_with(isa, &mut z[rows.labelled()], &moments);
            [moments; 2]
        }
        MomentsOf::Both => [normalise(isa, &mut z[..rows.corrupted()]); 2],
    };
    [labelled, unlabelled, clean]
}

/// The same in reverse: turns `d`, the gradient with respect to `z`, into that of what was normalised. `of_clean` is what
/// reaches the clean segment's moments from the denoising cost.
pub(super) fn normalise_segments_backward(
    isa: Isa,
    of: MomentsOf,
    rows: Rows,
    z: &[Row],
    [labelled, unlabelled, clean]: &[Moments; 3],
    of_clean: &MomentGradients,
    d: &mut [Row],
) {
    let none = &MomentGradients::NONE;
    let corrupted = 0..rows.corrupted();
    match of.in_a_batch(rows) {
        MomentsOf::Own => {
            normalise_backward(isa, &z[rows.labelled()], labelled, none, &mut d[rows.labelled()]);
            normalise_backward(isa, &z[rows.unlabelled()], unlabelled, none, &mut d[rows.unlabelled()]);
        }
        MomentsOf::Unlabelled => {
            // The labelled rows pull at the moments, and by them at every unlabelled row.
            let pull = normalise_with_backward(isa, &z[rows.labelled()], unlabelled, &mut d[rows.labelled()]);
            normalise_backward(isa, &z[rows.unlabelled()], unlabelled, &pull, &mut d[rows.unlabelled()]);
        }
        MomentsOf::Both => normalise_backward(isa, &z[corrupted.clone()], unlabelled, none, &mut d[corrupted]),
    }
    normalise_backward(isa, &z[rows.clean()], clean, of_clean, &mut d[rows.clean()]);
}

impl MomentsOf {
    /// Without unlabelled rows there are only the labelled rows' own moments.
    fn in_a_batch(self, rows: Rows) -> Self {
        if rows.n_u == 0 { MomentsOf::Own } else { self }
    }
}
