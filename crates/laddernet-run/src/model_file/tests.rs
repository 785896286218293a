//! A model file that is whole reads back exactly; any other is refused, whatever it claims.

use super::*;
use crate::lineage::{LineageConfig, LineageRecipe};
use crate::recipe::DataShape;
use laddernet::fit::{FitSettings, estimate_statistics};
use laddernet::lineage::LineageKind;
use laddernet::split::Split;
use laddernet::{Dataset, Threads, Values};
use serde_json::{Value, json};

fn small() -> (ModelCard, Vec<u8>) {
    let settings = LadderSettings {
        layers: vec![4, 3, 2],
        denoising_weights: vec![1.0, 0.5, 0.1],
        input_noise: 0.3,
        noise: 0.2,
        lateral: true,
    };
    let card = ModelCard {
        format_version: LADDER_FORMAT,
        laddernet_version: "0.1.0".into(),
        model: "full".into(),
        layers: settings.layers.clone(),
        denoising_weights: settings.denoising_weights.clone(),
        input_noise: Some(settings.input_noise),
        noise: Some(settings.noise),
        lateral: settings.lateral,
        lineage: None,
        class_names: vec!["no".into(), "yes".into()],
        row_shape: vec![2, 2],
        scale: 1.0 / 16.0,
        trained: Provenance {
            data: "digits".into(),
            sha256: "00".into(),
            train_sha256: None,
            labels: "40".into(),
            seed: u64::MAX,
            epochs: 1,
            steps: 2,
            statistics: "unlabelled".into(),
        },
        tensors_sha256: None,
    };
    let bytes = to_bytes(&card, None, &trained(settings).tensors());
    (card, bytes)
}

/// Initial values, and the statistics that every trained model has.
fn trained(settings: LadderSettings) -> Ladder {
    let mut ladder = Ladder::new(settings, 7).unwrap();
    let all: Vec<usize> = (0..rows().rows()).collect();
    let split = Split { labelled: all.clone(), unlabelled: all, validation: Vec::new() };
    estimate_statistics(&mut ladder, &rows(), &split, &FitSettings::default(), &Threads::new(1).unwrap());
    ladder
}

fn ladder_of(saved: &SavedModel) -> &Ladder {
    match &saved.network {
        Network::Ladder(ladder) => ladder,
        Network::Lineage(_) => panic!("expected a ladder"),
    }
}

/// A small model of the lineage, untrained.
fn of_the_lineage(kind: LineageKind, standards: Option<&Standards>) -> (LineageConfig, Vec<u8>) {
    let mut recipe = LineageRecipe::new(kind);
    if standards.is_some() {
        recipe.say("visible", "gaussian");
    }
    let layers = match kind {
        LineageKind::Rbm | LineageKind::Autoencoder | LineageKind::Gsn => vec![4, 3],
        _ => vec![4, 3, 2],
    };
    recipe.say("layers", layers);
    let config = recipe.resolve(&DataShape { name: "rows".into(), features: 4, classes: 2 }).unwrap();
    let tensors: Vec<Tensor> = config
        .lineage()
        .tensor_shapes()
        .into_iter()
        .map(|(path, shape)| {
            let values = (0..shape.iter().product()).map(|i: usize| i as f32 / 8.0 - 0.5).collect();
            Tensor { path, shape, values }
        })
        .collect();
    let (ladder, _) = small();
    let card = ModelCard {
        format_version: FORMAT_VERSION,
        model: kind.to_string(),
        layers: config.layers.clone(),
        denoising_weights: Vec::new(),
        input_noise: None,
        noise: None,
        lineage: Some(Box::new(config.clone())),
        ..ladder
    };
    (config, to_bytes(&card, standards, &tensors))
}

