//! Measures of models without labels, on MNIST, against what others found.

use laddernet::evaluation::squared_error;
use laddernet::models::pca::Pca;
use laddernet::parzen::Parzen;
use laddernet::{Dataset, Threads};
use laddernet_data::{idx, locate};

/// Training and test pictures, if they are there.
fn mnist() -> Option<[Dataset; 2]> {
    if std::env::var_os("LADDERNET_DATA_DIR").is_none() {
        eprintln!("skipped: LADDERNET_DATA_DIR names no folder with MNIST");
        return None;
    }
    let files = locate::mnist(None).unwrap();
    let read = |images, labels| idx::read_pair(images, Some(labels)).unwrap();
    Some([read(&files.train_images, &files.train_labels), read(&files.test_images, &files.test_labels)])
}

/// Witness: the error of 30 components that Hinton and Salakhutdinov (2006) set their autoencoder against, 13.87, and NumPy in
/// double precision for more digits and other numbers of components.
#[test]
fn components_of_mnist_leave_the_published_error() {
    let Some([train, test]) = mnist() else { return };
    let threads = Threads::new(2).unwrap();
    let errors = |k| {
        let pca = Pca::fit(&train, k, &threads).unwrap();
        squared_error(&pca, &test, &threads)
    };
    for (k, expected) in [(30, 13.866), (2, 43.645), (100, 4.403)] {
        let found = errors(k);
        assert!((found - expected).abs() < 0.001, "{k}: {found}");
    }
    // None at all: the mean of the training pictures.
    let mean = Pca::fit(&train, 1, &threads).unwrap().mean().to_vec();
    let distance = |r: usize| (0..784).map(|c| (f64::from(test.input(r, c)) - mean[c]).powi(2)).sum::<f64>();
    let total = (0..test.rows()).map(distance).sum::<f64>() / test.rows() as f64;
    assert!((total - 52.897).abs() < 0.001, "{total}");
}

/// Witnesses: NumPy in double precision on the same rows, 242.4485 nats; others with other samples 241 to 243 (Theis, van den
/// Oord, Bethge 2016). The first fifth of the test pictures is harder than the rest.
#[test]
fn training_pictures_as_samples_have_the_published_estimate() {
    let Some([train, test]) = mnist() else { return };
    let threads = Threads::new(2).unwrap();
    let parzen = Parzen::new(&train.select(&(0..10_000).collect::<Vec<_>>()));
    let found = parzen.estimate(&test, 0.17, &threads).unwrap();
    assert!((found.mean - 242.4485).abs() < 0.01 && (found.mean - 241.0).abs() < 5.0, "{found:?}");
    let first = parzen.estimate(&test.select(&(0..2000).collect::<Vec<_>>()), 0.17, &threads).unwrap();
    assert!((first.mean - 235.0457).abs() < 0.01, "{first:?}");
}
