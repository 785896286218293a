//! The pretrained and baseline models, from the command line: trained, resumed, asked, and refused.

use crate::common::{Place, idx};
use std::fs;

/// A small one of each kind, trained in a moment.
const MODELS: [(&str, &[&str]); 9] = [
    ("rbm", &["--layers", "64-30"]),
    ("dbn", &["--layers", "64-30-20-10", "--pretraining-epochs", "3", "--top-epochs", "2", "--labels", "40"]),
    ("deep-autoencoder", &["--layers", "64-30-5", "--pretraining-epochs", "3"]),
    ("autoencoder", &["--layers", "64-30", "--corruption", "gaussian:0.2"]),
    ("sae", &["--layers", "64-30-20-10", "--pretraining-epochs", "3", "--top-epochs", "2", "--labels", "40"]),
    ("sdae", &["--layers", "64-30-20-10", "--pretraining-epochs", "3", "--top-epochs", "2", "--labels", "40"]),
    ("gsn", &["--layers", "64-30", "--walkback", "2"]),
    ("net", &["--layers", "64-30-20-10", "--labels", "40"]),
    ("vae", &["--layers", "64-30-5"]),
];

fn arguments<'a>(model: &'a str, name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let all = ["train", "--model", model, "--out", name, "--epochs", "5", "--checkpoint-every", "0", "--threads", "1"];
    all.into_iter().chain(["--quiet"]).chain(more.iter().copied()).collect()
}

#[test]
fn every_model_is_trained_shown_and_asked_for_what_it_can() {
    let place = Place::new();
    for (model, more) in MODELS {
        let all = arguments(model, model, more);
        let summary = place.json(&all);
        assert_eq!((summary["status"].as_str(), summary["model"].as_str()), (Some("finished"), Some(model)), "{model}");
        let stages = summary["stages"].as_array().map_or(1, Vec::len);
        let expected = if model == "deep-autoencoder" {
            3
        } else if "dbn sae sdae".contains(model) {
            4
        } else {
            1
        };
        assert_eq!(stages, expected, "{model}");
        let labelled = summary["labelled_rows"].as_u64().unwrap();
        let mut files = vec!["config.toml", "metrics.jsonl", "model.safetensors", "summary.json"];
        if labelled > 0 {
            files.insert(1, "labelled_rows.json");
            let text = fs::read(place.path(model).join("labelled_rows.json")).unwrap();
            let rows: serde_json::Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(rows["rows"].as_array().unwrap().len() as u64, labelled, "{model}");
        }
        assert_eq!(place.list(model), files, "{model}");
        // Its settings give it again, to the bit.
        let recipe = format!("{model}/config.toml");
        place.json(&["train", "--recipe", &recipe, "--out", "again", "--force", "--quiet", "--threads", "2"]);
        let file = |run: &str| fs::read(place.path(run).join("model.safetensors")).unwrap();
        assert!(file(model) == file("again"), "{model}");

        let shown = place.json(&["show", model]);
        assert_eq!(shown["settings"]["model"]["kind"], model);
        let parameters: u64 =
            shown["layers"].as_array().unwrap().iter().map(|l| l["parameters"].as_u64().unwrap()).sum();
        assert_eq!(Some(parameters), summary["parameters"].as_u64(), "{model}");

        let codes = place.json(&["codes", model, "digits"]);
        assert_eq!(codes["rows"], 1797);
        match summary["test_error_percent"].as_f64() {
            Some(error) => {
                let evaluated = place.json(&["evaluate", model]);
                assert_eq!(evaluated["error_percent"].as_f64(), Some(error), "{model}");
                place.laddernet(&["predict", model, "digits", "-o", "out.csv"]).assert().success();
                place.refuses(4, "cannot reconstruct rows", &["reconstruct", model, "digits"]);
            }
            None => {
                place.laddernet(&["reconstruct", model, "digits", "-o", "grid.png"]).assert().success();
                place.refuses(4, "cannot predict classes: full, ", &["predict", model, "digits"]);
                match summary["test_squared_error"].as_f64() {
                    Some(error) => {
                        let evaluated = place.json(&["evaluate", model]);
                        assert_eq!(evaluated["squared_error"].as_f64(), Some(error), "{model}");
                        let variance = evaluated["variance"].as_f64().unwrap();
                        let lost = evaluated["variance_lost_percent"].as_f64().unwrap();
                        assert!((lost - 100.0 * error / variance).abs() < 1e-9, "{evaluated}");
                        place.laddernet(&["evaluate", model, "--max-error", "1"]).assert().code(6);
                    }
                    None if model == "vae" => {
                        let evaluated = place.json(&["evaluate", model]);
                        assert_eq!((&evaluated["rows"], &evaluated["samples"]), (&359.into(), &10.into()), "{model}");
                        place.refuses(4, "has no errors in percent", &["evaluate", model, "--max-error", "1"]);
                    }
                    None => place.refuses(4, "laddernet likelihood says how likely", &["evaluate", model]),
                }
            }
        }
        match summary["test_error_percent"].as_f64() {
            Some(_) => place.refuses(4, "no likelihood to estimate", &["likelihood", model]),
            None if model == "rbm" => {
                place.refuses(2, "--sigma is for models that", &["likelihood", model, "--sigma", "0.2"])
            }
            None => place.refuses(2, "--binarise is for RBMs", &["likelihood", model, "--binarise", "none"]),
        }
    }
}

