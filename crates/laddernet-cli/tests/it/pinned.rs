//! What the program makes of every model, pinned: trained from the command line on the digits, the tensors of the model file,
//! the answers of the commands and the numbers of the summary are held against the table.
//!
//! Witness: the program itself on the day the table was written. A changed hash is a finding, not a number to update: find the
//! line that moved the bits. Formats, logs and wording may change; these may not.

use crate::common::{Place, hash, hash_of_picture, hash_of_tensors};
use serde_json::Value;
use std::fs;

const A_FINDING: &str = "a changed hash is a finding, not a number to update: find the line that moved the bits";

/// Each kind with tiny layers, and what its training is told besides.
const LADDER: &[&str] = &["--layers", "64-36-12-10", "--no-baseline"];
const ONE: &[&str] = &["--layers", "64-36"];
const STACK: &[&str] = &["--layers", "64-36-12-10", "--labels", "40", "--pretraining-epochs", "2", "--top-epochs", "1"];
const FOLDED: &[&str] = &["--layers", "64-36-5", "--pretraining-epochs", "2"];
const CODE: &[&str] = &["--layers", "64-36-5"];
const NET: &[&str] = &["--layers", "64-36-12-10", "--labels", "40"];

/// Name of a training, which begins with its model; its layers; what else it is told.
const TRAININGS: &[(&str, &[&str], &[&str])] = &[
    ("full", LADDER, &[]),
    ("top", LADDER, &[]),
    ("bottom", LADDER, &[]),
    ("mlp", LADDER, &[]),
    ("full of all labels", LADDER, &["--labels", "all"]),
    ("full with validation", LADDER, &["--validation", "200"]),
    ("full without lateral", LADDER, &["--no-lateral"]),
    ("full with a comparison", &["--layers", "64-36-12-10"], &["--baseline"]),
    ("rbm", ONE, &[]),
    ("dbn", STACK, &[]),
    ("deep-autoencoder", FOLDED, &[]),
    ("autoencoder", ONE, &[]),
    ("sae", STACK, &[]),
    ("sdae", STACK, &[]),
    ("gsn", ONE, &[]),
    ("net", NET, &[]),
    ("vae", CODE, &[]),
    ("vae gaussian", CODE, &["--visible", "gaussian"]),
    ("rbm gaussian", ONE, &["--visible", "gaussian"]),
    ("dbn gaussian", STACK, &["--visible", "gaussian"]),
    ("deep-autoencoder gaussian", FOLDED, &["--visible", "gaussian"]),
    ("autoencoder gaussian", ONE, &["--visible", "gaussian"]),
    ("sae gaussian", STACK, &["--visible", "gaussian"]),
    ("sdae gaussian", STACK, &["--visible", "gaussian", "--corruption", "gaussian:0.3"]),
    ("net gaussian", NET, &["--visible", "gaussian"]),
    ("rbm of data chains", ONE, &["--chains", "0", "--sweeps", "2", "--binarise", "threshold", "--sparsity", "0.1"]),
    ("rbm with validation", ONE, &["--validation", "200"]),
    ("dbn dropout", STACK, &["--dropout", "0.3", "--optimiser", "momentum:0.9"]),
    ("sdae salt", STACK, &["--corruption", "salt-and-pepper:0.3", "--emphasis", "1:0.5", "--tied"]),
    ("net corrupted", NET, &["--input-corruption", "masking:0.2", "--weight-decay", "0.001"]),
    ("autoencoder denoising", ONE, &["--corruption", "masking:0.25", "--code", "linear"]),
    ("deep-autoencoder logistic", FOLDED, &["--code", "logistic"]),
    ("gsn walkback", ONE, &["--walkback", "2", "--corruption", "gaussian:0.3"]),
];

