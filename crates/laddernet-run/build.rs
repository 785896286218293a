//! Makes the list of the recipes that ship inside the program: every file of `recipes/`, in the order of their names.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../recipes");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut list = "/// Every recipe, in the order of their names.\npub const RECIPES: &[Shipped] = &[\n".to_owned();
    for path in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = path.canonicalize()?;
        writeln!(list, "    Shipped {{ name: {name:?}, text: include_str!({:?}) }},", path.display().to_string())
            .expect("text can be added to");
    }
    list += "];\n";
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("recipes.rs"), list)
}
