//! A model file that is whole reads back exactly; any other is refused, whatever it claims.

use super::*;
use crate::settings::{DataFacts, Recipe};
use laddernet::dataset::Scaling;
use laddernet::models::{Ability, KINDS, Kind, ModelSettings, TrainedModel};
use laddernet::{Dataset, Threads, Values};
use serde_json::{Value, json};

fn card_of(model: ModelSettings) -> ModelCard {
    ModelCard {
        format_version: FORMAT_OF_PIXELS,
        laddernet_version: "0.1.0".into(),
        model,
        class_names: vec!["no".into(), "yes".into()],
        label_kind: None,
        row_shape: vec![2, 2],
        scale: 1.0 / 16.0,
        table: None,
        largest: None,
        trained: Provenance {
            data: "digits".into(),
            sha256: "00".into(),
            train_sha256: None,
            labels: "40".into(),
            validation: 0,
            seed: u64::MAX,
            epochs: 1,
            steps: 2,
            untrained: false,
        },
        tensors_sha256: None,
    }
}

/// Settings of a small model of this kind, for rows of 4 values in 2 classes.
fn settings(kind: &'static Kind, standardised: bool) -> Option<ModelSettings> {
    let of = |layers: &[i64]| {
        let mut recipe = Recipe::of(kind);
        recipe.set("model.layers", layers.to_vec().into());
        if kind.name == "full" {
            recipe.set("model.denoising_weights", vec![1.0, 0.5, 0.1].into());
        }
        if standardised {
            recipe.set("model.visible", "gaussian".into());
        }
        recipe.resolve(DataFacts::of_rows(4, 2)).ok().map(|config| config.model)
    };
    of(&[4, 3, 2]).or_else(|| of(&[4, 2]))
}

/// Values that any tensor may hold, variances and deviations too.
fn tensors(model: &ModelSettings) -> Vec<Tensor> {
    let of = |(path, shape): (String, Vec<usize>)| {
        let values = (0..shape.iter().product()).map(|i: usize| (i * 5 % 7 + 1) as f32 / 8.0).collect();
        Tensor { path, shape, values }
    };
    model.spec().tensor_shapes().into_iter().map(of).collect()
}

fn small() -> (ModelCard, Vec<u8>) {
    let card = card_of(settings(kind("full"), false).unwrap());
    let bytes = to_bytes(&card, None, &tensors(&card.model));
    (card, bytes)
}

fn kind(name: &str) -> &'static Kind {
    laddernet::models::kind(name).unwrap()
}

fn some_standards() -> Standards {
    Standards::from_values(vec![-3.0, 0.0, 1e3, 0.5], vec![0.5, 0.0, 2.5, 1e-3]).unwrap()
}

/// The file with its header changed, its length put right.
fn with_header(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let (header, data) = split_header(bytes).unwrap();
    let mut header: Value = serde_json::from_slice(header).unwrap();
    change(&mut header);
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}

fn with_card(bytes: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    with_header(bytes, |header| {
        let text = header["__metadata__"][CARD_KEY].as_str().unwrap();
        let mut card: Value = serde_json::from_str(text).unwrap();
        change(&mut card);
        header["__metadata__"][CARD_KEY] = card.to_string().into();
    })
}

fn refusal(bytes: &[u8]) -> String {
    parse(bytes).err().expect("it must be refused").to_string()
}

