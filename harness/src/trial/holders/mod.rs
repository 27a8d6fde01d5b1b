//! Who holds the other end of a connection: which processes of this machine, and as what they were started.
//!
//! Owns the look-up, off the path on which connections are accepted, and at a bounded cost. Knows no trial and prints nothing.
//!
//! # Known limitations
//! Linux only; elsewhere nobody is found, and nothing is said. Processes of other users are seen by root alone.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod finder;
mod lookup;
mod process;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::Finder;
#[cfg(target_os = "linux")]
pub use finder::Finder;
pub use lookup::{Asking, Found, Lookup};
pub use process::{Holders, Process};
