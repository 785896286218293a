//! From stored values to the inputs of a model, and back: fitted on the rows that are learned from, applied to any rows, carried in
//! the model file.

use super::{Dataset, DatasetError, Encoding, Scaling, Standards, TableSettings, Values, fit};
use crate::table::Column;
use std::borrow::Cow;
use std::sync::Arc;
use thiserror::Error;

/// What becomes of stored values before they are inputs: a scale, then perhaps standardising column by column; of the cells of a table,
/// what each column needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessing {
    /// Factor from a stored value to an input.
    pub scale: f32,
    /// What follows.
    pub encoding: Encoding,
    /// Bytes of a format that does not say what they mean may be scaled by the largest that was learned from, so that it becomes 1: this
    /// one.
    pub largest: Option<u8>,
}

/// Bytes up to this one do not fill 0..=255: their scale is found from the largest.
pub(super) const LARGEST_OF_FEW: u8 = 127;

/// Rows that a preprocessing, fitted on others, cannot be applied to.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PreprocessingError {
    /// The rows are of another length.
    #[error("{found} values a row, but the model takes {expected}: give rows like those it was trained on")]
    Features {
        /// Values a row.
        found: usize,
        /// Values that a row of the training had.
        expected: usize,
    },
    /// The rows are scaled in another way than those of the training.
    #[error(
        "values are scaled by {found}, but the model was trained on values scaled by {expected}: give rows like those it was \
         trained on"
    )]
    Scale {
        /// Their scale.
        found: f32,
        /// The scale of the training rows.
        expected: f32,
    },
    /// A value makes no input.
    #[error(transparent)]
    Value(#[from] DatasetError),
    /// The rows are of a table, or the training's were, and the others are not.
    #[error("{found}, but the model was trained on {expected}: give rows like those it was trained on")]
    OtherKind {
        /// What they are.
        found: &'static str,
        /// What the training's rows were.
        expected: &'static str,
    },
    /// The columns are not those of the training. Readers put columns in order, and say by name which are missing.
    #[error("the columns {found} are not those of the training, {expected}")]
    OtherColumns {
        /// Their names.
        found: String,
        /// The names of the training's.
        expected: String,
    },
    /// No input is left of a table.
    #[error("no column of the table can be learned from: {0}")]
    NoColumn(String),
    /// No column varies.
    #[error("every column is the same in all rows to learn from: expected columns that vary")]
    Constant,
}

impl Preprocessing {
    /// For inputs in 0..=1: values are scaled as the format of the data says. Where it does not say what bytes mean, and those that are
    /// learned from, which are `rows`, are at most 127 (0 and 1, 0 to 16, percents), the largest of them becomes 1.
    ///
    /// # Errors
    /// When an input lies outside.
    pub fn scaled(data: &Dataset, rows: &[usize]) -> Result<Self, PreprocessingError> {
        data.check_unit_interval()?;
        let largest = match data.values() {
            Values::U8(_) if data.scaling().assumed => data.largest_byte(rows),
            _ => None,
        };
        let largest = largest.filter(|largest| (1..=LARGEST_OF_FEW).contains(largest));
        let scale = largest.map_or(data.scaling().scale, |largest| 1.0 / f32::from(largest));
        Ok(Preprocessing { scale, encoding: Encoding::Scaled, largest })
    }

    /// A sentence on the scale, where it was found from the rows.
    pub fn note(&self) -> Option<String> {
        self.largest.map(|largest| {
            format!(
                "no value to learn from is larger than {largest}, so values are divided by {largest} and not by 255, as bytes of pixels are"
            )
        })
    }

    /// For the rows of a table: what each column becomes, fitted on some of the rows, those that are learned from.
    ///
    /// # Errors
    /// When no column can be learned from.
    ///
    /// # Panics
    /// When they are rows of no table.
    pub fn of_table(data: &Dataset, rows: &[usize], settings: &TableSettings) -> Result<Self, PreprocessingError> {
        let (columns, Values::F32(cells)) = (data.columns().expect("rows of a table"), data.values()) else {
            panic!("the cells of a table are numbers")
        };
        let columns = fit::fit(columns, cells, rows, settings).map_err(PreprocessingError::NoColumn)?;
        if columns.width() == 0 {
            let why = |plan: &super::ColumnPlan| match &plan.treatment {
                super::Treatment::Dropped(why) => format!("'{}': {why}", plan.column.name),
                _ => String::new(),
            };
            let shown: Vec<String> = columns.plans().iter().take(10).map(why).collect();
            return Err(PreprocessingError::NoColumn(shown.join("; ")));
        }
        Ok(Preprocessing::of(Scaling::NONE.scale, Encoding::Columns(Arc::new(columns))))
    }

    /// For inputs with mean 0 and variance 1: standardised by some of the rows, those that are learned from.
    ///
    /// # Errors
    /// When no column varies.
    pub fn standardised(data: &Dataset, rows: &[usize]) -> Result<Self, PreprocessingError> {
        let standards = Standards::of(data, rows);
        match standards.deviations().iter().all(|deviation| *deviation == 0.0) {
            true => Err(PreprocessingError::Constant),
            false => Ok(Preprocessing::of(data.scaling().scale, Encoding::Standardised(Arc::new(standards)))),
        }
    }

