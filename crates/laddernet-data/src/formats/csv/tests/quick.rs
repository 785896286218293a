//! Rows that are read in one go are those that are read one by one, whatever the pieces and the threads.

use super::*;
use crate::build::{Built, Reading, build_in_batches};
use crate::rows::{Ready, Wanted};
use proptest::prelude::*;

/// The rows of a table one by one.
struct Slow(CsvRows);

impl RowSource for Slow {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn columns(&self) -> &[SourceColumn] {
        self.0.columns()
    }

    fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
        self.0.next(most, batch)
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.0.restart()
    }

    fn place(&self, row: u64) -> String {
        self.0.place(row)
    }
}

/// What comes of a table, cells as their bits.
fn said(built: Result<Built, DataError>) -> Result<String, String> {
    let Built { table, findings, date_orders } = built.map_err(|e| e.to_string())?;
    let bits: Vec<u32> = table.cells().iter().map(|cell| cell.to_bits()).collect();
    Ok(format!("{:?} {bits:?} {findings:?} {date_orders:?}", table.columns()))
}

/// Compares both ways; how many rows were read in one go.
fn compare(text: &[u8], threads: usize, piece: usize, most: usize, words: &[String]) -> u64 {
    struct Counted(CsvRows, u64);
    impl RowSource for Counted {
        fn name(&self) -> &str {
            self.0.name()
        }
        fn columns(&self) -> &[SourceColumn] {
            self.0.columns()
        }
        fn next(&mut self, most: usize, batch: &mut Batch) -> Result<(), DataError> {
            self.0.next(most, batch)
        }
        fn ready(&mut self, wanted: &[Wanted], ready: &mut Vec<Ready>) -> Result<usize, DataError> {
            let count = self.0.ready(wanted, ready)?;
            self.1 += ready[..count].iter().map(|ready| ready.rows as u64).sum::<u64>();
            Ok(count)
        }
        fn restart(&mut self) -> Result<(), DataError> {
            self.0.restart()
        }
        fn place(&self, row: u64) -> String {
            self.0.place(row)
        }
    }
    let opened = || from_bytes(text.to_vec(), "t.csv", &CsvOptions::default());
    let (Ok(slow), Ok(mut quick)) = (opened(), opened()) else { return 0 };
    quick.quick = Quick::new(threads, piece);
    let reading = Reading { words, ..Reading::default() };
    let mut quick = Counted(quick, 0);
    let expected = said(build_in_batches(&mut Slow(slow), &reading, Some(most)));
    let found = said(build_in_batches(&mut quick, &reading, Some(most)));
    assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(text));
    quick.1
}

const TABLE: &str = "name,x,y,\"day\"\r\n\"a, b\",1,-2.50,2024-01-05\r\nb,,+3,2024-02-05\n\"c\",NA,1e3, 2024-03-05 \n\
    \"c \",0.1234567890123456789,\"7\",\nä,-0,.5,2024-04-05\n\"d \"\"e\"\"\",4,5.,2024-05-05\n\n\"f\ng\",6,7,2024-06-05\nh,8,9,2024-06-06\n\
    i,inf,1e39,2024-06-07\nj,k,l,m\nn,1,2,2024-06-08\n";

#[test]
fn a_table_cut_anywhere_is_the_same_in_one_go_and_row_by_row() {
    let mut quick = 0;
    for end in 0..=TABLE.len() {
        for (threads, piece) in [(1, 1000), (3, 20), (2, 90)] {
            quick += compare(&TABLE.as_bytes()[..end], threads, piece, 1, &[]);
        }
    }
    assert!(quick > 1000, "{quick}");
}

#[test]
fn plain_rows_are_read_in_one_go() {
    let rows = |row: &str| format!("a,b,c\n{}", row.repeat(100));
    for row in ["1,2.5,-3\n", "1,,x\r\n", "\"1\",\"a,b\",\"\"\n", "NA,1e5,y\n", "1,2,3,\n", "1;2;\n", "1\t2 \tx\n"] {
        let text = if row.contains([';', '\t']) {
            rows(row).replace(',', if row.contains(';') { ";" } else { "\t" })
        } else {
            rows(row)
        };
        assert_eq!(compare(text.as_bytes(), 2, 100, 10, &["c".to_owned()]), 90, "{row:?}");
    }
}

#[test]
fn the_first_thing_that_is_wrong_is_said() {
    // A row of another length, and much later a byte that is no character.
    let mut text = format!("a,b\n{}1,2,3\n", "1,2\n".repeat(10)).into_bytes();
    text.extend("1,2\n".repeat(200_000).into_bytes());
    text.extend("\u{e4},\u{e4}\n1,\u{e4}\n".as_bytes());
    text.extend(b"1,\xff\xff\n");
    for wrong in [true, false] {
        if !wrong {
            text.drain(44..50);
        }
        let mut rows = from_bytes(text.clone(), "t.csv", &CsvOptions::default()).unwrap();
        let error = build_in_batches(&mut rows, &Reading::default(), Some(5)).unwrap_err().to_string();
        let expected = if wrong { "line 12: 3 columns" } else { "line 200014: found the byte 0xff" };
        assert!(error.contains(expected), "{error}");
        assert!(compare(&text, 3, 1 << 18, 5, &[]) > 0);
    }
}

/// Cells that are mostly what their column holds.
fn cell(column: usize) -> impl Strategy<Value = String> {
    let main = match column {
        0 => "-?[0-9]{1,3}(\\.[0-9]{1,4})?".boxed(),
        1 => "[0-9]{1,9}".boxed(),
        2 => "[a-c]|\"[a-c], \"".boxed(),
        _ => "-?[0-9]{0,9}\\.[0-9]{0,9}".boxed(),
    };
    prop_oneof![
        60 => main,
        3 => Just(String::new()),
        2 => "NA|\\?|nan|inf|1e300|-1|\\+5|1e-3|[0-9]{14,22}",
        1 => "\"[0-9]{1,2}\"|\"a\"\"b\"|\"a\nb\"| \"x\" |\"x\" |\"x\"y|\"|5\"|\u{e4}|x\ry| 7 |\u{a0}8",
    ]
}

fn line() -> impl Strategy<Value = String> {
    let cells = (cell(0), cell(1), cell(2), cell(3)).prop_map(|(a, b, c, d)| format!("{a},{b},{c},{d}"));
    let ends =
        prop_oneof![20 => Just("\n"), 3 => Just("\r\n"), 1 => Just(",\n"), 1 => Just("\n\n"), 1 => Just("\n  \n")];
    (cells, ends).prop_map(|(cells, end)| cells + end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_rows_are_the_same_in_one_go_and_row_by_row(
        lines in proptest::collection::vec(line(), 1..60),
        threads in 1..4_usize, piece in prop_oneof![Just(1_usize), 20..400_usize], most in 1..8_usize, words: bool,
    ) {
        let words = if words { vec!["a".to_owned()] } else { Vec::new() };
        compare(format!("a,b,c,d\n{}", lines.concat()).as_bytes(), threads, piece, most, &words);
    }
}
