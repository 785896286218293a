//! Files: written whole or not at all, beside their place under another name, brought to the disk, then renamed; and read no
//! further than a file of ours can be long.

use super::fault::changed;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const PREFIX: &str = ".laddernet-";
const SUFFIX: &str = ".part";
/// The longest file of settings or results that is read.
const MAX_TEXT: u64 = 1 << 20;

/// The text of a file of settings or results, which no program makes longer than a mebibyte.
pub(crate) fn short_text(path: &Path) -> io::Result<String> {
    text(path, MAX_TEXT)
}

/// The text of a file that has at most so many bytes.
pub(crate) fn text(path: &Path, most: u64) -> io::Result<String> {
    let (file, length) = open_regular(path)?;
    if length > most {
        return Err(io::Error::other(format!("it has {length} bytes; at most {most} are read")));
    }
    let mut text = String::new();
    file.take(most).read_to_string(&mut text)?;
    Ok(text)
}

/// A device or a pipe may have no end, and opening it may already wait for ever.
pub(crate) fn open_regular(path: &Path) -> io::Result<(File, u64)> {
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok((File::open(path)?, about.len()))
}

/// Whether a file of this name is what a killed process left of a file.
pub(crate) fn is_half_written(name: &str) -> bool {
    name.starts_with(PREFIX) && name.ends_with(SUFFIX)
}

/// Puts `bytes` at `path`, replacing what was there only when all of them are on the disk. A symbolic link stays one:
/// the file behind it is written. What is no regular file (a device, a pipe) is written to, never replaced.
///
/// # Errors
/// As the system says; then `path` is as it was, and nothing is left beside it.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|about| !about.is_file()) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let path = &followed(path);
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    for_all_whom_the_umask_lets(&mut builder);
    let mut file = builder.tempfile_in(folder)?;
    changed();
    file.write_all(bytes)?;
    changed();
    if let Some(about) = there {
        file.as_file().set_permissions(about.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    changed();
    sync_folder(folder)
}

/// As [`write()`], of bytes that come one after the other: nothing is at `path` before all have come.
///
/// # Errors
/// As the system or `fill` says; then `path` is as it was.
pub fn write_streamed<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|about| !about.is_file()) {
        let mut out = io::BufWriter::new(OpenOptions::new().write(true).open(path)?);
        fill(&mut out)?;
        return Ok(out.flush()?);
    }
    let path = &followed(path);
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    for_all_whom_the_umask_lets(&mut builder);
    let file = builder.tempfile_in(folder)?;
    let mut out = io::BufWriter::with_capacity(1 << 16, file);
    fill(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    if let Some(about) = there {
        file.as_file().set_permissions(about.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(sync_folder(folder)?)
}

/// The path behind symbolic links, whether or not there is something yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // The system, too, gives up after 40 links.
    for _ in 0..40 {
        let Ok(to) = fs::read_link(&path) else { break };
        path = folder_of(&path).join(to);
    }
    path
}

/// Brings the names in a folder to the disk, so that a rename survives a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folder in which `path` lies.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Temporary files are made for their owner alone; results are for everybody whom the user lets in.
#[cfg(unix)]
fn for_all_whom_the_umask_lets(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn for_all_whom_the_umask_lets(_: &mut tempfile::Builder<'_, '_>) {}

#[cfg(test)]
mod tests;