/// References: the mean over all rows for the error of each, layer 0 and the last for the codes of a layer, the weights in the model
/// file for the pixels of a filter.
#[test]
fn models_are_looked_into() {
    let place = Place::new();
    let digits = laddernet_data::digits::load();
    for (model, more) in [MODELS[2], MODELS[1], ("full", &["--layers", "64-30-20-10", "--no-baseline"][..])] {
        let train = ["train", "--model", model, "--out", model, "--epochs", "3", "--quiet"];
        place.json(&[&train[..], more].concat());
        let codes = |layer: &str| place.json(&["codes", model, "digits", "--layer", layer]);
        let rows = codes("0");
        for (r, c) in [(0, 10), (1796, 20)] {
            assert_eq!(rows["codes"][r][c].as_f64(), Some(f64::from(digits.input(r, c))), "{model}");
        }
        assert_eq!(codes("1")["units"], 30, "{model}");
        assert_eq!(codes("2"), place.json(&["codes", model, "digits"]), "{model}");
        place.refuses(2, "expected 0 (the rows) to 2 of this", &["codes", model, "digits", "--layer", "3"]);
        // The two ends of the first unit's weights, and a sheet of as many units as the second layer has.
        place.json(&["filters", model, "-o", "first.png", "--units", "1"]);
        let bytes = fs::read(place.path(model).join("model.safetensors")).unwrap();
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let name = if model == "dbn" { "layer.1.weight" } else { "encoder.1.weight" };
        let weights: Vec<f32> = tensors
            .tensor(name)
            .unwrap()
            .data()
            .chunks_exact(4 * 30)
            .map(|row| f32::from_le_bytes([row[0], row[1], row[2], row[3]]))
            .collect();
        let decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(place.path("first.png")).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let most = weights.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
        for (i, w) in weights.iter().enumerate() {
            // Margins of ten pixels; a value is a square of seven.
            let at = (10 + i / 8 * 7 + 3) * info.width as usize + 10 + i % 8 * 7 + 3;
            let expected = (127.5 * (1.0 + w / most)).round();
            assert!((f32::from(pixels[at]) - expected).abs() <= 1.0, "{model}, weight {i}: {} {expected}", pixels[at]);
        }
        let sheet = place.json(&["filters", model, "-o", "second.png", "--layer", "2"]);
        let units = if model == "deep-autoencoder" { 5 } else { 20 };
        assert_eq!((&sheet["units"], &sheet["layer"]), (&units.into(), &2.into()), "{model}");
        place.refuses(2, "there are no units of layer 9", &["filters", model, "--layer", "9"]);
        place.refuses(2, "layer 1 has no unit 30: expected a unit from 0 to 29", &["filters", model, "--first", "30"]);
    }
    let told = place.json(&["codes", "deep-autoencoder", "digits", "--squared-error"]);
    let errors: Vec<f64> = told["squared_errors"].as_array().unwrap().iter().map(|e| e.as_f64().unwrap()).collect();
    let pixels: Vec<u8> = (0..1797 * 64).map(|i| (digits.input(i / 64, i % 64) * 16.0) as u8).collect();
    place.write("all", idx(&[1797, 8, 8], &pixels));
    let evaluated = place.json(&["evaluate", "deep-autoencoder", "--data", "idx:all"]);
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let found = evaluated["squared_error"].as_f64().unwrap();
    assert!((found - mean).abs() < 1e-9 * mean, "{found} {mean}");
    place.refuses(
        4,
        "a model 'dbn' cannot measure the errors of reconstructions",
        &["codes", "dbn", "digits", "--squared-error"],
    );
    place.refuses(2, "goes into a file", &["filters", "dbn", "-o", "-"]);
    place.refuses(2, "cannot be used with", &["codes", "dbn", "digits", "--squared-error", "--free-energy"]);
}

