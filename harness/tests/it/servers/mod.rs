//! Real servers behind the recorder of a trial.

#[cfg(unix)]
mod support;
#[cfg(unix)]
mod trials;
mod written;
