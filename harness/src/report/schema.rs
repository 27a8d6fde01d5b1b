//! JSON Schemas of what Samewire writes, made from the types that write it.
//!
//! They are checked in, in `harness/schema/`, for programs that have no `samewire` at hand.

use samewire_recorder::Event;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use crate::report::Report;

/// The schema of a `report.json`.
#[must_use]
pub(crate) fn report() -> Schema {
    schema::<Report>("A report of Samewire")
}

/// The schema of each line of a capture.
#[must_use]
pub(crate) fn capture() -> Schema {
    schema::<Event<'static>>("A line of a Samewire capture")
}

/// Of what is written, not of what would be read: every field is there.
pub(crate) fn schema<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), title.into());
    schema
}
