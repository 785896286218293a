//! Trains a ladder on arrays and predicts: two circles, 40 labels, 460 unlabelled points.

use laddernet::session::{Session, Settings};
use laddernet::split::LabelCount;
use laddernet::training::Flow;
use laddernet::{Dataset, Scaling, Threads, Values};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let point = |i: usize| {
        let (angle, radius) = (i as f32 * 2.4, [0.2, 0.45][i % 2]);
        [0.5 + radius * angle.cos(), 0.5 + radius * angle.sin()]
    };
    let values: Vec<f32> = (0..500).flat_map(point).collect(); // [500, 2], each from 0 to 1
    let labels: Vec<Option<u32>> = (0..500).map(|i| (i < 40).then_some(i as u32 % 2)).collect();
    let names = vec!["inner".to_owned(), "outer".to_owned()];
    let data = Dataset::new(Values::F32(values), labels, names, vec![2], Scaling::NONE)?;

    let mut settings = Settings::of("full", &data, LabelCount::All)?;
    settings.training.epochs = 30;
    let threads = Threads::new(2)?;
    let outcome = Session::new(settings, data.clone(), None)?.train(&threads, &mut |_, _| Flow::Continue)?;

    let classifier = outcome.model.classify().ok_or("a ladder predicts classes")?;
    let inputs = outcome.preprocessing.apply(&data, 2)?;
    let probabilities = classifier.probabilities(&inputs, &threads); // [500, 2]
    let right = probabilities.chunks(2).enumerate().filter(|(i, p)| (p[1] > p[0]) == (i % 2 == 1)).count();
    println!("{right} of 500 points are told apart");
    Ok(())
}