#[test]
fn models_of_every_kind_come_back_and_no_damage_gets_through() {
    let standards = some_standards();
    let mut standardised = 0;
    for (kind, standards) in KINDS.iter().flat_map(|kind| [(*kind, None), (*kind, Some(&standards))]) {
        let Some(model) = settings(kind, standards.is_some()) else {
            assert!(standards.is_some(), "{kind}");
            continue;
        };
        standardised += usize::from(standards.is_some());
        let card = card_of(model);
        let bytes = to_bytes(&card, standards, &tensors(&card.model));
        let saved = parse(&bytes).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!((saved.kind(), &saved.card), (kind, &card));
        assert_eq!(saved.preprocessing.encoding.standards(), standards, "{kind}");
        assert_eq!(to_bytes(&saved.card, standards, &saved.model.tensors()), bytes, "{kind}");
        // What kinds of its name can do, it can.
        assert_eq!(saved.classifier().is_ok(), kind.can(Ability::Classify), "{kind}");
        assert_eq!(saved.density().is_ok(), kind.can(Ability::Density), "{kind}");
        assert!(saved.reconstructs().is_err() || kind.can(Ability::Reconstruct), "{kind}");
        assert!(saved.samples().is_err() || kind.can(Ability::Sample), "{kind}");
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "{kind} cut at {end}");
        }
        let unknown = with_card(&bytes, |card| card["model"]["more"] = json!(1));
        assert!(
            refusal(&unknown).contains("unknown field `more`") || refusal(&unknown).contains("'more'"),
            "{kind}: {}",
            refusal(&unknown)
        );
        let huge = with_card(&bytes, |card| {
            let layers = card["model"]["layers"].as_array_mut().unwrap();
            layers.iter_mut().for_each(|units| *units = json!(1_u64 << 40));
        });
        parse(&huge).err().expect("no memory is taken for it");
        let other = with_card(&bytes, |card| card["model"]["layers"] = json!([5, 3, 2]));
        parse(&other).err().expect("it has other tensors");
    }
    assert!(standardised >= 7, "{standardised} kinds of standardised rows");
}

#[test]
fn standards_that_no_rows_have_are_refused() {
    let standards = Standards::from_values(vec![1.0; 4], vec![2.0; 4]).unwrap();
    let card = card_of(settings(kind("rbm"), true).unwrap());
    let bytes = to_bytes(&card, Some(&standards), &tensors(&card.model));
    let forged = |value: f32| {
        let mut bytes = bytes.clone();
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let text = String::from_utf8(bytes[8..header].to_vec()).unwrap();
        let entries: Value = serde_json::from_str(&text).unwrap();
        let at = header + entries["inputs.deviation"]["data_offsets"][0].as_u64().unwrap() as usize;
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        refusal(&bytes)
    };
    assert!(forged(-2.0).contains("the inputs' standards: column 0 has deviation -2"));
    assert!(forged(f32::NAN).contains("inputs.deviation holds a value that is not finite"));
    let without = with_header(&bytes, |header| {
        let entry = header.as_object_mut().unwrap().remove("inputs.mean").unwrap();
        header["inputs.other"] = entry;
    });
    assert!(refusal(&without).contains("lacks the tensor inputs.mean"));
    let plain = card_of(settings(kind("rbm"), false).unwrap());
    let plain = to_bytes(&plain, None, &tensors(&plain.model));
    let claimed = with_card(&plain, |card| card["model"]["visible"] = json!("gaussian"));
    assert!(parse(&claimed).is_err());
}

fn rows() -> Dataset {
    let values = (0..24).map(|i| (i * 7 % 11) as f32 / 11.0).collect();
    let names = vec!["no".into(), "yes".into()];
    Dataset::new(Values::F32(values), vec![Some(0); 6], names, vec![2, 2], Scaling::NONE).unwrap()
}

#[test]
fn what_is_written_reads_back_and_predicts_the_same() {
    let (card, bytes) = small();
    assert_eq!(small().1, bytes);
    let saved = parse(&bytes).unwrap();
    assert_eq!(saved.card, card);
    assert_eq!(to_bytes(&saved.card, None, &saved.model.tensors()), bytes);

    let threads = Threads::new(1).unwrap();
    let original = card.model.spec().from_tensors(tensors(&card.model)).unwrap();
    let probabilities = |model: &dyn TrainedModel| model.classify().unwrap().probabilities(&rows(), &threads);
    assert_eq!(probabilities(&*saved.model), probabilities(&*original));
}

/// Reference: the safetensors crate finds the same tensors.
#[test]
fn the_format_is_safetensors() {
    let (_, bytes) = small();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    for tensor in parse(&bytes).unwrap().model.tensors() {
        let view = file.tensor(&tensor.path).unwrap();
        assert_eq!(view.shape(), tensor.shape);
        let bytes: Vec<u8> = tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(view.data(), bytes);
    }
}

