//! Tests of `tree`.

use super::*;

#[test]
fn paths_are_set_read_merged_and_removed() {
    let mut table = parse("a = 1\n[b]\nc = 2\n[b.d]\ne = 3").unwrap();
    set(&mut table, "b.d.f", 4.into());
    set(&mut table, "a.x", 5.into());
    assert_eq!(get(&table, "b.d.f"), Some(&4.into()));
    assert_eq!(get(&table, "a"), Some(&1.into()));
    merge(&mut table, parse("a = 7\n[b]\nc = 8").unwrap());
    assert_eq!((get(&table, "a"), get(&table, "b.d.e")), (Some(&7.into()), Some(&3.into())));
    assert_eq!(remove(&mut table, "b.d.e"), Some(3.into()));
    assert_eq!(remove(&mut table, "b.d.e"), None);
    let other = parse("a = 7\n[b]\nc = 9\n[b.d]\nf = 4").unwrap();
    assert_eq!(difference(&table, &other), Some(("b.c".into(), "8".into(), "9".into())));
}
