//! Cells as text: for a screen, and for a page.

use super::cell::Cell;
use crate::settings::layers_text;

/// Cells as text. With sources that have columns of their own, cells are models by numbers of labels, a table a network and length;
/// else they are named, a table a measure on a screen and one of all on a page.
pub struct Rendered<'a> {
    /// The cells.
    pub cells: &'a [Cell],
    /// Sources, each with the head of its column on a screen.
    pub columns: &'a [(String, String)],
}

const HEADS: [&str; 6] = ["mean", "sd", "med.", "worst", "n", "min"];
/// Of the statistics, then of the sources' columns; longer figures make them wider.
const WIDTHS: [usize; 8] = [5, 5, 5, 5, 2, 3, 6, 10];

impl Rendered<'_> {
    /// For a terminal, at most 60 columns wide but for the lists; under each table every run.
    pub fn plain(&self) -> String {
        let by_labels = !self.columns.is_empty();
        let mut out = String::new();
        for group in self.groups() {
            let first = &group[0];
            out += &match by_labels {
                true => format!("{}, {} epochs, {}\n", first.layers_text(), first.epochs, first.measure),
                false => format!("{}\n", first.measure),
            };
            let head = if by_labels { "net labels" } else { "recipe" };
            let heads =
                HEADS.into_iter().chain(self.columns.iter().map(|(_, head)| &**head)).map(str::to_owned).collect();
            let mut lines = vec![(head.to_owned(), heads)];
            lines.extend(group.iter().map(|cell| (self.name(cell), self.numbers(cell))));
            out += &aligned(&lines);
            out += if first.measure.rises() { "Every run, seed: nats\n" } else { "Every run, seed: error\n" };
            for cell in group.iter().filter(|cell| !cell.runs.is_empty()) {
                out += &format!("  {}: {}\n", self.name(cell), cell.every_run());
            }
            if !by_labels && group.iter().any(|cell| !cell.published.is_empty()) {
                out += "The papers\n";
                for cell in group.iter().filter(|cell| !cell.published.is_empty()) {
                    out += &format!("  {}: {}\n", self.name(cell), cell.papers());
                }
            }
            out.push('\n');
        }
        out
    }

    /// For a page: every run in the last column.
    pub fn markdown(&self) -> String {
        if self.columns.is_empty() {
            return self.named_page();
        }
        let mut tables = Vec::new();
        for group in self.groups() {
            let names: String = self.columns.iter().map(|(name, _)| format!(" {name} |")).collect();
            let mut out = format!("{}, {} epochs:\n\n", layers_text(&group[0].layers), group[0].epochs);
            out += &format!(
                "| model | labels | mean | standard deviation | median | worst | runs | minutes |{names} every run (seed: error) |\n"
            );
            out += &format!("|{}\n", "---|".repeat(9 + self.columns.len()));
            for cell in group {
                let labels = cell.labels.as_deref().unwrap_or("-");
                let numbers = self.numbers(cell).join(" | ");
                out += &format!("| {} | {labels} | {numbers} | {} |\n", cell.model, cell.every_run());
            }
            tables.push(out);
        }
        tables.join("\n")
    }

    fn named_page(&self) -> String {
        let mut out = "| model | labels | layers | measured | mean ± deviation | median | worst | runs | minutes | the papers | every run (seed: figure) |\n".to_owned();
        out += &format!("|{}\n", "---|".repeat(11));
        for cell in self.cells {
            let labels = cell.labels.as_deref().unwrap_or("-");
            let [_, _, rest @ ..] = cell.statistics();
            let fields =
                [&*cell.title(), labels, &cell.layers_text(), &cell.measure.to_string(), &cell.spread()].join(" | ");
            out += &format!("| {fields} | {} | {} | {} |\n", rest.join(" | "), cell.papers(), cell.every_run());
        }
        out
    }

    fn name(&self, cell: &Cell) -> String {
        match &cell.recipe {
            Some(recipe) if self.columns.is_empty() => recipe.clone(),
            _ => cell.model_and_labels(),
        }
    }

    /// The statistics, then the figures of the sources with columns.
    fn numbers(&self, cell: &Cell) -> Vec<String> {
        let figure = |by: &String| cell.figure(by).map_or("-".to_owned(), |figure| figure.printed.clone());
        cell.statistics().into_iter().chain(self.columns.iter().map(|(by, _)| figure(by))).collect()
    }

    fn groups(&self) -> Vec<Vec<&Cell>> {
        let by_labels = !self.columns.is_empty();
        let same = |a: &Cell, b: &Cell| {
            a.measure == b.measure && (!by_labels || (&a.layers, a.epochs) == (&b.layers, b.epochs))
        };
        let mut groups: Vec<Vec<&Cell>> = Vec::new();
        for cell in self.cells {
            // Named cells of a measure stand together, wherever they are in the table.
            let of_group = |group: &&mut Vec<&Cell>| same(group[0], cell);
            let found = if by_labels { groups.last_mut().filter(of_group) } else { groups.iter_mut().find(of_group) };
            match found {
                Some(group) => group.push(cell),
                None => groups.push(vec![cell]),
            }
        }
        groups
    }
}

/// Names at the left, numbers at the right.
fn aligned(lines: &[(String, Vec<String>)]) -> String {
    let length = |text: &String| text.chars().count();
    let name = lines.iter().map(|(name, _)| length(name)).max().unwrap_or(0).max(11);
    let width = |column: usize| {
        let longest = lines.iter().filter_map(|(_, numbers)| numbers.get(column)).map(length).max().unwrap_or(0);
        longest.max(WIDTHS.get(column).copied().unwrap_or(0))
    };
    let line = |(text, numbers): &(String, Vec<String>)| {
        let numbers = numbers.iter().enumerate().map(|(column, number)| format!(" {number:>0$}", width(column)));
        format!("{text:<name$}{}\n", numbers.collect::<String>())
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
