//! The names of folders: given, taken and put aside, so that nothing that stands somewhere is lost.

use super::fault::changed;
use super::files;
use crate::error::RunError;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Renames `from` to `to`; a run folder there is kept aside until the new folder has its place.
pub(super) fn replace(from: &Path, to: &Path, force: bool) -> Result<(), RunError> {
    let aside = if force && is_there(to) { Some(put_aside(to)?) } else { None };
    // Making the folder claims the name: it fails where something came there in the meantime.
    let renamed = fs::create_dir(to).inspect(|()| changed()).and_then(|()| rename_to_claimed(from, to));
    if let Err(e) = renamed {
        if let Some(aside) = &aside {
            // Puts the old one back; the error to report is the first one.
            let _ = fs::rename(aside, to);
        }
        return Err(match e.kind() {
            io::ErrorKind::AlreadyExists => RunError::Exists(to.to_owned()),
            _ => RunError::io("rename", from)(e),
        });
    }
    if let Some(aside) = &aside {
        fs::remove_dir_all(aside).map_err(RunError::io("remove the replaced folder", aside))?;
        changed();
    }
    files::sync_folder(files::folder_of(to)).map_err(RunError::io("write", to))
}

/// Gives a folder another name, one that nothing has.
fn put_aside(folder: &Path) -> Result<PathBuf, RunError> {
    let mut number = 0;
    let aside = loop {
        number += 1;
        let aside = beside(folder, &format!(".old{number}"));
        match fs::create_dir(&aside) {
            Ok(()) => {
                changed();
                break aside;
            }
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(RunError::io("make", &aside)(e)),
        }
    };
    rename_to_claimed(folder, &aside).map_err(RunError::io("move aside", folder))?;
    Ok(aside)
}

/// Renames a folder over an empty one that this process has just made; no folder with anything in it is lost.
fn rename_to_claimed(from: &Path, claimed: &Path) -> io::Result<()> {
    if cfg!(windows) {
        fs::remove_dir(claimed)?;
    }
    fs::rename(from, claimed).inspect(|()| changed()).inspect_err(|_| {
        // It goes only if it is still empty; the error to report is the first one.
        let _ = fs::remove_dir(claimed);
    })
}

/// Whether the name is taken, be it by a link to nothing.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The folder behind a link, so that a run is replaced where it lies.
pub(super) fn real(target: &Path) -> PathBuf {
    if !target.is_symlink() {
        return target.to_owned();
    }
    fs::canonicalize(target).unwrap_or_else(|_| target.to_owned())
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.components().as_path().as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
