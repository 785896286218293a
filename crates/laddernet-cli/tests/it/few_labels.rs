//! `train --few-labels`: what is said of groups, where they are kept and shared, and what is refused.

use crate::common::{Place, hash_of_tensors};

/// Digits with this many labels, two epochs, and what else is said.
fn train<'a>(labels: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "--labels", labels, "--epochs", "2", "--no-baseline", "--json"], more].concat()
}

#[test]
fn groups_are_said_in_the_summary_and_used() {
    let place = Place::new();
    let summary = place.json(&train("20", &["--few-labels", "auto", "--out", "run"]));
    let few = &summary["few_labels"];
    assert_eq!((&few["used"], &few["rows"]), (&true.into(), &1438.into()), "{few}");
    assert!(few["anchors"].as_u64().unwrap() > 500, "{few}");
    assert!(few["graphs_agree_percent"].as_f64().unwrap() > 90.0, "{few}");
    assert_eq!(few["groups"].as_array().unwrap().len(), 10);
    assert_eq!(few["groups"][3]["class"], "3");
    // The labels that were given are those of any training with this seed.
    assert_eq!(summary["labelled_rows"], 20);
    // Who trains it again from its settings has the same groups.
    let again = place.json(&["train", "--recipe", "run/config.toml", "--json", "--out", "again"]);
    assert_eq!(again["few_labels"], *few);
}

/// A training without groups is compared with those that its rows make; the row that shows which is right is the first to label.
#[test]
fn a_class_that_its_group_contradicts_is_reported() {
    let place = Place::new();
    let summary = place.json(&train("10", &["--seed", "1", "--out", "run"]));
    let found = &summary["contradicted_group"];
    assert!(found["predicted_so_percent"].as_f64().unwrap() < 75.0, "{found}");
    let (row, warning) = (found["row"].as_u64().unwrap(), summary["warning"].as_str().unwrap());
    let class = found["classes"][0].as_str().unwrap();
    assert!(
        warning.contains(&format!("class '{class}'")) && warning.contains(&format!("label row {row}")),
        "{warning}"
    );
    let first = &place.json(&["suggest", "run", "digits", "-n", "2"])["suggestions"][0];
    assert_eq!((&first["row"], &first["names"]), (&row.into(), &found["classes"]));
    let summary = place.json(&train("10", &["--seed", "1", "--few-labels", "on", "--out", "grouped"]));
    assert!(summary["few_labels"]["used"] == true && summary["contradicted_group"].is_null(), "{summary}");
}

/// Where the rows fall into no groups, it is said that a lost class would not show.
#[test]
fn rows_without_groups_are_said_to_show_no_lost_class() {
    let place = Place::new();
    let mut table = String::from("a,b,c,y\n");
    for row in 0..300_u64 {
        let value = |n: u64| (row * 7919 + n * 104_729 + row * row * (n + 3) * 31) % 1000;
        let label = if row < 8 { ["x", "y"][row as usize % 2] } else { "" };
        table += &format!("{},{},{},{label}\n", value(1), value(2), value(3));
    }
    std::fs::write(place.path("t.csv"), table).unwrap();
    let run = ["train", "t.csv", "--model", "full", "--epochs", "2", "--no-baseline", "--test", "none", "--out", "run"];
    for arguments in [&run[..], &["show", "run"]] {
        let output = place.laddernet(arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let next = String::from_utf8(output.stderr).unwrap();
        assert!(arguments[0] == "show" || next.contains("suggest run t.csv -o to-label.csv"), "{next}");
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("Not checked for lost classes: the rows fall into no clear groups ("), "{said}");
    }
}

#[test]
fn codes_are_kept_and_serve_other_labels() {
    let place = Place::new();
    let on = ["--set", "model.few_labels.codes=[30, 8]", "--set", "model.few_labels.epochs=2"];
    place.json(&train("20", &[&on[..], &["--keep-layers", "--out", "kept"]].concat()));
    let over = place.json(&train("40", &["--layers-of", "kept", "--out", "over"]));
    assert_eq!(over["stages"][0]["stage"], "the codes");
    // As if it had learned them itself.
    let seed = ["--set", "model.few_labels.seed=1"];
    let own = place.json(&train("40", &[&on[..], &seed, &["--out", "own"]].concat()));
    assert_eq!(own["few_labels"], over["few_labels"]);
    let tensors = |run: &str| hash_of_tensors(place.path(run).join("model.safetensors"));
    assert_eq!(tensors("own"), tensors("over"));
}

#[test]
fn what_makes_no_groups_is_refused_in_words() {
    let place = Place::new();
    place.refuses(2, "auto, on, off, or a section", &["train", "--few-labels", "perhaps", "--out", "run"]);
    place.refuses(2, "at least 10, one a class", &["train", "--set", "model.few_labels.anchors=3", "--out", "run"]);
    for model in ["mlp", "rbm", "vae"] {
        place.refuses(2, "groups no rows", &["train", "--model", model, "--few-labels", "on", "--out", "run"]);
        let off =
            place.json(&["train", "--model", model, "--few-labels", "off", "--epochs", "1", "--json", "--out", model]);
        assert!(off["few_labels"].is_null(), "{model}");
    }
    // Many labels are not few.
    let many = place.json(&train("all", &["--few-labels", "auto", "--out", "many"]));
    assert!(many["few_labels"].is_null());
}
