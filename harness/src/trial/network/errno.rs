//! Errors of Linux as failures of steps.

use std::io;

use super::failure::{Failure, Step};

impl Step {
    /// Makes a failure of this step of an error. One that is not the operating system's own is taken for one of input or output.
    pub(crate) fn failed<E: Into<io::Error>>(self) -> impl FnOnce(E) -> Failure {
        const EIO: i32 = 5;
        move |error| Failure { step: self, errno: error.into().raw_os_error().unwrap_or(EIO) }
    }
}