/// References: a chain that has learned nothing, and training rows as samples, which no chain of a fifth of a second beats. The
/// estimator itself has its own, in the library.
#[test]
fn windows_around_samples_tell_a_chain_that_has_learned_from_one_that_has_not() {
    let place = Place::new();
    let of = |epochs: &str, more: &[&str]| {
        let out = format!("gsn-{epochs}");
        if place.list(&out).is_empty() {
            place.json(&["train", "--model", "gsn", "--epochs", epochs, "--out", &out, "--quiet"]);
        }
        let all = [&["likelihood", &*out, "--samples", "1000"], more].concat();
        place.json(&all)["parzen"].clone()
    };
    let number = |parzen: &serde_json::Value, key: &str| parzen[key].as_f64().unwrap();
    let (first, last) = (of("1", &[]), of("20", &[]));
    assert!(number(&last, "test_nats") > number(&first, "test_nats") + 8.0, "{first} {last}");
    assert!(number(&last, "training_rows_instead") > number(&last, "test_nats"), "{last}");
    assert_eq!(
        (&last["sigma_chosen_by"], &last["samples"], &last["test_rows"]),
        (&"training".into(), &1000.into(), &359.into())
    );
    assert_eq!(of("20", &["--threads", "1"]), of("20", &["--threads", "2"]));
    // The chosen width is no worse than its neighbours by rows that did not choose it, but for what rows scatter.
    for other in [0.6, 1.6] {
        let sigma = (number(&last, "sigma") * other).to_string();
        let given = of("20", &["--sigma", &sigma]);
        assert_eq!(given["sigma_chosen_by"], "none");
        assert!(number(&given, "test_nats") < number(&last, "test_nats"), "{given} {last}");
    }
    place.refuses(2, "a window of width 0", &["likelihood", "gsn-1", "--sigma", "0"]);
    place.refuses(2, "draw fewer samples", &["likelihood", "gsn-1", "--samples", "4000000000"]);
}

