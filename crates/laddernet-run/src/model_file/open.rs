//! Opening the model of a run folder, or a model file alone.

use super::{ModelFileError, SavedModel, check_header, header_length, parse};
use crate::error::RunError;
use crate::folder::{self, files};
use std::io::{self, Read};
use std::path::Path;

/// The model of a run folder, or of a model file.
///
/// # Errors
/// When there is none, or its file is not to be trusted.
pub fn open(run: &Path) -> Result<SavedModel, RunError> {
    let path = if run.is_dir() { run.join(folder::MODEL) } else { run.to_owned() };
    let fail = |source| RunError::Model { path: path.clone(), source };
    if !run.exists() {
        return Err(fail(ModelFileError::Unreadable("there is no such run folder or model file".to_owned())));
    }
    bytes_of_model(&path).and_then(|bytes| parse(&bytes)).map_err(fail)
}

/// The bytes of a model file; of anything else no more than its header.
fn bytes_of_model(path: &Path) -> Result<Vec<u8>, ModelFileError> {
    let unreadable = |e: io::Error| ModelFileError::Unreadable(e.to_string());
    let (file, length) = files::open_regular(path).map_err(unreadable)?;
    let mut file = file.take(length);
    let mut bytes = Vec::new();
    file.by_ref().take(8).read_to_end(&mut bytes).map_err(unreadable)?;
    let header = header_length(&bytes)?;
    file.by_ref().take(header).read_to_end(&mut bytes).map_err(unreadable)?;
    check_header(&bytes)?;
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
