//! Views of a report, each made of the report alone, so that they cannot disagree. Pure: whoever asks for one writes it.
//!
//! Everything in a report may come from a client, and a report itself from another machine: each view escapes for where it is shown.

pub mod annotations;
pub mod changes;
pub mod junit;
pub mod markdown;
pub mod matrix;
pub mod style;
pub mod text;
