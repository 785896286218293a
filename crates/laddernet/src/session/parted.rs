//! Rows parted into those under seal, labelled, unlabelled and kept for validation, before it is decided what learns from them: how many
//! inputs a table has, and so the size of a default network, follows from its learning rows.

use super::parts::{self, Parts};
use super::{RowSettings, Session, SessionError, Settings, TestPart};
use crate::dataset::{Dataset, DatasetError, Encoding, Preprocessing, PreprocessingError, Sealed, Unit};
use crate::models::{Inputs, TableFacts};
use crate::split::{self, Split};

/// Parted rows. Those of a table have their preprocessing already.
pub struct Parted {
    rows: RowSettings,
    all_rows: usize,
    training: Dataset,
    from: Option<Vec<usize>>,
    split: Split,
    /// Of a table, and of rows that another training's preprocessing makes inputs of.
    fitted: Option<Preprocessing>,
    is_table: bool,
    test: Option<Sealed>,
    test_part: TestPart,
}

impl Parted {
    /// Draws the parts. `test` are the test rows of the data, where they have such.
    ///
    /// # Errors
    /// When the parts cannot be drawn, or no column of a table can be learned from.
    pub fn new(rows: &RowSettings, data: Dataset, test: Option<Sealed>) -> Result<Self, SessionError> {
        Self::fitted(rows, data, test, None)
    }

    /// The same of rows that arrive after a training, for the model to learn on: they become inputs as that training's did.
    ///
    /// # Errors
    /// When the parts cannot be drawn.
    ///
    /// # Panics
    /// When the rows have other columns than those of the training.
    pub fn later(rows: &RowSettings, data: Dataset, preprocessing: &Preprocessing) -> Result<Self, SessionError> {
        Self::fitted(rows, data, None, Some(preprocessing.clone()))
    }

    fn fitted(
        rows: &RowSettings,
        data: Dataset,
        test: Option<Sealed>,
        given: Option<Preprocessing>,
    ) -> Result<Self, SessionError> {
        let (all_rows, is_table) = (data.rows(), data.columns().is_some());
        let Parts { training, from, test, test_part } = parts::hold_out(data, test, rows)?;
        let split = match rows.labels {
            Some(labels) => split::draw(&training, labels, rows.validation, rows.seed)?,
            None => split::draw_without_labels(training.rows(), rows.validation, rows.seed)?,
        };
        let fit = || Preprocessing::of_table(&training, &split.unlabelled, &rows.table);
        let fitted = match given {
            None if is_table => Some(fit().map_err(SessionError::rows(false))?),
            given => given,
        };
        Ok(Parted { rows: rows.clone(), all_rows, training, from, split, fitted, is_table, test, test_part })
    }

    /// Number of inputs.
    pub fn features(&self) -> usize {
        let columns = self.fitted.as_ref().and_then(|fitted| fitted.encoding.columns());
        columns.map_or(self.training.features(), crate::dataset::Columns::width)
    }

    /// The size of a table, and what it holds; nothing of rows that are none.
    pub fn table(&self) -> Option<TableFacts> {
        let columns = self.fitted.as_ref().filter(|_| self.is_table)?.encoding.columns()?;
        Some(TableFacts {
            rows: self.split.unlabelled.len(),
            labelled: self.split.labelled.len(),
            unit: Unit::of_table(&self.training, &self.split.unlabelled, columns),
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.training.classes()
    }

    /// Which of them are labelled, unlabelled, and kept for validation.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The training of these rows with these settings, which are checked.
    ///
    /// # Errors
    /// When the settings make no training, do not fit the rows, or the rows are not what the model learns from.
    ///
    /// # Panics
    /// When the rows were parted by other settings.
    pub fn session(self, settings: Settings) -> Result<Session, SessionError> {
        assert_eq!(settings.rows(), self.rows, "rows parted by these settings");
        settings.check_layers(self.features(), self.classes())?;
        settings.check()?;
        let Parted { all_rows, training, from, split, fitted, is_table, test, test_part, .. } = self;
        let preprocessing = match (fitted, settings.model.spec().inputs()) {
            (Some(_), Inputs::UnitInterval) if is_table => {
                return Err(SessionError::NoUnitInterval(settings.model.kind().name));
            }
            (Some(fitted), _) => fitted,
            (None, inputs) => of_pixels(&training, &split, inputs).map_err(SessionError::rows(false))?,
        };
        // An error of rows that were selected names them as the data do.
        let as_counted = |e, rows: Option<&[usize]>| match (e, rows) {
            (PreprocessingError::Value(e), Some(rows)) => PreprocessingError::Value(DatasetError::of_selected(e, rows)),
            (e, _) => e,
        };
        let rows = preprocessing.apply_to_own(training);
        let rows = rows.map_err(|e| SessionError::rows(false)(as_counted(e, from.as_deref())))?;
        let held_out = from.as_ref().map(|from| parts::others(from, all_rows));
        if preprocessing.encoding == Encoding::Scaled {
            test.as_ref().map_or(Ok(()), Sealed::check_unit_interval).map_err(SessionError::rows(true))?;
        }
        let test = test.map(|test| test.preprocessed_as_own(&preprocessing)).transpose();
        let test = test.map_err(|e| SessionError::rows(held_out.is_none())(as_counted(e, held_out.as_deref())))?;
        settings.check_steps(&split)?;
        Ok(Session { settings, rows, from, split, preprocessing, test, test_part })
    }
}

/// What becomes of rows that are of no table.
fn of_pixels(rows: &Dataset, split: &Split, inputs: Inputs) -> Result<Preprocessing, PreprocessingError> {
    match inputs {
        Inputs::UnitInterval => Preprocessing::scaled(rows, &split.unlabelled),
        Inputs::Standardised => Preprocessing::standardised(rows, &split.unlabelled),
        Inputs::Any => match rows.check_unit_interval() {
            Ok(()) => Preprocessing::scaled(rows, &split.unlabelled),
            Err(_) => Preprocessing::standardised(rows, &split.unlabelled),
        },
    }
}
