//! From a run folder to `results/NAME.json`: the error, and all that is needed to get it again.

use crate::lineage::{self, Stage};
use crate::results::{self, CurvePoint, Epoch, FORMAT, Labels, StatisticsRun, StatisticsStudy, Training};
use anyhow::{Context, Result, anyhow, bail, ensure};
use laddernet_run::Kind;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The part of a run's `summary.json` that a result keeps.
#[derive(Deserialize)]
pub struct Summary {
    status: String,
    pub data: String,
    pub model: String,
    pub layers: Vec<usize>,
    pub training_rows: u64,
    pub labelled_rows: u64,
    pub epochs: usize,
    pub seed: u64,
    pub threads: usize,
    pub test_error_percent: Option<f64>,
    supervised_error_percent: Option<f64>,
    #[serde(default)]
    pub test_squared_error: Option<f64>,
    #[serde(default)]
    pub pca_squared_error: Option<f64>,
    #[serde(default)]
    pub stages: Vec<Stage>,
    pub seconds: f64,
}

/// What a run folder says of a training that ended well.
pub struct Run {
    pub summary: Summary,
    /// Its `config.toml`, without the folder of the data.
    pub config: String,
    /// The folder's name.
    pub folder: String,
}

/// What is to be recorded.
#[derive(Debug, Default, PartialEq)]
struct Wanted<'a> {
    folder: &'a str,
    name: Option<&'a str>,
    row: Option<&'a str>,
    likelihood: Option<&'a str>,
}

const USAGE: &str = "usage: cargo xtask record RUN [NAME] [--row ROW] [--likelihood FILE], \
                     or: cargo xtask record --study FILE NAME";

/// A line that `mnist_study` prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum StudyLine {
    Curve { labels: u64, seed: u64, epochs: usize, seconds: f64, test_error_curve: Vec<CurvePoint> },
    Statistics(StatisticsRun),
}

/// `cargo xtask record RUN [NAME]` writes `results/NAME.json`, or `results/lineage/NAME.json` of a model before the ladder;
/// without a name, one made of the settings.
/// `cargo xtask record --study FILE NAME` takes the lines that the example `mnist_study` printed.
pub fn run(root: &Path, args: &[&str]) -> Result<()> {
    let (commit, machine) = (commit(root)?, machine());
    match args {
        ["--study", file, name] => {
            let text = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
            let (curves, statistics) = study_of(&text, &commit, &machine)?;
            for training in curves {
                write(root, &format!("{name}-seed{}", training.seed), &training)?;
            }
            if !statistics.runs.is_empty() {
                write(root, &format!("statistics/{name}"), &statistics)?;
            }
            Ok(())
        }
        _ => {
            let (name, text) = of_run(root, &Wanted::read(args)?, commit, machine)?;
            put(root, &name, &text)
        }
    }
}