/// Name, hash of the tensors, hash of the answers, numbers of the summary.
#[rustfmt::skip]
const PINNED: &[(&str, &str, &str, &str)] = &[
    ("full", "a1387ba7327ff22f464648c8ff06e159", "fe7caa089bd5b32d58b1c757fde2e6e6", "2 epochs, 30 steps, error 7.24234e1, cost 2.18965e0; 1.63364e-1; 8.09238e-1; 1.23356e0; 1.12142e0"),
    ("top", "c8dd3fb18379f524377d831f456b1944", "8d06427cca36d7e68d402078a8ef0011", "2 epochs, 30 steps, error 4.59610e1, cost 1.66677e0; -; -; -; 8.48181e-1"),
    ("bottom", "ab01afed51f4f0631c55e829a4dcd1b3", "a6e7dd68cb1db63ca923da6caa9b690a", "2 epochs, 30 steps, error 6.99164e1, cost 2.10360e0; 1.60157e-1; 2.60819e0; 1.48315e0; 1.21585e0"),
    ("mlp", "e5b27882643e9957f743a873a34969e0", "adb6f04c65f66396ed2df940aa300af3", "2 epochs, 30 steps, error 5.06964e1, cost 1.94487e0; -; -; -; -"),
    ("full of all labels", "da90471a337cccf112e0bfead6f481f8", "b8feac752a7051056f221485aefc2230", "2 epochs, 30 steps, error 5.65460e1, cost 2.07798e0; 1.60909e-1; 9.93011e-1; 1.33593e0; 1.13989e0"),
    ("full with validation", "90a76a56d16083c0583a9d1efaf9f3c8", "3bb7893f30f11782fd2ada74f63ca3cf", "2 epochs, 26 steps, error 7.21448e1, validation 7.95000e1, cost 2.23206e0; 1.72132e-1; 8.54739e-1; 1.28074e0; 1.13877e0"),
    ("full without lateral", "a826a81c52ccd93f3c06e31014094f83", "807d898e6dcfbc3e5f825339cec4f23d", "2 epochs, 30 steps, error 8.07799e1, cost 2.24122e0; 1.93400e-1; 1.06366e0; 1.27544e0; 1.14132e0"),
    ("full with a comparison", "a1387ba7327ff22f464648c8ff06e159", "fe7caa089bd5b32d58b1c757fde2e6e6", "2 epochs, 30 steps, error 7.24234e1, alone 4.81894e1, cost 2.18965e0; 1.63364e-1; 8.09238e-1; 1.23356e0; 1.12142e0"),
    ("rbm", "ab0b4f93ccdd86c908f0f789bcf3e02b", "ff60186f0d1bf4455a5ea8da58d0545c", "2 epochs, 144 steps; 9.26069e0; 9.26069e0"),
    ("dbn", "37f2d8cf0e53a633a5d6d4de8ecb6c3f", "0e94949330574a9cfd25a469f88572b9", "7 epochs, 504 steps, error 8.77437e1, cost 2.22536e0; 8.79782e0; 7.92142e0; 2.29996e0; 2.22536e0"),
    ("deep-autoencoder", "3687138ea0ca5b837a9868ad14e2af80", "446b88728badfd77df941d736133c1d9", "6 epochs, 432 steps, squares 4.46252e0, components 2.12969e0; 2.68200e1; 9.05069e0; 8.99590e0; 2.68200e1"),
    ("autoencoder", "fce822bee0dedb957b6abc293581e82f", "e42b651d33e0b4fbeb65b9eeb431f2b7", "2 epochs, 144 steps, squares 7.31060e0, components 1.06687e-1; 3.77086e1; 3.77086e1"),
    ("sae", "12f4e477dce217aaa00b068221e9f094", "0ad5da3a55134e8506efe1f50f53accc", "7 epochs, 504 steps, error 4.40111e1, cost 2.07014e0; 3.21881e1; 2.49767e1; 2.28225e0; 2.07014e0"),
    ("sdae", "2d902aa7743b1e5da4a56a6a6aef19e5", "013d44a083ffe7918893b96e75058d47", "7 epochs, 504 steps, error 4.42897e1, cost 2.08870e0; 3.33801e1; 2.59923e1; 2.28571e0; 2.08870e0"),
    ("gsn", "82bf69f8c7d7a8680bca4f5548a8f1f2", "ff897e53ad92a09fd2d4d15a311e8c5b", "2 epochs, 144 steps, squares 5.67333e0, components 1.06687e-1; 4.04268e1; 4.04268e1"),
    ("net", "58ec556be46d068bd20e631b9b813296", "d34bc54cbc22febd0ad3f38fa9cf81c2", "2 epochs, 144 steps, error 5.01393e1, cost 2.17445e0; 2.17445e0"),
    ("vae", "0bb26fee649d76ea1a5378d03659b417", "52766bdbf86b3c43c918b637f68b8093", "2 epochs, 90 steps; 3.17870e1; 3.17870e1"),
    ("vae gaussian", "d36ca5537330698cebadf9c1489f0ea7", "3f26e690617019f2d5a65e0ca6d1ef32", "2 epochs, 90 steps; 3.04931e1; 3.04931e1"),
    ("rbm gaussian", "2b8c3a7a97d3da55d87ca7389cb61eae", "a6494765d6c2a6451c52d2bda926b3a2", "2 epochs, 144 steps; 4.85225e1; 4.85225e1"),
    ("dbn gaussian", "06d56a5fada4b976e36e19c7f0ba3667", "bfc41429e8518e8e494a416b6afae008", "7 epochs, 504 steps, error 8.13370e1, cost 2.12587e0; 4.96793e1; 8.55734e0; 2.28898e0; 2.12587e0"),
    ("deep-autoencoder gaussian", "98cefb0892e340e5670052cd610e66da", "f0ff1375ca8fddd1f32e867e3c89c54a", "6 epochs, 432 steps, squares 7.76295e1, components 6.27840e1; 5.15797e1; 4.68003e1; 8.18256e0; 5.15797e1"),
    ("autoencoder gaussian", "babfa6f3761baeb736a5873ba4e72dc0", "7107b3fc98eca7b772eb310b27f1dbe3", "2 epochs, 144 steps, squares 7.87680e1, components 1.76144e1; 5.34545e1; 5.34545e1"),
    ("sae gaussian", "0a5969b4494517ba42ca609aac227fbc", "35aacc577df4656d5d99c89a8d80d9bb", "7 epochs, 504 steps, error 4.23398e1, cost 1.96617e0; 5.30868e1; 2.81283e1; 2.26648e0; 1.96617e0"),
    ("sdae gaussian", "3852ec68501794e3bf76b040d02db21f", "870a3a52a09a448a2ad881bf57e32615", "7 epochs, 504 steps, error 3.84401e1, cost 1.96729e0; 5.43239e1; 2.87953e1; 2.26713e0; 1.96729e0"),
    ("net gaussian", "3155fbdc4cd9e4fc43b3901079d0c550", "9fc757a4f9e1a2e7d5bab35a05eb589f", "2 epochs, 144 steps, error 5.01393e1, cost 2.12287e0; 2.12287e0"),
    ("rbm of data chains", "67828d0d97835843e58c61d3558c384d", "bf34eb0b6379eb5893318ce2094656d5", "2 epochs, 144 steps; 8.27599e0; 8.27599e0"),
    ("rbm with validation", "f0f8aa28d5c582f8890fbdda76e190f6", "7fb97a435300630612536b63e270b55c", "2 epochs, 124 steps; 9.24314e0; 9.24314e0"),
    ("dbn dropout", "18f0c035f575f732d1f844c30cfe599b", "87959e8e43a595d8a6b1088e9f2ed5ce", "7 epochs, 504 steps, error 8.74652e1, cost 2.30197e0; 8.79782e0; 7.92142e0; 2.30252e0; 2.30197e0"),
    ("sdae salt", "77261105eff1670490bf94edb49c8609", "707a6b3754ab67b4db3563a3188395da", "7 epochs, 504 steps, error 5.57103e1, cost 2.08314e0; 2.71716e1; 1.73531e1; 2.29226e0; 2.08314e0"),
    ("net corrupted", "75ae4075ed68ba7697a2978197257acd", "bf94942448ef1ac88a7afc99bf9da65a", "2 epochs, 144 steps, error 5.65460e1, cost 2.23180e0; 2.23180e0"),
    ("autoencoder denoising", "cd67a05b1e9469e5c3e0b2aacd180e90", "417bac12b0a1728f963311fcf771c6af", "2 epochs, 144 steps, squares 4.36387e0, components 1.06687e-1; 3.09175e1; 3.09175e1"),
    ("deep-autoencoder logistic", "c989044d42a0a062f6fcb5a2c606b6eb", "a97b3b25c77f2c93c8935dffc24b66f9", "6 epochs, 432 steps, squares 4.69676e0, components 2.12969e0; 2.71085e1; 9.05069e0; 9.02429e0; 2.71085e1"),
    ("gsn walkback", "55dd7b84a37d603b879c4eb88d5d0b87", "b9de6f8aa107594ef044409ce287dbd1", "2 epochs, 144 steps, squares 5.74039e0, components 1.06687e-1; 4.14824e1; 4.14824e1"),
];

