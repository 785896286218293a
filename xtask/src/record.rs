//! From a run folder to `results/NAME.json`: the error, and all that is needed to get it again.

use crate::results::{self, StatisticsRun, StatisticsStudy};
use crate::training::{self, CurvePoint, Epoch, FORMAT, Labels, Stage, Training, config_of};
use anyhow::{Context, Result, bail, ensure};
use laddernet_run::record::{Status, Summary};
use laddernet_run::settings::{Config, DataFacts, RECIPES, Recipe, layers_text};
use laddernet_run::tables::{LIKELIHOOD, tables};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The format of a study of statistics.
const STUDY_FORMAT: u32 = 1;

const USAGE: &str = "usage: cargo xtask record RUN [NAME], or: cargo xtask record --study FILE NAME";

/// A line that `mnist_study` prints.
#[derive(Deserialize)]
#[serde(untagged)]
enum StudyLine {
    Curve { labels: u64, seed: u64, epochs: usize, seconds: f64, test_error_curve: Vec<CurvePoint> },
    Statistics(StatisticsRun),
}

/// `cargo xtask record RUN [NAME]` writes `results/NAME.json`; without a name, one made of the recipe or the settings.
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
        [run, name @ ..] if !run.starts_with("--") && name.len() < 2 => {
            record(root, Path::new(run), name.first().copied(), commit, machine)
        }
        _ => bail!(USAGE),
    }
}

/// Writes what a run folder gives, if it fits what is there.
fn record(root: &Path, run: &Path, name: Option<&str>, commit: String, machine: String) -> Result<()> {
    let training = Training { commit, machine, ..training_of(run)? };
    let name = name.map_or_else(|| name_of(&training), str::to_owned);
    let mut there = results::trainings(root)?;
    there.push(Training { name: name.clone(), ..training });
    training::check(&there)?;
    write(root, &name, &there.last())
}

fn write(root: &Path, name: &str, result: &impl Serialize) -> Result<()> {
    let path = root.join("results").join(format!("{name}.json"));
    ensure!(!path.exists(), "{} is there already; a result is not replaced", path.display());
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(&path, text_of(result)?).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("xtask: wrote results/{name}.json; `cargo xtask docs` renders it");
    Ok(())
}

/// The trainings with a curve, and the study of statistics, among lines of JSON.
fn study_of(text: &str, commit: &str, machine: &str) -> Result<(Vec<Training>, StatisticsStudy)> {
    let mut curves = Vec::new();
    let (commit, machine) = (commit.to_string(), machine.to_string());
    let mut statistics =
        StatisticsStudy { format: STUDY_FORMAT, commit: commit.clone(), machine: machine.clone(), runs: Vec::new() };
    // What the example trains.
    let mut usual = Recipe::default();
    usual.set("data.source", "mnist".into());
    let usual = usual.resolve(DataFacts::of_rows(784, 10))?;
    for line in text.lines() {
        match serde_json::from_str(line).with_context(|| format!("no line of a study: {line}"))? {
            StudyLine::Statistics(run) => statistics.runs.push(run),
            StudyLine::Curve { labels, seed, epochs, seconds, test_error_curve } => curves.push(Training {
                format: FORMAT,
                data: usual.data.source.to_string(),
                model: usual.kind().to_string(),
                layers: usual.layers().to_vec(),
                labels: Some(Labels::Count(labels)),
                seed,
                epochs,
                config: format!("example mnist_study: curve --labels {labels} --epochs {epochs} --seeds {seed}"),
                commit: commit.clone(),
                machine: machine.clone(),
                threads: 2,
                test_error_percent: Some(test_error_curve.last().context("an empty curve")?.test_error_percent),
                seconds,
                test_error_curve,
                ..Training::default()
            }),
        }
    }
    Ok((curves, statistics))
}

