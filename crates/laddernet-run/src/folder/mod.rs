//! The run folder: made under another name, given its own name when it is complete, never overwritten unasked.

pub(crate) mod fault;
pub mod files;
mod lock;
mod names;

use crate::error::RunError;
use fault::changed;
pub(crate) use lock::remove_lock;
use lock::{LOCK, REPLACES, claim, open_to_append};
use names::{beside, is_there, real, replace};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The resolved settings.
pub const CONFIG: &str = "config.toml";
/// A line an epoch.
pub const METRICS: &str = "metrics.jsonl";
/// The trained model.
pub const MODEL: &str = "model.safetensors";
/// The pretrained layers, where they are kept.
pub const LAYERS: &str = "layers.safetensors";
/// Which rows of the data were labelled.
pub const LABELLED: &str = "labelled_rows.json";
/// What came out.
pub const SUMMARY: &str = "summary.json";
/// What cross-validation said before the training.
pub const ESTIMATE: &str = "estimate.json";

/// Ends the name of a folder whose training has not ended.
const PARTIAL: &str = ".partial";
/// Holds the room for the model and the summary while the training lasts.
const BALLAST: &str = "ballast";
/// Besides the model's size, so many pieces of so many bytes are kept: for the summary and the system's own records.
const PIECES: usize = 8;
const PIECE: usize = 8 << 10;

/// A run folder that is being filled: `<name>.partial` beside the place where it will stand.
pub struct RunFolder {
    target: PathBuf,
    partial: PathBuf,
    /// Whether a run folder at the target may be replaced.
    force: bool,
    lock: File,
    metrics: File,
    /// Bytes of whole lines in the log.
    logged: u64,
    /// Whether it stood at the target before it was taken up.
    taken: bool,
}

