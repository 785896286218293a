//! Tests of `grid`.

use super::*;
use laddernet::models::kind;

fn choice(seeds: &str) -> Choice {
    Choice { seeds: Some(seeds.parse().unwrap()), ..Choice::default() }
}

fn grid(table: &str, choice: &Choice) -> Result<Grid, TableError> {
    Grid::new(Table::find(table).unwrap(), choice)
}

/// 21 cells make up the survey's two tables.
#[test]
fn tables_have_the_cells_of_the_papers() {
    let sizes = [("survey-2", 12), ("survey-4", 9), ("ladder-2015", 13), ("digits", 4), ("fast", 2)];
    for (table, cells) in sizes {
        let grid = grid(table, &choice("1..2")).unwrap();
        assert_eq!(grid.tasks.len(), 2 * cells, "{table}");
        let ids: BTreeSet<&str> = grid.tasks.iter().map(|task| &*task.id).collect();
        assert_eq!(ids.len(), 2 * cells);
        assert!(grid.tasks.iter().all(|task| grid.task(&task.id).unwrap().id == task.id));
        assert!(grid.tasks[..cells].iter().all(|task| task.config.training.seed == 1));
    }
    // Unless seeds are asked for, each cell has its own number of them.
    let own = |name: &str| grid(name, &Choice::default()).unwrap().tasks.len();
    assert_eq!((own("survey-2"), own("pretrained-mnist")), (12, 10 * 3 + 16 * 10));
}

#[test]
fn an_id_names_the_settings_and_nothing_else() {
    let first = |choice: &Choice| grid("survey-2", choice).unwrap().tasks.remove(0).id;
    let base = first(&choice("1"));
    assert_eq!(base, first(&Choice { epochs: Some(150), ..choice("1") }));
    assert_eq!(base, first(&Choice { data_dir: Some("elsewhere".into()), out: "there".into(), ..choice("1") }));
    let single = Choice { precision: Some(Precision::F32), ..choice("1") };
    for other in [Choice { epochs: Some(151), ..choice("1") }, single, choice("2")] {
        assert_ne!(base, first(&other));
    }
    // The same cell of another paper is the same training.
    let (survey, paper) = (grid("survey-2", &choice("1")).unwrap(), grid("ladder-2015", &choice("1")).unwrap());
    assert_eq!(paper.tasks.iter().filter(|task| survey.task(&task.id).is_some()).count(), 9);
    assert!(base.starts_with("survey-2-full-40-seed1-"), "{base}");
}

#[test]
fn stacks_for_few_labels_begin_with_the_layers_of_one() {
    let grid = grid("pretrained-mnist", &Choice { out: "out".into(), ..choice("1..2") }).unwrap();
    let of = |name: &str| grid.tasks.iter().find(|task| task.id.starts_with(name)).unwrap();
    let source = &of("dbn-all-seed1-").task;
    assert_eq!(of("dbn-100-seed2-").task.layers_of.as_ref(), Some(&source.folder));
    assert_eq!(of("dbn-1000-no-dropout-seed1-").task.layers_of.as_ref(), Some(&source.folder));
    assert!(of("net-100-seed1-").task.layers_of.is_none() && source.layers_of.is_none());
    assert!(of("dbn-all-seed1-").config.output.keep_layers);
}

#[test]
fn what_is_asked_for_is_there_or_refused() {
    let models = |names: &[&str]| names.iter().map(|name| kind(name).unwrap()).collect::<Vec<_>>();
    let labels = |numbers: &[usize]| numbers.iter().map(|&n| LabelCount::Count(n)).collect::<Vec<_>>();
    let count = |table: &str, wanted: Choice| grid(table, &wanted).map(|grid| grid.tasks.len());
    let message = |table: &str, wanted: Choice| grid(table, &wanted).unwrap_err().to_string();
    let refused = message("survey-2", Choice { labels: labels(&[41]), ..choice("1") });
    assert!(refused.contains("survey-2 has no cell full-41: there are bottom-100, "), "{refused}");
    assert!(message("digits", Choice { models: models(&["rbm"]), ..choice("1") }).contains("no cell rbm"));
    // Extra cells.
    assert_eq!(count("survey-2", Choice { labels: labels(&[50]), ..choice("1") }).unwrap(), 3);
    assert_eq!(count("survey-2", Choice { models: models(&["mlp"]), ..choice("1") }).unwrap(), 4);
    let mlp_40 = Choice { models: models(&["mlp"]), labels: labels(&[40]), ..choice("1") };
    assert_eq!(count("survey-2", mlp_40).unwrap(), 1);
    assert_eq!(count("survey-2", Choice { models: models(&["full"]), ..choice("1") }).unwrap(), 4);
    // Models that take no labels have no cell with 100 of them; by its recipe any cell is found.
    assert_eq!(count("pretrained-mnist", Choice { labels: labels(&[100]), ..choice("1") }).unwrap(), 6);
    let two = vec!["gsn-plain".to_owned(), "dbn-40".to_owned()];
    assert_eq!(count("pretrained-mnist", Choice { recipes: two, ..choice("1") }).unwrap(), 2);
    let none = vec!["gsn".to_owned()];
    assert!(message("pretrained-mnist", Choice { recipes: none, ..choice("1") }).contains("no cell gsn: there are "));
}