fn read_in(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// What a run folder says of a training that came to its end.
fn training_of(run: &Path) -> Result<Training> {
    let summary = Summary::read(run)?.context("summary.json is missing: the training did not come to its end")?;
    ensure!(
        summary.status == Status::Finished,
        "the training is {:?}, not finished: that is no result",
        summary.status
    );
    let mut config = Config::from_toml(&read_in(run, "config.toml")?).context("config.toml")?;
    // The folder of the data is the machine's own affair.
    config.data.dir = None;
    let lines = read_in(run, "metrics.jsonl")?;
    let curve = lines.lines().map(serde_json::from_str).collect::<Result<Vec<Epoch>, _>>().context("metrics.jsonl")?;
    let labels = match summary.labelled_rows {
        _ if !config.kind().takes_labels() => None,
        n if n == summary.training_rows => Some(Labels::All("all".into())),
        n => Some(Labels::Count(n as u64)),
    };
    Ok(Training {
        format: FORMAT,
        recipe: recipe_of(&config).map(str::to_owned),
        data: summary.data,
        model: config.kind().to_string(),
        layers: summary.layers,
        labels,
        seed: summary.seed,
        epochs: summary.epochs,
        // Epochs of several stages make no curve.
        curve: if summary.stages.is_empty() { curve } else { Vec::new() },
        stages: summary.stages.into_iter().map(|s| Stage { stage: s.stage, epochs: s.epochs }).collect(),
        config: config.to_toml(),
        threads: summary.threads,
        test_error_percent: summary.test_error_percent,
        baseline_error_percent: summary.baseline_error_percent,
        test_squared_error: summary.test_squared_error,
        pca_squared_error: summary.pca_squared_error,
        likelihood: likelihood(run)?,
        seconds: summary.seconds,
        ..Training::default()
    })
}

/// The likelihood in a run folder, without the path of the run.
fn likelihood(run: &Path) -> Result<Option<Value>> {
    if !run.join(LIKELIHOOD).exists() {
        return Ok(None);
    }
    let mut document: Value = serde_json::from_str(&read_in(run, LIKELIHOOD)?).context(LIKELIHOOD)?;
    document.as_object_mut().map(|keys| keys.remove("run"));
    Ok(Some(document))
}

/// The recipe that these settings are of, one of a table where several are the same.
fn recipe_of(config: &Config) -> Option<&'static str> {
    let same = |recipe: &&'static str| {
        config_of(recipe, config.training.seed, config).is_ok_and(|of| of.fingerprint(true) == config.fingerprint(true))
    };
    let of_tables = tables().iter().flat_map(|table| &table.entries).filter_map(|entry| entry.recipe.as_deref());
    of_tables.chain(RECIPES.iter().map(|recipe| recipe.name)).find(same)
}

