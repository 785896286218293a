//! What the tests of the command share: a clean call of the binary, and small trainings.

use assert_cmd::Command;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The binary.
pub const BINARY: &str = env!("CARGO_BIN_EXE_laddernet");

/// A small ladder that is trained in a moment.
pub const SMALL: [&str; 6] = ["--layers", "64-40-20-10", "--epochs", "6", "--threads", "2"];

/// A folder to work in, removed at the end.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    /// The command in this folder, with nothing of the tester's own settings.
    pub fn laddernet(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(self.0.path()).args(arguments).env("COLUMNS", "60");
        for name in ["LADDERNET_DATA_DIR", "LADDERNET_INSTRUCTIONS", "NO_COLOR", "CARGO_MANIFEST_DIR"] {
            command.env_remove(name);
        }
        // No cache of the tester is looked into.
        command.env("XDG_CACHE_HOME", self.path("cache"));
        command
    }

    /// The same with instructions that every processor has, so that its bits are those of any other.
    pub fn portable(&self, arguments: &[&str]) -> Command {
        let mut command = self.laddernet(arguments);
        command.env("LADDERNET_INSTRUCTIONS", "portable");
        command
    }

    /// Trains a small ladder on the digits into `runs/<name>`.
    pub fn train(&self, name: &str, more: &[&str]) -> PathBuf {
        let out = format!("runs/{name}");
        let mut command = self.laddernet(&["train", "--quiet", "--no-baseline", "--out", &out]);
        command.args(SMALL).args(more).assert().success();
        self.path(&out)
    }

    /// Expects a failure with this code, this word on standard error, and nothing on standard output.
    pub fn refuses(&self, code: i32, word: &str, arguments: &[&str]) {
        let output = self.laddernet(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }

    /// Expects success and exactly one JSON document.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.laddernet(arguments).arg("--json").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one document and nothing else")
    }

    /// Runs the command until a file would grow beyond so many blocks of 512 bytes, where the system kills it: in the middle of that
    /// write, however fast the computer is. With a log that is the longest file, this is a moment of the training.
    #[cfg(unix)]
    pub fn is_killed_in_a_write(&self, blocks: usize, arguments: &[&str]) {
        use std::os::unix::process::ExitStatusExt;
        let limited = "ulimit -c 0; ulimit -f \"$1\"; shift; exec \"$@\"";
        let mut command = heeding("XFSZ", 25, "sh");
        command.current_dir(self.0.path()).args(["-c", limited, "sh", &blocks.to_string(), BINARY]).args(arguments);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(25), "{arguments:?} is killed by SIGXFSZ: {said}");
    }

    /// Names of what lies in a folder.
    pub fn list(&self, folder: impl AsRef<Path>) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.path().join(folder)) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A program that minds a signal: where whoever started this test ignores it, as `nohup` does hangups, the program would inherit
/// that, and only `env` can take it back.
#[cfg(unix)]
pub fn heeding(signal: &str, number: u32, program: &str) -> std::process::Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    if mask & 1 << (number - 1) == 0 {
        return std::process::Command::new(program);
    }
    let mut command = std::process::Command::new("env");
    command.args([&format!("--default-signal={signal}"), program]);
    command
}

/// The first half of a SHA-256.
pub fn hash(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of the name, shape and bytes of each tensor in a file, in the order of their names: not of what is said about them.
pub fn hash_of_tensors(file: impl AsRef<Path>) -> String {
    let bytes = std::fs::read(file).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut named = tensors.tensors();
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut all = Vec::new();
    for (name, tensor) in named {
        all.extend(format!("{name} {:?}\n", tensor.shape()).bytes());
        all.extend(tensor.data());
    }
    hash(all)
}

/// Of the size and the pixels of a picture: not of how they are packed.
pub fn hash_of_picture(file: impl AsRef<Path>) -> String {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(file).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let mut all = format!("{}x{} {:?} {:?}\n", info.width, info.height, info.color_type, info.bit_depth).into_bytes();
    all.extend(&pixels[..info.buffer_size()]);
    hash(all)
}

/// An IDX file of bytes.
pub fn idx(shape: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|n| bytes.extend(n.to_be_bytes()));
    bytes.extend(values);
    bytes
}
