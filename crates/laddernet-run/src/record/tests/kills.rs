//! A training is killed after each single change that it makes on the disk, and comes to the same end from there.
//!
//! One training runs to its end while the disk is copied after every change: each copy is what a process that was killed there
//! would have left, but for the lock, which the system gives back.

use super::super::{Found, Options, Prepared, Status, Summary, checkpoint, open, train};
use crate::error::RunError;
use crate::folder::{self, fault};
use crate::settings::Recipe;
use laddernet::Threads;
use laddernet::training::Flow;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

const LADDER: &str = "[data]\nvalidation = 100\n[model]\nlayers = [64, 5, 10]\n[training]\nepochs = 3\nunlabelled_batch = 400\n\
                      precision = 'f32'\n[baseline]\nepochs = 1";
const STACK: &str = "[model]\nkind = 'dbn'\nlayers = [64, 6, 5, 10]\n[model.pretraining]\nepochs = 1\ntop_epochs = 1\n[training]\n\
                     epochs = 2\nlabelled_batch = 400\nunlabelled_batch = 400\nprecision = 'f32'\n[output]\nkeep_layers = true";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Where the log grew since the last look, cuts its last line in two, as a kill within the write does.
fn tear_log(image: &Path, length: &mut usize) -> bool {
    let log = image.join("run.partial").join(folder::METRICS);
    let text = fs::read(&log).unwrap_or_default();
    let grew = text.len() > *length;
    if grew {
        fs::write(&log, &text[..text.len() - 20]).unwrap();
    }
    *length = text.len();
    grew
}

fn train_in(place: &Path, recipe: &Recipe, force: bool, threads: &Threads) -> Result<Summary, RunError> {
    let options = Options { force, checkpoint_every: 0.0, layers: None };
    train(Prepared::load(recipe)?, &place.join("run"), options, threads, &mut |_| Flow::Continue)
}

/// From what a kill left, to the end.
fn brought_to_its_end(place: &Path, recipe: &Recipe, threads: &Threads) -> Result<Summary, RunError> {
    match open(&place.join("run")) {
        Ok(Found::Ended(summary)) => Ok(*summary),
        Ok(Found::Unfinished(unfinished)) => {
            let prepared = Prepared::again(unfinished.config().clone())?;
            unfinished.resume(prepared, 0.0, threads, &mut |_| Flow::Continue)
        }
        // Killed before it wrote its settings, it is begun anew, and nothing stands in its way.
        Err(RunError::NothingToResume(_)) => train_in(place, recipe, false, threads),
        Err(e) => Err(e),
    }
}

fn every_kill_comes_to_the_same_end(text: &str, files: &[&str]) {
    let recipe = Recipe::from_toml(text).unwrap();
    let threads = Threads::new(1).unwrap();
    let place = tempfile::tempdir().unwrap();
    let (own, copies) = (place.path().join("own"), place.path().join("copies"));
    fs::create_dir(&own).unwrap();
    let taken: Rc<RefCell<Vec<PathBuf>>> = Rc::default();
    let (images, from) = (Rc::clone(&taken), own.clone());
    let mut length = 0;
    let hook = move || {
        for torn in [false, true] {
            let to = copies.join(images.borrow().len().to_string());
            copy(&from, &to);
            if !torn || tear_log(&to, &mut length) {
                images.borrow_mut().push(to);
            } else {
                fs::remove_dir_all(to).unwrap();
            }
        }
    };
    let whole = fault::watch(hook, || train_in(&own, &recipe, false, &threads)).unwrap();
    assert_eq!(whole.status, Status::Finished);
    let images = taken.borrow();
    assert!(images.len() > 50, "only {} changes of the disk were seen", images.len());
    let bytes = |run: &Path, name: &str| fs::read(run.join("run").join(name)).unwrap();
    let lines = |run: &Path| bytes(run, folder::METRICS).iter().filter(|byte| **byte == b'\n').count();
    for (number, image) in images.iter().enumerate() {
        let ended = brought_to_its_end(image, &recipe, &threads);
        let ended = ended.unwrap_or_else(|e| panic!("killed after change {number} of {}: {e}", images.len()));
        assert_eq!(ended.status, Status::Finished, "killed after change {number}");
        assert_eq!(ended.test_error_percent, whole.test_error_percent, "killed after change {number}");
        for name in files {
            assert!(bytes(image, name) == bytes(&own, name), "{name}: killed after change {number}");
        }
        if whole.model == "dbn" {
            // Its file says also how long they took.
            let layers = |run: &Path| checkpoint::parse(&bytes(run, folder::LAYERS)).unwrap().done;
            assert!(layers(image) == layers(&own), "killed after change {number}");
        }
        assert_eq!(lines(image), lines(&own), "killed after change {number}");
        let mut left: Vec<_> = fs::read_dir(image.join("run")).unwrap().map(|e| e.unwrap().file_name()).collect();
        let mut wanted: Vec<_> = fs::read_dir(own.join("run")).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        wanted.sort();
        assert_eq!(left, wanted, "killed after change {number}");
        assert!(!image.join("run.partial").exists(), "killed after change {number}");
    }
}

#[test]
fn a_ladder_comes_to_its_end_from_every_kill() {
    every_kill_comes_to_the_same_end(LADDER, &[folder::MODEL, folder::CONFIG, folder::LABELLED]);
}

#[test]
fn a_stack_comes_to_its_end_from_every_kill() {
    every_kill_comes_to_the_same_end(STACK, &[folder::MODEL, folder::CONFIG, folder::LABELLED]);
}

/// A training that replaces a run folder does so also when it is killed and resumed.
#[test]
fn a_resumed_training_replaces_what_it_was_to_replace() {
    let recipe = Recipe::from_toml(LADDER).unwrap();
    let (threads, place) = (Threads::new(1).unwrap(), tempfile::tempdir().unwrap());
    train_in(place.path(), &recipe, false, &threads).unwrap();
    let (own, copy_of_it) = (place.path().to_owned(), tempfile::tempdir().unwrap());
    let (image, mut changes) = (copy_of_it.path().to_owned(), 0);
    let hook = move || {
        changes += 1;
        if changes == 40 {
            copy(&own, &image);
        }
    };
    fault::watch(hook, || train_in(place.path(), &recipe, true, &threads)).unwrap();
    assert!(copy_of_it.path().join("run.partial").is_dir() && copy_of_it.path().join("run").is_dir());
    brought_to_its_end(copy_of_it.path(), &recipe, &threads).unwrap();
    let mut left: Vec<_> = fs::read_dir(copy_of_it.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["run"]);
    assert!(!copy_of_it.path().join("run/replaces").exists());
}
