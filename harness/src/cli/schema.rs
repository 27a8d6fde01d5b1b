//! `samewire schema`: the JSON Schema of what Samewire writes.

use clap::{Args, ValueEnum};

use super::explain::Explanation;
use super::fuzz::Account;
use super::terminal::print_raw;
use super::{CommandError, Status};
use crate::report::schema;

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// What the schema describes
    #[arg(value_enum)]
    of: Of,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    /// The lines of a capture
    Capture,
    /// The file report.json
    Report,
    /// What `samewire explain --format json` prints
    Explain,
    /// What `samewire fuzz --format json` prints
    Fuzz,
}

pub(super) fn schema(args: &SchemaArgs) -> Result<Status, CommandError> {
    let schema = match args.of {
        Of::Capture => schema::capture(),
        Of::Report => schema::report(),
        Of::Explain => schema::schema::<Explanation>("An explanation of Samewire"),
        Of::Fuzz => schema::schema::<Account>("What Samewire found with plans made at random"),
    };
    print_raw(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(Status::Good)
}