impl RunFolder {
    /// Refuses a folder that is in use, was left unfinished, or (without `force`) exists.
    ///
    /// # Errors
    /// One for each of these.
    pub fn check(target: &Path, force: bool) -> Result<(), RunError> {
        let target = &real(target);
        let partial = beside(target, PARTIAL);
        if let Ok(lock) = File::open(partial.join(LOCK))
            && lock.try_lock().is_err()
        {
            return Err(RunError::Busy(partial));
        }
        if !force && is_there(target) {
            return Err(RunError::Exists(target.to_owned()));
        }
        // A slip of the hand after --out must not cost anybody a folder of something else.
        if is_there(target) && !is_run(target) {
            return Err(RunError::NotARun(target.to_owned()));
        }
        if !force && is_there(&partial) && !never_began(&partial) {
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
        let target = &real(target);
        let partial = beside(target, PARTIAL);
        fs::create_dir_all(&partial).map_err(RunError::io("make the run folder", &partial))?;
        changed();
        let lock = claim(&partial)?;
        changed();
        // Another process may have begun it, or completed it, before the lock was had.
        let free = if force || !is_there(target) { Ok(()) } else { Err(RunError::Exists(target.to_owned())) };
        let free = free.and_then(|()| match force || never_began(&partial) {
            true => Ok(()),
            false => Err(RunError::Unfinished(partial.clone())),
        });
        if let Err(e) = free {
            if never_began(&partial) {
                // It was made a moment ago, for nothing; the error to report is why.
                let _ = fs::remove_dir_all(&partial);
            }
            return Err(e);
        }
        empty_but_for_lock(&partial)?;
        if force {
            let path = partial.join(REPLACES);
            fs::write(&path, []).map_err(RunError::io("write", &path))?;
            changed();
        }
        Self::locked(target.to_owned(), partial, force, lock, false)
    }

    fn locked(target: PathBuf, partial: PathBuf, force: bool, lock: File, taken: bool) -> Result<Self, RunError> {
        let metrics = open_to_append(&partial.join(METRICS))?;
        Ok(RunFolder { target, partial, force, lock, metrics, logged: 0, taken })
    }

    /// Leaves a folder that was taken up as it was found, with the name that it had.
    /// Says where it lies then.
    pub fn give_back(self) -> PathBuf {
        // The lock is held until the folder has its name. What cannot be renamed or removed is as a killed training leaves it:
        // it can be taken up again.
        let named = self.taken && replace(&self.partial, &self.target, false).is_ok();
        let place = if named { self.target } else { self.partial };
        let _ = fs::remove_file(place.join(LOCK));
        place
    }

    /// Takes up the unfinished folder of a training again, or a run folder whose training was interrupted.
    ///
    /// # Errors
    /// When there is none, or another process is at work in it.
    pub fn reopen(run: &Path) -> Result<Self, RunError> {
        let run = &real(run);
        let target = match run.to_string_lossy().strip_suffix(PARTIAL) {
            Some(target) => PathBuf::from(target),
            None => run.clone(),
        };
        let partial = beside(&target, PARTIAL);
        let taken = !is_there(&partial) && is_run(&target);
        if taken {
            // Its name is free again until it is complete. Another process may have done the same a moment ago.
            match fs::rename(&target, &partial) {
                Err(e) if !is_there(&partial) => return Err(RunError::io("rename", &target)(e)),
                _ => changed(),
            }
        }
        if !is_run(&partial) {
            return Err(RunError::NothingToResume(run.clone()));
        }
        // Killed while it claimed its name, a training leaves an empty folder there. One that is not empty stays.
        let _ = fs::remove_dir(&target);
        let lock = claim(&partial)?;
        // Another process may have completed it before the lock was had.
        if !is_run(&partial) {
            return Err(RunError::NothingToResume(run.clone()));
        }
        let force = partial.join(REPLACES).exists();
        Self::locked(target, partial, force, lock, taken)
    }

    /// Removes what the next steps will write anew: lines of epochs after `epochs`, and files that a killed process
    /// left half done.
    ///
    /// # Errors
    /// As the system says.
    pub fn tidy(&mut self, epochs: usize) -> Result<(), RunError> {
        let path = self.partial.join(METRICS);
        let log = fs::read(&path).map_err(RunError::io("read", &path))?;
        self.logged = log
            .split_inclusive(|&b| b == b'\n')
            .filter(|l| l.ends_with(b"\n"))
            .take(epochs)
            .map(|l| l.len() as u64)
            .sum();
        self.metrics.set_len(self.logged).map_err(RunError::io("write", &path))?;
        changed();
        for entry in fs::read_dir(&self.partial).map_err(RunError::io("read", &self.partial))? {
            let path = entry.map_err(RunError::io("read", &self.partial))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let removed = match &*name {
                BALLAST => fs::remove_dir_all(&path),
                MODEL | LAYERS | SUMMARY => fs::remove_file(&path),
                name if files::is_half_written(name) => fs::remove_file(&path),
                _ => continue,
            };
            removed.map_err(RunError::io("remove", &path))?;
            changed();
        }
        Ok(())
    }

    /// Writes a file of the folder, whole or not at all.
    ///
    /// # Errors
    /// As the system says.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.partial.join(name);
        files::write(&path, bytes).map_err(RunError::io("write", &path))
    }

