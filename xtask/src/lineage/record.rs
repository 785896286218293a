//! From the run folder of a model before the ladder to a draw.

use super::rows;
use super::{Draw, check};
use crate::record::Run;
use crate::results::{FORMAT, Labels};
use anyhow::Result;
use serde_json::Value;

/// The draw that a run is, beside those that are there, and the name of its file below `results/`. Without a row, it is
/// the one that the run's settings or its folder's name say.
pub fn draw_of(
    run: Run,
    [commit, machine]: [String; 2],
    likelihood: Option<Value>,
    row: Option<&str>,
    name: Option<&str>,
    there: Vec<(String, Draw)>,
) -> Result<(String, Draw)> {
    let Run { summary, config, folder } = run;
    let labels = match summary.labelled_rows {
        0 => None,
        n if n == summary.training_rows => Some(Labels::All("all".into())),
        n => Some(Labels::Count(n)),
    };
    let mut draw = Draw {
        format: FORMAT,
        row: String::new(),
        data: summary.data,
        model: summary.model,
        layers: summary.layers,
        labels,
        seed: summary.seed,
        epochs: summary.epochs,
        stages: summary.stages,
        config,
        commit,
        machine,
        threads: summary.threads,
        test_error_percent: summary.test_error_percent,
        test_squared_error: summary.test_squared_error,
        pca_squared_error: summary.pca_squared_error,
        likelihood: likelihood.map(|document| of_run(document, &folder)).transpose()?,
        seconds: summary.seconds,
        note: None,
    };
    // A recipe's run folder is called after it.
    let recipe = folder.rsplit_once("-seed").map_or(&*folder, |(recipe, _)| recipe);
    draw.row = match row {
        Some(row) => rows::find(row)?.name,
        None => rows::row_of(&draw, recipe)?.name,
    };
    let name = name.map_or_else(|| format!("{}-seed{}", draw.row, draw.seed), str::to_owned);
    let mut draws = there;
    draws.push((name, draw));
    check(&draws)?;
    let (name, draw) = draws.pop().expect("it was pushed above");
    Ok((format!("lineage/{name}"), draw))
}

