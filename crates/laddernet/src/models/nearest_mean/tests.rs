//! By hand on tiny rows; on digits against NumPy and scikit-learn; and what a damaged file may not hold.

use super::*;
use crate::dataset::{Scaling, Values};
use crate::evaluation::{evaluate, most_probable};
use crate::models::Spec;

fn dataset(values: Vec<f32>, labels: &[Option<u32>], features: usize, classes: usize) -> Dataset {
    let names = (0..classes).map(|c| c.to_string()).collect();
    Dataset::new(Values::F32(values), labels.to_vec(), names, vec![features], Scaling::NONE).unwrap()
}

/// Two values a row: class 0 at (0, 0) and (2, 0), class 2 at (0, 4) and (0, 8), class 1 nowhere; the last row has no label.
fn by_hand() -> (Dataset, NearestMean) {
    let labels = [Some(0), Some(2), Some(0), Some(2), None];
    let data = dataset(vec![0.0, 0.0, 0.0, 4.0, 2.0, 0.0, 0.0, 8.0, 9.0, 9.0], &labels, 2, 3);
    let model = NearestMean::of(&data, &[0, 1, 2, 3], 3);
    (data, model)
}

/// Reference: means (1, 0) and (0, 6); squared distances 1, 1, 4, 4 over 8 values, so a variance of 10 / 8. The squared distances
/// of (1, 3) are 9 and 10, so the odds are exp((10 - 9) / 2.5).
#[test]
fn means_variance_and_probabilities_by_hand() {
    let (data, model) = by_hand();
    let tensors = model.tensors();
    let of = |path: &str| tensors.iter().find(|t| t.path == path).unwrap().clone();
    assert_eq!(of("means").values, [1.0, 0.0, 0.0, 0.0, 0.0, 6.0]);
    assert_eq!(
        (of("means").shape, of("variance").values, of("rows").values),
        (vec![3, 2], vec![1.25], vec![2.0, 0.0, 2.0])
    );
    assert_eq!(TrainedModel::parameters(&model).count(), 7);
    let threads = Threads::new(2).unwrap();
    let p = model.probabilities(&dataset(vec![1.0, 3.0], &[None], 2, 3), &threads);
    let odds = 0.4_f64.exp();
    assert!(
        (f64::from(p[0]) - odds / (1.0 + odds)).abs() < 1e-7 && (f64::from(p[2]) - 1.0 / (1.0 + odds)).abs() < 1e-7
    );
    assert_eq!(evaluate(&model, &data, &threads).errors, 0);
    // Far away, where every exponential is 0 by itself.
    let far = model.probabilities(&dataset(vec![1e3, -1e3, -1e3, 1e3], &[None; 2], 2, 3), &threads);
    assert_eq!(far, [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    // Farther away, rounding leaves no difference between the distances.
    let farthest = model.probabilities(&dataset(vec![3e38, -3e38], &[None], 2, 3), &threads);
    assert_eq!(farthest, [0.5, 0.0, 0.5]);
}

#[test]
fn a_class_without_a_labelled_row_is_never_predicted() {
    let (data, model) = by_hand();
    let all = model.probabilities(&data, &Threads::new(1).unwrap());
    assert!(all.chunks_exact(3).all(|p| p[1] == 0.0 && (p[0] + p[2] - 1.0).abs() < 1e-6), "{all:?}");
    // Not even where the mean that it has not would stand.
    let nowhere = model.probabilities(&dataset(vec![0.0, 0.0], &[None], 2, 3), &Threads::new(1).unwrap());
    assert!(nowhere[1] == 0.0 && nowhere[0] > 0.99);
}

/// Their variance is 0: the nearest has everything, and equals share it.
#[test]
fn one_labelled_row_a_class_is_enough() {
    let data = dataset(vec![0.0, 1.0], &[Some(0), Some(1)], 1, 2);
    let model = NearestMean::of(&data, &[0, 1], 2);
    assert_eq!(model.variance.values(), [f32::MIN_POSITIVE]);
    let p = model.probabilities(&dataset(vec![0.25, 0.75, 0.5, 1.0], &[None; 4], 1, 2), &Threads::new(1).unwrap());
    assert_eq!(p, [1.0, 0.0, 0.0, 1.0, 0.5, 0.5, 0.0, 1.0]);
}

/// The first 20 digits of `sklearn.datasets.load_digits`, two of each class in the order of the classes; a letter a pixel, `a` = 0.
const LEARNED: [&str; 20] = [
    "aafnjbaaaanpkpfaadpcaliaaemaaiiaafiaajiaaelabmhaacofkmaaaagnkaaa",
    "aaamnfaaaaalqjaaaadpqgaaahpqqcaaaabqqdaaaabqqgaaaabqqgaaaaalqkaa",
    "aaaepmaaaadqpoaaaainiqaaaabgplaaabinpbaaajqqfaaaadnqqlfaaaadlqja",
    "aahpnbaaaingpeaaacbnnaaaaacplbaaaaabmmbaaaaabkiaaaiefojaaahnnjaa",
    "aaablaaaaaahiaaaaabngccaaahpajiaafqkaqgaaepqnqbaaaadpkaaaaacqeaa",
    "aamkaaaaaaoqqoaaaanqpkbaaalqqhaaaaaehqhaaaaaeqjaaafemqeaaajqqkaa",
    "aaamnaaaaafqiaaaaanqdaaaaaonaaaaaapmhcaaaanqnqdaaahqlpiaaabjplda",
    "aahinqpbaahhelmaaaaainbaaeiippgaaclppeaaaaaqfaaaaajpbaaaaanfaaaa",
    "aajoibaaaamoomaaaajkapeaaadqmocaaaeqqcaaadqikncaabpbdqiaaalqplba",
    "aalmaaaaacqqqnaaadqmkoaaabqbmpaaaanqjpcaaaadajlaaaaajpeaaajmndaa",
    "aabjplaaaalqiogaacqkajjaabqeaiiaaeqeaiiaabqfbldaaammkkaaaabkndaa",
    "aaaaonbaaaafqqcaaaaoqmaaabkqqmaaadmoqjaaaaafqpaaaaaeqoaaaaabnqba",
    "aafmbaaaaapohaaaaanbmaaaackaoaaaaacaqbaaaaagpaaaaajqpjicaadlinme",
    "acjpojdaaenijqiaaaagopdaaaalocaaaaacplaaaaaacpeaabfgnqgaacmmnlaa",
    "aaaipbaaaabonbbaaakpdplaahqhbqiaajqnoqfaabkpqoaaaaabqkaaaaakpeaa",
    "afmnqqcaalqpieaaaiolbaaaaiqqoaaaabggqaaaaaafqdaaabfpnaaaaepqcaaa",
    "aaaipbaaaaamoaaaaadqhaaaaagqcaaaaahqqnfaaapqjjoaaadojcqcaaahpqla",
    "aabipkaaadnpooaaafkakmaaaadfpkcaaaqqqqmaabimoidaaaaknaaaaaaljaaa",
    "aakhnjaaaajkmpcaaaelklaaaabqkbaaaamneaaaaambmaaaabkcoaaaaalofaaa",
    "aagoeaaaaalqkaaaaaioqcaaaabmmlaaaaaaaldaaaaaaflaaabeehqcaahqqnlb",
];

/// Digits 100 to 111.
const ASKED: [&str; 12] = [
    "aaacnaaaaaaipaaaaafqfcaaaapmbqeaaeqcjqiaaakoqqeaaaaaniaaaaaangaa",
    "aabmfaaaaajqodaaacqolnaaacqkaoeaaeqaameaaeqdalkaaanmiogaaadkqmba",
    "aamqqiaaadqnifaaacqdaaaaaaqnjaaaaakqqhaaaaabknaaaaclqkaaaalqmaaa",
    "aenqqmdaadhenqgaaaaipfaaaaamiaaaaaahmaaaaaaemaaaabhmlaaaadpmcaaa",
    "aaaioeaaaahqhaaaaaokaaaaabqgaaaaadqqkaaaacqmogaaaamplkaaaaakniaa",
    "aajpfaaaaanonhaaaagoknbaaaajmpfaaaaaakkaaaaaahoaaadijppaaafmmjba",
    "aaaflbaaaaaoocaaaafqfaaaaaipcaaaaaknaaaaaaoqqiaaaagqjpgaaaagoqia",
    "aaaagkaaaaaaopaaaaakqqaaaahqqpaaadphpkaaaaaanlaaaaaapjaaaaaaipaa",
    "aaclqeaaaamjlpbaaacaeqaaaaacipbaaeqqqphaadgeqdaaaaaglaaaaaamhaaa",
    "aapqqmcaacqpmmdaaeqiaaaaaiqmeaaaaamqqaaaaaadqiaaacgjqiaaabpqpdaa",
    "aaakpaaaaalpdaaaahpeaaaaamlbdicaaemppqjaaaaiqicaaaakmaaaaaamjaaa",
    "aabkjaaaaajpeaaaabqfaaaaaeqbeoeaaeqmoqfaaabhqjaaaaacqeaaaaaknaaa",
];

/// References: classes by `NearestCentroid` of scikit-learn 1.9.1; the variance, and the probabilities of the two digits that are in
/// doubt, by NumPy in double precision.
#[test]
fn digits_as_by_other_programs() {
    let rows = |text: &[&str]| text.concat().bytes().map(|letter| f32::from(letter - b'a') / 16.0).collect();
    let labels: Vec<Option<u32>> = (0..20).map(|row| Some(row % 10)).collect();
    let data = dataset(rows(&LEARNED), &labels, 64, 10);
    let model = NearestMean::of(&data, &(0..20).collect::<Vec<_>>(), 10);
    assert!((f64::from(model.variance.values()[0]) - 0.024_185_180_664).abs() < 1e-9);
    let p = model.probabilities(&dataset(rows(&ASKED), &[None; 12], 64, 10), &Threads::new(3).unwrap());
    assert_eq!(most_probable(&p, 10), [4, 0, 5, 8, 6, 9, 6, 1, 7, 5, 4, 4]);
    for (row, class, expected) in [(3, 8, 0.693_587_7), (3, 3, 0.291_121), (3, 5, 0.015_273_3), (10, 4, 0.637_677_9)] {
        let found = p[row * 10 + class];
        assert!((found - expected).abs() < 1e-6, "digit {}: {found}, not {expected}", 100 + row);
    }
}

#[test]
fn tensors_that_make_no_model_are_named() {
    let (_, model) = by_hand();
    let spec = NearestMeanSpec { layers: vec![2, 3], visible: Default::default() };
    assert!(spec.from_tensors(model.tensors()).is_ok());
    let refusal = |tensor: usize, values: &[f32]| {
        let mut tensors = model.tensors();
        tensors[tensor].values = values.to_vec();
        spec.from_tensors(tensors).err().unwrap().to_string()
    };
    assert!(refusal(1, &[0.0]).contains("'variance' holds 0 at 0: expected at least"));
    assert!(refusal(2, &[1.0, -1.0, 1.0]).contains("'rows' holds -1 at 1: expected at least 0"));
    assert!(refusal(2, &[0.0; 3]).contains("'rows' says that no class had a row"));
}

/// Reference: the model of the other rows, taken anew for each row.
#[test]
fn a_row_that_is_left_out_is_predicted_by_the_others() {
    let value = |r: usize, c: usize| ((r * 37 + c * 11) % 23) as f32 * 0.1 + if r % 3 == c { 0.7 } else { 0.0 };
    let values = (0..30).flat_map(|r| (0..3).map(move |c| value(r, c))).collect();
    let data = dataset(values, &(0..30).map(|r| Some(r as u32 % 3)).collect::<Vec<_>>(), 3, 3);
    let (threads, all) = (Threads::new(1).unwrap(), (0..30).collect::<Vec<_>>());
    let found = NearestMean::of(&data, &all, 3).errors_left_out(&data, &all);
    for row in 0..30 {
        let others: Vec<usize> = (0..30).filter(|&other| other != row).collect();
        let p = NearestMean::of(&data, &others, 3).probabilities(&data.select(&[row]), &threads);
        assert_eq!(found[row], most_probable(&p, 3)[0] != row as u32 % 3, "row {row}");
    }
    assert!(found.contains(&true) && found.contains(&false));
    // A row alone in its class cannot be predicted without it.
    assert!(NearestMean::of(&data, &[0, 1, 4], 3).errors_left_out(&data, &[0, 1, 4])[0]);
}
