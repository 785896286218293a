//! The command as its users call it, one binary for all.

mod bench;
mod common;
mod exits;
mod few_labels;
mod gaussian;
mod inputs;
mod layers;
mod models;
mod old_files;
mod own_data;
mod pinned;
mod reproduce;
mod resume;
mod suggest;
mod terminal;
mod workflow;
