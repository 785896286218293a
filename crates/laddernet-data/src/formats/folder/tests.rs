//! Every layout of a folder, tables of labels, mixed sizes, and what lies in folders that is no picture.

use super::*;
use crate::formats::pictures::tests::{jpeg, png};
use image::ExtendedColorType::{L8, Rgb8, Rgba8};
use std::fs;

struct Tree(tempfile::TempDir);

impl Tree {
    /// A folder with these files; a name that ends in `.png` gets a picture of 2 x 2 grey pixels.
    fn of(files: &[&str]) -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        for (i, file) in files.iter().enumerate() {
            let bytes = if file.ends_with(".png") { png(2, 2, L8, &[i as u8; 4]) } else { b"text".to_vec() };
            tree.write(file, &bytes);
        }
        tree
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn open(&self) -> Result<PictureFolder, DataError> {
        open(self.0.path(), &Options::default())
    }

    fn message(&self) -> String {
        match self.open() {
            Ok(mut source) => loop {
                let mut batch = Batch::default();
                match source.next(7, &mut batch) {
                    Ok(()) => assert!(batch.rows > 0, "all was read"),
                    Err(error) => return error.to_string(),
                }
            },
            Err(error) => error.to_string(),
        }
    }

    /// "file label" of every row.
    fn rows(&self) -> Vec<String> {
        rows(&mut self.open().unwrap()).0
    }
}

fn rows(source: &mut PictureFolder) -> (Vec<String>, Vec<u8>) {
    let (mut all, mut pixels, mut batch) = (Vec::new(), Vec::new(), Batch::default());
    loop {
        source.next(2, &mut batch).unwrap();
        let [Cells::Text(files), Cells::Text(labels)] = &batch.columns[..] else { panic!("{batch:?}") };
        assert_eq!((files.len(), labels.len()), (batch.rows, batch.rows));
        let Some(Pixels { values: Values::U8(values), shape, .. }) = &batch.pixels else { panic!("{batch:?}") };
        assert_eq!(values.len(), batch.rows * shape.iter().product::<usize>());
        if batch.rows == 0 {
            return (all, pixels);
        }
        all.extend(files.iter().zip(labels.iter()).map(|(file, label)| format!("{file} {label}").trim().to_owned()));
        pixels.extend(values);
    }
}

#[test]
fn labelled_and_unlabelled_folders() {
    let files = [
        "labelled/big cat/b.png",
        "labelled/big cat/a/c.png",
        "labelled/hündin/ü.png",
        "unlabelled/x/y.png",
        "unlabelled/z.png",
    ];
    let expected = [
        "labelled/big cat/a/c.png big cat",
        "labelled/big cat/b.png big cat",
        "labelled/hündin/ü.png hündin",
        "unlabelled/x/y.png",
        "unlabelled/z.png",
    ];
    assert_eq!(Tree::of(&files).rows(), expected);
    let american = Tree::of(&["labeled/a/1.png", "unlabeled/2.png", "other/3.png"]);
    assert_eq!(american.rows(), ["labeled/a/1.png a", "unlabeled/2.png"]);
    let notes = american.open().unwrap().notes().join("\n");
    assert!(notes.contains("other/"), "{notes}");
    let astray = Tree::of(&["labelled/a/1.png", "labelled/2.png"]).message();
    assert!(astray.contains("labelled/2.png") && astray.contains("move the picture"), "{astray}");
}

#[test]
fn a_folder_for_each_class_and_parts() {
    let tree = Tree::of(&["dog/2.png", "cat/1.png", "unlabelled/3.png", "4.png"]);
    assert_eq!(tree.rows(), ["4.png", "cat/1.png cat", "dog/2.png dog", "unlabelled/3.png"]);
    let notes = tree.open().unwrap().notes().join("\n");
    assert!(notes.contains("1 picture lies outside"), "{notes}");

    let tree =
        Tree::of(&["train/cat/1.png", "train/unlabeled/2.png", "test/cat/3.png", "val/cat/4.png", "unlabelled/5.png"]);
    assert_eq!(tree.rows(), ["train/cat/1.png cat", "train/unlabeled/2.png", "unlabelled/5.png"]);
    let root = tree.0.path();
    let expected =
        Parts { train: root.join("train"), validation: Some(root.join("val")), test: Some(root.join("test")) };
    assert_eq!(parts(root), expected);
    let test = open(&parts(root).test.unwrap(), &Options { shape: Some((4, 4)), channels: Some(3), skip_bad: false });
    let mut test = test.unwrap();
    assert_eq!(test.shape(), [4, 4, 3]);
    assert_eq!(rows(&mut test).0, ["cat/3.png cat"]);
    let whole = Tree::of(&["cat/1.png"]);
    assert_eq!(parts(whole.0.path()), Parts { train: whole.0.path().into(), validation: None, test: None });
}

