//! Adam and the learning-rate schedule. (API skeleton; the body is being written.)
