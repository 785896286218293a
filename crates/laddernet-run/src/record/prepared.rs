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
    /// Loads the rows that a recipe names, completes its settings for them, and draws the parts.
    ///
    /// # Errors
    /// When rows cannot be loaded, the settings make no training, do not fit the rows, or these are not what the model learns from.
    pub fn load(recipe: &Recipe) -> Result<Self, RunError> {
        let loaded = recipe.source()?.load(recipe.data_dir())?;
        check_classes(recipe.kind()?, &loaded.train).map_err(RunError::session(&loaded.name))?;
        let config = recipe.resolve(DataFacts::from(&loaded.train))?;
        Prepared::new(config, loaded)
    }

    /// The same of settings that are complete, as those of a training that is resumed.
    ///
    /// # Errors
    /// As [`Prepared::load`].
    pub fn again(config: Config) -> Result<Self, RunError> {
        let loaded = config.data.source.load(config.data.dir.as_deref())?;
        Prepared::new(config, loaded)
    }

    fn new(config: Config, loaded: Loaded) -> Result<Self, RunError> {
        let origin = Origin::from(&loaded);
        let session = Session::new(config.settings(), loaded.train, loaded.test);
        let session = session.map_err(RunError::session(&loaded.name))?;
        Ok(Prepared { config, session, origin })
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
