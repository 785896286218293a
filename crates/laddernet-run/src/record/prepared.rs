//! From a recipe and rows to a session.

use super::estimate::Estimate;
use super::own::OwnSummary;
use crate::error::RunError;
use crate::model_file::{Origin, SavedModel};
use crate::settings::{Config, DataFacts, DataSection, Recipe};
use laddernet::models::Kind;
use laddernet::session::{Parted, Session, check_classes};
use laddernet::table::{ColumnKind, nearest, quoted};
use laddernet::{Dataset, SettingsError};
use laddernet_data::Loaded;
use laddernet_data::own::AboutOwn;

/// A training, prepared and checked.
pub struct Prepared {
    pub(crate) config: Config,
    pub(crate) session: Session,
    pub(crate) origin: Origin,
    pub(super) own: Option<AboutOwn>,
    pub(super) estimate: Option<Estimate>,
}

/// A model that takes labels needs to know which column they are.
fn check_target(kind: &Kind, loaded: &Loaded) -> Result<(), RunError> {
    let Some(own) = loaded.own.as_ref().filter(|_| kind.takes_labels()) else { return Ok(()) };
    let columns = loaded.train.columns().unwrap_or_default();
    if let Some(target) = &own.target {
        if loaded.train.classes() > 0 {
            return Ok(());
        }
        let found: Vec<String> = own.unlabelled.iter().map(|(mark, rows)| format!("{mark} {rows}")).collect();
        let reason = format!(
            "column '{target}': no row has a label, it holds nothing else than marks for 'no label' ({}): expected labels in some rows of \
             each class, or another column",
            found.join(", ")
        );
        return Err(RunError::UnfitRows { name: loaded.name.clone(), reason });
    }
    let likely = likely_target(&loaded.train).map_or(String::new(), |name| format!("; '{name}' looks like it"));
    let expected =
        format!("the column of labels, one of {}{likely}", quoted(columns.iter().map(|column| column.name.as_str())));
    Err(SettingsError::value("data.target", "not said", expected).into())
}

/// Whether all columns that are not to be learned from are there.
fn check_dropped(data: &DataSection, loaded: &Loaded) -> Result<(), RunError> {
    let Some(columns) = loaded.train.columns() else { return Ok(()) };
    let names = || columns.iter().map(|column| column.name.as_str());
    match data.drop.iter().find(|name| names().all(|known| known != name.as_str())) {
        Some(name) => {
            let near = nearest(name, names()).map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
            let expected =
                format!("columns beside the labels: {}{near}", quoted(columns.iter().map(|c| c.name.as_str())));
            Err(SettingsError::value("data.drop", format!("'{name}'"), expected).into())
        }
        None => Ok(()),
    }
}

/// The column that looks most like labels: words or whole numbers of few kinds, and the most cells without any; the last of equals.
pub(super) fn likely_target(rows: &Dataset) -> Option<&str> {
    let columns = rows.columns()?;
    let of = |column: usize| {
        let cells = || (0..rows.rows()).map(move |row| rows.cells(row)[column]);
        let kinds: std::collections::BTreeSet<u32> =
            cells().filter(|x| !x.is_nan()).take(10_000).map(f32::to_bits).take(5000).collect();
        let is_whole = cells().filter(|x| !x.is_nan()).take(10_000).all(|x| x.fract() == 0.0);
        let missing = cells().filter(|x| x.is_nan()).count();
        (is_whole && (2..=100).contains(&kinds.len())).then_some(missing)
    };
    let best = (0..columns.len()).filter_map(|column| Some((of(column)?, column))).max()?;
    let is_word = matches!(columns[best.1].kind, ColumnKind::Words(_) | ColumnKind::Boolean { .. });
    // Without a gap anywhere, only a last column of words is a fair guess.
    (best.0 * 10 >= rows.rows() || is_word && best.1 + 1 == columns.len()).then_some(columns[best.1].name.as_str())
}