/// Trains into the folder `run`, and gives the numbers that were said of it.
fn train(place: &Place, name: &str, layers: &[&str], more: &[&str], threads: &str) -> String {
    let model = name.split(' ').next().unwrap();
    let all = ["train", "--quiet", "--json", "--force", "--out", "run", "--epochs", "2", "--precision", "f32"];
    let mut command = place.portable(&all);
    command.args(["--model", model, "--threads", threads]).args(layers).args(more);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    numbers(&serde_json::from_slice(&output.stdout).unwrap())
}

/// What a training says of itself, to six digits: sums in double precision differ by the system's logarithm. Behind the named
/// numbers: of a ladder the denoising cost of each layer; of another model the cost of its reconstructions, then that of each stage.
fn numbers(summary: &Value) -> String {
    let mut text = format!("{} epochs, {} steps", summary["epochs"], summary["steps"]);
    let list = |key: &str| summary[key].as_array().cloned().unwrap_or_default();
    let cost = |name: &str, layer: Option<usize>| {
        let is = |cost: &&Value| cost["name"] == name && cost["layer"].as_u64() == layer.map(|layer| layer as u64);
        list("costs").iter().find(is).and_then(|cost| cost["value"].as_f64())
    };
    for (name, number) in [
        ("error", summary["test_error_percent"].as_f64()),
        ("alone", summary["baseline_error_percent"].as_f64()),
        ("validation", summary["validation_error_percent"].as_f64()),
        ("cost", cost("supervised", None)),
        ("squares", summary["test_squared_error"].as_f64()),
        ("validation squares", summary["validation_squared_error"].as_f64()),
        ("components", summary["pca_squared_error"].as_f64()),
    ] {
        if let Some(number) = number {
            text += &format!(", {name} {number:.5e}");
        }
    }
    let is_ladder = ["full", "top", "bottom", "mlp"].iter().any(|kind| summary["model"] == *kind);
    let costs = if is_ladder {
        (0..list("layers").len()).map(|layer| cost("denoising", Some(layer))).collect()
    } else {
        let stages = list("stages").into_iter().map(|stage| stage["cost"].as_f64());
        let of_reconstruction = cost("reconstruction", None);
        let only = of_reconstruction.or(cost("supervised", None));
        let mut all: Vec<Option<f64>> = of_reconstruction.map(Some).into_iter().collect();
        all.extend(stages);
        if list("stages").is_empty() {
            all.push(only);
        }
        all
    };
    costs.iter().for_each(|cost| text += &cost.map_or("; -".into(), |cost| format!("; {cost:.5e}")));
    text
}

