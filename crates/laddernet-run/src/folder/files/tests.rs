//! Tests of `files`.

use super::*;

#[test]
fn replaces_whole_files_and_leaves_nothing_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, b"first").unwrap();
    write(&path, b"second").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"second");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(write(&folder.path().join("no/folder"), b"x").is_err());
}

#[cfg(unix)]
#[test]
fn links_and_devices_stay_what_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (link, to) in [("link", "file"), ("null", "/dev/null")] {
        symlink(to, at(link)).unwrap();
        // The first time the link dangles, the second time there is a file behind it.
        for text in [b"1", b"2"] {
            write(&at(link), text).unwrap();
            assert!(at(link).is_symlink());
        }
    }
    assert_eq!(fs::read(at("file")).unwrap(), b"2");
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    assert!(write(Path::new("/dev/full"), b"x").is_err());
    // A new file has the mode that any new file has here; a replaced one keeps its own.
    File::create(at("other")).unwrap();
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode();
    assert_eq!(mode("file"), mode("other"));
    fs::set_permissions(at("other"), fs::Permissions::from_mode(0o600)).unwrap();
    write(&at("other"), b"x").unwrap();
    assert_eq!(mode("other") & 0o777, 0o600);
}
