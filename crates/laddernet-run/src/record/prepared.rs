//! From a recipe and rows to a session.

use crate::error::RunError;
use crate::model_file::Origin;
use crate::settings::{Config, DataFacts, Recipe};
use laddernet::session::{Session, check_classes};
use laddernet_data::Loaded;

/// A training, prepared and checked.
pub struct Prepared {
    pub(super) config: Config,
    pub(super) session: Session,
    pub(super) origin: Origin,
}

impl Prepared {
    /// Completes a recipe for these rows, and draws the parts.
    ///
    /// # Errors
    /// When the settings make no training, do not fit the rows, or the rows are not what the model learns from.
    pub fn new(recipe: &Recipe, loaded: Loaded) -> Result<Self, RunError> {
        check_classes(recipe.kind()?, &loaded.train).map_err(RunError::session(&loaded.name))?;
        let config = recipe.resolve(DataFacts::from(&loaded.train))?;
        let origin = Origin::from(&loaded);
        let session = Session::new(config.settings(), loaded.train, loaded.test);
        let session = session.map_err(RunError::session(&loaded.name))?;
        Ok(Prepared { config, session, origin })
    }

    /// Loads the rows that a recipe names, and prepares its training.
    ///
    /// # Errors
    /// When they cannot be loaded, and as [`Prepared::new`].
    pub fn load(recipe: &Recipe) -> Result<Self, RunError> {
        Prepared::new(recipe, recipe.source()?.load(recipe.data_dir())?)
    }

    /// The complete settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The data's name.
    pub fn data(&self) -> &str {
        &self.origin.name
    }
}
