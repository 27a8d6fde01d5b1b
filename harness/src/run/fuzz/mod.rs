//! Fuzzing: plans at random, many to one launch, on every client at once; what fails is found, tried alone and shrunk.
//!
//! The reference encoder says what is right. Owns what a launch of plans is, which of its plans a trial blames, and how a plan gets
//! smaller; the plans are `suite::plan::generate`'s, and trials are run as those of a suite are.

pub(crate) mod blame;
pub(crate) mod fault;
pub(crate) mod finding;
pub(crate) mod hunt;
pub(crate) mod inputs;
pub(crate) mod launch;
pub(crate) mod leftover;
pub(crate) mod player;
pub(crate) mod replies;
pub(crate) mod save;
pub(crate) mod save_input;
pub(crate) mod search;
pub(crate) mod shrink;
pub(crate) mod shrinking;
pub(crate) mod smaller_input;
pub(crate) mod suspects;
