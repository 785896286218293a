//! Where the documents of `laddernet likelihood --json` keep what the tables show.

use serde_json::Value;

/// Log-likelihood of test rows with `ln Z` of annealing from the base rate to the machine.
pub const FORWARDS: &[&str] = &["/test/forward"];
/// The same with `ln Z` of annealing from the machine to the base rate.
pub const BACKWARDS: &[&str] = &["/test/reverse"];
/// Log-likelihood of test rows under a Parzen window around samples.
pub const PARZEN: &[&str] = &["/parzen/test_nats"];
/// Its standard error over the test rows.
pub const PARZEN_ERROR: &[&str] = &["/parzen/standard_error"];
/// The window's width, and the number of samples.
pub const SIGMA: &[&str] = &["/parzen/sigma"];
pub const SAMPLES: &[&str] = &["/parzen/samples"];
/// Annealed chains, and how many of them the weights are worth.
pub const CHAINS: &[&str] = &["/chains"];
pub const CHAINS_FORWARDS: &[&str] = &["/forward/effective_chains"];
pub const CHAINS_BACKWARDS: &[&str] = &["/reverse/effective_chains"];

const BINARISED: &[&str] = &["/binarised"];
const COLLAPSED: &[&str] = &["/collapsed"];

/// What stands at the first of these paths that is there.
fn at<'a>(document: &'a Value, paths: &[&str]) -> Option<&'a Value> {
    paths.iter().find_map(|path| document.pointer(path))
}

/// The number at the first of these paths that is there.
pub fn number(document: &Value, paths: &[&str]) -> Option<f64> {
    at(document, paths)?.as_f64()
}

/// Which rows chose the width of the windows: `validation`, `training`, or `none` where somebody gave it.
pub fn width_chosen_by(document: &Value) -> Option<&str> {
    at(document, &["/parzen/sigma_chosen_by"])?.as_str()
}

/// How values became states of units.
pub fn binarised(document: &Value) -> Option<&str> {
    at(document, BINARISED)?.as_str()
}

/// Whether too few chains count for an estimate to be trusted.
pub fn collapsed(document: &Value) -> bool {
    at(document, COLLAPSED).and_then(Value::as_bool).unwrap_or(false)
}