    fn of(scale: f32, encoding: Encoding) -> Self {
        Preprocessing { scale, encoding, largest: None }
    }

    /// Whether inputs are standardised.
    pub fn is_standardised(&self) -> bool {
        self.encoding.standards().is_some()
    }

    /// The inputs of rows that were read apart from the training's, of which a row had `features` values. Bytes of a format that does
    /// not say what they mean are scaled as those of the training were, and so is every number for standardised inputs. Where the training's
    /// largest byte became 1, one that is larger by half at most counts as it.
    ///
    /// # Errors
    /// When the rows have another length or scale, or a value makes no input.
    pub fn apply<'a>(&self, data: &'a Dataset, features: usize) -> Result<Cow<'a, Dataset>, PreprocessingError> {
        match (&self.encoding, data.columns()) {
            (Encoding::Columns(columns), Some(found)) => {
                let fits = columns.plans().len() == found.len()
                    && columns.plans().iter().zip(found).all(|(plan, column)| plan.column == *column);
                if !fits {
                    let expected: Vec<Column> = columns.plans().iter().map(|plan| plan.column.clone()).collect();
                    let (found, expected) = (names(found), names(&expected));
                    return Err(PreprocessingError::OtherColumns { found, expected });
                }
                return Ok(Cow::Owned(data.clone().encoded(columns)));
            }
            (Encoding::Columns(_), None) => {
                return Err(PreprocessingError::OtherKind { found: "rows without columns", expected: "a table" });
            }
            (_, Some(_)) => {
                return Err(PreprocessingError::OtherKind { found: "a table", expected: "rows without columns" });
            }
            (_, None) => {}
        }
        if data.features() != features {
            return Err(PreprocessingError::Features { found: data.features(), expected: features });
        }
        let (own, found) = (Scaling { scale: self.scale, ..data.scaling() }, data.scaling());
        let as_learned = self.scale != Scaling::NONE.scale || self.largest.is_some();
        let bytes = matches!(data.values(), Values::U8(_)) && as_learned;
        let mut data = Cow::Borrowed(data);
        if found.assumed && (bytes || self.is_standardised()) {
            data = Cow::Owned(self.held(data.into_owned())?.with_scaling(own));
        } else {
            // Inputs from 0 to 1 that came as such fit any model, as do any for a model that was trained on such. Values of
            // any size do not say what they are.
            let either = [found.scale, self.scale].contains(&Scaling::NONE.scale) && !self.is_standardised();
            if found.scale != self.scale && !either {
                return Err(PreprocessingError::Scale { found: found.scale, expected: self.scale });
            }
        }
        if let Encoding::Standardised(standards) = &self.encoding {
            return Ok(Cow::Owned(data.into_owned().standardised(standards)?));
        }
        data.check_unit_interval()?;
        Ok(data)
    }

    /// The same for the rows of the training, whose scale it has.
    ///
    /// # Errors
    /// When a value cannot be standardised, or is far larger than those that are learned from.
    pub fn apply_to_own(&self, data: Dataset) -> Result<Dataset, PreprocessingError> {
        match &self.encoding {
            Encoding::Scaled if self.largest.is_some() => {
                let own = Scaling { scale: self.scale, ..data.scaling() };
                Ok(self.held(data)?.with_scaling(own))
            }
            Encoding::Scaled => Ok(data),
            Encoding::Standardised(standards) => Ok(data.standardised(standards)?),
            Encoding::Columns(columns) => Ok(data.encoded(columns)),
        }
    }

    /// Bytes that are somewhat larger than the largest learned one become it; far larger ones are of another scale.
    fn held(&self, data: Dataset) -> Result<Dataset, DatasetError> {
        match self.largest {
            Some(largest) => data.held_to(largest, largest.saturating_add(largest / 2)),
            None => Ok(data),
        }
    }

    /// A row of inputs as grey values, 0 black and 1 white: what it was before it was standardised, and where that was no grey
    /// value, each value from two deviations below its mean to two above.
    pub fn grey<'a>(&self, row: &'a [f32]) -> Cow<'a, [f32]> {
        let standards = match &self.encoding {
            Encoding::Scaled => return Cow::Borrowed(row),
            Encoding::Columns(_) => return Cow::Owned(row.iter().map(|x| (x + 2.0) / 4.0).collect()),
            Encoding::Standardised(standards) => standards,
        };
        let mut row = row.to_vec();
        // Values in 0..=1 have no larger deviation than a half.
        let is_grey = |(mean, deviation): (&f32, &f32)| (0.0..=1.0).contains(mean) && *deviation <= 0.5;
        if standards.means().iter().zip(standards.deviations()).all(is_grey) {
            standards.undo(&mut row);
        } else {
            row.iter_mut().for_each(|x| *x = (*x + 2.0) / 4.0);
        }
        Cow::Owned(row)
    }
}

/// Names of columns in a line, the first few.
fn names(columns: &[Column]) -> String {
    let shown = columns.iter().take(8).map(|column| format!("'{}'", column.name)).collect::<Vec<_>>().join(", ");
    if columns.len() > 8 { format!("{shown} and {} more", columns.len() - 8) } else { shown }
}