/// References: an RBM that has seen 138 rows 300 times knows them better than the 1300 it has not; one that leaps has no units
/// left that say anything; and one that leaps further believes in no row at all.
#[test]
fn rbms_that_learn_badly_say_so() {
    let place = Place::new();
    let train = |epochs: &str, more: &[&str]| {
        let all =
            ["train", "--model", "rbm", "--data", "digits", "--out", "m", "--force", "--quiet", "--epochs", epochs];
        place.laddernet(&[&all[..], &["--json"], more].concat()).output().unwrap()
    };
    for (epochs, more, word) in [
        ("300", ["--validation", "1300"], "the RBM overfits"),
        ("10", ["--learning-rate", "10"], "of 200 hidden units are idle"),
    ] {
        let output = train(epochs, &more);
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let unwrapped = |text: &[u8]| String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ");
        let said = unwrapped(&output.stderr);
        assert!(output.status.success() && said.contains(word) && said.starts_with("warning:"), "{said}");
        assert!(summary["warning"].as_str().is_some_and(|warning| warning.contains(word)), "{summary}");
        let shown = place.laddernet(&["show", "m"]).output().unwrap();
        let shown = unwrapped(&shown.stdout);
        assert!(shown.contains(word) && shown.contains("pseudo-likelihood (every unit flipped)"), "{shown}");
    }
    let calm = train("10", &["--validation", "300"]);
    assert!(calm.status.success() && calm.stderr.is_empty(), "{}", String::from_utf8_lossy(&calm.stderr));
    // An autoencoder that leaps, too, if to no cost that is no number.
    let leapt = ["train", "--model", "gsn", "--epochs", "3", "--learning-rate", "1e20", "--out", "leapt", "--quiet"];
    let warning = place.json(&leapt)["warning"].as_str().map(str::to_owned);
    assert!(warning.as_ref().is_some_and(|w| w.contains("no better than their mean")), "{warning:?}");
    for rate in ["1e3", "1e36"] {
        let output = train("10", &["--learning-rate", rate, "--out", "wild"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains("the pseudo-likelihood of rows, far below that of coins, is -"), "{said}");
        assert!(said.contains("The model of the end of epoch 0 is kept"), "{said}");
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        place.json(&["likelihood", summary["run_dir"].as_str().unwrap(), "--temperatures", "50"]);
    }
}

/// Rows without any label teach the models that take no notice of labels; what tells classes apart says that there are none.
#[test]
fn rows_without_labels_are_learned_from() {
    let place = Place::new();
    let digits = laddernet_data::digits::load();
    let pixels: Vec<u8> = (0..600 * 64).map(|i| (digits.input(i / 64, i % 64) * 255.0) as u8).collect();
    place.write("images", idx(&[600, 8, 8], &pixels));
    place.write("labels", idx(&[600], &[0; 600]));
    for (model, more) in MODELS {
        let of = |data: &'static str| {
            ["train", "--model", model, "--data", data, "--out", model, "--force", "--quiet"]
                .into_iter()
                .chain(more.iter().copied())
        };
        if ["net", "dbn", "sae", "sdae"].contains(&model) {
            place.refuses(3, "no row has a label, and a model", &of("idx:images").collect::<Vec<_>>());
            continue;
        }
        let [with, without] = ["idx:images,labels", "idx:images"].map(|data| {
            let summary = place.json(&of(data).collect::<Vec<_>>());
            assert_eq!((&summary["labelled_rows"], &summary["test_rows"]), (&0.into(), &120.into()), "{model}");
            [&summary["stages"], &summary["costs"]].map(Clone::clone)
        });
        assert_eq!(with, without, "{model}");
        place.laddernet(&["show", model]).assert().success();
    }
    place.refuses(3, "a model 'full' predicts classes", &["train", "--data", "idx:images"]);
    place.write("few", idx(&[4, 8, 8], &pixels[..256]));
    place.refuses(3, "there are 4 rows: expected at least 5", &["train", "--model", "rbm", "--data", "idx:few"]);
    // Rows of the training have less energy than the same pixels in disorder.
    let disorder: Vec<u8> = (0..600 * 64).map(|i| pixels[i / 64 * 64 + (i % 64 * 37) % 64]).collect();
    place.write("disorder", idx(&[600, 8, 8], &disorder));
    let energies = |rows: &str| -> Vec<f64> {
        let told = place.json(&["codes", "rbm", rows, "--free-energy"]);
        told["free_energies"].as_array().unwrap().iter().map(|e| e.as_f64().unwrap()).collect()
    };
    let (learned, strange) = (energies("images"), energies("disorder"));
    assert_eq!((learned.len(), strange.len()), (600, 600));
    let below = learned.iter().zip(&strange).filter(|(a, b)| a < b).count();
    assert!(below > 580, "{below} of 600");
    let csv = place.laddernet(&["codes", "rbm", "images", "--free-energy"]).output().unwrap().stdout;
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.lines().nth(1), Some(format!("0,{}", learned[0]).as_str()));
    place.refuses(4, "a model 'gsn' cannot ", &["codes", "gsn", "images", "--free-energy"]);
}