impl<'a> Wanted<'a> {
    fn read(args: &[&'a str]) -> Result<Self> {
        let mut wanted = Wanted::default();
        let mut args = args.iter().copied();
        while let Some(arg) = args.next() {
            match arg {
                "--row" if wanted.row.is_none() => wanted.row = Some(args.next().context(USAGE)?),
                "--likelihood" if wanted.likelihood.is_none() => {
                    wanted.likelihood = Some(args.next().context(USAGE)?);
                }
                _ if arg.starts_with("--") => bail!(USAGE),
                folder if wanted.folder.is_empty() => wanted.folder = folder,
                name if wanted.name.is_none() => wanted.name = Some(name),
                _ => bail!(USAGE),
            }
        }
        ensure!(!wanted.folder.is_empty(), USAGE);
        Ok(wanted)
    }
}

/// Name and text of what a run folder gives.
fn of_run(root: &Path, wanted: &Wanted, commit: String, machine: String) -> Result<(String, String)> {
    let run = read_run(Path::new(wanted.folder))?;
    if let Kind::Lineage(_) = run.summary.model.parse().map_err(|e: String| anyhow!(e))? {
        let likelihood = wanted.likelihood.map(results::read_value).transpose()?;
        let there = results::lineage_draws(root)?;
        let (name, draw) =
            lineage::record::draw_of(run, [commit, machine], likelihood, wanted.row, wanted.name, there)?;
        return Ok((name, text_of(&draw)?));
    }
    ensure!(
        wanted.row.is_none() && wanted.likelihood.is_none(),
        "a {} has no row and no likelihood",
        run.summary.model
    );
    let training = training_of(Path::new(wanted.folder), run, commit, machine)?;
    Ok((wanted.name.map_or_else(|| name_of(&training), str::to_owned), text_of(&training)?))
}

fn write(root: &Path, name: &str, result: &impl Serialize) -> Result<()> {
    put(root, name, &text_of(result)?)
}

fn put(root: &Path, name: &str, text: &str) -> Result<()> {
    let path = root.join("results").join(format!("{name}.json"));
    ensure!(!path.exists(), "{} is there already; a result is not replaced", path.display());
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("xtask: wrote results/{name}.json; `cargo xtask docs` renders it");
    Ok(())
}

/// The trainings with a curve, and the study of statistics, among lines of JSON.
fn study_of(text: &str, commit: &str, machine: &str) -> Result<(Vec<Training>, StatisticsStudy)> {
    let mut curves = Vec::new();
    let (commit, machine) = (commit.to_string(), machine.to_string());
    let mut statistics =
        StatisticsStudy { format: FORMAT, commit: commit.clone(), machine: machine.clone(), runs: Vec::new() };
    for line in text.lines() {
        match serde_json::from_str(line).with_context(|| format!("no line of a study: {line}"))? {
            StudyLine::Statistics(run) => statistics.runs.push(run),
            StudyLine::Curve { labels, seed, epochs, seconds, test_error_curve } => curves.push(Training {
                name: String::new(),
                format: FORMAT,
                data: "mnist".into(),
                model: "full".into(),
                layers: vec![784, 1000, 500, 250, 250, 250, 10],
                labels: Labels::Count(labels),
                seed,
                epochs,
                config: format!("example mnist_study: curve --labels {labels} --epochs {epochs} --seeds {seed}"),
                commit: commit.clone(),
                machine: machine.clone(),
                threads: 2,
                test_error_percent: test_error_curve.last().context("an empty curve")?.test_error_percent,
                supervised_error_percent: None,
                seconds,
                curve: Vec::new(),
                test_error_curve,
                note: None,
            }),
        }
    }
    Ok((curves, statistics))
}

fn read_in(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn read_run(folder: &Path) -> Result<Run> {
    let summary: Summary = serde_json::from_str(&read_in(folder, "summary.json")?).context("summary.json")?;
    ensure!(summary.status == "finished", "the training is {}, not finished: that is no result", summary.status);
    // The folder of the data is the machine's own affair.
    let config = read_in(folder, "config.toml")?;
    let config = config.lines().filter(|l| !l.starts_with("data_dir")).collect::<Vec<_>>().join("\n");
    let folder = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Run { summary, config, folder })
}

fn training_of(folder: &Path, run: Run, commit: String, machine: String) -> Result<Training> {
    let Run { summary, config, .. } = run;
    let test_error_percent = summary.test_error_percent.context("the run has no test error")?;
    let lines = read_in(folder, "metrics.jsonl")?;
    let curve: Vec<Epoch> =
        lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("metrics.jsonl")?;
    let all = summary.labelled_rows == summary.training_rows;
    Ok(Training {
        name: String::new(),
        format: FORMAT,
        data: summary.data,
        model: summary.model,
        layers: summary.layers,
        labels: if all { Labels::All("all".into()) } else { Labels::Count(summary.labelled_rows) },
        seed: summary.seed,
        epochs: summary.epochs,
        config,
        commit,
        machine,
        threads: summary.threads,
        test_error_percent,
        supervised_error_percent: summary.supervised_error_percent,
        seconds: summary.seconds,
        curve,
        test_error_curve: Vec::new(),
        note: None,
    })
}

fn name_of(t: &Training) -> String {
    let layers: Vec<String> = t.layers.iter().map(ToString::to_string).collect();
    format!("{}-{}-{}-{}labels-{}epochs-seed{}", t.data, t.model, layers.join("-"), t.labels, t.epochs, t.seed)
}

/// A line for each key, so that a result reads well and differs line by line.
fn text_of(result: &impl Serialize) -> Result<String> {
    let serde_json::Value::Object(keys) = serde_json::to_value(result)? else { bail!("a result is an object") };
    let lines: Vec<String> = keys.iter().map(|(key, value)| format!(" \"{key}\": {value}")).collect();
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// The commit, with a `+` where the code holds changes that are not in it.
fn commit(root: &Path) -> Result<String> {
    let git = |args: &[&str]| -> Result<String> {
        let output = Command::new("git").current_dir(root).args(args).output().context("cannot start git")?;
        ensure!(output.status.success(), "git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let changed = !git(&["status", "--short", "crates", "Cargo.toml", "Cargo.lock"])?.is_empty();
    Ok(git(&["rev-parse", "--short", "HEAD"])? + if changed { "+" } else { "" })
}

fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|l| l.strip_prefix("model name")).and_then(|l| l.split_once(':'));
    let name = name.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{name}, {cores} cores, {}", std::env::consts::OS)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::lineage::Draw;
    use std::path::PathBuf;

    /// A folder that stands for the root of the project, with run folders beside the results; it goes when dropped.
    pub struct Root(PathBuf);

    impl Root {
        pub fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("laddernet-root-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("results")).unwrap();
            Root(path)
        }

        pub fn path(&self) -> &Path {
            &self.0
        }

        pub fn write(&self, name: &str, text: &str) {
            fs::write(self.0.join(name), text).unwrap();
        }

        /// A run folder whose summary says this besides the rest.
        pub fn run(&self, name: &str, summary: &str, seed: u64, config: &str) {
            fs::create_dir_all(self.0.join(name)).unwrap();
            let rest = format!(
                "\"status\": \"finished\", \"data\": \"mnist\", \"training_rows\": 60000, \"epochs\": 20,
                 \"seed\": {seed}, \"threads\": 2, \"supervised_error_percent\": null, \"seconds\": 90.0"
            );
            self.write(&format!("{name}/summary.json"), &format!("{{{summary}, {rest}}}"));
            self.write(
                &format!("{name}/config.toml"),
                &format!("seed = {seed}\ndata_dir = \"/somewhere\"\n{config}\n"),
            );
        }

        /// What `cargo xtask record` does; names of runs and documents are below this folder.
        pub fn record(&self, args: &[&str]) -> Result<String> {
            let below = |name: &str| self.0.join(name).to_string_lossy().into_owned();
            let wanted = Wanted::read(args)?;
            let (folder, likelihood) = (below(wanted.folder), wanted.likelihood.map(below));
            let wanted = Wanted { folder: &folder, likelihood: likelihood.as_deref(), ..wanted };
            let (name, text) = of_run(&self.0, &wanted, "abc1234".into(), "A processor".into())?;
            put(&self.0, &name, &text)?;
            Ok(name)
        }

        pub fn draws(&self) -> Vec<(String, Draw)> {
            results::lineage_draws(&self.0).unwrap()
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn what_is_wanted_stands_in_any_order() {
        let wanted = Wanted { folder: "run", name: Some("name"), row: Some("r"), likelihood: Some("f") };
        for line in ["run name --row r --likelihood f", "--likelihood f run --row r name"] {
            assert_eq!(Wanted::read(&line.split(' ').collect::<Vec<_>>()).unwrap(), wanted);
        }
        for line in ["", "a b c", "a --row", "a --rows r", "--row r", "a --row r --row s", "--study f"] {
            assert!(Wanted::read(&line.split_whitespace().collect::<Vec<_>>()).is_err(), "{line}");
        }
    }

    #[test]
    fn a_ladder_has_no_row() {
        let root = Root::new("ladder");
        root.run(
            "full",
            r#""model": "full", "layers": [784, 10], "labelled_rows": 100, "test_error_percent": 1.0"#,
            1,
            "",
        );
        root.write("full/metrics.jsonl", "");
        let error = root.record(&["full", "--row", "dbn-100"]).unwrap_err().to_string();
        assert!(error.contains("a full has no row"), "{error}");
        assert_eq!(root.record(&["full", "mine"]).unwrap(), "mine");
        assert!(root.path().join("results/mine.json").exists() && root.draws().is_empty());
    }

    /// A run folder with this status and test error.
    fn record(status: &str, test_error: &str) -> Result<Training> {
        let folder =
            std::env::temp_dir().join(format!("laddernet-record-{}-{status}-{test_error}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let summary = format!(
            "{{\"status\": \"{status}\", \"data\": \"mnist\", \"model\": \"full\", \"layers\": [784, 10],
             \"training_rows\": 60000, \"labelled_rows\": 60000, \"epochs\": 2, \"seed\": 3, \"threads\": 2,
             \"test_error_percent\": {test_error}, \"supervised_error_percent\": null, \"seconds\": 1.5, \"more\": 1}}"
        );
        fs::write(folder.join("summary.json"), summary)?;
        fs::write(folder.join("config.toml"), "labels = \"all\"\ndata_dir = \"/somewhere\"\nseed = 3\n")?;
        let line = |e| format!("{{\"epoch\": {e}, \"supervised_cost\": 0.5, \"seconds\": 1.0}}\n");
        fs::write(folder.join("metrics.jsonl"), line(1) + &line(2))?;
        let run = read_run(&folder);
        let training = run.and_then(|run| training_of(&folder, run, "abc1234".into(), "A processor".into()));
        fs::remove_dir_all(&folder)?;
        training
    }

    #[test]
    fn a_run_becomes_a_result_and_comes_back() {
        let training = record("finished", "1.25").unwrap();
        assert_eq!((training.test_error_percent, training.curve.len()), (1.25, 2));
        assert_eq!(
            (training.labels.to_string().as_str(), training.config.as_str()),
            ("all", "labels = \"all\"\nseed = 3")
        );
        assert_eq!(name_of(&training), "mnist-full-784-10-alllabels-2epochs-seed3");
        let text = text_of(&training).unwrap();
        assert_eq!(serde_json::from_str::<Training>(&text).unwrap(), training);
        assert!(text.contains("\n \"test_error_percent\": 1.25,\n"), "{text}");
    }

    #[test]
    fn what_did_not_finish_is_no_result() {
        assert!(record("interrupted", "1.25").unwrap_err().to_string().contains("interrupted, not finished"));
        assert!(record("finished", "null").unwrap_err().to_string().contains("no test error"));
    }

    #[test]
    fn lines_of_a_study_are_taken_apart() {
        let text = r#"{"labels":100,"seed":3,"epochs":2,"seconds":9,"test_error_curve":[{"epoch":1,"test_error_percent":12.7},{"epoch":2,"test_error_percent":9.5}]}
{"labels":40,"seed":1,"epochs":20,"validation_error_percent":{"labelled":2.0,"unlabelled":1.5}}"#;
        let (curves, statistics) = study_of(text, "abc1234", "A processor").unwrap();
        assert_eq!((curves.len(), curves[0].seed, curves[0].test_error_percent), (1, 3, 9.5));
        assert_eq!((statistics.runs.len(), statistics.runs[0].labels), (1, 40));
        assert!(study_of("{}", "abc1234", "A processor").is_err());
    }
}
