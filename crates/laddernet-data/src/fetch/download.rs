//! One file from one mirror into its `.part`: resumed, bounded and checked.

use super::{Expected, FetchEvent};
use crate::error::{DataError, beginning};
use crate::gz;
use crate::source::hex;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

/// Who is to blame.
pub(super) enum Fault {
    /// This machine: no other mirror would help.
    Here(DataError),
    /// The mirror, in words: the next one may do better.
    There(String),
}

impl From<DataError> for Fault {
    fn from(error: DataError) -> Self {
        Fault::Here(error)
    }
}

/// Completes `part` from `url` until it is `expected`, and syncs it. What has arrived of a broken download stays for
/// the next attempt; what is complete and wrong is removed. A resumed file that turns out wrong may have begun
/// wrong, so the same mirror is then asked for the whole.
pub(super) fn download(
    agent: &Agent,
    url: &str,
    part: &Path,
    expected: &Expected,
    progress: &mut dyn FnMut(FetchEvent),
) -> Result<(), Fault> {
    loop {
        let there = length(part)?;
        if there > expected.bytes {
            remove(part)?;
            continue;
        }
        let resumed = there > 0;
        if there < expected.bytes {
            let (file, url) = (expected.name, url.to_owned());
            progress(FetchEvent::Started { file, url: url.clone(), from: there, total: expected.bytes });
            receive(agent, &url, part, there, expected, progress)?;
        }
        if is_right(part, expected)? {
            let synced = File::open(part).and_then(|f| f.sync_all());
            return synced.map_err(|e| DataError::io("sync", part)(e).into());
        }
        let found = sha256(part)?;
        remove(part)?;
        if !resumed {
            let wanted = expected.sha256;
            return Err(Fault::There(format!("sent a file with SHA-256 {found}: expected {wanted}")));
        }
    }
}

/// Adds to `part`, which holds `from` bytes, what the mirror sends.
fn receive(
    agent: &Agent,
    url: &str,
    part: &Path,
    from: u64,
    expected: &Expected,
    progress: &mut dyn FnMut(FetchEvent),
) -> Result<(), Fault> {
    let mut request = agent.get(url);
    if from > 0 {
        request = request.header(header::RANGE, format!("bytes={from}-"));
    }
    let mut response = request.call().map_err(|e| Fault::There(format!("no answer: {e}")))?;
    let from = match response.status().as_u16() {
        200 => 0,
        206 if starts_at(&response, from) => from,
        206 | 416 if from > 0 => {
            // It has another idea of the part that is there; without it, the whole is asked for.
            remove(part)?;
            return receive(agent, url, part, 0, expected, progress);
        }
        _ => return Err(Fault::There(refusal(&mut response))),
    };
    let announced = response.body().content_length();
    // One byte more than there should be is enough to know that it is too much.
    let mut body = response.body_mut().as_reader().take(expected.bytes - from + 1);
    let mut piece = vec![0; 1 << 16];
    let mut filled = read_piece(&mut body, &mut piece, from, expected)?;
    if from == 0 && !gz::begins(&piece[..filled]) {
        let found = beginning(&piece[..filled]);
        return Err(Fault::There(format!("sent no gzip file but something that begins with {found}")));
    }
    if let Some(announced) = announced
        && from + announced != expected.bytes
    {
        let (found, wanted) = (from + announced, expected.bytes);
        return Err(Fault::There(format!("announced a file of {found} bytes: expected {wanted}")));
    }
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .append(from > 0)
        .truncate(from == 0)
        .open(part)
        .map_err(DataError::io("write", part))?;
    let mut bytes = from;
    while filled > 0 {
        if bytes + filled as u64 > expected.bytes {
            drop(file);
            remove(part)?;
            return Err(Fault::There(format!("sent more than the expected {} bytes", expected.bytes)));
        }
        file.write_all(&piece[..filled]).map_err(DataError::io("write", part))?;
        bytes += filled as u64;
        progress(FetchEvent::Progress { file: expected.name, bytes, total: expected.bytes });
        filled = read_piece(&mut body, &mut piece, bytes, expected)?;
    }
    if bytes < expected.bytes {
        return Err(broken(bytes, expected, "it ended"));
    }
    Ok(())
}

fn read_piece(body: &mut impl Read, piece: &mut [u8], at: u64, expected: &Expected) -> Result<usize, Fault> {
    loop {
        match body.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other.map_err(|error| broken(at, expected, &error.to_string())),
        }
    }
}

fn broken(at: u64, expected: &Expected, why: &str) -> Fault {
    Fault::There(format!("the connection broke after {at} of {} bytes ({why})", expected.bytes))
}

/// Whether a partial answer continues at byte `from`.
fn starts_at(response: &Response<Body>, from: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.trim().strip_prefix("bytes ").is_some_and(|r| r.starts_with(&format!("{from}-"))))
}

/// A status that is no success, with the first words of its page.
fn refusal(response: &mut Response<Body>) -> String {
    let status = response.status();
    let mut head = Vec::new();
    // The page is only decoration: if it cannot be read, the status says enough.
    let _ = response.body_mut().as_reader().take(64).read_to_end(&mut head);
    let page =
        if head.is_empty() { String::new() } else { format!(" with a page that begins with {}", beginning(&head)) };
    format!("answered {status}{page}")
}

/// Whether the file is there with the right size and hash.
pub(super) fn is_right(path: &Path, expected: &Expected) -> Result<bool, DataError> {
    Ok(length(path)? == expected.bytes && sha256(path)? == expected.sha256)
}

/// Bytes in a file; none if there is no file.
fn length(path: &Path) -> Result<u64, DataError> {
    match fs::metadata(path) {
        Ok(about) => Ok(about.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(DataError::io("look at", path)(error)),
    }
}

fn sha256(path: &Path) -> Result<String, DataError> {
    let mut file = File::open(path).map_err(DataError::io("open", path))?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece).map_err(DataError::io("read", path))? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&piece[..n]),
        }
    }
}

fn remove(path: &Path) -> Result<(), DataError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DataError::io("remove", path)(error)),
        _ => Ok(()),
    }
}
