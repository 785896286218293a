//! Writes rendered tables between `<!-- results:NAME -->` and `<!-- end -->`, and pictures beside what they are drawn
//! from, so that no number is typed by hand.

use crate::results::Measured;
use crate::{pictures, tables};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

/// The documents with tables.
pub const DOCUMENTS: [&str; 5] =
    ["README.md", "results/README.md", "papers/rasmus2015.md", "papers/survey.md", "bench/NOTES.md"];

const OPEN: &str = "<!-- results:";
const CLOSE: &str = "<!-- end -->";

/// Renders every table and picture into its place.
pub fn write(root: &Path) -> Result<()> {
    for (path, old, new) in rendered(root)? {
        if old != new {
            fs::write(root.join(&path), new).with_context(|| format!("cannot write {path}"))?;
            eprintln!("xtask: docs: {path} rendered anew");
        }
    }
    Ok(())
}

/// Fails where a document does not show what `results/` holds.
pub fn check(root: &Path) -> Result<()> {
    let stale: Vec<String> =
        rendered(root)?.into_iter().filter(|(_, old, new)| old != new).map(|(path, ..)| path).collect();
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo xtask docs` and commit what it writes", stale.join(", "));
    }
    eprintln!("xtask: docs: tables and pictures show what results/ holds");
    Ok(())
}

/// Path, what stands there, and what should.
fn rendered(root: &Path) -> Result<Vec<(String, String, String)>> {
    let measured = Measured::read(root)?;
    let document = |path: &'static str| {
        let old = fs::read_to_string(root.join(path)).with_context(|| format!("cannot read {path}"))?;
        let new = fill(&old, &measured).with_context(|| path.to_string())?;
        Ok((path.to_owned(), old, new))
    };
    let picture = |(path, new): (String, String)| {
        let old = fs::read_to_string(root.join(&path)).unwrap_or_default();
        Ok((path, old, new))
    };
    DOCUMENTS.into_iter().map(document).chain(pictures::all(&measured)?.into_iter().map(picture)).collect()
}

fn fill(text: &str, measured: &Measured) -> Result<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(OPEN) {
        let (before, marker) = rest.split_at(at);
        let (name, after) = marker[OPEN.len()..].split_once("-->").context("a marker without `-->`")?;
        let name = name.trim();
        let end = after.find(CLOSE).with_context(|| format!("`results:{name}` has no `{CLOSE}`"))?;
        if after[..end].contains(OPEN) {
            bail!("`results:{name}` has no `{CLOSE}` before the next table");
        }
        let table = tables::render(name, measured).with_context(|| format!("there is no table `{name}`"))?;
        out += &format!("{before}{OPEN}{name} -->\n{table}{CLOSE}");
        rest = &after[end + CLOSE.len()..];
    }
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_between_the_markers_and_nothing_else() {
        let text = "A\n<!-- results:digits -->\nold\n<!-- end -->\nB <!-- results:mnist --><!-- end --> C\n";
        let new = fill(text, &Measured::default()).unwrap();
        let table = "Not measured yet.\n<!-- end -->";
        let expected = format!("A\n<!-- results:digits -->\n{table}\nB <!-- results:mnist -->\n{table} C\n");
        assert_eq!(new, expected);
        assert_eq!(fill(&new, &Measured::default()).unwrap(), new);
    }

    #[test]
    fn refuses_broken_markers() {
        let message = |text: &str| fill(text, &Measured::default()).unwrap_err().to_string();
        assert_eq!(message("<!-- results:digits -->\n"), "`results:digits` has no `<!-- end -->`");
        assert_eq!(message("<!-- results:stray --><!-- end -->"), "there is no table `stray`");
        assert!(message("<!-- results:digits --><!-- results:mnist --><!-- end -->").contains("before the next"));
    }

    #[test]
    fn a_stale_document_fails_the_check() {
        let folder = std::env::temp_dir().join(format!("laddernet-docs-{}", std::process::id()));
        fs::create_dir_all(folder.join("papers")).unwrap();
        fs::write(folder.join("README.md"), "<!-- results:digits -->\n<!-- end -->").unwrap();
        fs::create_dir_all(folder.join("bench")).unwrap();
        fs::create_dir_all(folder.join("results")).unwrap();
        DOCUMENTS[1..].iter().for_each(|name| fs::write(folder.join(name), "").unwrap());
        assert!(check(&folder).unwrap_err().to_string().contains("stale: README.md;"));
        write(&folder).unwrap();
        check(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
    }
}