#[test]
fn a_table_of_labels() {
    let tree = Tree::of(&["a.png", "b.png", "sub/c.png", "d.png"]);
    assert_eq!(tree.rows(), ["a.png", "b.png", "d.png", "sub/c.png sub"]);
    for text in [
        "file,label\na.png,cat\n./sub\\c.png,\"big, dog\"\nd.png,\n",
        "\u{feff}Label; Other ;FILENAME\r\ncat;1;a.png\r\nbig, dog;2;sub/c.png\r\n",
    ] {
        tree.write("labels.csv", text.as_bytes());
        assert_eq!(tree.rows(), ["a.png cat", "b.png", "d.png", "sub/c.png big, dog"], "{text}");
    }
    let refused = [
        (
            "file,label\na.png,cat\nx.png,dog\ny.png,dog\nz.png,dog\nw.png,dog\n",
            "4 of 5 names without a picture: x.png (line 3), y.png (line 4)",
        ),
        ("file,label\na.png,cat\na.png,dog\n", "'dog', and with 'cat' in line 2"),
        ("file,kind\na.png,cat\n", "label, class, target"),
        ("name,label\na.png,cat\n", "file, file_name"),
        ("file,label\na.png\n", "line 2"),
        ("", "line 1"),
    ];
    for (text, part) in refused {
        // Without a folder beside it, the table is meant for labels whatever its columns.
        let flat = Tree::of(&["a.png"]);
        flat.write("labels.csv", text.as_bytes());
        let message = flat.message();
        assert!(message.contains(part) && message.contains("labels.csv"), "{message}");
    }
    let latin = Tree::of(&["a.png"]);
    latin.write("labels.csv", b"file,label\na.png,\xe9\n");
    assert!(latin.message().contains("labels.csv"));
    let lines = Tree::of(&["a.png", "metadata.jsonl"]);
    assert!(lines.message().contains("write them as labels.csv"), "{}", lines.message());
}

#[test]
fn a_table_in_train_and_one_that_says_no_labels() {
    let tree = Tree::of(&["train/a.png", "train/b.png", "test/c.png"]);
    tree.write("train/metadata.csv", b"file_name,target\nb.png,7\n");
    assert_eq!(tree.rows(), ["train/a.png", "train/b.png 7"]);
    let tree = Tree::of(&["cat/a.png", "dog/b.png"]);
    tree.write("metadata.csv", b"camera,year\nx,1999\n");
    assert_eq!(tree.rows(), ["cat/a.png cat", "dog/b.png dog"]);
    assert!(tree.open().unwrap().notes()[0].contains("metadata.csv names no file"));
}

#[test]
fn what_is_no_picture_is_left_out() {
    let tree = Tree::of(&[
        "a/1.png",
        "a/Thumbs.db",
        "a/.hidden.png",
        ".DS_Store",
        "__MACOSX/a/1.png",
        "a/readme.txt",
        "list.json",
    ]);
    assert_eq!(tree.rows(), ["a/1.png a"]);
    assert_eq!(tree.open().unwrap().notes(), ["2 files that are no pictures were left out, the first is list.json"]);
    let bare = Tree::of(&["readme.txt"]);
    assert!(bare.message().contains("is empty: expected PNG or JPEG pictures"), "{}", bare.message());
    let named = Tree::of(&["b.png"]);
    named.write("a", &png(2, 2, L8, &[1; 4]));
    assert_eq!(named.rows(), ["a", "b.png"]);
    let gone = open(Path::new("no such folder"), &Options::default()).unwrap_err().to_string();
    assert!(gone.contains("cannot read no such folder"), "{gone}");
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    use std::os::unix::fs::symlink;
    let tree = Tree::of(&["a/1.png", "b/2.png"]);
    symlink(tree.0.path(), tree.0.path().join("a/up")).unwrap();
    symlink(tree.0.path().join("b"), tree.0.path().join("a/side")).unwrap();
    symlink("nowhere.png", tree.0.path().join("b/broken.png")).unwrap();
    let message = tree.message();
    assert!(message.contains("broken.png (cannot open it"), "{message}");
    fs::remove_file(tree.0.path().join("b/broken.png")).unwrap();
    assert_eq!(tree.rows(), ["a/1.png a", "a/side/2.png a", "b/2.png b"]);
    assert_eq!(tree.open().unwrap().notes(), ["1 link to a folder around it was left out"]);
    // A table below a part, and folders that link to one another.
    let tree = Tree::of(&["train/a/1.png", "train/b/2.png"]);
    tree.write("train/labels.csv", b"file,label\na/1.png,x\n");
    symlink("../b", tree.0.path().join("train/a/b")).unwrap();
    symlink("../a", tree.0.path().join("train/b/a")).unwrap();
    assert_eq!(tree.rows(), ["train/a/1.png x", "train/a/b/2.png", "train/b/2.png", "train/b/a/1.png"]);
}

