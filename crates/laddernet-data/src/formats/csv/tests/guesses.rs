//! What the first line is: no row is lost to a guess, and each guess is said.

use super::*;

/// Whether the first line was taken for names, and whether that was said as a guess.
fn first_is_names(text: &str) -> (bool, bool) {
    let (_, rows, notes) = read(text);
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    let said = notes.iter().any(|note| note.contains("the first line"));
    assert!(rows.len() == lines || rows.len() == lines - 1, "{text:?}: {rows:?}");
    (rows.len() < lines, said)
}

fn many(head: &str, rows: &[&str], times: usize) -> String {
    let rows = rows.join("\n") + "\n";
    format!("{head}{}", rows.repeat(times))
}

#[test]
fn names_over_numbers_are_names() {
    for text in [
        "label,pixel0,pixel1\n5,0,0\n0,0,255\n",
        "a,b\n1,2\n",
        "x\n1\n2\n",
        "name,born\nAda,1815-12-10\nBob,1901-01-01\n",
        "id,share\nA,12 %\nB,13 %\n",
        ",a,b\n0,1.5,x\n1,2.5,y\n",
        ",0,1,2\n0,5,6,7\n1,8,9,9\n",
        ",word\n0,red\n1,blue\n2,red\n",
        "a,NA?,c\n1,2,3\n?,,4\n",
    ] {
        assert_eq!(first_is_names(text), (true, false), "{text:?}");
    }
}

#[test]
fn a_row_is_never_taken_for_names() {
    for text in [
        "5,0,0\n0,0,255\n",
        "0,1\n1,0\n",
        "0,1,2\n1,0,2\n2,1,0\n",
        "0,1\n0.5,0.7\n0.1,0.2\n",
        "0\n0.5\n1.5\n",
        "?,?\n1,2\n3,4\n",
        "NA,NA\nx,1\ny,2\n",
        "39, State-gov, 77516, <=50K\n50, Private, 83311, <=50K\n",
        "O,16\n1,2\n3,4\n",
        "Private,unknown,Male\nPublic,41,Female\nPrivate,33,Male\nPublic,41,Male\n",
        "Private,tba,Male\nPublic,41,Female\nPrivate,33,Male\nPublic,41,Male\n",
        "apple\nbanana\ncherry\n",
        "cat\ndog\ncat\n",
        "p,x,s\ne,x,y\np,b,s\ne,b,y\n",
        "country,1990,1991\nA,5,6\nB,7,8\n",
    ] {
        assert_eq!(first_is_names(text), (false, true), "{text:?}");
    }
}

#[test]
fn names_over_words_are_names_where_they_cannot_be_words() {
    let rows = ["p,x,s", "e,x,y", "p,b,s", "e,b,y"];
    for text in [
        many("edible,cap,surface\n", &rows, 5),
        many("class,cap,surface\n", &rows, 1),
        many("kind\n", &["cat", "dog"], 20),
        "0,1,2,3\n0.5,a,1.5,2\n0.25,b,2.5,3\n".into(),
    ] {
        assert_eq!(first_is_names(&text), (true, true), "{text:?}");
    }
    // A name that is a word of its column too, where more of them stand over numbers.
    assert_eq!(first_is_names("x,y,c\n1,2,a\n2,3,c\n3,4,b\n"), (true, true));
    assert_eq!(first_is_names("a,b,c\n"), (true, true));
    assert_eq!(first_is_names("1,2,3\n"), (false, true));
}

#[test]
fn what_is_said_decides() {
    let said = |header| CsvOptions { header: Some(header), ..CsvOptions::default() };
    let (names, rows, notes) = with("0,1\n5,6\n", &said(true)).unwrap();
    assert_eq!((names, rows.len(), notes.len()), (vec!["0".into(), "1".into()], 1, 0));
    let (names, rows, notes) = with("a,b\n5,6\n", &said(false)).unwrap();
    assert_eq!((names, rows.len(), notes.len()), (vec!["column1".into(), "column2".into()], 2, 0));
    assert_eq!(with("# x,y\n1,2\n3,4\n", &said(true)).unwrap().1.len(), 2);
    assert_eq!(
        with("a,b\n1,2,3\n4,5,6\n", &said(false)).unwrap_err().to_string().matches("line 1: 2 columns").count(),
        1
    );
}

#[test]
fn names_are_made_to_differ_and_that_is_said() {
    let (names, _, notes) = read("a,a,,b\n1,2,3,4\n5,6,7,8\n");
    assert_eq!(names, "a|a.2|column3|b");
    assert!(
        notes.iter().any(|note| note.contains("column 2 is called a, as one before it: it is called a.2")),
        "{notes:?}"
    );
    assert!(notes.iter().any(|note| note.contains("column 3 has no name")), "{notes:?}");
}

#[test]
fn comments_and_other_lines_above_are_left_out() {
    let (names, rows, notes) = read("# made by hand\n#\n\na,b\n1,2\n#3,4\n");
    assert_eq!((names.as_str(), rows), ("a|b", vec!["1|2".into(), "#3|4".into()]));
    assert!(notes[0].contains("2 lines at the top"), "{notes:?}");
    for (text, names) in [
        ("# x y\n1 2\n3 4\n", "x|y"),
        ("#id,age\n1,2\n3,4\n", "id|age"),
        ("#,Name,HP\n1,A,3\n2,B,4\n", "#|Name|HP"),
        ("# comment, with comma\nx,y\n1,2\n3,4\n", "x|y"),
    ] {
        let (found, rows, _) = read(text);
        assert_eq!((found.as_str(), rows.len()), (names, 2), "{text:?}");
    }
    assert_eq!(read("#ff0000,1,2\nred,3,4\nblue,5,6\n").1.len(), 3);
    let (_, rows, notes) = read("# colours, 3, 4\n#ff0000,1,2\n\n#00ff00,1,2\nred,3,4\nblue,5,6\n");
    assert_eq!((rows.len(), rows[0].as_str()), (4, "#ff0000|1|2"));
    assert!(notes[0].contains("a line at the top"), "{notes:?}");
    let (_, rows, notes) = read("|1x3 Cross validator\n25, Private, <=50K.\n38, Private, <=50K.\n");
    assert_eq!(rows.len(), 2);
    assert!(notes[0].contains("line 1 begins with '|'"), "{notes:?}");
    assert_eq!(read("|a,1\nb,2\nc,3\n").1.len(), 3);
}
