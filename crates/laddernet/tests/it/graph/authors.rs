//! The authors' program, PyPI's graphlearning: `tests/golden/graph.json`, which `bench/graph_golden.py` writes. Its four clouds touch, and
//! Poisson learning, with sizes and without, and PoissonMBO give four different partitions.

use super::{source, threads};
use laddernet::graph::{Graph, MboSettings, Neighbours, Poisson, PoissonSettings, Sizes, Start, poisson, poisson_mbo};
use serde_json::Value;

struct Golden(Value);

impl Golden {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/graph.json");
        Golden(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    }

    fn number(&self, key: &str) -> usize {
        self.0[key].as_u64().unwrap() as usize
    }

    /// The numbers at `/a/b`.
    fn list(&self, path: &str) -> Vec<f64> {
        self.0.pointer(path).unwrap().as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    }

    fn labels(&self, path: &str) -> Vec<u16> {
        self.list(path).iter().map(|&x| x as u16).collect()
    }

    fn neighbours(&self) -> Neighbours {
        let values: Vec<f32> = self.list("/values").iter().map(|&x| x as f32).collect();
        Neighbours::of_matrix(&values, self.number("features"), self.number("k"), &threads(2)).unwrap()
    }

    fn labelled(&self) -> (Vec<usize>, Vec<u16>) {
        let truth = self.labels("/true_labels");
        let rows: Vec<usize> = self.list("/labelled").iter().map(|&x| x as usize).collect();
        let classes = rows.iter().map(|&row| truth[row]).collect();
        (rows, classes)
    }

    fn poisson(&self) -> Poisson {
        let (rows, classes) = self.labelled();
        let settings = PoissonSettings { tolerance: 1e-12, ..PoissonSettings::default() };
        let graph = Graph::of(&self.neighbours());
        poisson(&graph, &source(&rows, &classes), self.number("classes"), &settings, &threads(2)).unwrap()
    }
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    let square = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    assert_eq!(found.len(), expected.len());
    let difference = square(&mut found.iter().zip(expected).map(|(a, b)| a - b));
    let error = difference / square(&mut expected.iter().copied());
    assert!(error < tolerance, "{error}");
}

#[test]
fn neighbours_and_weights() {
    let golden = Golden::read();
    let neighbours = golden.neighbours();
    let expected: Vec<u32> = golden.list("/neighbours").iter().map(|&x| x as u32).collect();
    let k = golden.number("k");
    // The program may give equally near rows in another order.
    let sorted = |rows: &[u32]| {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        rows
    };
    for row in 0..golden.number("rows") {
        assert_eq!(sorted(neighbours.of_row(row)), sorted(&expected[row * k..(row + 1) * k]), "row {row}");
    }
    let graph = Graph::of(&neighbours);
    let edges = golden.0["weights"].as_array().unwrap();
    assert_eq!(graph.edges(), edges.len());
    for edge in edges {
        let (i, j) = (edge[0].as_u64().unwrap() as usize, edge[1].as_u64().unwrap() as usize);
        for (from, to) in [(i, j), (j, i)] {
            let (columns, weights) = graph.of_row(from);
            let at = columns.binary_search(&(to as u32)).unwrap();
            assert!((weights[at] / edge[2].as_f64().unwrap() - 1.0).abs() < 1e-12, "edge {from} {to}");
        }
    }
}

#[test]
fn poisson_learning() {
    let (golden, found) = (Golden::read(), Golden::read().poisson());
    assert!(found.solved && found.unreached.is_empty());
    close(&found.scores, &golden.list("/poisson/scores"), 1e-9);
    assert_eq!(found.labels(None).unwrap(), golden.labels("/poisson/labels"));
    let sizes = Sizes::known(golden.list("/shares"));
    let grouping = found.grouping(&sizes, &threads(2)).unwrap();
    assert!(grouping.sizes_reached);
    assert_eq!(grouping.labels, golden.labels("/sized/labels"));
}

#[test]
fn poisson_mbo_with_known_sizes() {
    let golden = Golden::read();
    let (rows, classes) = golden.labelled();
    let graph = Graph::of(&golden.neighbours());
    let short = MboSettings { outer: 2, inner: 3, mu: 0.5, ..MboSettings::default() };
    for (name, settings) in [("mbo", MboSettings::default()), ("short", short)] {
        let sizes = Sizes::known(golden.list("/shares"));
        let found =
            poisson_mbo(&graph, &source(&rows, &classes), &sizes, Start::Poisson, &settings, &threads(2)).unwrap();
        assert!(found.sizes_reached);
        assert_eq!(found.labels, golden.labels(&format!("/{name}/labels")), "{name}");
        close(&found.scores, &golden.list(&format!("/{name}/scores")), 1e-12);
        assert_ne!(found.labels, golden.labels("/poisson/labels"));
    }
}