#[test]
fn damaged_pictures_are_listed_or_left_out() {
    let tree = Tree::of(&["a/0.png", "a/4.png", "a/9.png"]);
    let good = png(30, 30, L8, &[7; 900]);
    tree.write("a/1.png", &good[..good.len() / 2]);
    tree.write("a/2.jpg", b"no picture");
    tree.write("a/3.gif", b"GIF89a............");
    tree.write("a/5.jpg", b"");
    let message = tree.message();
    assert!(
        message.contains("3 of 7 pictures")
            && message.contains("a/3.gif (the first bytes: a picture in the format GIF)"),
        "{message}"
    );
    assert!(message.contains("a/2.jpg") && message.contains("skipped"), "{message}");
    let mut source = open(tree.0.path(), &Options { skip_bad: true, ..Options::default() }).unwrap();
    for _ in 0..2 {
        assert_eq!(rows(&mut source).0, ["a/0.png a", "a/4.png a", "a/9.png a"]);
        source.restart().unwrap();
    }
    assert_eq!([0, 1, 2, 3].map(|row| source.place(row)), ["a/0.png", "a/4.png", "a/9.png", "picture 4"]);
    let notes = source.notes().join("\n");
    assert!(notes.contains("4 damaged pictures are left out: a/1.png (the pixels: "), "{notes}");
    // Only damaged ones.
    let tree = Tree(tempfile::tempdir().unwrap());
    tree.write("a.png", b"x");
    let error = open(tree.0.path(), &Options { skip_bad: true, ..Options::default() }).unwrap_err().to_string();
    assert!(error.contains("a.png"), "{error}");
}

#[test]
fn sizes_are_brought_to_one_by_a_rule_that_is_said() {
    let alike = Tree::of(&["1.png", "2.png"]);
    let mut source = alike.open().unwrap();
    assert_eq!((source.shape(), source.notes()), (&[2, 2][..], vec![]));
    assert_eq!(rows(&mut source).1, [[0; 4], [1; 4]].concat());

    let mixed = Tree(tempfile::tempdir().unwrap());
    for (file, height, width) in [("1.png", 300, 200), ("2.png", 100, 50), ("3.png", 300, 400)] {
        mixed.write(file, &png(width, height, L8, &vec![9; (width * height) as usize]));
    }
    let mut source = mixed.open().unwrap();
    assert_eq!(source.shape(), [78, 52]);
    let notes = source.notes().join("\n");
    assert!(notes.contains("100 x 50 to 300 x 400") && notes.contains("into 78 x 52"), "{notes}");
    assert!(rows(&mut source).1.iter().all(|&v| v == 9));
    let shape = Options { shape: Some((8, 5)), ..Options::default() };
    assert_eq!(open(mixed.0.path(), &shape).unwrap().shape(), [8, 5]);
    for shape in [(0, 4), (4097, 4096), (usize::MAX, 2)] {
        let options = Options { shape: Some(shape), ..Options::default() };
        assert!(open(mixed.0.path(), &options).unwrap_err().to_string().contains("the shape asked for"));
    }
}

#[test]
fn colours_are_found_and_transparency_is_said() {
    let tree = Tree(tempfile::tempdir().unwrap());
    tree.write("1.png", &png(2, 1, L8, &[3, 4]));
    tree.write("2.png", &png(2, 1, Rgb8, &[5, 5, 5, 6, 6, 6]));
    assert_eq!(tree.open().unwrap().shape(), [1, 2]);
    tree.write("3.png", &png(2, 1, Rgba8, &[255, 0, 0, 255, 0, 0, 0, 0]));
    let mut source = tree.open().unwrap();
    assert_eq!(source.shape(), [1, 2, 3]);
    assert_eq!(rows(&mut source).1, [3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 255, 0, 0, 255, 255, 255]);
    assert_eq!(source.notes(), ["transparent places are drawn over white, in 3.png for one"]);
    let mut source = open(tree.0.path(), &Options { channels: Some(1), ..Options::default() }).unwrap();
    assert_eq!(rows(&mut source).1, [3, 4, 5, 6, 54, 255]);
    assert!(source.notes()[1].contains("colours became grey, in 3.png"));
}

#[test]
fn many_pictures_come_in_order_whatever_the_threads() {
    let tree = Tree(tempfile::tempdir().unwrap());
    for i in 0..300u32 {
        let bytes =
            if i % 3 == 0 { jpeg(4, 4, L8, &[(i % 250) as u8; 16]) } else { png(4, 4, L8, &[(i % 250) as u8; 16]) };
        tree.write(&format!("c{}/{i:03}.{}", i % 7, if i % 3 == 0 { "JPG" } else { "png" }), &bytes);
    }
    let mut source = tree.open().unwrap();
    let mut batch = Batch::default();
    source.next(1000, &mut batch).unwrap();
    assert_eq!(batch.rows, 300);
    let (Cells::Text(files), Some(pixels)) = (&batch.columns[0], &batch.pixels) else { panic!("{batch:?}") };
    let Values::U8(values) = &pixels.values else { panic!("{pixels:?}") };
    let names: Vec<&str> = files.iter().collect();
    assert!(names.is_sorted());
    for (name, values) in names.iter().zip(values.chunks(16)) {
        let i: u32 = name[3..6].parse().unwrap();
        assert!(values.iter().all(|v| v.abs_diff((i % 250) as u8) < 4), "{name}: {values:?}");
    }
}
