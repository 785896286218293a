//! The recipes that ship inside the program, one for each cell of the survey's tables.

/// A recipe's name and the text of its file in `recipes/`.
macro_rules! embedded {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../recipes/", $name, ".toml")))
    };
}

/// Name and text of every recipe, in the order of the tables.
pub const ALL: &[(&str, &str)] = &[
    embedded!("survey-2-full-40"),
    embedded!("survey-2-full-50"),
    embedded!("survey-2-full-100"),
    embedded!("survey-2-full-1000"),
    embedded!("survey-2-full-all"),
    embedded!("survey-2-top-40"),
    embedded!("survey-2-top-50"),
    embedded!("survey-2-top-100"),
    embedded!("survey-2-top-1000"),
    embedded!("survey-2-top-all"),
    embedded!("survey-2-bottom-40"),
    embedded!("survey-2-bottom-50"),
    embedded!("survey-2-bottom-100"),
    embedded!("survey-2-bottom-1000"),
    embedded!("survey-2-bottom-all"),
    embedded!("survey-4-full-100"),
    embedded!("survey-4-full-1000"),
    embedded!("survey-4-full-all"),
    embedded!("survey-4-top-100"),
    embedded!("survey-4-top-1000"),
    embedded!("survey-4-top-all"),
    embedded!("survey-4-bottom-100"),
    embedded!("survey-4-bottom-1000"),
    embedded!("survey-4-bottom-all"),
];

/// The text of the recipe with this name.
pub fn text_of(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|&(_, text)| text)
}

/// What a recipe says of itself: its first line.
pub fn about(text: &'static str) -> &'static str {
    text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
}
