//! temporary
mod pinned;
