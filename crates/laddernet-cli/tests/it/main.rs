//! The command as its users call it, one binary for all.

mod bench;
mod common;
mod exits;
mod gaussian;
mod keeping;
mod layers;
mod lineage;
mod old_files;
mod pinned;
mod reproduce;
mod resume;
mod road;
mod terminal;