impl Prepared {
    /// Loads the rows that a recipe names, completes its settings for them, and draws the parts.
    ///
    /// # Errors
    /// When rows cannot be loaded, the settings make no training, do not fit the rows, or these are not what the model learns from.
    pub fn load(recipe: &Recipe) -> Result<Self, RunError> {
        let loaded = recipe.data()?.load()?;
        Self::of(recipe, loaded)
    }

    /// The same of rows that are loaded already.
    ///
    /// # Errors
    /// As [`Prepared::load`].
    pub fn of(recipe: &Recipe, loaded: Loaded) -> Result<Self, RunError> {
        let kind = recipe.kind()?;
        let data = recipe.data()?;
        // Whether something is said of files that there are none of.
        data.own()?;
        check_target(kind, &loaded)?;
        check_dropped(&data, &loaded)?;
        check_classes(kind, &loaded.train).map_err(RunError::session(&loaded.name))?;
        let origin = Origin::from(&loaded);
        let Loaded { name, train, test, own, .. } = loaded;
        let facts = DataFacts::from(&train);
        let refuse = RunError::session(&name);
        let (config, session) = if train.columns().is_some() {
            let rows = recipe.row_settings(facts)?;
            let parted = Parted::new(&rows, train, test).map_err(&refuse)?;
            let config = recipe.resolve(DataFacts::of_parted(&parted))?;
            let session = parted.session(config.settings()).map_err(&refuse)?;
            (config, session)
        } else {
            let config = recipe.resolve(facts)?;
            let session = Session::new(config.settings(), train, test).map_err(&refuse)?;
            (config, session)
        };
        Ok(Prepared { config, session, origin, own, estimate: None })
    }

    /// The same of rows that arrive after the training of a model, which learns on from them. Of one that was trained on such rows, with the same
    /// columns.
    ///
    /// # Errors
    /// As [`Prepared::load`], and when the rows are not what the model takes.
    pub fn later(recipe: &Recipe, loaded: Loaded, model: &SavedModel) -> Result<Self, RunError> {
        let origin = Origin::from(&loaded);
        let Loaded { name, train, own, .. } = loaded;
        let train = match train.class_names() == model.card.class_names {
            true => train,
            false => train.of_classes(&model.card.class_names).map_err(|e| RunError::rows(&name)(e.into()))?,
        };
        // Whether they have the columns and the length that it takes.
        model.inputs(&name, &train.select(&[0]))?;
        let refuse = RunError::session(&name);
        let rows = recipe.row_settings(DataFacts::from(&train))?;
        let parted = Parted::later(&rows, train, &model.preprocessing).map_err(&refuse)?;
        let mut config = recipe.resolve(DataFacts::of_parted(&parted))?;
        // Whatever defaults such rows have.
        config.model = model.card.model.clone();
        let session = parted.session(config.settings()).map_err(&refuse)?;
        Ok(Prepared { config, session, origin, own, estimate: None })
    }

    /// The same of settings that are complete, as those of a training that is resumed.
    ///
    /// # Errors
    /// As [`Prepared::load`].
    pub fn again(config: Config) -> Result<Self, RunError> {
        let loaded = config.data.load()?;
        let origin = Origin::from(&loaded);
        let Loaded { name, train, test, own, .. } = loaded;
        let session = Session::new(config.settings(), train, test).map_err(RunError::session(&name))?;
        Ok(Prepared { config, session, origin, own, estimate: None })
    }

    /// The complete settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// What is to be said of a user's own data.
    pub fn own(&self) -> Option<&AboutOwn> {
        self.own.as_ref()
    }

    /// The same, as a summary says it.
    pub fn own_summary(&self) -> Option<OwnSummary> {
        self.own.as_ref().map(|own| OwnSummary::new(own, &self.session))
    }

    /// The data's name.
    pub fn data(&self) -> &str {
        &self.origin.name
    }
}
