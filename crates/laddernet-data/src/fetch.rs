//! Downloads, only on request: MNIST from its public mirrors into the user's data folder.
//!
//! A file is written as `NAME.part`, resumed where it broke off, checked (gzip, size, SHA-256), synced and renamed
//! last, so that what has its right name is whole. Nothing else in the project uses the network.

mod download;
#[cfg(test)]
mod tests;

use crate::error::DataError;
use download::{Fault, download, is_right};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;

/// The mirrors asked when none is named, in this order.
pub const MIRRORS: [&str; 2] =
    ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"];

/// Where from and where to.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// The data folder (see [`crate::locate::data_dir`]); the files go to `mnist` in it.
    pub dir: PathBuf,
    /// Addresses before a file's name, asked one after the other.
    pub mirrors: Vec<String>,
    /// How long a mirror may be silent: to connect, to answer, and between two pieces.
    pub timeout: Duration,
}

impl FetchOptions {
    /// Into `dir`, from [`MIRRORS`], with 30 seconds of patience.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        FetchOptions { dir: dir.into(), mirrors: MIRRORS.map(String::from).to_vec(), timeout: Duration::from_secs(30) }
    }
}

/// What happens while files are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchEvent {
    /// Another process is fetching into the same folder; this one waits for it.
    Waiting {
        /// The lock file.
        lock: PathBuf,
    },
    /// The file is there already, and right.
    Present {
        /// Its name.
        file: &'static str,
    },
    /// A mirror is asked.
    Started {
        /// The file's name.
        file: &'static str,
        /// Where it is asked for.
        url: String,
        /// Bytes that are there from an earlier attempt.
        from: u64,
        /// Its whole size in bytes.
        total: u64,
    },
    /// More of a file has arrived.
    Progress {
        /// The file's name.
        file: &'static str,
        /// Bytes there are now.
        bytes: u64,
        /// Its whole size in bytes.
        total: u64,
    },
    /// A mirror failed; the next one is asked.
    Failed {
        /// The file's name.
        file: &'static str,
        /// Where it was asked for.
        url: String,
        /// What the mirror did.
        reason: String,
    },
    /// The file has arrived, was found right, and has its name.
    Done {
        /// The file's name.
        file: &'static str,
    },
}

/// A file as it must be.
#[derive(Clone, Copy, Debug)]
struct Expected {
    name: &'static str,
    bytes: u64,
    sha256: &'static str,
}

/// Computed over files whose MD5 is the one that torchvision publishes.
const MNIST: [Expected; 4] = [
    Expected {
        name: "train-images-idx3-ubyte.gz",
        bytes: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    Expected {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    Expected {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    Expected {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
];

/// Fetches the four files of MNIST, but for those that are there and right, and returns their paths.
///
/// # Errors
/// When every mirror failed for a file (the message says what each answered), or the folder cannot be written;
/// [`DataError::is_disk_full`] tells a full disk.
pub fn mnist(options: &FetchOptions, progress: &mut dyn FnMut(FetchEvent)) -> Result<Vec<PathBuf>, DataError> {
    files(&MNIST, "mnist", options, progress)
}

fn files(
    expected: &[Expected],
    set: &str,
    options: &FetchOptions,
    progress: &mut dyn FnMut(FetchEvent),
) -> Result<Vec<PathBuf>, DataError> {
    let folder = options.dir.join(set);
    fs::create_dir_all(&folder).map_err(DataError::io("create", &folder))?;
    let _lock = lock(&folder, progress)?;
    expected.iter().map(|file| fetch_file(file, &folder, options, progress)).collect()
}

/// Holds the folder for this process until the file is dropped.
fn lock(folder: &Path, progress: &mut dyn FnMut(FetchEvent)) -> Result<File, DataError> {
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(DataError::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(error)) => return Err(DataError::io("lock", &path)(error)),
        Err(TryLockError::WouldBlock) => {}
    }
    progress(FetchEvent::Waiting { lock: path.clone() });
    file.lock().map_err(DataError::io("lock", &path))?;
    Ok(file)
}

fn fetch_file(
    expected: &Expected,
    folder: &Path,
    options: &FetchOptions,
    progress: &mut dyn FnMut(FetchEvent),
) -> Result<PathBuf, DataError> {
    let file = expected.name;
    let path = folder.join(file);
    if is_right(&path, expected)? {
        progress(FetchEvent::Present { file });
        return Ok(path);
    }
    let part = folder.join(format!("{file}.part"));
    let mut attempts = String::new();
    for mirror in &options.mirrors {
        let url = format!("{}/{file}", mirror.trim_end_matches('/'));
        let agent = agent(&url, options.timeout);
        match download(&agent, &url, &part, expected, progress) {
            Ok(()) => {
                fs::rename(&part, &path).map_err(DataError::io("rename to its name", &path))?;
                sync_folder(folder)?;
                progress(FetchEvent::Done { file });
                return Ok(path);
            }
            Err(Fault::Here(error)) => return Err(error),
            Err(Fault::There(reason)) => {
                attempts += &format!("  {url}: {reason}\n");
                progress(FetchEvent::Failed { file, url, reason });
            }
        }
    }
    if options.mirrors.is_empty() {
        attempts += "  no mirror was named\n";
    }
    Err(DataError::Download { file: file.into(), attempts })
}

/// A client that takes bytes as they are stored, is patient for `timeout`, and leaves statuses to be judged here.
fn agent(url: &str, timeout: Duration) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("laddernet/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(timeout))
        .timeout_recv_response(Some(timeout))
        .timeout_per_read(Some(timeout));
    if url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:") {
        // A proxy has another idea of this machine.
        config = config.proxy(None);
    }
    config.build().new_agent()
}

/// Makes a rename survive a loss of power; only Unix can sync a folder.
fn sync_folder(folder: &Path) -> Result<(), DataError> {
    if cfg!(unix) {
        File::open(folder).and_then(|f| f.sync_all()).map_err(DataError::io("sync", folder))?;
    }
    Ok(())
}