/// The first digits, as a file of values 0 to 16.
fn rows() -> String {
    let digits = laddernet_data::digits::load();
    let value = |row, column| (16.0 * digits.input(row, column)).to_string();
    (0..40).map(|row| (0..64).map(|column| value(row, column)).collect::<Vec<_>>().join(",") + "\n").collect()
}

/// The bytes of the tables and the pixels of the pictures that the model gives, and the codes of those commands that refuse it.
fn answers(place: &Place) -> String {
    let mut all = String::new();
    for arguments in [
        &["predict", "run", "digits"][..],
        &["codes", "run", "rows.csv"],
        &["codes", "run", "rows.csv", "--layer", "1"],
        &["codes", "run", "rows.csv", "--squared-error"],
    ] {
        let output = place.portable(arguments).args(["--quiet", "--threads", "2"]).output().unwrap();
        all += &format!("{arguments:?} {:?} {}\n", output.status.code(), hash(output.stdout));
    }
    for arguments in
        [&["reconstruct", "run", "rows.csv"][..], &["sample", "run", "--pictures", "3"], &["filters", "run"]]
    {
        let picture = place.path("picture.png");
        let _ = fs::remove_file(&picture);
        let command = [arguments, &["-o", "picture.png", "--quiet", "--threads", "2"]].concat();
        let code = place.portable(&command).output().unwrap().status.code();
        let drawn = if picture.exists() { hash_of_picture(&picture) } else { "nothing".into() };
        all += &format!("{arguments:?} {code:?} {drawn}\n");
    }
    all
}