/// References: the same training in a NumPy program (`bench/vae_numpy.py --layers 64-100-8`), whose bounds on a fifth of the digits are
/// -24.53, -24.74, -24.66 and -24.65 by four seeds; and the costs of the last epoch.
#[test]
fn a_variational_autoencoder_says_how_likely_rows_are_at_least() {
    let place = Place::new();
    let train = |out: &str, epochs: &str| {
        let all = ["train", "--model", "vae", "--layers", "64-100-8", "--epochs", epochs, "--out", out, "--quiet"];
        place.json(&all)
    };
    let summary = train("vae", "60");
    let of_training = |name: &str| {
        let costs = summary["costs"].as_array().unwrap();
        costs.iter().find(|cost| cost["name"] == name).unwrap()["value"].as_f64().unwrap()
    };
    let (reconstruction, divergence) = (of_training("reconstruction"), of_training("divergence"));
    train("begun", "1");
    let bound = |run: &str| {
        let told = place.json(&["evaluate", run]);
        let numbers = [&told["bound"], &told["standard_error"]].map(|x| x.as_f64().unwrap());
        assert_eq!((&told["part"], &told["rows"]), (&"held_out_fifth".into(), &359.into()), "{told}");
        numbers
    };
    let ([learned, error], [begun, _]) = (bound("vae"), bound("begun"));
    assert!(begun < learned - 3.0 && error > 0.05 && error < 0.5, "{learned} {error} {begun}");
    assert!((learned + 24.65).abs() < 0.4, "{learned}");
    assert!((learned + reconstruction + divergence).abs() < 1.0, "{learned} {reconstruction} {divergence}");
    let text = place.laddernet(&["evaluate", "vae"]).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.starts_with("Log-likelihood of a row, ") && text.contains(&format!("{learned:.2} +- {error:.2}")),
        "{text}"
    );
}

