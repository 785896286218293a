//! The recipes that ship inside the program: the files of `recipes/`, in the order of their names.

use laddernet::table::nearest;

/// A recipe that ships inside the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name: that of its file without the ending.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

// `RECIPES`, made by the build script of this crate.
include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

impl Shipped {
    /// What it says of itself: its first line.
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

/// The recipe of this name.
pub fn shipped(name: &str) -> Option<Shipped> {
    RECIPES.iter().find(|recipe| recipe.name == name).copied()
}

/// The recipe that is called nearly so.
pub(super) fn nearest_to(name: &str) -> Option<String> {
    nearest(name, RECIPES.iter().map(|recipe| recipe.name)).map(str::to_owned)
}

#[cfg(test)]
mod tests;
