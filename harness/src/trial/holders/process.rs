//! Processes that held a connection.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who held a connection when it was looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Holders {
    /// The processes, the oldest first: after a fork there are two. None where all were gone by then.
    pub processes: Vec<Process>,
    /// Whether none was seen to hold it, and this is what was started.
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

/// `process 4242: node sender.js`
impl fmt::Display for Holders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processes: Vec<String> = self.processes.iter().map(ToString::to_string).collect();
        match self.processes.len() {
            0 => return f.write_str("a process that was gone when it was looked for"),
            1 => write!(f, "process {}", processes[0])?,
            _ => write!(f, "processes {}", processes.join(", "))?,
        }
        f.write_str(if self.inferred { " (inferred: it was started, and was gone when it was looked for)" } else { "" })
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.arguments.join(" "))
    }
}