#[test]
fn every_truncation_is_refused() {
    let (_, bytes) = small();
    for end in 0..bytes.len() {
        assert!(parse(&bytes[..end]).is_err(), "cut after {end} bytes");
    }
    assert!(refusal(&[&bytes[..], &[0]].concat()).contains("follow the header"));
}

#[test]
fn no_flipped_bit_of_a_tensor_gets_through() {
    let (card, bytes) = small();
    let header = 8 + split_header(&bytes).unwrap().0.len();
    for at in header..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let why = refusal(&flipped);
        assert!(why.contains("SHA-256") || why.contains("not finite"), "byte {at}: {why}");
    }
    // What an older program wrote says nothing of it.
    let older = with_card(&bytes, |card| drop(card.as_object_mut().unwrap().remove("tensors_sha256")));
    assert_eq!(parse(&older).unwrap().card, card);
}

/// A flipped bit may leave a name or a number that is legal; it never brings the program down.
#[test]
fn no_flipped_byte_of_the_header_panics() {
    let (_, bytes) = small();
    let header = 8 + split_header(&bytes).unwrap().0.len();
    for at in 0..header {
        for mask in [0x01, 0x10, 0x80, 0xff] {
            let mut flipped = bytes.clone();
            flipped[at] ^= mask;
            let _ = parse(&flipped);
        }
    }
}

#[test]
fn lengths_that_are_lies_take_no_memory() {
    let (_, bytes) = small();
    for length in [u64::MAX, u64::MAX - 7, 1 << 63, MAX_HEADER + 1] {
        let lie = [&length.to_le_bytes()[..], &bytes[8..]].concat();
        assert!(refusal(&lie).contains("header claims"));
    }
    let huge = with_card(&bytes, |card| card["model"]["layers"] = json!([4, 60_000, 2]));
    assert!(refusal(&huge).contains("follow the header"));
    let gigantic = with_card(&bytes, |card| card["model"]["layers"] = json!([4, 1_u64 << 40, 2]));
    assert!(refusal(&gigantic).contains("65536 units a layer"), "{}", refusal(&gigantic));
    let many = with_card(&bytes, |card| card["model"]["layers"] = json!(vec![4; 1000]));
    assert!(parse(&many).is_err());
    let shape = with_card(&bytes, |card| card["row_shape"] = json!([u64::MAX, u64::MAX]));
    assert!(refusal(&shape).contains("do not have 4 values"));
    let path = "encoder.1.weight";
    for offsets in [json!([0, u64::MAX]), json!([u64::MAX, u64::MAX]), json!([8, 0])] {
        let lie = with_header(&bytes, |header| header[path]["data_offsets"] = offsets);
        assert!(refusal(&lie).contains("one behind the other"));
    }
    let lie = with_header(&bytes, |header| header[path]["shape"] = json!([u64::MAX, 2]));
    assert!(refusal(&lie).contains("shape"));
}

#[test]
fn overlapping_unknown_and_missing_tensors_are_refused() {
    let (_, bytes) = small();
    let names: Vec<String> = parse(&bytes).unwrap().model.tensors().into_iter().map(|t| t.path).collect();
    let missing = with_header(&bytes, |header| {
        header.as_object_mut().unwrap().remove(&names[0]);
    });
    parse(&missing).err().unwrap();
    let renamed = with_header(&bytes, |header| {
        let entry = header.as_object_mut().unwrap().remove(&names[0]).unwrap();
        header["someone.else"] = entry;
    });
    assert!(refusal(&renamed).contains(&names[0]));
    let extra = with_header(&bytes, |header| {
        header["zero"] = json!({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]});
    });
    assert!(refusal(&extra).contains("zero"));
    let other_type = with_header(&bytes, |header| header[&names[0]]["dtype"] = json!("I32"));
    assert!(refusal(&other_type).contains("expected F32"));
    let unknown_key = with_header(&bytes, |header| header["__metadata__"]["extra"] = json!("x"));
    assert!(refusal(&unknown_key).contains("unknown entry"));
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let (_, bytes) = small();
    let end = bytes.len();
    for value in [f32::NAN, f32::INFINITY] {
        let mut bytes = bytes.clone();
        bytes[end - 4..].copy_from_slice(&value.to_le_bytes());
        assert!(refusal(&bytes).contains("not finite"));
    }
    let scale = with_card(&bytes, |card| card["scale"] = json!(0.0));
    assert!(refusal(&scale).contains("scale"));
    let noise = with_card(&bytes, |card| card["model"]["noise"] = json!(1e300));
    assert!(parse(&noise).is_err());
    let classes = with_card(&bytes, |card| card["class_names"] = json!(["only"]));
    assert!(refusal(&classes).contains("one class name for each unit"));
    let kind = with_card(&bytes, |card| card["model"]["kind"] = json!("fulll"));
    assert!(refusal(&kind).contains("fulll"));
}

