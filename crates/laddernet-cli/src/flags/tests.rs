//! Tests of `flags`.

use super::*;
use laddernet_run::settings::DataFacts;

#[test]
fn every_flag_says_a_setting_of_some_model() {
    let facts = DataFacts::of_rows(64, 10);
    for flag in FLAGS {
        for path in flag.paths {
            let known = laddernet::models::KINDS.iter().any(|kind| {
                let config = Recipe::of(kind).resolve(facts).unwrap();
                // Those that are written only where they are not the usual ones.
                let unwritten = [
                    "baseline.epochs",
                    "output.keep_layers",
                    "model.autoencoder.cost",
                    "model.moments",
                    "model.hidden",
                    "model.few_labels",
                ];
                let of_own_data = ["data.target", "data.unlabelled", "data.test", "data.unlabelled_as", "data.drop"];
                let table: toml::Table = toml::from_str(&config.to_toml()).unwrap();
                let mut value = Some(&Value::Table(table.clone()));
                for part in path.split('.') {
                    value = value.and_then(|value| value.get(part));
                }
                value.is_some()
                    || unwritten.contains(path)
                    || of_own_data.contains(path)
                    || path.starts_with("data.read.")
            });
            assert!(known, "--{} says {path}, which no model has", flag.name);
        }
    }
}

#[test]
fn assignments_are_typed() {
    assert_eq!(assignment("model.noise=0.2"), Ok(("model.noise".into(), Value::Float(0.2))));
    assert_eq!(assignment("a.b = word"), Ok(("a.b".into(), Value::from("word"))));
    assert_eq!(assignment("a=[1, 2]"), Ok(("a".into(), Value::from(vec![1, 2]))));
    assert!(assignment("a").is_err() && assignment("=1").is_err() && assignment("a..b=1").is_err());
}

#[test]
fn an_assignment_says_one_setting() {
    for more in ["training.epochs=2\n[model]\nnoise=1.0", "a=1\nb=2", "a=word\nb", "a\nb=1", "format_version=3"] {
        assert!(assignment(more).is_err(), "{more}");
    }
    assert_eq!(assignment("a=[1,\n2]"), Ok(("a".into(), Value::from(vec![1, 2]))));
    assert_eq!(assignment("model.format=x"), Ok(("model.format".into(), Value::from("x"))));
}
