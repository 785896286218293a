//! Tests that need what a machine may lack. Each is ignored with its reason and stands in a module named after its need;
//! `cargo xtask test` runs those whose need is met in a call of their own, and then they must run.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// What a test may need.
pub struct Need {
    /// The module that its tests stand in.
    pub module: &'static str,
    /// What it is, and how it is had.
    what: &'static str,
    met: fn() -> bool,
}

/// Every need there is. Where a variable names the thing, naming it demands the tests: they fail if it is not what it
/// should be.
pub const NEEDS: [Need; 4] = [
    Need { module: "needs_mnist", what: "MNIST, by LADDERNET_DATA_DIR", met: || named("LADDERNET_DATA_DIR") },
    Need {
        module: "needs_golden",
        what: "published machines, by LADDERNET_GOLDEN_DIR",
        met: || named("LADDERNET_GOLDEN_DIR"),
    },
    Need {
        module: "needs_hyperqueue",
        what: "a Python with HyperQueue, by HYPERQUEUE_PYTHON",
        met: || named("HYPERQUEUE_PYTHON"),
    },
    Need { module: "needs_mount", what: "leave to mount a small disk", met: a_disk_can_be_mounted },
];

fn named(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

fn a_disk_can_be_mounted() -> bool {
    let folder = std::env::temp_dir().join(format!("laddernet-mount-{}", std::process::id()));
    let succeeds = |command: &mut Command| {
        command.arg(&folder).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let mounted = cfg!(target_os = "linux")
        && std::fs::create_dir(&folder).is_ok()
        && succeeds(Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]));
    if mounted {
        succeeds(&mut Command::new("umount"));
    }
    // It is there only if it could be made; a folder that stays is empty.
    let _ = std::fs::remove_dir(&folder);
    mounted
}

/// Runs the tests whose need is met, and no others. Fails where one fails, and where a need that is met finds no test.
pub fn test(cargo: impl Fn(&[&str]) -> Command) -> Result<()> {
    let (met, unmet): (Vec<&Need>, Vec<&Need>) = NEEDS.iter().partition(|need| (need.met)());
    for need in unmet {
        eprintln!("xtask: not here: {}; the tests in `{}` stay ignored", need.what, need.module);
    }
    if met.is_empty() {
        return Ok(());
    }
    let filters: Vec<String> = met.iter().map(|need| filter(need)).collect();
    let mut words = vec!["test", "--workspace", "--lib", "--bins", "--tests", "--", "--ignored"];
    words.extend(filters.iter().map(String::as_str));
    let mut child = cargo(&words).stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let mut lines = Vec::new();
    for line in BufReader::new(child.stdout.take().context("no standard output")?).lines() {
        let line = line?;
        println!("{line}");
        lines.push(line);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("of the tests that need what is here, one failed ({status})");
    }
    match met.iter().find(|need| passed(need, &lines) == 0) {
        Some(need) => bail!("here is {}, but no test in `{}` ran", need.what, need.module),
        None => Ok(()),
    }
}

/// What the names of a need's tests hold.
fn filter(need: &Need) -> String {
    format!("{}::", need.module)
}

/// How many of a need's tests passed, by the lines of the test runner.
fn passed(need: &Need, lines: &[String]) -> usize {
    let filter = filter(need);
    lines.iter().filter(|line| line.starts_with("test ") && line.contains(&filter) && line.ends_with(" ok")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_is_counted_and_what_is_only_named_is_not() {
        let lines = [
            "running 2 tests",
            "test rbm::published::needs_golden::a ... ok",
            "test measures::needs_mnist::b ... FAILED",
            "test measures::needs_mnist::c ... ignored, needs MNIST",
            "needs_mnist:: is ok",
            "test result: ok. 1 passed",
        ];
        let lines = lines.map(String::from);
        let of = |module| passed(NEEDS.iter().find(|need| need.module == module).unwrap(), &lines);
        assert_eq!((of("needs_golden"), of("needs_mnist"), of("needs_mount")), (1, 0, 0));
    }
}
