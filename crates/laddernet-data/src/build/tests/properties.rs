//! Any cells make a table or an error, and the same one however the rows come in batches.

use super::*;
use crate::rows::{Cells, Texts};
use proptest::prelude::*;

/// A cell that is rather often of one sort.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "-?[0-9]{1,3}(\\.[0-9])?",
        2 => Just(String::new()),
        1 => "[ab]{1,2}",
        1 => "true|false|Yes|no|T|f",
        2 => "2000-0[1-9]-1[0-9]",
        2 => "[0-3][0-9]/[01][0-9]/2000",
        1 => "NA|\\?|nan|null|inf|1e300|-1",
        1 => "\\PC{0,6}",
    ]
}

/// A column: cells of one sort, with few of any other.
fn cells(rows: usize) -> impl Strategy<Value = Vec<String>> {
    let sort = (0..7_usize, prop_oneof![Just(0.0), Just(0.02), Just(0.2)]).prop_flat_map(move |(which, odd)| {
        let main = match which {
            0 => "-?[0-9]{1,2}".boxed(),
            1 => "true|false|".boxed(),
            2 => "[0-1][0-9]/[0-1][0-9]/2000".boxed(),
            3 => "2000-0[1-9]-1[0-9]".boxed(),
            4 => "[a-c]".boxed(),
            5 => "".boxed(),
            _ => cell().boxed(),
        };
        prop::collection::vec((main, cell(), prop::bool::weighted(odd)), rows)
    });
    sort.prop_map(|cells| cells.into_iter().map(|(main, other, odd)| if odd { other } else { main }).collect())
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (0..100_usize).prop_flat_map(|rows| prop::collection::vec(cells(rows), 1..4))
}

fn source(columns: &[Vec<String>]) -> Memory {
    const NAMES: [&str; 3] = ["a", "b", "c"];
    let text = |cells: &Vec<String>| Cells::Text(cells.iter().map(String::as_str).collect::<Texts>());
    Memory::new(NAMES.into_iter().zip(columns.iter().map(text)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_and_guesses_change_nothing(columns in table(), most in 1..20_usize, order: bool, target: bool, strict: bool) {
        let words = owned(if target { &["a"] } else { &[] });
        let date_order = order.then_some(DateOrder::Mdy);
        let reading = Reading { words: &words, date_order, strict, ..Reading::default() };
        let whole = build_in_batches(&mut source(&columns), &reading, Some(1000));
        let mut in_batches = source(&columns);
        let built = build_in_batches(&mut in_batches, &reading, Some(most));
        prop_assert!(in_batches.readings <= 3);
        match (whole, built) {
            (Ok(whole), Ok(built)) => {
                assert_same(&whole.table, &built.table);
                prop_assert_eq!(&whole.findings, &built.findings);
                prop_assert_eq!(&whole.date_orders, &built.date_orders);

                // The kinds that were found read the same cells.
                let (fitted, orders) = (whole.table.columns(), &whole.date_orders[..]);
                let reading = Reading { fitted: Some(fitted), date_orders: orders, words: &words, ..Reading::default() };
                let again = build_in_batches(&mut source(&columns), &reading, Some(most)).unwrap();
                assert_same(&whole.table, &again.table);
                let mut rows = source(&columns);
                let mut chunks = Chunks::new(&mut rows, &reading, most).unwrap();
                let mut cells = Vec::new();
                while let Some(table) = chunks.next().unwrap() {
                    cells.extend_from_slice(table.cells());
                }
                let streamed = Table::new(whole.table.rows(), fitted.to_vec(), cells, None).unwrap();
                assert_same(&whole.table, &streamed);
            }
            (Err(whole), Err(built)) => prop_assert_eq!(whole.to_string(), built.to_string()),
            (whole, built) => prop_assert!(false, "{:?} {:?}", whole, built),
        }
    }

    #[test]
    fn any_cells_are_answered_by_any_kind(columns in table(), others in table(), grow_words: bool, strict: bool) {
        if let Ok(first) = build(&mut source(&others), &Reading::default()) {
            let optional = owned(&["a", "b", "c"]);
            let fitted = first.table.columns().to_vec();
            let reading = Reading { fitted: Some(&fitted), optional: &optional, grow_words, strict, ..Reading::default() };
            if let Ok(second) = build(&mut source(&columns), &reading) {
                for finding in &second.findings {
                    prop_assert!(!finding.to_string().is_empty());
                }
                if grow_words {
                    let (rows, more) = (first.table.rows(), second.table.rows());
                    prop_assert_eq!(append(first.table, second.table).unwrap().rows(), rows + more);
                }
            }
        }
    }
}