    /// Finds out before the training whether a file of this size can be written after it, and keeps the room until
    /// then, whoever else fills the disk.
    ///
    /// # Errors
    /// As the system says.
    pub fn keep_room(&self, bytes: &[u8]) -> Result<(), RunError> {
        let folder = self.partial.join(BALLAST);
        fs::create_dir(&folder).map_err(RunError::io("make", &folder))?;
        changed();
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            files::write(&path, bytes).map_err(RunError::io("write", &path))
        };
        put(MODEL, bytes)?;
        (0..PIECES).try_for_each(|piece| put(&piece.to_string(), &[1; PIECE]))
    }

    /// Gives back the room for the model, but not all of that for the summary.
    ///
    /// # Errors
    /// As the system says.
    pub fn free_room_for_model(&self) -> Result<(), RunError> {
        let half = (0..PIECES / 2).map(|piece| piece.to_string());
        for name in half.chain([MODEL.to_owned()]) {
            let path = self.partial.join(BALLAST).join(name);
            fs::remove_file(&path).map_err(RunError::io("remove", &path))?;
            changed();
        }
        Ok(())
    }

    /// Gives back the room for the summary.
    ///
    /// # Errors
    /// As the system says.
    pub fn free_room(&self) -> Result<(), RunError> {
        let path = self.partial.join(BALLAST);
        fs::remove_dir_all(&path).map_err(RunError::io("remove", &path))?;
        changed();
        Ok(())
    }

    /// Adds a line to the log of epochs, or nothing.
    ///
    /// # Errors
    /// As the system says.
    pub fn log(&mut self, line: &str) -> Result<(), RunError> {
        let whole = format!("{line}\n");
        let path = self.partial.join(METRICS);
        if let Err(e) = self.metrics.write_all(whole.as_bytes()) {
            // A line cut in two would make the whole log unreadable; the error to report is the first one.
            let _ = self.metrics.set_len(self.logged);
            return Err(RunError::io("write", &path)(e));
        }
        self.logged += whole.len() as u64;
        changed();
        Ok(())
    }

    /// Where the folder will stand.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the folder is until then.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// Where [`RunFolder::finish`] will put the folder: a training that ended early does not take the place of one
    /// that is there, and nothing takes a place that it was not given.
    pub fn place(&self, complete: bool) -> &Path {
        let free = !is_there(&self.target) || (complete && self.force && is_run(&self.target));
        if free { &self.target } else { &self.partial }
    }

    /// Brings everything to the disk and gives the folder its name.
    ///
    /// # Errors
    /// As the system says, or when something came to stand at the folder's place during the training; then the
    /// unfinished folder, and what stands at its place, are still there, and the message says where.
    pub fn finish(self, complete: bool) -> Result<PathBuf, RunError> {
        let partial = self.partial.clone();
        let left = |source| RunError::LeftIn { path: partial, source: Box::new(source) };
        self.give_name(complete).map_err(left)
    }

    fn give_name(self, complete: bool) -> Result<PathBuf, RunError> {
        let place = self.place(complete).to_owned();
        self.metrics.sync_all().map_err(RunError::io("write", &self.partial.join(METRICS)))?;
        if place == self.target {
            if cfg!(windows) {
                // A folder with an open file in it cannot be renamed there.
                remove_lock(&self.partial)?;
                drop(self.lock);
                return replace(&self.partial, &self.target, self.force).map(|()| place);
            }
            // The lock is held until the folder has its name, so that no other process takes it for one left behind.
            replace(&self.partial, &self.target, self.force)?;
            return remove_lock(&self.target).map(|()| place);
        }
        remove_lock(&self.partial)?;
        match complete {
            true if self.force => Err(RunError::NotARun(self.target)),
            true => Err(RunError::Exists(self.target)),
            false => Ok(place),
        }
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

/// Refuses to write a result over a file that it was made from.
///
/// # Errors
/// When `out` and one of `sources` are the same regular file.
pub fn check_other_file(out: &Path, sources: &[&Path]) -> Result<(), RunError> {
    let real = |path: &Path| fs::canonicalize(path).ok().filter(|path| path.is_file());
    let Some(target) = real(out) else { return Ok(()) };
    match sources.iter().find(|source| real(source).is_some_and(|source| source == target)) {
        Some(source) => Err(RunError::SameFile { out: out.to_owned(), input: (*source).to_owned() }),
        None => Ok(()),
    }
}

fn empty_but_for_lock(partial: &Path) -> Result<(), RunError> {
    for entry in fs::read_dir(partial).map_err(RunError::io("read", partial))? {
        let entry = entry.map_err(RunError::io("read", partial))?;
        let path = entry.path();
        let removed = match entry.file_type() {
            _ if entry.file_name() == LOCK => continue,
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(&path),
            Ok(_) => fs::remove_file(&path),
            Err(e) => Err(e),
        };
        removed.map_err(RunError::io("remove from the unfinished folder", &path))?;
    }
    Ok(())
}

fn is_run(path: &Path) -> bool {
    path.join(CONFIG).is_file()
}

/// Whether a training has begun that is to become this run folder, and has not ended.
pub(crate) fn has_partial(run: &Path) -> bool {
    is_there(&beside(&real(run), PARTIAL))
}

/// Whether it holds nothing but what a process killed before its training began leaves.
fn never_began(partial: &Path) -> bool {
    let trace = |name: &str| [LOCK, METRICS, REPLACES].contains(&name) || files::is_half_written(name);
    let Ok(mut entries) = fs::read_dir(partial) else { return false };
    entries.all(|entry| entry.is_ok_and(|e| e.file_name().to_str().is_some_and(trace)))
}

#[cfg(test)]
mod tests;