/// Trains by one thread and by two, asks, and gives the line of the table and what is behind its hash of the answers.
fn found(place: &Place, (name, layers, more): (&'static str, &[&str], &[&str])) -> ((String, String, String), String) {
    let said = train(place, name, layers, more, "1");
    let tensors = hash_of_tensors(place.path("run/model.safetensors"));
    let said_of_two = train(place, name, layers, more, "2");
    let of_two = hash_of_tensors(place.path("run/model.safetensors"));
    assert_eq!((&tensors, &said), (&of_two, &said_of_two), "{name}: one thread and two");
    let answers = answers(place);
    ((tensors, hash(&answers), said), answers)
}

#[test]
fn no_bit_of_any_training_has_moved() {
    // Two at a time: most of it is waiting for the disk.
    let half = |first: usize| -> Vec<String> {
        let place = Place::new();
        place.write("rows.csv", rows());
        let own = TRAININGS.iter().skip(first).step_by(2);
        let moved = own.filter_map(|&training| {
            let ((tensors, answers, said), behind) = found(&place, training);
            let found = (training.0, tensors.as_str(), answers.as_str(), said.as_str());
            let moved = !PINNED.contains(&found);
            moved.then(|| {
                println!("{}:\n{behind}", training.0);
                format!("    {found:?},")
            })
        });
        moved.collect()
    };
    let moved = std::thread::scope(|scope| {
        let [a, b] = [0, 1].map(|first| scope.spawn(move || half(first)));
        [a.join().unwrap(), b.join().unwrap()].concat()
    });
    assert!(moved.is_empty(), "{A_FINDING}\nof {} trainings these have moved:\n{}", TRAININGS.len(), moved.join("\n"));
    assert_eq!(PINNED.len(), TRAININGS.len(), "the table names a training that is not there");
}

#[test]
fn instructions_are_those_that_the_environment_names_or_refused() {
    let place = Place::new();
    let train = ["train", "--quiet", "--out", "a", "--layers", "64-10", "--epochs", "1", "--no-baseline", "--json"];
    let summary: Value = serde_json::from_slice(&place.portable(&train).output().unwrap().stdout).unwrap();
    assert_eq!(summary["instructions"], "portable");
    for (name, arguments) in [
        ("abacus", &["train", "--out", "b"][..]),
        ("", &["predict", "a", "digits"]),
        ("Portable", &["evaluate", "a"]),
        ("avx1024", &["reproduce", "survey-2", "--out", "b"]),
    ] {
        let output = place.laddernet(arguments).env("LADDERNET_INSTRUCTIONS", name).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains(&format!("'{name}'")) && said.contains("portable"), "{said}");
        assert!(output.stdout.is_empty() && !place.path("b").exists(), "{name}");
    }
    let output = place.portable(&["predict", "a", "digits", "--precision", "bf16"]).output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "portable instructions have portable bf16 products, which repeat anywhere"
    );
}
