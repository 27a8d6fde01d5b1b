//! Views of a report, each made of the report alone, so that they cannot disagree. Pure: whoever asks for one writes it.
//!
//! Everything in a report may come from a client, and a report itself from another machine: each view escapes for where it is shown.

#[cfg(feature = "cli")]
pub mod annotations;
#[cfg(feature = "cli")]
pub mod changes;
#[cfg(feature = "html")]
pub mod html;
#[cfg(feature = "html")]
pub mod issue;
#[cfg(feature = "cli")]
pub mod junit;
#[cfg(feature = "cli")]
pub mod markdown;
#[cfg(feature = "cli")]
pub mod matrix;
#[cfg(feature = "cli")]
pub mod style;
#[cfg(feature = "cli")]
pub mod text;
