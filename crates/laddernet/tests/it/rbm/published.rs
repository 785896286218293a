//! Machines that others have published, and what they found of them.

mod needs_golden {
    use crate::rbm::dataset;
    use laddernet::Threads;
    use laddernet::models::rbm::{Annealing, Rbm};
    use std::path::PathBuf;

    /// The folder of published machines.
    fn published() -> PathBuf {
        let folder = std::env::var_os("LADDERNET_GOLDEN_DIR").expect("LADDERNET_GOLDEN_DIR names no folder");
        PathBuf::from(folder).join("rbm")
    }

    fn doubles(path: PathBuf) -> Vec<f32> {
        let bytes = std::fs::read(path).unwrap();
        bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap()) as f32).collect()
    }

    fn machine(folder: &std::path::Path, name: &str, weights: &str) -> Rbm {
        let read = |what: &str| doubles(folder.join(format!("{name}_{what}.f64")));
        Rbm::from_values(&read(weights), &read("visbias"), &read("hidbias")).unwrap()
    }

    /// Binarised MNIST: 98 bytes a picture, the most significant bit first.
    fn pictures(folder: &std::path::Path, name: &str) -> Vec<u8> {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect()
    }

    fn mean(x: &[f64]) -> f64 {
        x.iter().sum::<f64>() / x.len() as f64
    }

    /// Reference: pylearn2's machine of 15 hidden units, summed up by another program in f64.
    #[test]
    #[ignore = "needs published machines: set LADDERNET_GOLDEN_DIR"]
    fn a_published_machine_of_15_units_has_its_partition_function() {
        let folder = published();
        let threads = Threads::new(2).unwrap();
        let rbm = machine(&folder, "pylearn2_15hid", "W_784x15");
        let ln_z = rbm.ln_partition(&threads).unwrap();
        // The parameters are kept in f32.
        assert!((ln_z - 215.138_405_525_316_67).abs() < 1e-5, "{ln_z}");
        let test = dataset(pictures(&folder, "sm08_binarised_test_10000x98.bits"), 784);
        let likelihood = -mean(&rbm.free_energies(&test, &threads).unwrap()) - ln_z;
        assert!((likelihood + 172.5636).abs() < 1e-3, "{likelihood}");
        let train = dataset(pictures(&folder, "sm08_binarised_train_60000x98.bits"), 784);
        let betas = (0..=2000).map(|i| f64::from(i) / 2000.0).collect();
        let found = rbm.anneal(&train, &Annealing { betas, burn_in: 200, ..Annealing::default() }, &threads).unwrap();
        let (low, high) = found.forward.three_sigma;
        assert!(low <= ln_z && ln_z <= high, "{found:?} {ln_z}");
    }

    /// Reference: the machine of Salakhutdinov and Murray (2008), -86.34 with ln Z = 451.28; recomputed in f64 by another
    /// program. Pictures whose rows and columns are exchanged must be far off: pixels are in the order of the file.
    #[test]
    #[ignore = "needs published machines: set LADDERNET_GOLDEN_DIR"]
    fn the_published_machine_of_500_units_has_its_likelihood() {
        let folder = published();
        let threads = Threads::new(2).unwrap();
        let rbm = machine(&folder, "cd25_500", "W_784x500_rowmajor");
        let pixels = pictures(&folder, "sm08_binarised_test_10000x98.bits");
        let minus_f = -mean(&rbm.free_energies(&dataset(pixels.clone(), 784), &threads).unwrap());
        assert!((minus_f - 364.925_933_88).abs() < 1e-3, "{minus_f}");
        let turned: Vec<u8> =
            pixels.chunks_exact(784).flat_map(|x| (0..784).map(move |i| x[i % 28 * 28 + i / 28])).collect();
        let minus_f = -mean(&rbm.free_energies(&dataset(turned, 784), &threads).unwrap());
        assert!((minus_f - 451.28 + 108.6).abs() < 0.1, "{minus_f}");
        let train = dataset(pictures(&folder, "sm08_binarised_train_60000x98.bits"), 784);
        // Half the chains: this takes minutes without them, too.
        let found = rbm.anneal(&train, &Annealing { chains: 50, ..Annealing::default() }, &threads).unwrap();
        assert!((found.forward.ln_z - 451.28).abs() < 0.3, "{found:?}");
    }
}
