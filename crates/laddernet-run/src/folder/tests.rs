//! A run folder is whole or has another name, whatever comes in between.

use super::*;

#[test]
fn an_old_folder_stays_until_the_new_one_is_complete() {
    let top = tempfile::tempdir().unwrap();
    let target = top.path().join("runs/a");
    let folder = RunFolder::begin(&target, false).unwrap();
    folder.write(CONFIG, b"").unwrap();
    folder.write(SUMMARY, b"1").unwrap();
    assert!(matches!(RunFolder::begin(&target, true), Err(RunError::Busy(_))));
    assert_eq!(folder.finish(true).unwrap(), target);
    assert!(!target.join(LOCK).exists());

    assert!(matches!(RunFolder::begin(&target, false), Err(RunError::Exists(_))));
    let folder = RunFolder::begin(&target, true).unwrap();
    folder.write(CONFIG, b"").unwrap();
    folder.write(SUMMARY, b"2").unwrap();
    assert_eq!(fs::read(target.join(SUMMARY)).unwrap(), b"1");
    let stopped = folder.finish(false).unwrap();
    assert_eq!(stopped, top.path().join("runs/a.partial"));
    assert_eq!(fs::read(target.join(SUMMARY)).unwrap(), b"1");

    let folder = RunFolder::begin(&target, true).unwrap();
    folder.write(SUMMARY, b"3").unwrap();
    folder.finish(true).unwrap();
    assert_eq!(fs::read(target.join(SUMMARY)).unwrap(), b"3");
    assert_eq!(fs::read_dir(top.path().join("runs")).unwrap().count(), 1);
}

#[test]
fn what_a_killed_training_left_is_not_removed_unasked() {
    let top = tempfile::tempdir().unwrap();
    let target = top.path().join("a");
    drop(RunFolder::begin(&target, false).unwrap());
    // Nothing was learned yet.
    let folder = RunFolder::begin(&target, false).unwrap();
    folder.write(CONFIG, b"").unwrap();
    drop(folder);
    assert!(matches!(RunFolder::begin(&target, false), Err(RunError::Unfinished(_))));
    RunFolder::begin(&target, true).unwrap().abandon();
    RunFolder::check(&target, false).unwrap();
}

#[test]
fn only_a_run_folder_is_ever_replaced() {
    let top = tempfile::tempdir().unwrap();
    fs::write(top.path().join("thesis.tex"), "").unwrap();
    assert!(matches!(RunFolder::begin(top.path(), true), Err(RunError::NotARun(_))));
}

/// A training takes hours; what came to stand at its place meanwhile is not its own.
#[test]
fn what_appeared_during_the_training_is_not_replaced() {
    let top = tempfile::tempdir().unwrap();
    let target = top.path().join("a");
    for (force, file) in [(false, CONFIG), (false, "thesis.tex"), (true, "thesis.tex")] {
        let folder = RunFolder::begin(&target, force).unwrap();
        folder.write(SUMMARY, b"new").unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join(file), "theirs").unwrap();
        assert_eq!(folder.place(true), top.path().join("a.partial"));
        let message = folder.finish(true).unwrap_err().to_string();
        assert!(message.contains("was left in") && message.contains("a.partial"), "{message}");
        assert_eq!(fs::read(target.join(file)).unwrap(), b"theirs");
        assert_eq!(fs::read(top.path().join("a.partial").join(SUMMARY)).unwrap(), b"new");
        fs::remove_dir_all(&target).unwrap();
        fs::remove_dir_all(top.path().join("a.partial")).unwrap();
    }
    // Even an empty folder that comes after the last look stays.
    fs::create_dir(top.path().join("from")).unwrap();
    fs::create_dir(&target).unwrap();
    assert!(matches!(replace(&top.path().join("from"), &target, false), Err(RunError::Exists(_))));
    assert!(top.path().join("from").is_dir());
}

#[test]
fn a_folder_of_the_name_for_the_replaced_one_stays() {
    let top = tempfile::tempdir().unwrap();
    let target = top.path().join("a");
    for name in ["a.old", "a.old1"] {
        fs::create_dir(top.path().join(name)).unwrap();
    }
    for force in [false, true] {
        let folder = RunFolder::begin(&target, force).unwrap();
        folder.write(CONFIG, b"").unwrap();
        folder.finish(true).unwrap();
    }
    let mut names: Vec<_> = fs::read_dir(top.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["a", "a.old", "a.old1"]);
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_something() {
    let top = tempfile::tempdir().unwrap();
    let target = top.path().join("a");
    std::os::unix::fs::symlink("nowhere", &target).unwrap();
    assert!(matches!(RunFolder::check(&target, false), Err(RunError::Exists(_))));
    assert!(matches!(RunFolder::check(&target, true), Err(RunError::NotARun(_))));
}

#[test]
fn an_output_is_not_written_over_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    check_other_file(&a, &[&a]).unwrap();
    fs::write(&a, "").unwrap();
    check_other_file(&b, &[&a]).unwrap();
    assert!(check_other_file(&folder.path().join("./a"), &[&b, &a]).is_err());
}
