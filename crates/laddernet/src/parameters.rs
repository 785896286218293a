//! The trainable parameters of a model. (API skeleton; the body is being written.)

/// Named parameters in a fixed order, in flat buffers.
pub struct Parameters {}

impl Parameters {
    /// Path and shape of each parameter, in order.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        todo!()
    }

    /// Number of trainable values.
    pub fn count(&self) -> usize {
        todo!()
    }
}