#[test]
fn models_of_the_lineage_come_back_and_no_damage_gets_through() {
    let standards = Standards::from_values(vec![-3.0, 0.0, 1e3, 0.5], vec![0.5, 0.0, 2.5, 1e-3]).unwrap();
    let all = LineageKind::ALL.into_iter().map(|kind| (kind, None));
    let gaussian =
        LineageKind::ALL.into_iter().filter(|kind| *kind != LineageKind::Gsn).map(|kind| (kind, Some(&standards)));
    for (kind, standards) in all.chain(gaussian) {
        let (config, bytes) = of_the_lineage(kind, standards);
        let saved = parse(&bytes).unwrap();
        let Network::Lineage(trained) = &saved.network else { panic!("{kind} is no ladder") };
        assert_eq!(saved.standards.as_deref(), standards, "{kind}");
        assert_eq!(to_bytes(&saved.card, standards, &trained.tensors()), bytes, "{kind}");
        assert_eq!(saved.classifier().is_ok(), kind.purpose() == Purpose::Classes, "{kind}");
        assert_eq!(saved.machine().is_ok(), kind == LineageKind::Rbm, "{kind}");
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "{kind} cut at {end}");
        }
        let other = with_card(&bytes, |card| card["layers"] = json!([4, 3, 3]));
        assert!(refusal(&other).contains("another model"), "{kind}");
        let huge = with_card(&bytes, |card| {
            let layers = json!(config.layers.iter().map(|_| 1u64 << 40).collect::<Vec<_>>());
            card["layers"] = layers.clone();
            card["lineage"]["layers"] = layers;
        });
        assert!(refusal(&huge).contains("GiB"), "{kind}");
        let unknown = with_card(&bytes, |card| card["lineage"]["more"] = json!(1));
        assert!(refusal(&unknown).contains("unknown field `more`"), "{kind}");
    }
}

#[test]
fn standards_that_no_rows_have_are_refused() {
    let standards = Standards::from_values(vec![1.0; 4], vec![2.0; 4]).unwrap();
    let (_, bytes) = of_the_lineage(LineageKind::Rbm, Some(&standards));
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
    let (_, plain) = of_the_lineage(LineageKind::Rbm, None);
    let claimed = with_card(&plain, |card| card["lineage"]["visible"] = json!("gaussian"));
    assert!(parse(&claimed).is_err());
}

fn rows() -> Dataset {
    let values = (0..24).map(|i| (i * 7 % 11) as f32 / 11.0).collect();
    let names = vec!["no".into(), "yes".into()];
    Dataset::new(Values::F32(values), vec![Some(0); 6], names, vec![2, 2], Scaling::NONE).unwrap()
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
fn what_is_written_reads_back_and_predicts_the_same() {
    let (card, bytes) = small();
    assert_eq!(small().1, bytes);
    let saved = parse(&bytes).unwrap();
    assert_eq!(saved.card, card);
    assert_eq!(to_bytes(&saved.card, None, &ladder_of(&saved).tensors()), bytes);

    let threads = Threads::new(1).unwrap();
    let original = trained(ladder_of(&saved).settings().clone());
    assert_eq!(ladder_of(&saved).probabilities(&rows(), &threads), original.probabilities(&rows(), &threads));
    let reconstruct = |ladder: &Ladder| ladder.reconstruct(&rows(), 0.3, 1, &threads);
    assert_eq!(reconstruct(ladder_of(&saved)), reconstruct(&original));
}

/// Witness: the safetensors crate finds the same tensors.
#[test]
fn the_format_is_safetensors() {
    let (_, bytes) = small();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    for tensor in ladder_of(&parse(&bytes).unwrap()).tensors() {
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
        assert!(why.contains("SHA-256") || why.contains("not finite") || why.contains("sigma"), "byte {at}: {why}");
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
    let huge = with_card(&bytes, |card| card["layers"] = json!([4, 60_000, 2]));
    assert!(refusal(&huge).contains("follow the header"));
    let many = with_card(&bytes, |card| card["layers"] = json!(vec![4; 1000]));
    assert!(refusal(&many).contains("1000 layer sizes"));
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
    let names: Vec<String> = ladder_of(&parse(&bytes).unwrap()).tensors().into_iter().map(|t| t.path).collect();
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
    let noise = with_card(&bytes, |card| card["noise"] = json!(1e300));
    assert!(parse(&noise).is_err());
}

#[test]
fn newer_and_foreign_files_are_told_apart() {
    let (_, bytes) = small();
    let newer = with_card(&bytes, |card| {
        card["format_version"] = json!(3);
        card["what_comes_next"] = json!("?");
    });
    assert_eq!(
        refusal(&newer),
        "this model file is of format 3, but this laddernet knows formats up to 2: use a newer laddernet"
    );
    let unknown = with_card(&bytes, |card| card["what_comes_next"] = json!("?"));
    assert!(refusal(&unknown).contains("what_comes_next"));
    let foreign = with_header(&bytes, |header| {
        header.as_object_mut().unwrap().remove("__metadata__");
    });
    assert!(refusal(&foreign).starts_with("this is no model file of laddernet"));
    assert!(refusal(b"<!DOCTYPE html><html>").starts_with("this is no model file of laddernet"));
}
