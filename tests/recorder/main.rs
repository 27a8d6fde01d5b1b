//! The recorder through its public face: what clients do to it stands in the capture.

#![expect(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "tests, which are clients here")]

mod addresses;
mod answers;
mod capture;
mod faults;
mod limits;
mod receiving;
mod stopping;
mod support;
mod switches;
#[cfg(feature = "tls")]
mod tls;
mod urgent;
