//! Tests of `tree`.

use super::*;

#[test]
fn paths_are_set_read_merged_and_removed() {
    let mut table = parse("a = 1\n[b]\nc = 2\n[b.d]\ne = 3").unwrap();
    set(&mut table, "b.d.f", 4.into()).unwrap();
    assert_eq!(set(&mut table, "a.x.y", 5.into()), Err(ConfigError::NoSection { key: "a".into() }));
    assert_eq!(get(&table, "b.d.f"), Some(&4.into()));
    assert_eq!(get(&table, "a"), Some(&1.into()));
    merge(&mut table, parse("a = 7\n[b]\nc = 8").unwrap());
    assert_eq!((get(&table, "a"), get(&table, "b.d.e")), (Some(&7.into()), Some(&3.into())));
    assert_eq!(remove(&mut table, "b.d.e"), Some(3.into()));
    assert_eq!(remove(&mut table, "b.d.e"), None);
    let other = parse("a = 7\n[b]\nc = 9\n[b.d]\nf = 4").unwrap();
    assert_eq!(difference(&table, &other), Some(("b.c".into(), "8".into(), "9".into())));
    // A section is laid over what is there, and a value replaces another one.
    set(&mut table, "b", parse("c = 5").unwrap().into()).unwrap();
    assert_eq!((get(&table, "b.c"), get(&table, "b.d.f")), (Some(&5.into()), Some(&4.into())));
    assert_eq!(leaves(&table), ["a", "b.c", "b.d.f"]);
    assert_eq!(common(&table, &other), Some("a".into()));
    assert_eq!(below_value(&table, &parse("b.c.x = 1").unwrap()), Some("b.c".into()));
}