/// Reference of the exact ln Z: annealing, which knows nothing of it, in both directions.
#[test]
fn the_likelihood_of_a_small_rbm_is_found_in_two_ways() {
    let place = Place::new();
    place.laddernet(&arguments("rbm", "rbm", &["--layers", "64-12", "--validation", "100"])).assert().success();
    let found = place.json(&["likelihood", "rbm", "--estimate", "--temperatures", "2000"]);
    let number = |path: &str| found.pointer(path).and_then(serde_json::Value::as_f64).unwrap();
    let ln_z = number("/ln_z");
    assert!((number("/forward/ln_z") - ln_z).abs() < 0.2 && (number("/reverse/ln_z") - ln_z).abs() < 0.2, "{found}");
    assert!((number("/test/exact") - (number("/test/minus_free_energy") - ln_z)).abs() < 1e-9);
    assert_eq!((found["binarised"].as_str(), number("/test/rows")), (Some("stochastic"), 359.0));
    assert_eq!((number("/validation/rows"), number("/training/rows")), (100.0, 1338.0));
    let exact = place.json(&["likelihood", "rbm", "--exact"]);
    assert_eq!((&exact["ln_z"], &exact["forward"]), (&found["ln_z"], &serde_json::Value::Null));
    let other = place.json(&["likelihood", "rbm", "--binarise", "threshold"]);
    assert!(other["forward"].is_null() && other["test"]["exact"] != found["test"]["exact"]);
    assert_eq!((&found["training"]["rows"], &found["learned_from"]), (&1338.into(), &false.into()));
    // Rows of other data are not said to be those that it has learned, nor is a part of them held out.
    let digits = laddernet_data::digits::load();
    let pixels: Vec<u8> = (0..600 * 64).map(|i| (digits.input(i / 64, i % 64) * 16.0) as u8).collect();
    place.write("images", idx(&[600, 8, 8], &pixels));
    place.write("labels", idx(&[600], &[0; 600]));
    let all = ["likelihood", "rbm", "--data", "idx:images,labels", "--temperatures", "100"];
    let scaled = place.json(&all);
    assert!(scaled["training"].is_null(), "{scaled}");
    assert_eq!((&scaled["test"]["rows"], &scaled["test_part"]), (&600.into(), &"all_rows".into()), "{scaled}");
    let log = fs::read_to_string(place.path("rbm/metrics.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(last["rbm"]["of_validation_rows"], true);
    assert!(last["rbm"]["free_energy_gap"].is_number() && last["rbm"]["pseudo_likelihood"].as_f64().unwrap() < 0.0);
}

#[test]
fn samples_are_drawn_and_halves_inpainted() {
    let place = Place::new();
    for (model, more) in MODELS.into_iter().filter(|(model, _)| ["rbm", "gsn", "net"].contains(model)) {
        place.laddernet(&arguments(model, model, more)).assert().success();
    }
    let size = |more: &[&str]| {
        let all: Vec<&str> =
            ["sample", "rbm", "-o", "s.png", "--pictures", "3"].into_iter().chain(more.iter().copied()).collect();
        let told = place.json(&all);
        let bytes = fs::read(place.path("s.png")).unwrap();
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
        (told["width"].as_u64().unwrap(), told["chains"].as_u64().unwrap(), bytes)
    };
    let (width, chains, coins) = size(&["--chains", "4"]);
    assert_eq!(chains, 4);
    assert!(size(&["--chains", "4"]).2 == coins && size(&["--chains", "4", "--seed", "2"]).2 != coins);
    let (wider, chains, _) = size(&["--input", "digits", "--first", "1795", "--hold", "left"]);
    assert!(wider > width && chains == 2);
    place.laddernet(&["sample", "gsn", "-o", "g.png"]).assert().success();
    place.refuses(4, "cannot draw samples", &["sample", "net"]);
    place.refuses(4, "cannot hold a part of a row", &["sample", "gsn", "--input", "digits", "--hold", "top"]);
    place.refuses(3, "there is no row 1797", &["sample", "rbm", "--input", "digits", "--first", "1797"]);
    place.refuses(2, "--input", &["sample", "rbm", "--hold", "top"]);
    place.refuses(2, "choose fewer", &["sample", "rbm", "--chains", "1000", "--pictures", "1000"]);
}

#[test]
fn a_comparison_shows_every_seed_and_is_resumed() {
    let place = Place::new();
    let compare =
        ["compare", "--models", "net,sdae,top", "--seeds", "1,3", "--epochs", "3", "--out", "story", "--quiet"];
    let found = place.json(&compare);
    assert_eq!((found["complete"].as_bool(), found["labels"].as_str()), (Some(true), Some("40")));
    let models = found["models"].as_array().unwrap();
    assert_eq!(models.iter().map(|m| m["model"].as_str().unwrap()).collect::<Vec<_>>(), ["net", "sdae", "top"]);
    for (model, name) in models.iter().zip(["net", "sdae", "top"]) {
        let draws = model["draws"].as_array().unwrap();
        assert_eq!(draws.iter().map(|d| d["seed"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 3]);
        let error = |seed: u64| {
            let run = place.json(&["show", &format!("story/{name}-40-seed{seed}")]);
            run["summary"]["test_error_percent"].as_f64().unwrap()
        };
        let mean = (error(1) + error(3)) / 2.0;
        assert!((model["mean"].as_f64().unwrap() - mean).abs() < 1e-9, "{name}");
    }
    // What has ended is kept, to the second.
    assert_eq!(place.json(&compare), found);
    let page = fs::read_to_string(place.path("story/compare.md")).unwrap();
    assert!(
        page.starts_with("# digits, 40 labels\n") && page.contains("| sdae | ") && page.lines().count() == 9,
        "{page}"
    );
    let twice = ["compare", "--models", "net,net", "--seeds", "1", "--epochs", "1", "--out", "twice"];
    assert_eq!(place.json(&twice)["models"].as_array().unwrap().len(), 1);
    place.refuses(4, "other settings", &["compare", "--models", "net", "--seeds", "1", "--out", "story"]);
    place.refuses(2, "invalid value 'rbm'", &["compare", "--models", "rbm", "--out", "story"]);
    place.refuses(2, "no labelled row", &["compare", "--labels", "0", "--models", "net", "--out", "other"]);
}

#[test]
fn what_does_not_belong_to_a_model_is_refused() {
    let place = Place::new();
    for (word, more) in [
        ("model.noise is no part of a model 'dbn': leave it out (--noise)", &["--model", "dbn", "--noise", "0.3"][..]),
        ("a model 'rbm' has no baseline: leave it out (--baseline)", &["--model", "rbm", "--baseline"]),
        ("model.rbm is no part of a model 'full': leave it out (--sweeps)", &["--sweeps", "3"]),
        ("model.rbm is no part of a model 'sae': leave it out (--sweeps)", &["--model", "sae", "--sweeps", "3"]),
        ("a model 'rbm' is unsupervised: leave it out (--labels)", &["--model", "rbm", "--labels", "40"]),
        (
            "model.pretraining is no part of a model 'net': leave it out (--pretraining-epochs)",
            &["--model", "net", "--pretraining-epochs", "3"],
        ),
        ("no RBM is part of this model: leave it out (--code-rate)", &["--model", "sae", "--code-rate", "0.1"]),
        (
            "model.classifier is no part of a model 'rbm': leave it out (--dropout)",
            &["--model", "rbm", "--dropout", "0.5"],
        ),
        ("none counts, and nothing is learned (--emphasis)", &["--model", "sdae", "--emphasis", "0:0"]),
        ("there are not both", &["--model", "autoencoder", "--emphasis", "1:0"]),
        ("training.seed is 18446744073709551615", &["--model", "rbm", "--seed", "18446744073709551615"]),
        ("choose fewer chains (--chains)", &["--model", "rbm", "--chains", "4000000"]),
        ("no corruption", &["--model", "sdae", "--corruption", "fog"]),
        (
            "model.autoencoder.corruption is masking 3: expected a share of 0 to 1",
            &["--model", "sdae", "--corruption", "masking:3"],
        ),
        ("no optimiser", &["--model", "dbn", "--optimiser", "newton"]),
        ("no way to binarise", &["--model", "rbm", "--binarise", "maybe"]),
        ("model.rbm.sweeps is 0: expected 1 to 30000 Gibbs sweeps", &["--model", "rbm", "--sweeps", "0"]),
        ("the rows have 64 values: start them with 64 (--layers)", &["--model", "rbm", "--layers", "65-20"]),
        ("model.layers is 64-20-10: expected 2 sizes", &["--model", "rbm", "--layers", "64-20-10"]),
        ("the recipe is for a model 'top'", &["--model", "dbn", "--recipe", "survey-2-top-40"]),
        ("training.learning_rate is 0", &["--model", "gsn", "--learning-rate", "0"]),
    ] {
        let all: Vec<&str> = ["train", "--out", "run"].into_iter().chain(more.iter().copied()).collect();
        place.refuses(2, word, &all);
    }
    assert_eq!(place.list("."), [""; 0]);
}

/// As for the ladder: killed in one stage and in another, a training comes to the same model.
#[cfg(unix)]
#[test]
fn kills_in_two_stages_change_no_bit() {
    let place = Place::new();
    let more = ["--layers", "64-8-6-10", "--pretraining-epochs", "60", "--top-epochs", "60", "--labels", "40"];
    let of = |name| {
        let all = ["train", "--model", "dbn", "--out", name, "--epochs", "60", "--checkpoint-every", "0", "--quiet"];
        [&all[..], &more].concat()
    };
    place.laddernet(&of("whole")).assert().success();
    let checkpoint_of = |stage: &str| {
        let checkpoints = place.list("killed.partial");
        assert!(checkpoints.iter().any(|name| name.starts_with(stage)), "{checkpoints:?}");
    };
    place.is_killed_in_a_write(36, &of("killed"));
    checkpoint_of("checkpoint-stage001-");
    let resume = ["resume", "killed", "--checkpoint-every", "0", "--threads", "2", "--quiet"];
    place.is_killed_in_a_write(84, &resume);
    checkpoint_of("checkpoint-stage003-");
    place.laddernet(&resume).assert().success();
    let file = |run: &str, name: &str| fs::read(place.path(run).join(name)).unwrap();
    assert!(file("killed", "model.safetensors") == file("whole", "model.safetensors"));
    let told = |run: &str| {
        let summary: serde_json::Value = serde_json::from_slice(&file(run, "summary.json")).unwrap();
        let stages = summary["stages"].as_array().unwrap().iter();
        let stages: Vec<_> = stages.map(|s| (s["stage"].clone(), s["epochs"].clone())).collect();
        let results = ["test_error_percent", "steps", "epochs", "status"].map(|key| summary[key].clone());
        (stages, results)
    };
    assert_eq!(told("killed"), told("whole"));
    assert_eq!(told("killed").0.len(), 4);
    let epochs = |run: &str| String::from_utf8(file(run, "metrics.jsonl")).unwrap().lines().count();
    assert_eq!((epochs("killed"), epochs("whole")), (240, 240));
}
