//! Processes that held a connection.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::printable::few;

/// Who held a connection when it was looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Holders {
    /// The processes, the oldest first: after a fork there are two. None where all were gone by then.
    pub processes: Vec<Process>,
    /// Whether whoever held it was gone when it was looked for, and this is the program that was started, as whose it counts: where that
    /// ran alone, it was it, and where it started others, it was one of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inferred: bool,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Its arguments as they were when it was looked up, its program first.
    pub arguments: Vec<String>,
}

/// Processes of one connection that are named.
const NAMED: usize = 5;

/// What is said of a process that was not seen.
const INFERRED: &str = " (inferred: this is what was started here; whoever sent was gone before it was looked up)";

impl Holders {
    /// The same, or what was started where none was seen.
    #[must_use]
    pub(crate) fn or_started(self, started: impl FnOnce() -> Option<Process>) -> Self {
        match self.processes.is_empty().then(started).flatten() {
            Some(process) => Self { processes: vec![process], inferred: true },
            None => self,
        }
    }
}

/// `process 4242: node sender.js`
impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = few(self.processes.iter().map(ToString::to_string), NAMED, ", ");
        match self.processes.len() {
            0 => return f.write_str("a process that was gone before it was looked up"),
            1 => write!(f, "process {named}")?,
            _ => write!(f, "processes {named}")?,
        }
        f.write_str(if self.inferred { INFERRED } else { "" })
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.arguments.join(" "))
    }
}
