//! Where data lie: the folder the user names, then `LADDERNET_DATA_DIR`, then the user's cache.

use crate::error::DataError;
use etcetera::BaseStrategy;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The four files of MNIST, in the order train images, train labels, test images, test labels.
pub(crate) const MNIST_NAMES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// The folder for data: `explicit` (`--data-dir`), else `LADDERNET_DATA_DIR`, else `laddernet` in the user's cache
/// folder (`$XDG_CACHE_HOME` or `~/.cache`). A download goes there; it need not exist.
///
/// # Errors
/// When none is given and the home folder is not known.
pub fn data_dir(explicit: Option<&Path>) -> Result<PathBuf, DataError> {
    folders(explicit).into_iter().next().ok_or(DataError::NoFolder)
}

/// Where the four files of MNIST were found; each may be gzip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MnistFiles {
    /// 60000 images of 28x28 bytes.
    pub train_images: PathBuf,
    /// Their labels.
    pub train_labels: PathBuf,
    /// 10000 images of 28x28 bytes.
    pub test_images: PathBuf,
    /// Their labels.
    pub test_labels: PathBuf,
}

/// Looks for MNIST in `explicit`, then in `LADDERNET_DATA_DIR`, then in the cache (a run remembers its folder, which may be gone): `mnist/NAME` or `NAME`, unpacked or `.gz`. All four files
/// must be in one of the folders.
///
/// # Errors
/// When no folder holds the set: says where it looked, what was missing there, and how to fetch it.
pub fn mnist(explicit: Option<&Path>) -> Result<MnistFiles, DataError> {
    mnist_in(&folders(explicit))
}

fn folders(explicit: Option<&Path>) -> Vec<PathBuf> {
    let cache = etcetera::base_strategy::Xdg::new().ok().map(|dirs| dirs.cache_dir().join("laddernet"));
    folders_of(explicit, std::env::var_os("LADDERNET_DATA_DIR"), cache)
}

/// The folders that are configured, then the cache.
fn folders_of(explicit: Option<&Path>, variable: Option<OsString>, cache: Option<PathBuf>) -> Vec<PathBuf> {
    let variable = variable.filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in [explicit.map(Path::to_path_buf), variable, cache].into_iter().flatten() {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

fn mnist_in(folders: &[PathBuf]) -> Result<MnistFiles, DataError> {
    let mut looked = String::new();
    for folder in folders {
        let found = MNIST_NAMES.map(|name| find(folder, name));
        if let [Some(train_images), Some(train_labels), Some(test_images), Some(test_labels)] = found {
            return Ok(MnistFiles { train_images, train_labels, test_images, test_labels });
        }
        let missing: Vec<&str> =
            MNIST_NAMES.into_iter().zip(&found).filter(|(_, f)| f.is_none()).map(|p| p.0).collect();
        let what = match (folder.is_dir(), missing.len()) {
            (false, _) => "no such folder".to_owned(),
            (true, 4) => "none of the four files, packed (.gz) or unpacked, here or in mnist/".to_owned(),
            (true, _) => format!("{} missing", missing.join(", ")),
        };
        looked += &format!("  {}: {what}\n", folder.display());
    }
    if folders.is_empty() {
        return Err(DataError::NoFolder);
    }
    Err(DataError::MissingSet { set: "MNIST", looked, command: "laddernet data fetch mnist" })
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let packed = format!("{name}.gz");
    let inner = folder.join("mnist");
    let places = [inner.join(name), inner.join(&packed), folder.join(name), folder.join(packed)];
    places.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_configured_is_looked_into_and_the_cache_comes_last() {
        let (flag, variable, cache) = (Path::new("/flag"), OsString::from("/var"), PathBuf::from("/cache"));
        let all = |flag, variable: Option<&OsString>| folders_of(flag, variable.cloned(), Some(cache.clone()));
        assert_eq!(all(Some(flag), Some(&variable)), [flag, Path::new("/var"), cache.as_path()]);
        assert_eq!(all(None, Some(&variable)), [Path::new("/var"), cache.as_path()]);
        assert_eq!(all(None, Some(&OsString::new())), [cache.as_path()]);
        assert_eq!(all(Some(&cache), None), [cache.as_path()]);
        assert!(folders_of(None, None, None).is_empty());
    }

    #[test]
    fn files_are_found_packed_or_not_in_either_place() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().to_path_buf();
        std::fs::create_dir(folder.join("mnist")).unwrap();
        let [a, b, c, d] = MNIST_NAMES;
        let paths =
            [folder.join("mnist").join(a), folder.join(b), folder.join(c), folder.join("mnist").join(d)].map(|path| {
                std::fs::write(&path, "").unwrap();
                path
            });
        let empty = tempfile::tempdir().unwrap();
        let files = mnist_in(&[empty.path().into(), folder.clone()]).unwrap();
        assert_eq!([files.train_images, files.train_labels, files.test_images, files.test_labels], paths);

        std::fs::rename(&paths[2], folder.join(format!("{c}.gz"))).unwrap();
        assert_eq!(mnist_in(&[folder]).unwrap().test_images.extension().unwrap(), "gz");
    }

    #[test]
    fn a_missing_set_names_every_folder_and_the_command() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(MNIST_NAMES[0]), "").unwrap();
        let gone = root.path().join("gone");
        let message = mnist_in(&[root.path().into(), gone.clone()]).unwrap_err().to_string();
        for part in [
            root.path().to_str().unwrap(),
            gone.to_str().unwrap(),
            "no such folder",
            "t10k-labels-idx1-ubyte missing",
            "laddernet data fetch mnist",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
        assert!(!message.contains(&format!("{} missing", MNIST_NAMES[0])), "{message}");
    }
}
