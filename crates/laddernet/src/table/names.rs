//! Names of columns: the one nearest to a name that is not there, and the one that is called like a target.

/// What a column of classes is often called, the most telling name first.
const TARGETS: [&str; 8] = ["target", "label", "labels", "class", "y", "classe", "outcome", "category"];

/// The column that is called like a target, if any is; upper and lower case are one.
pub fn suggest_target<S: AsRef<str>>(names: &[S]) -> Option<usize> {
    let called = |target: &&str| names.iter().position(|name| name.as_ref().eq_ignore_ascii_case(target));
    TARGETS.iter().find_map(called)
}

/// The name that is most like `name`, if any is; upper and lower case are one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let likeness = |other: &str| strsim::jaro_winkler(&name, &other.to_lowercase());
    // Alike by their beginnings, and not too many letters apart.
    let near = |other: &str| 3 * strsim::osa_distance(&name, &other.to_lowercase()) <= name.chars().count().max(3);
    let alike =
        known.into_iter().filter(|other| near(other)).map(|other| (likeness(other), other)).filter(|(l, _)| *l > 0.8);
    // Of two that are equally like it, the first.
    alike.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, other)| other)
}

/// Names in quotes, the first twenty of them.
pub fn quoted<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 20;
    let more = names.len().saturating_sub(SHOWN);
    let mut text = names.take(SHOWN).map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_called_like_a_target_is_found() {
        for (names, expected) in [
            (vec!["a", "Y", "LABEL"], Some(2)),
            (vec!["y", "Class", "class"], Some(1)),
            (vec!["target_date", "label2", "classes"], None),
            (vec!["Outcome"], Some(0)),
            (vec![], None),
        ] {
            assert_eq!(suggest_target(&names), expected, "{names:?}");
        }
    }

    #[test]
    fn the_nearest_name_is_found_in_any_case() {
        assert_eq!(nearest("AGE", ["name", "age"]), Some("age"));
        assert_eq!(nearest("incme", ["income", "outcome"]), Some("income"));
        assert_eq!(nearest("x", ["income"]), None);
    }

    #[test]
    fn a_long_list_is_cut() {
        let names: Vec<String> = (0..22).map(|i| i.to_string()).collect();
        assert!(quoted(names.iter().map(String::as_str)).ends_with("'19' and 2 more"));
        assert_eq!(quoted(["a", "b"].into_iter()), "'a', 'b'");
    }
}
