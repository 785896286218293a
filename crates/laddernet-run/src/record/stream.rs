//! A training on rows that arrive one batch after the other: each is learned from for an epoch, and the state of the optimiser stays.

use super::prepared::Prepared;
use crate::error::RunError;
use crate::model_file::{ModelCard, SavedModel};
use crate::settings::Recipe;
use laddernet::Threads;
use laddernet::session::Trained;
use laddernet::training::{Checkpoint, Event, Flow, Place, StageEvent};
use laddernet_data::Loaded;
use toml::Value;

/// A model that learns from a stream of rows, so far.
pub struct Stream {
    recipe: Recipe,
    model: Option<SavedModel>,
    state: Option<Checkpoint>,
    epochs: usize,
    steps: usize,
}

impl Stream {
    /// One that has seen no rows. It learns at a steady rate, since it has no end.
    pub fn new(mut recipe: Recipe) -> Self {
        recipe.set("training.decay_start", Value::Float(1.0));
        recipe.set("baseline.train", false.into());
        Stream { recipe, model: None, state: None, epochs: 0, steps: 0 }
    }

    /// One that goes on with a trained model, trained in one stage: the state of its optimiser is not known, and begins anew.
    pub fn of(recipe: Recipe, model: SavedModel) -> Self {
        let state = Some(Checkpoint::beginning(&model.model.parameters()));
        Stream { model: Some(model), state, ..Stream::new(recipe) }
    }

    /// The model as it is after the last rows.
    pub fn model(&self) -> Option<&SavedModel> {
        self.model.as_ref()
    }

    /// Epochs so far: one for each batch of rows.
    pub fn epochs(&self) -> usize {
        self.epochs
    }

    /// Learns from further rows, of the same columns and classes as the first ones, which alone decide how columns become inputs. Where it fails
    /// or is stopped, the stream is as before.
    ///
    /// # Errors
    /// As a training, and when the rows are of other columns or classes.
    pub fn learn(
        &mut self,
        rows: Loaded,
        threads: &Threads,
        listener: &mut dyn FnMut(StageEvent<'_>) -> Flow,
    ) -> Result<(), RunError> {
        let mut recipe = self.recipe.clone();
        recipe.set_whole("training.epochs", self.epochs + 1)?;
        let prepared = match &self.model {
            None => Prepared::of(&recipe, rows)?,
            Some(model) => Prepared::later(&recipe, rows, model)?,
        };
        let Prepared { config, session, origin, .. } = prepared;
        let steps = config.training.steps_per_epoch(session.split());
        // Steps are counted as if all epochs had been like this one: that decides nothing but random numbers and how near the moments are to their
        // ends.
        let place = self.state.take().map(|state| Place {
            stage: 0,
            done: Vec::new(),
            checkpoint: Some(Checkpoint {
                epoch: self.epochs,
                step: self.epochs * steps,
                last_good_epoch: self.epochs,
                ..state
            }),
        });
        let mut state = None;
        let trained = session.train_model(place.as_ref(), threads, &mut |event| {
            if let Event::Epoch(_, at) = event.event {
                state = Some(at.checkpoint());
            }
            listener(event)
        });
        let Trained { model, report } = match (trained, state) {
            (Ok(trained), Some(at)) if trained.report.diverged.is_none() => {
                self.state = Some(at);
                trained
            }
            (trained, _) => {
                self.state = place.and_then(|place| place.checkpoint);
                let trained = trained.map_err(RunError::session(&origin.name))?;
                return match trained.report.diverged {
                    Some(e) => Err(RunError::Argument(e.to_string())),
                    None => Ok(()),
                };
            }
        };
        self.epochs += 1;
        self.steps += steps;
        let card = ModelCard::of(&config, &session, &origin, (self.epochs, self.steps), report.untrained());
        self.model = Some(SavedModel { card, preprocessing: session.preprocessing().clone(), model });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use laddernet::Dataset;
    use laddernet::table::{Column, ColumnKind};
    use laddernet_data::own::AboutOwn;

    /// Rows of two classes far apart, every fifth labelled.
    fn rows(first: usize, count: usize) -> Loaded {
        let columns = ["a", "b"].map(|name| Column { name: name.into(), kind: ColumnKind::Number }).to_vec();
        let class = |row: usize| (row * 7 / 3) % 2;
        let cells = (first..first + count)
            .flat_map(|row| {
                let wave = |step: usize| ((row * step) % 11) as f32 / 11.0;
                [5.0 * class(row) as f32 + wave(3), wave(5) - 2.0 * class(row) as f32]
            })
            .collect();
        let labels: Vec<Option<u32>> =
            (first..first + count).map(|row| (row % 5 == 0).then_some(class(row) as u32)).collect();
        let classes = vec!["no".to_owned(), "yes".to_owned()];
        let about = AboutOwn::of_labels(Some("y".into()), &labels, &classes);
        Loaded::of_memory(Dataset::of_cells(columns, cells, labels, classes).unwrap(), about)
    }

    fn stream() -> Stream {
        let mut recipe = Recipe::default();
        for (path, value) in [
            ("model.kind", Value::from("full")),
            ("data.source", "memory".into()),
            ("data.test", "none".into()),
            ("model.hidden", vec![12].into()),
            ("training.labelled_batch", 10.into()),
            ("training.unlabelled_batch", 10.into()),
        ] {
            recipe.set(path, value);
        }
        Stream::new(recipe)
    }

    #[test]
    fn rows_that_arrive_later_are_learned_from_and_prepared_as_the_first_were() {
        let threads = Threads::new(1).unwrap();
        let mut stream = stream();
        let mut learn = |first| stream.learn(rows(first, 200), &threads, &mut |_| Flow::Continue);
        (0..15).try_for_each(|batch| learn(batch * 200)).unwrap();
        assert_eq!(stream.epochs(), 15);
        let model = stream.model().unwrap();
        assert_eq!((model.card.trained.epochs, model.card.trained.steps), (15, 300));
        let other = rows(5000, 300);
        let inputs = model.inputs("rows", &other.train).unwrap();
        let found = laddernet::evaluation::evaluate(model.classifier().unwrap(), &inputs, &threads);
        assert!(found.error_percent() < 5.0, "{} %", found.error_percent());
        let mut again = self::stream();
        again.learn(rows(0, 200), &threads, &mut |_| Flow::Continue).unwrap();
        assert_eq!(again.model().unwrap().preprocessing, model.preprocessing);
    }

    #[test]
    fn a_stream_is_as_before_where_rows_do_not_fit_or_it_is_stopped() {
        let threads = Threads::new(1).unwrap();
        let mut stream = stream();
        stream.learn(rows(0, 200), &threads, &mut |_| Flow::Continue).unwrap();
        let before = stream.model().unwrap().to_bytes();
        let other = Dataset::of_cells(
            vec![Column { name: "c".into(), kind: ColumnKind::Number }],
            vec![1.0, 2.0],
            vec![Some(0), Some(1)],
            vec!["no".into(), "yes".into()],
        );
        let other = Loaded::of_memory(other.unwrap(), AboutOwn::default());
        let refused = stream.learn(other, &threads, &mut |_| Flow::Continue);
        assert!(refused.is_err());
        stream.learn(rows(200, 200), &threads, &mut |_| Flow::Stop).unwrap();
        assert_eq!((stream.epochs(), stream.model().unwrap().to_bytes()), (1, before));
        stream.learn(rows(200, 200), &threads, &mut |_| Flow::Continue).unwrap();
        assert_eq!(stream.epochs(), 2);
    }
}
