//! Counter-based random numbers: each is a pure function of (seed, purpose, where it is used).
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3",
//! 2011). There is no state to save, and no number depends on the number of threads or the order of the work.

/// What a random number is for. Streams of different purposes never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Purpose {
    /// Which rows keep their labels.
    LabelledRows = 1,
    /// Which rows are held out as a test set.
    HoldOut = 2,
    /// The order of the labelled rows in an epoch.
    LabelledOrder = 3,
    /// The order of the unlabelled rows in an epoch.
    UnlabelledOrder = 4,
    /// Initial weights of the encoder.
    EncoderWeights = 5,
    /// Initial weights of the decoder.
    DecoderWeights = 6,
    /// The corruption of a training step.
    TrainingNoise = 7,
    /// The corruption of rows to reconstruct.
    ReconstructionNoise = 8,
    /// The corruption of the pass that gathers the decoder's statistics.
    StatisticsNoise = 9,
    /// The order of the rows in the pass that gathers statistics.
    StatisticsOrder = 10,
    /// The states of the units on the way from one RBM to another, in annealing.
    Annealing = 11,
    /// The states of the units of a Gibbs chain.
    Gibbs = 12,
    /// The states of an RBM's units in a training step.
    Contrast = 13,
    /// Rows that are binarised by their values.
    Binarising = 14,
    /// The corruption of an autoencoder's input, other than in a ladder.
    Corruption = 15,
    /// The states of an autoencoder's output units, from which it walks on.
    Walkback = 16,
    /// Which labelled rows stand in which part of a cross-validation.
    Folds = 17,
    /// The samples of a variational autoencoder's code in a training step.
    CodeSample = 18,
    /// The samples of a code by which a bound is estimated.
    BoundSample = 19,
    /// Which sure rows of a group become labelled ones.
    Anchors = 20,
    /// Which rows are looked at, and from where clusters begin, when rows to label are looked for.
    Suggestion = 21,
    /// Which rows are grouped, of many.
    GroupedRows = 22,
}

pub(crate) const MULTIPLIER: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
pub(crate) const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// One block of Philox4x32-10: four words from a counter of four words and a key of two.
#[inline(always)]
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let p0 = u64::from(MULTIPLIER[0]) * u64::from(counter[0]);
        let p1 = u64::from(MULTIPLIER[1]) * u64::from(counter[2]);
        counter =
            [(p1 >> 32) as u32 ^ counter[1] ^ key[0], p1 as u32, (p0 >> 32) as u32 ^ counter[3] ^ key[1], p0 as u32];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// The two key words of a seed.
#[inline(always)]
pub(crate) fn key(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}

/// A permutation of `0..n`, keyed by (seed, purpose, index): Fisher-Yates with the widening multiplication of
/// 64 random bits, whose bias is below n / 2^64.
pub fn permutation(seed: u64, purpose: Purpose, index: u32, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        let words = philox([i as u32, (i as u64 >> 32) as u32, (purpose as u32) << 16, index], key(seed));
        let bits = u64::from(words[0]) | u64::from(words[1]) << 32;
        let j = ((u128::from(bits) * (i as u128 + 1)) >> 64) as usize;
        order.swap(i, j);
    }
    order
}

/// A number from 0 to below 1, keyed by (seed, purpose, index), of 53 random bits.
pub fn uniform(seed: u64, purpose: Purpose, index: u32) -> f64 {
    // Permutations have no counter of all ones.
    let words = philox([u32::MAX, u32::MAX, (purpose as u32) << 16, index], key(seed));
    let bits = u64::from(words[0]) | u64::from(words[1]) << 32;
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: the known-answer file of the Random123 library (kat_vectors, philox4x32 10).
    #[test]
    fn known_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn permutations_are_permutations_and_differ() {
        let a = permutation(1, Purpose::LabelledOrder, 0, 1000);
        let mut sorted = a.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_ne!(a, permutation(1, Purpose::LabelledOrder, 1, 1000));
        assert_ne!(a, permutation(1, Purpose::UnlabelledOrder, 0, 1000));
        assert_ne!(a, permutation(2, Purpose::LabelledOrder, 0, 1000));
        assert_eq!(permutation(1, Purpose::HoldOut, 0, 1), vec![0]);
        assert!(permutation(1, Purpose::HoldOut, 0, 0).is_empty());
    }

    #[test]
    fn uniform_numbers_fill_the_unit_interval() {
        let numbers: Vec<f64> = (0..10_000).map(|index| uniform(3, Purpose::Suggestion, index)).collect();
        let mean = numbers.iter().sum::<f64>() / 1e4;
        let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e4;
        // Six standard errors.
        assert!((mean - 0.5).abs() < 6.0 * (1.0f64 / 12.0 / 1e4).sqrt(), "{mean}");
        assert!((variance - 1.0 / 12.0).abs() < 6.0 * (1.0f64 / 180.0 / 1e4).sqrt(), "{variance}");
        assert_ne!(numbers[0], uniform(4, Purpose::Suggestion, 0));
    }

    /// Every position receives every element equally often (chi-squared, 9 degrees of freedom, 1e-6 tail = 44).
    #[test]
    fn permutations_are_fair() {
        let mut counts = [[0f64; 10]; 10];
        for index in 0..20_000 {
            for (position, &element) in permutation(7, Purpose::HoldOut, index, 10).iter().enumerate() {
                counts[position][element] += 1.0;
            }
        }
        for row in counts {
            let chi: f64 = row.iter().map(|c| (c - 2000.0).powi(2) / 2000.0).sum();
            assert!(chi < 50.0, "{chi}");
        }
    }
}
