//! The run folder: made under another name, given its own name when it is complete, never overwritten unasked.

use crate::atomic;
use crate::error::RunError;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The resolved settings.
pub const CONFIG: &str = "config.toml";
/// A line an epoch.
pub const METRICS: &str = "metrics.jsonl";
/// The trained model.
pub const MODEL: &str = "model.safetensors";
/// What came out.
pub const SUMMARY: &str = "summary.json";

/// Held by the process that writes; gone when the folder gets its name.
const LOCK: &str = "lock";

/// A run folder that is being filled: `<name>.partial` beside the place where it will stand.
pub struct RunFolder {
    target: PathBuf,
    partial: PathBuf,
    lock: File,
    metrics: File,
}

impl RunFolder {
    /// Refuses a folder that is in use, was left unfinished, or (without `force`) exists.
    ///
    /// # Errors
    /// One for each of these.
    pub fn check(target: &Path, force: bool) -> Result<(), RunError> {
        let partial = beside(target, ".partial");
        if let Ok(lock) = File::open(partial.join(LOCK))
            && fs4::FileExt::try_lock(&lock).is_err()
        {
            return Err(RunError::Busy(partial));
        }
        if !force && target.exists() {
            return Err(RunError::Exists(target.to_owned()));
        }
        // A slip of the hand after --out must not cost anybody a folder of something else.
        if target.exists() && !target.join(CONFIG).exists() {
            return Err(RunError::NotARun(target.to_owned()));
        }
        if !force && partial.exists() {
            return Err(RunError::Unfinished(partial));
        }
        Ok(())
    }

    /// Makes the unfinished folder. What stands at `target` stays until [`RunFolder::finish`].
    ///
    /// # Errors
    /// As [`RunFolder::check`], and what the system says.
    pub fn begin(target: &Path, force: bool) -> Result<Self, RunError> {
        Self::check(target, force)?;
        let partial = beside(target, ".partial");
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(RunError::io("remove the unfinished folder", &partial))?;
        }
        fs::create_dir_all(&partial).map_err(RunError::io("make the run folder", &partial))?;
        let open = |name: &str| OpenOptions::new().create(true).append(true).open(partial.join(name));
        let lock = open(LOCK).map_err(RunError::io("write", &partial.join(LOCK)))?;
        if fs4::FileExt::try_lock(&lock).is_err() {
            return Err(RunError::Busy(partial));
        }
        let metrics = open(METRICS).map_err(RunError::io("write", &partial.join(METRICS)))?;
        Ok(RunFolder { target: target.to_owned(), partial, lock, metrics })
    }

    /// Writes a file of the folder, whole or not at all.
    ///
    /// # Errors
    /// As the system says.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.partial.join(name);
        atomic::write(&path, bytes).map_err(RunError::io("write", &path))
    }

    /// Finds out before the training whether a file of this size can be written after it.
    ///
    /// # Errors
    /// As the system says.
    pub fn rehearse(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        self.write(name, bytes)?;
        let path = self.partial.join(name);
        fs::remove_file(&path).map_err(RunError::io("remove", &path))
    }

    /// Adds a line to the log of epochs.
    ///
    /// # Errors
    /// As the system says.
    pub fn log(&mut self, line: &str) -> Result<(), RunError> {
        let whole = format!("{line}\n");
        self.metrics.write_all(whole.as_bytes()).map_err(RunError::io("write", &self.partial.join(METRICS)))
    }

    /// Where the folder will stand.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where [`RunFolder::finish`] will put the folder: a training that ended early does not take the place of one
    /// that is there.
    pub fn place(&self, complete: bool) -> &Path {
        if complete || !self.target.exists() { &self.target } else { &self.partial }
    }

    /// Brings everything to the disk and gives the folder its name.
    ///
    /// # Errors
    /// As the system says; then the unfinished folder, and what stood at its place, are still there.
    pub fn finish(self, complete: bool) -> Result<PathBuf, RunError> {
        let place = self.place(complete).to_owned();
        self.metrics.sync_all().map_err(RunError::io("write", &self.partial.join(METRICS)))?;
        let lock = self.partial.join(LOCK);
        fs::remove_file(&lock).map_err(RunError::io("remove", &lock))?;
        drop(self.lock);
        if place == self.target {
            replace(&self.partial, &self.target)?;
        }
        Ok(place)
    }

    /// Removes the unfinished folder, for a training that never began.
    pub fn abandon(self) {
        // It held nothing yet; if it cannot be removed, the next run says that it is there.
        let _ = fs::remove_dir_all(&self.partial);
    }

    /// The error of a training that broke off, with the place where its traces are.
    pub fn left(self, source: RunError) -> RunError {
        RunError::LeftIn { path: self.partial, source: Box::new(source) }
    }
}

/// Renames `from` to `to`; what stood there is kept aside until the new folder has its place.
fn replace(from: &Path, to: &Path) -> Result<(), RunError> {
    let aside = beside(to, ".old");
    let there = to.exists();
    if there {
        fs::rename(to, &aside).map_err(RunError::io("move aside", to))?;
    }
    if let Err(e) = fs::rename(from, to) {
        if there {
            // Puts the old one back; the error to report is the first one.
            let _ = fs::rename(&aside, to);
        }
        return Err(RunError::io("rename", from)(e));
    }
    if there {
        fs::remove_dir_all(&aside).map_err(RunError::io("remove the replaced folder", &aside))?;
    }
    atomic::sync_folder(atomic::folder_of(to)).map_err(RunError::io("write", to))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.components().as_path().as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_folder_stays_until_the_new_one_is_complete() {
        let top = tempfile::tempdir().unwrap();
        let target = top.path().join("runs/a");
        let folder = RunFolder::begin(&target, false).unwrap();
        folder.write(CONFIG, b"").unwrap();
        folder.write(SUMMARY, b"1").unwrap();
        assert!(matches!(RunFolder::begin(&target, true), Err(RunError::Busy(_))));
        assert_eq!(folder.finish(true).unwrap(), target);
        assert!(!target.join(LOCK).exists());

        assert!(matches!(RunFolder::begin(&target, false), Err(RunError::Exists(_))));
        let folder = RunFolder::begin(&target, true).unwrap();
        folder.write(CONFIG, b"").unwrap();
        folder.write(SUMMARY, b"2").unwrap();
        assert_eq!(fs::read(target.join(SUMMARY)).unwrap(), b"1");
        let stopped = folder.finish(false).unwrap();
        assert_eq!(stopped, top.path().join("runs/a.partial"));
        assert_eq!(fs::read(target.join(SUMMARY)).unwrap(), b"1");

        let folder = RunFolder::begin(&target, true).unwrap();
        folder.write(SUMMARY, b"3").unwrap();
        folder.finish(true).unwrap();
        assert_eq!(fs::read(target.join(SUMMARY)).unwrap(), b"3");
        assert_eq!(fs::read_dir(top.path().join("runs")).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_training_left_is_not_removed_unasked() {
        let top = tempfile::tempdir().unwrap();
        let target = top.path().join("a");
        drop(RunFolder::begin(&target, false).unwrap());
        assert!(matches!(RunFolder::begin(&target, false), Err(RunError::Unfinished(_))));
        RunFolder::begin(&target, true).unwrap().abandon();
        RunFolder::check(&target, false).unwrap();
    }

    #[test]
    fn only_a_run_folder_is_ever_replaced() {
        let top = tempfile::tempdir().unwrap();
        fs::write(top.path().join("thesis.tex"), "").unwrap();
        assert!(matches!(RunFolder::begin(top.path(), true), Err(RunError::NotARun(_))));
    }
}
