//! What a user sees: help that fits 60 columns, no colour or movement where none is wanted, and quiet ends.

use crate::common::{BINARY, Place};
use std::io::Read;
use std::process::{Command, Stdio};

const COMMANDS: [&str; 16] = [
    "train",
    "resume",
    "reproduce",
    "evaluate",
    "predict",
    "reconstruct",
    "likelihood",
    "sample",
    "codes",
    "filters",
    "compare",
    "show",
    "data",
    "bench",
    "completions",
    "man",
];

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn help_fits_a_narrow_terminal_and_has_examples() {
    let place = Place::new();
    // The list of models is read from the library, which a snapshot does not repeat.
    let without_models = |help: &str| -> String {
        let Some((before, list)) = help.split_once("          - full:") else { return help.to_owned() };
        format!("{before}          (the models)\n\n{}", list.split_once("\n\n").unwrap().1)
    };
    let main = text(place.laddernet(&["--help"]).output().unwrap().stdout);
    insta::assert_snapshot!("help_of_the_program", main);
    for command in COMMANDS {
        let help = text(place.laddernet(&[command, "--help"]).output().unwrap().stdout);
        assert!(help.contains("Examples:"), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 60, "{command}: {line}");
        }
        insta::assert_snapshot!(format!("help_of_{command}"), without_models(&help));
    }
    assert!(main.lines().all(|line| line.chars().count() <= 60), "{main}");
    let help = text(place.laddernet(&["train", "--help"]).output().unwrap().stdout);
    for kind in laddernet::models::KINDS {
        assert!(help.contains(&format!("- {}:", kind.name)), "{kind}");
    }
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "129", "130", "143"] {
        assert!(main.lines().any(|line| line.trim_start().starts_with(&format!("{code} "))), "{code}");
    }
}

#[test]
fn no_argument_gives_help_and_a_slip_gives_advice() {
    let place = Place::new();
    let output = place.laddernet(&[]).output().unwrap();
    assert!(text(output.stderr).contains("Usage: laddernet"));
    assert_eq!(output.status.code(), Some(2));
    place.refuses(2, "train", &["trian"]);
    place.laddernet(&["--version"]).assert().success();
}

#[test]
fn output_is_plain_narrow_and_on_its_own_stream() {
    let place = Place::new();
    let arguments = ["train", "--layers", "64-20-10", "--epochs", "3"];
    let output = place.laddernet(&arguments).output().unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    for line in out.lines().chain(err.lines()).filter(|line| !line.contains(BINARY)) {
        assert!(line.chars().count() <= 60, "{line}");
        assert!(!line.contains(['\x1b', '\r']), "{line}");
    }
    for word in ["1797 rows", "1438 unlabelled", "40 of them labelled", "359 held out", "epoch 3/3", "left", "rows/s"] {
        assert!(err.contains(word), "{word}: {err}");
    }
    for word in [
        "held-out fifth (359 rows)",
        "full, 40 labels + 1438 unlabelled",
        "same encoder, 40 labels alone",
        "runs/digits-full-40-seed1",
    ] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(err.contains("show runs/digits-full-40-seed1"), "{err}");
    assert!(err.contains("warning: it predicts ") && err.contains("of its own 40 labelled rows wrong"), "{err}");
    // What may be wrong is said under --quiet too; here nothing is.
    let sound = ["train", "--no-baseline", "--epochs", "30", "--out", "sound", "--quiet"];
    let quiet = place.laddernet(&sound).output().unwrap();
    assert_eq!((text(quiet.stderr).as_str(), quiet.stdout.is_empty()), ("", false));
    let evaluated = text(place.laddernet(&["evaluate", "runs/digits-full-40-seed1"]).output().unwrap().stdout);
    let shown = text(place.laddernet(&["show", "runs/digits-full-40-seed1"]).output().unwrap().stdout);
    for line in evaluated.lines().chain(shown.lines()) {
        assert!(line.chars().count() <= 60, "{line}");
    }
}

#[test]
fn a_run_folder_with_a_space_is_quoted_and_lists_are_narrow() {
    let place = Place::new();
    let arguments = ["train", "--layers", "64-20-10", "--epochs", "1", "--out", "my run"];
    let err = text(place.laddernet(&arguments).output().unwrap().stderr);
    if cfg!(unix) {
        assert!(err.contains("show 'my run'") && err.contains("predict 'my run' digits"), "{err}");
    }
    let list = text(place.laddernet(&["data", "list"]).output().unwrap().stdout);
    assert!(list.contains("laddernet data fetch mnist"), "{list}");
    for line in list.lines().filter(|line| !line.contains(place.path("").to_str().unwrap())) {
        assert!(line.chars().count() <= 60, "{line}");
    }
    // An escape in a name is shown and not obeyed.
    let err = text(place.laddernet(&["show", "no\u{1b}[2Jwhere"]).output().unwrap().stderr);
    assert!(err.contains('\u{fffd}') && !err.contains('\u{1b}'), "{err:?}");
}

#[test]
fn a_pipe_that_is_closed_early_is_no_failure() {
    let place = Place::new();
    place.train("a", &["--epochs", "1"]);
    for arguments in [&["predict", "runs/a", "digits"][..], &["completions", "bash"], &["train", "--help"]] {
        let mut command = Command::new(BINARY);
        command.current_dir(place.path("")).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0; 8]).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(output.stderr).as_str()), (Some(0), ""), "{arguments:?}");
    }
}
