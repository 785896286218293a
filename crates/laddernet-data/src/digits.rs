//! The digits inside the program: 1797 handwritten digits of 8x8 pixels, so that everything runs without a download.
//!
//! The test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak; UCI Machine Learning
//! Repository, CC BY 4.0), in the file that scikit-learn ships as `load_digits`.

use crate::expected::Expected;
use laddernet::dataset::{Dataset, Scaling, Values};

const PACKED: &[u8] = include_bytes!("../assets/digits.csv.gz");

/// The digits: 1797 rows of `[8, 8]` whole numbers 0..=16, scaled by 1/16, with classes "0" to "9".
///
/// # Panics
/// Never, unless the program was built with a damaged file.
pub fn load() -> Dataset {
    let text = crate::gz::unpack(PACKED, 1 << 20, "digits.csv.gz").expect("the embedded digits unpack");
    let class_names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let scaling = Scaling::by(1.0 / 16.0);
    let expected = Expected { row_shape: &[8, 8], scaling, class_names: &class_names, any_values: false };
    let (table, _) =
        crate::csv_rows::parse(&text, "digits.csv", expected).expect("the embedded digits are a table of numbers");
    let pixels = (0..table.values().len()).map(|i| table.values().get(i) as u8).collect();
    Dataset::new(Values::U8(pixels), table.labels().to_vec(), class_names, vec![8, 8], scaling)
        .expect("the digits' bytes make the same table")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts are those of `sklearn.datasets.load_digits`.
    #[test]
    fn the_digits_are_those_of_scikit_learn() {
        let digits = load();
        assert_eq!((digits.rows(), digits.row_shape(), digits.classes()), (1797, &[8, 8][..], 10));
        let of_class = |class| digits.labels().iter().filter(|&&label| label == Some(class)).count();
        let counts: Vec<usize> = (0..10).map(of_class).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let Values::U8(pixels) = digits.values() else { panic!("the digits are bytes") };
        assert_eq!(pixels.iter().max(), Some(&16));
        assert_eq!(&pixels[..8], [0, 0, 5, 13, 9, 1, 0, 0]);
        assert_eq!(digits.input(0, 3), 13.0 / 16.0);
        digits.check_unit_interval().unwrap();
    }
}
