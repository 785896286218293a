//! The lock of an unfinished folder: one process at a time writes there.

use super::fault::changed;
use super::names::is_there;
use crate::error::RunError;
use std::fs::{self, File, OpenOptions};
use std::path::Path;

/// Held by the process that writes; gone when the folder gets its name.
pub(super) const LOCK: &str = "lock";
/// There while the training lasts that is to replace a run folder, so that a resumed one does so, too.
pub(super) const REPLACES: &str = "replaces";

/// Takes the lock of an unfinished folder, which is there.
pub(super) fn claim(partial: &Path) -> Result<File, RunError> {
    let path = partial.join(LOCK);
    loop {
        let lock = open_to_append(&path)?;
        if lock.try_lock().is_err() {
            return Err(RunError::Busy(partial.to_owned()));
        }
        // The lock of a folder that was renamed or removed before it was had is no lock on this one.
        let same = same_file::Handle::from_file(lock.try_clone().map_err(RunError::io("read", &path))?)
            .is_ok_and(|mine| same_file::Handle::from_path(&path).is_ok_and(|there| mine == there));
        if same {
            return Ok(lock);
        }
        if !is_there(partial) {
            return Err(RunError::Busy(partial.to_owned()));
        }
    }
}

pub(super) fn open_to_append(path: &Path) -> Result<File, RunError> {
    OpenOptions::new().create(true).append(true).open(path).map_err(RunError::io("write", path))
}

/// Removes what only an unfinished folder has; killed before it came to this, a training leaves it.
pub(crate) fn remove_lock(folder: &Path) -> Result<(), RunError> {
    for name in [REPLACES, LOCK] {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            removed => {
                removed.map_err(RunError::io("remove", &path))?;
                changed();
            }
        }
    }
    Ok(())
}