/// The document without the path of the run, which is the machine's own affair.
fn of_run(mut document: Value, folder: &str) -> Result<Value> {
    let Value::Object(keys) = &mut document else { anyhow::bail!("a likelihood is an object of JSON") };
    if let Some(Value::String(path)) = keys.remove("run") {
        let other = std::path::Path::new(&path).file_name().map(|name| name.to_string_lossy().into_owned());
        if let Some(other) = other.filter(|other| other != folder) {
            anyhow::bail!("the likelihood is of the run {other}, not of {folder}");
        }
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use crate::docs;
    use crate::record::tests::Root;

    const DBN: &str = r#""model": "dbn", "layers": [784, 500, 10], "labelled_rows": 100, "test_error_percent": 20.5,
        "stages": [{"stage": "layer 1", "epochs": 10, "cost": 1.0}, {"stage": "the whole", "epochs": 5, "cost": null}]"#;
    const RBM: &str = r#""model": "rbm", "layers": [784, 500], "labelled_rows": 0, "test_error_percent": null,
        "stages": [{"stage": "the whole", "epochs": 20, "cost": 1.0}]"#;
    const GSN: &str = r#""model": "gsn", "layers": [784, 500], "labelled_rows": 0, "test_error_percent": null,
        "stages": [{"stage": "the whole", "epochs": 20, "cost": 1.0}]"#;
    const DEEP: &str = r#""model": "deep-autoencoder", "layers": [784, 30], "labelled_rows": 0,
        "test_error_percent": null, "test_squared_error": 2.5, "pca_squared_error": 13.9,
        "stages": [{"stage": "the whole", "epochs": 20, "cost": 1.0}]"#;

    #[test]
    fn a_run_becomes_a_draw_of_the_row_that_its_settings_say() {
        let root = Root::new("settings");
        root.run("some-run", DBN, 3, "labels = 100");
        assert_eq!(root.record(&["some-run"]).unwrap(), "lineage/dbn-100-seed3");
        let (name, draw) = root.draws().pop().unwrap();
        assert_eq!((&*name, &*draw.row, draw.test_error_percent), ("dbn-100-seed3", "dbn-100", Some(20.5)));
        assert_eq!(draw.stages.iter().map(|s| s.epochs).collect::<Vec<_>>(), [10, 5]);
        assert_eq!(draw.config, "seed = 3\nlabels = 100", "without the folder of the data");
        // Nothing learned before the whole did.
        root.run("dae", DEEP, 1, "");
        assert_eq!(root.record(&["dae"]).unwrap(), "lineage/deep-autoencoder-random-seed1");
    }

    #[test]
    fn a_draw_is_recorded_once_whatever_it_is_called() {
        let root = Root::new("once");
        root.run("a", DBN, 1, "labels = 100");
        root.run("b", DBN, 2, "labels = 100");
        root.record(&["a"]).unwrap();
        let twice = root.record(&["a", "another-name"]).unwrap_err();
        assert!(format!("{twice:#}").contains("seed 1 of the row dbn-100 is there already"), "{twice:#}");
        assert!(root.record(&["b", "dbn-100-seed1"]).unwrap_err().to_string().contains("is not replaced"));
        root.record(&["b", "--row", "dbn-100", "mine"]).unwrap();
        assert_eq!(root.draws().len(), 2);
        let other = root.record(&["b", "--row", "net-100"]).unwrap_err();
        assert!(format!("{other:#}").contains("is no draw of net-100"), "{other:#}");
    }

    #[test]
    fn a_machine_brings_its_likelihood() {
        let root = Root::new("likelihood");
        root.run("rbm-500-5min-seed1", RBM, 1, "");
        root.run("machine", RBM, 2, "");
        let document = r#"{"run": "runs/machine", "binarised": "HOW", "test": {"forward": -95.5, "reverse": -97.0}}"#;
        root.write("of-machine.json", &document.replace("HOW", "stochastic"));
        root.write("cut.json", &document.replace("HOW", "threshold"));
        let message = |args: &[&str]| format!("{:#}", root.record(args).unwrap_err());
        assert!(message(&["machine"]).contains("may be a draw of rbm-500-2min or rbm-500-5min: say which"));
        assert!(message(&["machine", "--row", "rbm-500-2min"]).contains("`laddernet likelihood RUN --json > FILE`"));
        let wrong = ["rbm-500-5min-seed1", "--likelihood", "of-machine.json"];
        assert!(message(&wrong).contains("of the run machine, not of rbm-500-5min-seed1"));
        let cut = ["machine", "--row", "rbm-500-2min", "--likelihood", "cut.json"];
        assert!(message(&cut).contains("binarised stochastically, these threshold"));
        root.record(&["machine", "--likelihood", "of-machine.json", "--row", "rbm-500-2min"]).unwrap();
        let (_, draw) = root.draws().pop().unwrap();
        let document = draw.likelihood.unwrap();
        assert_eq!((document.get("run"), document["test"]["forward"].as_f64()), (None, Some(-95.5)));
        // A recipe's run folder names its row.
        root.write("own.json", r#"{"binarised": "stochastic", "test": {"forward": -90, "reverse": -91}}"#);
        root.record(&["rbm-500-5min-seed1", "--likelihood", "own.json"]).unwrap();
        assert_eq!(root.draws()[1].1.row, "rbm-500-5min");
    }

    #[test]
    fn networks_that_walk_back_are_told_from_those_that_do_not() {
        let root = Root::new("gsn");
        root.run("one", GSN, 1, "[autoencoders]\nwalkback = 1");
        root.run("five", GSN, 1, "[autoencoders]\nwalkback = 5");
        root.write(
            "nats.json",
            r#"{"parzen": {"test_nats": 150.0, "sigma": 0.2, "sigma_chosen_by": "training", "samples": 10000}}"#,
        );
        assert_eq!(root.record(&["one", "--likelihood", "nats.json"]).unwrap(), "lineage/gsn-plain-seed1");
        assert_eq!(root.record(&["five", "--likelihood", "nats.json"]).unwrap(), "lineage/gsn-walkback-seed1");
    }

    #[test]
    fn what_was_recorded_is_what_documents_show() {
        let root = Root::new("documents");
        for folder in ["papers", "bench"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for name in docs::DOCUMENTS {
            root.write(name, "<!-- results:lineage-few --><!-- end -->");
        }
        docs::write(root.path()).unwrap();
        let shown = || std::fs::read_to_string(root.path().join("results/README.md")).unwrap();
        assert!(shown().contains("Not measured yet."));
        root.run("a", DBN, 1, "labels = 100");
        root.record(&["a"]).unwrap();
        assert!(docs::check(root.path()).unwrap_err().to_string().contains("stale: README.md, results/README.md"));
        docs::write(root.path()).unwrap();
        assert!(shown().contains("| 20.50 | 20.50 | 20.50 | 1 |"), "{}", shown());
        docs::check(root.path()).unwrap();
    }
}