fn name_of(t: &Training) -> String {
    let Training { data, model, layers, epochs, seed, .. } = t;
    if let Some(recipe) = t.recipe() {
        return format!("{recipe}-seed{seed}");
    }
    let labels = t.labels.as_ref().map_or(String::new(), |labels| format!("-{labels}labels"));
    format!("{data}-{model}-{}{labels}-{epochs}epochs-seed{seed}", layers_text(layers))
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
mod tests {
    use super::*;
    use crate::docs;
    use crate::training::tests::run_of;
    use std::path::PathBuf;

    /// A folder that stands for the root of the project, with run folders beside the results; it goes when dropped.
    struct Root(PathBuf);

    impl Root {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("laddernet-root-{}-{name}", std::process::id()));
            for folder in ["results", "papers", "bench"] {
                fs::create_dir_all(path.join(folder)).unwrap();
            }
            Root(path)
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.0.join(name), text).unwrap();
        }

        /// A run folder with these settings, whose summary has these keys besides the rest.
        fn run(&self, name: &str, config: &str, summary: Value) {
            fs::create_dir_all(self.0.join(name)).unwrap();
            let config = Config::from_toml(config).unwrap();
            let mut all = serde_json::to_value(Summary {
                schema: laddernet_run::record::summary::SCHEMA.to_owned(),
                data: "mnist".to_owned(),
                layers: config.layers().to_vec(),
                training_rows: 60_000,
                labelled_rows: 100,
                epochs: 2,
                seed: config.training.seed,
                threads: 2,
                seconds: 90.0,
                ..Summary::default()
            })
            .unwrap();
            summary.as_object().unwrap().iter().for_each(|(key, value)| all[key] = value.clone());
            self.write(&format!("{name}/summary.json"), &all.to_string());
            self.write(&format!("{name}/config.toml"), &config.to_toml());
            // A line of an older program, and one of today's.
            let lines = r#"{"epoch": 1, "supervised_cost": 0.5, "seconds": 1.0}
{"epoch": 2, "cost": 0.25, "costs": [], "seconds": 2.0}"#;
            self.write(&format!("{name}/metrics.jsonl"), lines);
        }

        fn record(&self, run: &str, name: Option<&str>) -> Result<Training> {
            record(&self.0, &self.0.join(run), name, "abc1234".into(), "A processor".into())?;
            let name = name.unwrap_or(run);
            Ok(results::trainings(&self.0)?.into_iter().find(|t| t.name == name).unwrap())
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    fn error(percent: f64) -> Value {
        serde_json::json!({"test_error_percent": percent})
    }

    #[test]
    fn a_run_becomes_a_result_of_the_recipe_that_its_settings_say() {
        let root = Root::new("settings");
        let (ladder, stack) = (run_of("survey-2-full-100", 3, 0.0).config, run_of("dbn-100", 3, 0.0).config);
        root.run("survey-2-full-100-seed3", &ladder, error(1.25));
        let training = root.record("survey-2-full-100-seed3", None).unwrap();
        assert_eq!((training.recipe(), training.test_error_percent), (Some("survey-2-full-100"), Some(1.25)));
        assert_eq!(
            training.curve.iter().map(|e| (e.cost, e.supervised_cost)).collect::<Vec<_>>()[..],
            [(None, Some(0.5)), (Some(0.25), None)]
        );
        assert!(
            fs::read_to_string(root.0.join("results/survey-2-full-100-seed3.json"))
                .unwrap()
                .contains("\n \"test_error_percent\": 1.25,\n")
        );
        let stages = serde_json::json!([{"stage": "layer 1", "epochs": 10}, {"stage": "the whole", "epochs": 5}]);
        root.run("some-run", &stack, serde_json::json!({"test_error_percent": 20.5, "stages": stages}));
        let training = root.record("some-run", Some("mine")).unwrap();
        assert_eq!((training.recipe(), training.curve.len()), (Some("dbn-100"), 0));
        assert_eq!(training.stages.iter().map(|s| s.epochs).collect::<Vec<_>>(), [10, 5]);
        // It counts once, whatever it is called, and no result is replaced.
        assert!(format!("{:#}", root.record("some-run", Some("again")).unwrap_err()).contains("is there already"));
        // Settings of no recipe.
        root.run("own", &stack.replace("dropout = 0.5", "dropout = 0.25"), error(21.0));
        let name = "mnist-dbn-784-1000-1000-1000-10-100labels-2epochs-seed3";
        assert!(record(&root.0, &root.0.join("own"), None, String::new(), String::new()).is_ok());
        assert!(results::trainings(&root.0).unwrap().iter().any(|t| t.name == name && t.recipe().is_none()));
        assert!(format!("{:#}", root.record("own", Some("mine")).unwrap_err()).contains("is not replaced"));
    }

    #[test]
    fn what_did_not_finish_or_has_no_figure_is_no_result() {
        let root = Root::new("none");
        let stack = run_of("dbn-100", 1, 0.0).config;
        let message = |name: &str, summary: Value| {
            root.run(name, &stack, summary);
            format!("{:#}", root.record(name, None).unwrap_err())
        };
        assert!(message("a", serde_json::json!({"status": "interrupted"})).contains("Interrupted, not finished"));
        assert!(message("b", serde_json::json!({})).contains("has no test error"));
        assert!(run(Path::new("."), &["a", "b", "c"]).is_err() && run(Path::new("."), &["--rows", "r"]).is_err());
    }

    #[test]
    fn what_was_recorded_is_what_documents_show() {
        let root = Root::new("documents");
        docs::DOCUMENTS.iter().for_each(|name| root.write(name, "<!-- results:pretrained-few --><!-- end -->"));
        docs::write(&root.0).unwrap();
        let shown = || fs::read_to_string(root.0.join("results/README.md")).unwrap();
        assert!(shown().contains("Not measured yet."));
        root.run("dbn-100-seed1", &run_of("dbn-100", 1, 0.0).config, error(20.5));
        root.record("dbn-100-seed1", None).unwrap();
        assert!(docs::check(&root.0).unwrap_err().to_string().contains("stale: README.md, results/README.md"));
        docs::write(&root.0).unwrap();
        assert!(shown().contains("| 20.50 | 20.50 | 20.50 | 1 |"), "{}", shown());
        docs::check(&root.0).unwrap();
        // An RBM brings its likelihood.
        let rbm = run_of("rbm-500-2min", 1, 0.0).config;
        root.run("rbm-500-2min-seed1", &rbm, serde_json::json!({"labelled_rows": 0}));
        assert!(format!("{:#}", root.record("rbm-500-2min-seed1", None).unwrap_err()).contains("has no nats"));
        let document = r#"{"run": "x", "binarised": "stochastic", "test": {"forward": -95.5, "reverse": -97.0}}"#;
        root.write("rbm-500-2min-seed1/likelihood.json", document);
        let training = root.record("rbm-500-2min-seed1", None).unwrap();
        let document = training.likelihood.as_ref().unwrap();
        assert_eq!(
            (document.get("run"), document["test"]["forward"].as_f64(), &training.labels),
            (None, Some(-95.5), &None)
        );
    }

    #[test]
    fn lines_of_a_study_are_taken_apart() {
        let text = r#"{"labels":100,"seed":3,"epochs":2,"seconds":9,"test_error_curve":[{"epoch":1,"test_error_percent":12.7},{"epoch":2,"test_error_percent":9.5}]}
{"labels":40,"seed":1,"epochs":20,"validation_error_percent":{"labelled":2.0,"unlabelled":1.5}}"#;
        let (curves, statistics) = study_of(text, "abc1234", "A processor").unwrap();
        assert_eq!((curves.len(), curves[0].seed, curves[0].test_error_percent), (1, 3, Some(9.5)));
        assert_eq!((statistics.runs.len(), statistics.runs[0].labels), (1, 40));
        assert!(study_of("{}", "abc1234", "A processor").is_err());
    }
}
