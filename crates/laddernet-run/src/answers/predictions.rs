//! Predictions as a table: a class and the probabilities of all classes for each row.

use super::csv_text::Line;
use crate::error::RunError;
use crate::model_file::SavedModel;
use laddernet::evaluation::most_probable;
use laddernet::{Dataset, Threads};
use std::io::{self, Write};

/// What a model predicts for rows.
pub struct Predictions {
    /// The classes' names.
    pub class_names: Vec<String>,
    /// The most probable class of each row.
    pub classes: Vec<u32>,
    /// Row after row, one number a class.
    pub probabilities: Vec<f32>,
}

/// Predicts. `name` is what the rows are called in a message.
///
/// # Errors
/// When the rows are not what the model takes.
pub fn predict(saved: &SavedModel, name: &str, data: &Dataset, threads: &Threads) -> Result<Predictions, RunError> {
    let model = saved.classifier()?;
    let probabilities = model.probabilities(&*saved.inputs(name, data)?, threads);
    let class_names = saved.card.class_names.clone();
    Ok(Predictions { classes: most_probable(&probabilities, class_names.len()), class_names, probabilities })
}

impl Predictions {
    /// The probabilities of one row.
    pub fn of_row(&self, row: usize) -> &[f32] {
        let classes = self.class_names.len();
        &self.probabilities[row * classes..(row + 1) * classes]
    }

    /// Writes `row,class,p_<name>,...`, rows counted from 0.
    ///
    /// # Errors
    /// As the writer says.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut line = Line::default();
        line.text("row").text("class");
        for name in &self.class_names {
            line.text(&format!("p_{name}"));
        }
        line.end(out)?;
        for (row, &class) in self.classes.iter().enumerate() {
            line.number(row).text(&self.class_names[class as usize]);
            for p in self.of_row(row) {
                line.number(p);
            }
            line.end(out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
