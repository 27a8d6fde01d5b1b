//! Where no packets can be read as they pass.

use std::convert::Infallible;

use crate::trial::network::recorded::{Begin, Interface, Recorded};

/// Reads no packets.
#[derive(Debug)]
pub struct Tap;

/// Packets cannot be read here.
#[derive(Debug, thiserror::Error)]
#[error("packets are recorded on Linux alone")]
pub struct TapError;

impl TapError {
    /// Whether it takes a privilege: it does not help.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        false
    }
}

impl Tap {
    /// Reads nothing.
    ///
    /// # Errors
    /// Always.
    pub fn start(_: Infallible, _: Interface) -> Result<Self, TapError> {
        Err(TapError)
    }

    /// Reads nothing.
    ///
    /// # Errors
    /// Always.
    pub fn of_machine(_: &[u16]) -> Result<Self, TapError> {
        Err(TapError)
    }

    /// Records nothing.
    ///
    /// # Errors
    /// Always.
    pub fn begin(&self, _: Begin) -> Result<(), TapError> {
        Err(TapError)
    }

    /// Has recorded nothing.
    ///
    /// # Errors
    /// Always.
    pub fn finish(&self) -> Result<Recorded, TapError> {
        Err(TapError)
    }
}
