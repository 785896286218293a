//! The Python package: its wheel is built, installed into an environment of its own, and everything of it runs there.
//!
//! ```text
//! target/python/build:  maturin -> the wheel
//! target/python/test:   the wheel and what its tests need -> its tests, its docstrings, the examples, the code of its page, the types
//! target/python/oldest: the wheel and the oldest scikit-learn that it is promised to work with -> scikit-learn's checks
//! ```

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;

/// What builds a wheel.
const MATURIN: &str = "maturin>=1.10,<2";
/// What its tests use besides the package and what it depends on.
const OF_THE_TESTS: [&str; 9] =
    ["pytest", "pytest-xdist", "pandas", "polars", "pyarrow", "mypy", "pyright[nodejs]", "rich", "matplotlib"];
/// The oldest scikit-learn that the package promises to work with, and what it works with itself.
const OLDEST: [&str; 4] = ["scikit-learn==1.6.0", "numpy<2.3", "pytest", "pytest-xdist"];

/// Builds the wheel and runs all that is of it.
pub fn run(root: &Path) -> Result<()> {
    let folder = root.join("target/python");
    // Packages are fetched while the wheel is built: one waits for the network, the other for the processor.
    let (wheel, test, oldest) = thread::scope(|scope| {
        let environments = scope.spawn(|| {
            let test = environment(&folder.join("test"), &OF_THE_TESTS)?;
            Ok::<_, anyhow::Error>((test, environment(&folder.join("oldest"), &OLDEST)?))
        });
        let wheel = build(root, &folder);
        let environments = environments.join().expect("no panic while packages are installed");
        let (wheel, (test, oldest)) = (wheel?, environments?);
        Ok::<_, anyhow::Error>((wheel, test, oldest))
    })?;
    install(root, &test, &wheel)?;
    let python = test.join("python");
    // Outside the repository, so that it is the wheel which is tested.
    let outside = folder.join("empty");
    fs::create_dir_all(&outside)?;
    let pytest = ["-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", "-W", "ignore", "--pyargs"];
    call(&outside, &python, [&pytest[..], &["--doctest-modules", "laddernet"]].concat())?;
    // Two at a time: the last ones are few and short.
    let mut programs = examples(root)?;
    programs.push(page(root, &folder)?);
    for pair in programs.chunks(2) {
        let running = pair.iter().map(|example| Ok((example, begin(&outside, &python, [path(example)?])?)));
        for (example, mut running) in running.collect::<Result<Vec<_>>>()? {
            let status = running.wait()?;
            if !status.success() {
                bail!("the example {} failed ({status})", example.display());
            }
        }
    }
    call(root, &python, ["-m", "mypy"])?;
    call(root, &python, ["-m", "pyright", "--pythonpath", path(&python)?])?;

    install(root, &oldest, &wheel)?;
    call(&outside, oldest.join("python"), [&pytest[..], &["laddernet.tests.test_contract"]].concat())
}

/// The wheel, built anew.
fn build(root: &Path, folder: &Path) -> Result<PathBuf> {
    let programs = environment(&folder.join("build"), &[MATURIN])?;
    let wheels = folder.join("wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels).context("cannot remove the old wheels")?;
    }
    // In the profile of the other tests, of which most is built already.
    call(root, programs.join("maturin"), ["build", "--out", path(&wheels)?])?;
    let wheel = wheel_in(&wheels)?;
    let size = fs::metadata(&wheel)?.len();
    eprintln!("xtask: {} has {:.1} MB", wheel.display(), size as f64 / 1e6);
    Ok(wheel)
}

/// The programs of a virtual environment with these packages, made where it is missing or was made of others.
fn environment(folder: &Path, packages: &[&str]) -> Result<PathBuf> {
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let made_of = folder.join("made-of");
    if fs::read_to_string(&made_of).is_ok_and(|text| text == packages.join("\n")) {
        return Ok(programs);
    }
    if folder.exists() {
        fs::remove_dir_all(folder).context("cannot remove the old environment")?;
    }
    let python = if cfg!(windows) { "python" } else { "python3" };
    call(Path::new("."), python, [OsStr::new("-m"), OsStr::new("venv"), folder.as_os_str()])?;
    let own = programs.join("python");
    call(Path::new("."), own, [&["-m", "pip", "install", "--quiet"], packages].concat())?;
    fs::write(made_of, packages.join("\n"))?;
    Ok(programs)
}

/// The package from the wheel, in the place of one that is there, and what it depends on.
fn install(root: &Path, programs: &Path, wheel: &Path) -> Result<()> {
    let pip = ["-m", "pip", "install", "--quiet"];
    let python = programs.join("python");
    call(root, &python, [&pip[..], &["--force-reinstall", "--no-deps", path(wheel)?]].concat())?;
    call(root, &python, [&pip[..], &[path(wheel)?]].concat())
}

fn wheel_in(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut wheels = entries.filter(|path| path.extension().is_some_and(|ending| ending == "whl"));
    wheels.next().context("no wheel was built")
}

/// The examples, by name.
fn examples(root: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(root.join("examples/python")).context("cannot read examples/python")?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "py")).collect();
    paths.sort();
    Ok(paths)
}

/// The code on the page of the package, as one program.
fn page(root: &Path, folder: &Path) -> Result<PathBuf> {
    let text = fs::read_to_string(root.join("docs/python.md")).context("cannot read docs/python.md")?;
    let blocks = text.split("```python\n").skip(1).filter_map(|block| block.split("```").next());
    let program = folder.join("page.py");
    fs::write(&program, blocks.collect::<Vec<_>>().join("\n")).context("cannot write the page's code")?;
    Ok(program)
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path of the repository is no text")
}

fn call<I: AsRef<OsStr>>(
    place: &Path,
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = I>,
) -> Result<()> {
    let status = begin(place, &program, arguments)?.wait()?;
    if !status.success() {
        bail!("`{}` failed ({status})", program.as_ref().to_string_lossy());
    }
    Ok(())
}

fn begin<I: AsRef<OsStr>>(
    place: &Path,
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = I>,
) -> Result<Child> {
    let mut command = Command::new(&program);
    // A process a core: small fits gain little from threads.
    command.current_dir(place).args(arguments).env("LOKY_MAX_CPU_COUNT", "1");
    let said: Vec<String> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let said = format!("{} {}", program.as_ref().to_string_lossy(), said.join(" "));
    eprintln!("xtask: {said}");
    command.spawn().with_context(|| format!("cannot start {said}"))
}
