//! What the settings say of a user's own data, for who reads them.

use super::DataSection;
use crate::error::RunError;
use laddernet::SettingsError;
use laddernet::dataset::TableSettings;
use laddernet::session::HeldOut;
use laddernet_data::build::DateOrder;
use laddernet_data::formats::csv::Delimiter;
use laddernet_data::formats::open::FileOptions;
use laddernet_data::own::OwnData;
use laddernet_data::{Loaded, Source};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How files are read, where it is not found from them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadSection {
    /// Whether the first line names the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// What stands between cells: comma, semicolon, tab, bar, space, or the character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// Whether `1,5` is a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_comma: Option<bool>,
    /// The order of dates such as 03/04/2024: dmy or mdy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_order: Option<String>,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The key of the rows in an NPZ file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// The key of the labels in an NPZ file, or the file of the labels of an NPY file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Height and width to which pictures are brought, as 28x28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<String>,
    /// Damaged pictures are left out and listed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skip_bad: bool,
    /// A cell that does not fit its column is an error.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
}

impl ReadSection {
    pub(super) fn is_default(&self) -> bool {
        *self == ReadSection::default()
    }

    /// The same, as the readers take it.
    ///
    /// # Errors
    /// Names the first value that is none.
    pub fn options(&self) -> Result<FileOptions, SettingsError> {
        let unfit = |key: &str, found: &str, expected: &str| {
            SettingsError::value(format!("data.read.{key}"), format!("'{found}'"), expected.to_owned())
        };
        let delimiter = |text: &String| {
            let expected = "comma, semicolon, tab, bar, space, or one such character";
            Delimiter::parse(text).ok_or_else(|| unfit("delimiter", text, expected))
        };
        let order = |text: &String| text.parse::<DateOrder>().map_err(|_| unfit("date_order", text, "dmy or mdy"));
        let size = |text: &String| {
            let sides = text.split_once('x').and_then(|(h, w)| Some((h.parse().ok()?, w.parse().ok()?)));
            let fits = |(h, w): &(usize, usize)| *h > 0 && *w > 0 && h.saturating_mul(*w) <= 1 << 24;
            sides.filter(fits).ok_or_else(|| unfit("size", text, "height and width, as 28x28"))
        };
        Ok(FileOptions {
            header: self.header,
            delimiter: self.delimiter.as_ref().map(delimiter).transpose()?,
            decimal_comma: self.decimal_comma,
            date_order: self.date_order.as_ref().map(order).transpose()?,
            sheet: self.sheet.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
            size: self.size.as_ref().map(size).transpose()?,
            skip_bad: self.skip_bad,
            strict: self.strict,
        })
    }
}

impl DataSection {
    /// Which rows are held out for the final evaluation, of data without test rows of their own.
    pub fn held_out(&self) -> HeldOut {
        let said = self.test.as_deref().and_then(|test| test.parse().ok());
        said.unwrap_or(if self.source.is_own() { HeldOut::Auto } else { HeldOut::Fifth })
    }

    /// What is said of the columns of a table.
    pub fn table(&self) -> TableSettings {
        TableSettings { drop: self.drop.clone() }
    }

    /// Loads the rows.
    ///
    /// # Errors
    /// When a file is missing or damaged, rows do not fit together, or something is said that does not fit the data.
    pub fn load(&self) -> Result<Loaded, RunError> {
        match self.own()? {
            Some(own) => Ok(Loaded::own(&own)?),
            None => Ok(self.source.load(self.dir.as_deref())?),
        }
    }

    /// The user's own data, where the source is such.
    ///
    /// # Errors
    /// When something that is said of files is none that they can have.
    pub fn own(&self) -> Result<Option<OwnData>, SettingsError> {
        let Source::Own(path) = &self.source else {
            // They would be ignored. Columns of rows in memory can be left out, too.
            let said = [
                ("data.target", self.target.is_some()),
                ("data.unlabelled", !self.unlabelled.is_empty()),
                ("data.unlabelled_as", !self.unlabelled_as.is_empty()),
                ("data.drop", !self.drop.is_empty() && self.source != Source::Memory),
                ("data.test", self.test.as_ref().is_some_and(|test| test.parse::<HeldOut>().is_err())),
                ("data.read", !self.read.is_default()),
            ];
            return match said.into_iter().find(|(_, is_said)| *is_said) {
                Some((key, _)) => {
                    let conflict = match self.source {
                        Source::Memory => "the rows are in memory".to_owned(),
                        _ => format!("the data '{}' are no table", self.source),
                    };
                    Err(SettingsError::conflict(key, "set", conflict, "leave it out, or name a file"))
                }
                None => Ok(None),
            };
        };
        if let Some(share) =
            self.test.as_ref().filter(|test| test.parse::<f32>().is_ok() && test.parse::<HeldOut>().is_err())
        {
            let expected = "a share of the labelled rows between 0 and 1, none, auto, or a file";
            return Err(SettingsError::value("data.test", share, expected));
        }
        let test = self.test.as_ref().filter(|test| test.parse::<HeldOut>().is_err());
        Ok(Some(OwnData {
            path: path.clone(),
            unlabelled: self.unlabelled.clone(),
            test: test.map(PathBuf::from),
            target: self.target.clone(),
            marks: self.unlabelled_as.clone(),
            files: self.read.options()?,
        }))
    }
}