#[test]
fn newer_and_foreign_files_are_told_apart() {
    let (_, bytes) = small();
    let newer = with_card(&bytes, |card| {
        card["format_version"] = json!(5);
        card["what_comes_next"] = json!("?");
    });
    let known = "this model file is of format 5, but this laddernet knows formats up to 4: use a newer laddernet";
    assert_eq!(refusal(&newer), known);
    let unknown = with_card(&bytes, |card| card["what_comes_next"] = json!("?"));
    assert!(refusal(&unknown).contains("what_comes_next"));
    let foreign = with_header(&bytes, |header| {
        header.as_object_mut().unwrap().remove("__metadata__");
    });
    assert!(refusal(&foreign).starts_with("this is no model file of laddernet"));
    assert!(refusal(b"<!DOCTYPE html><html>").starts_with("this is no model file of laddernet"));
}

/// Cards of formats 1 and 2 say the model's settings in other places; whatever these hold, they are read or refused.
#[test]
fn damaged_cards_of_old_formats_are_refused() {
    let runs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../laddernet-cli/tests/old/runs");
    for (run, key) in [("full", "denoising_weights"), ("dbn", "lineage"), ("gsn", "lineage"), ("mlp", "layers")] {
        let bytes = std::fs::read(runs.join(run).join("model.safetensors")).unwrap();
        assert_eq!(parse(&bytes).unwrap().kind().name, run);
        for missing in [key, "model", "trained", "format_version"] {
            let changed = with_card(&bytes, |card| drop(card.as_object_mut().unwrap().remove(missing)));
            assert!(parse(&changed).is_err(), "{run} without {missing}");
        }
        for nonsense in [json!(null), json!(7), json!("word"), json!([]), json!({"model": "full"})] {
            for key in [key, "model", "layers", "trained"] {
                let changed = with_card(&bytes, |card| card[key] = nonsense.clone());
                assert!(parse(&changed).is_err(), "{run}: {key} = {nonsense}");
            }
        }
        let more = with_card(&bytes, |card| card["more"] = json!(1));
        assert!(refusal(&more).contains("more"), "{run}");
        let header = 8 + split_header(&bytes).unwrap().0.len();
        for at in 0..header {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            let _ = parse(&flipped);
        }
    }
    let bytes = std::fs::read(runs.join("dbn").join("model.safetensors")).unwrap();
    let other = with_card(&bytes, |card| card["model"] = json!("sae"));
    assert!(refusal(&other).contains("another model"), "{}", refusal(&other));
}

/// Training it takes more memory than a usual batch would be allowed; the file itself is small.
#[test]
fn what_takes_much_memory_to_train_is_opened() {
    let text = "[model]\nkind = 'gsn'\nlayers = [64, 1000]\n[model.autoencoder]\nwalkback = 5000\n[training]\n\
                labelled_batch = 1\nunlabelled_batch = 1";
    let facts = DataFacts::of_rows(64, 10);
    let model = Recipe::from_toml(text).unwrap().resolve(facts).unwrap().model;
    let card = ModelCard { row_shape: vec![64], ..card_of(model) };
    assert_eq!(parse(&to_bytes(&card, None, &tensors(&card.model))).unwrap().features(), 64);
}
