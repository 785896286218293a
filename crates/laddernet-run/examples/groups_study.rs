//! How right the groups of few labels are, draw by draw, as lines of JSON: the labels that a training would not see are counted here, and
//! nothing is chosen by test rows, which are not read.
//!
//! `cargo run --release -p laddernet-run --example groups_study -- mnist runs/mnist-vae-seed1 --labels 10,20,40 --draws 100`
//!
//! The second word is a run folder whose model encodes rows, or `inputs`. `--first N` is the first draw, `--set KEY=VALUE` a setting of
//! `model.few_labels`.

use laddernet::few_labels::{FewLabels, Grouped, Groups, graphs, group};
use laddernet::graph::{Source, Start, cut, poisson_mbo};
use laddernet::split::{LabelCount, draw};
use laddernet::{Dataset, Threads};
use laddernet_run::model_file;
use laddernet_run::record::Prepared;
use laddernet_run::settings::Recipe;
use std::path::Path;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, codes, ..] = &arguments[..] else { panic!("which data, and which codes?") };
    let all = |name: &str| {
        let at = arguments.iter().enumerate().filter(|(_, a)| *a == name);
        at.filter_map(|(i, _)| arguments.get(i + 1).cloned()).collect::<Vec<_>>()
    };
    let number = |name: &str, usual: u64| all(name).first().map_or(usual, |v| v.parse().expect("a number"));
    let threads = Threads::new(number("--threads", 2) as usize).expect("threads");
    let mut settings = toml::Table::new();
    for said in all("--set") {
        let (key, value) = said.split_once('=').expect("KEY=VALUE");
        settings.insert(key.to_owned(), value.parse().expect("a value of TOML"));
    }
    let settings: FewLabels = settings.try_into().expect("settings of model.few_labels");

    let recipe = format!("[data]\nsource = \"{data}\"\n[model]\nkind = \"nearest-mean\"\n");
    let prepared = Prepared::load(&Recipe::from_toml(&recipe).expect("a recipe")).expect("rows");
    let rows = prepared.session().rows().clone();
    let codes = match codes.as_str() {
        "inputs" => rows.clone(),
        run => {
            let saved = model_file::open(Path::new(run)).expect("a run");
            let encoder = saved.encoder().expect("a model that encodes rows");
            encoder.codes(&rows, encoder.last_layer(), &threads).expect("codes")
        }
    };
    let start = Instant::now();
    let graphs = graphs(&codes, &settings, &threads).expect("graphs");
    eprintln!("graph of {} rows: {:.1} s", rows.rows(), start.elapsed().as_secs_f64());
    let first = number("--first", 1);
    let labels = all("--labels").first().cloned().unwrap_or("10".into());
    for labels in labels.split(',').map(|n| n.parse::<usize>().expect("a number")) {
        for seed in first..first + number("--draws", 10) {
            let start = Instant::now();
            let split = draw(&rows, LabelCount::Count(labels), 0, seed).expect("labels");
            let labelled: Vec<(usize, u16)> =
                split.labelled.iter().map(|&row| (row, rows.labels()[row].expect("a label") as u16)).collect();
            let groups = group(&graphs, rows.classes(), &labelled, &settings, &threads).expect("groups");
            let (sources, of): (Vec<usize>, Vec<u16>) = labelled.iter().copied().unzip();
            let source = Source { rows: &sources, classes: &of, weights: None };
            let sizes = settings.sizes(rows.classes());
            let spread =
                poisson_mbo(&graphs[0], &source, &sizes, Start::Poisson, &settings.mbo(), &threads).expect("classes");
            let spread = (
                cut(&graphs[0], &spread.labels, rows.classes()).expect("a cut").total,
                right_of(&rows, &spread.labels),
            );
            let grouped =
                Grouped::new(&groups, &(0..rows.rows()).collect::<Vec<_>>(), &labelled, rows.class_names(), &settings);
            line(&rows, &groups, &grouped, &settings, (labels, seed), spread, start.elapsed().as_secs_f64());
        }
    }
}

fn right_of(rows: &Dataset, labels: &[u16]) -> f64 {
    let right = (0..rows.rows()).filter(|&row| rows.labels()[row] == Some(u32::from(labels[row]))).count();
    100.0 * right as f64 / rows.rows() as f64
}

fn line(
    rows: &Dataset,
    groups: &Groups,
    grouped: &Grouped,
    settings: &FewLabels,
    of: (usize, u64),
    spread: (f64, f64),
    seconds: f64,
) {
    let truth = |row: usize| rows.labels()[row].map(|class| class as u16);
    let right = |some: &mut dyn Iterator<Item = (usize, u16)>| {
        let (mut count, mut right) = (0usize, 0usize);
        some.for_each(|(row, class)| {
            count += 1;
            right += usize::from(truth(row) == Some(class));
        });
        100.0 * right as f64 / count.max(1) as f64
    };
    let labels = &groups.grouping.labels;
    let of_class =
        |class: u16| right(&mut labels.iter().copied().enumerate().filter(|(row, _)| truth(*row) == Some(class)));
    let worst = (0..rows.classes() as u16).map(of_class).fold(100.0, f64::min);
    let sure = groups.grouping.sure(settings.sure).expect("a share");
    let mut sure = sure.iter().enumerate().flat_map(|(class, rows)| rows.iter().map(move |&row| (row, class as u16)));
    let anchors = groups.anchors(settings, of.1).expect("anchors");
    println!(
        "{}",
        serde_json::json!({
            "labels": of.0, "draw": of.1, "right_percent": right(&mut labels.iter().copied().enumerate()),
            "worst_class_percent": worst, "sure_right_percent": right(&mut sure), "anchors": anchors.len(),
            "anchors_wrong": anchors.iter().filter(|(row, class)| truth(*row) != Some(*class)).count(),
            "cut": groups.cut.total / rows.classes() as f64, "largest_cut": groups.cut.by_class.iter().copied().fold(0.0, f64::max),
            "spread_cut": spread.0 / rows.classes() as f64, "spread_right_percent": spread.1,
            "free_right_percent": right_of(rows, &groups.free),
            "graphs_agree_percent": 100.0 * groups.agreement, "cut_anew": groups.cut_anew, "contradicted": grouped.contradicted.len(),
            "margin": groups.named.margin, "shares_within": grouped.shares_within, "used": grouped.used,
            "reason": grouped.reason, "seconds": seconds,
        })
    );
}
