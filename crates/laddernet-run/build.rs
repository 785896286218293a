//! Makes the lists of the files that ship inside the program: the recipes of `recipes/` and the tables of `papers/`, in the order of
//! their names.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    embed("recipes", "/// Every recipe, in the order of their names.\npub const RECIPES: &[Shipped]", "Shipped")?;
    embed("papers", "/// The text of every table, in the order of their names.\nconst TEXTS: &[Text]", "Text")
}

/// Writes `FOLDER.rs`: a constant with name and text of every TOML file of a folder of the project.
fn embed(folder: &str, constant: &str, entry: &str) -> io::Result<()> {
    let path = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..").join(folder);
    println!("cargo::rerun-if-changed={}", path.display());
    let mut files = fs::read_dir(&path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut list = format!("{constant} = &[\n");
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = path.canonicalize()?;
        writeln!(list, "    {entry} {{ name: {name:?}, text: include_str!({:?}) }},", path.display().to_string())
            .expect("text can be added to");
    }
    list += "];\n";
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join(folder).with_extension("rs"), list)
}
