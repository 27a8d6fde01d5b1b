//! Something in octets that is of the run and not of the client. Pure.

use std::ops::Range;

/// What something is that is not of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Clock,
    Host,
    ProcessId,
    /// The id of a process that may have started the one that is known, or been started by it: a shell, and what it runs.
    RelativeId,
    Port,
}

/// Something that is not of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Where.
    pub place: Range<usize>,
    pub what: What,
    /// The expression of its form; none where it is octets that may be anything.
    pub how: Option<String>,
}

impl What {
    /// What a part is called that is it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Host => "host name",
            Self::ProcessId | Self::RelativeId => "process id",
            Self::Port => "recorder's port",
        }
    }
}

/// An octet as it stands in an expression.
pub(super) fn escaped(octet: u8) -> String {
    match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b' ' | b':' | b',' | b'-' | b'_' | b'/' => char::from(octet).to_string(),
        b'!'..=b'~' => format!("\\{}", char::from(octet)),
        other => format!("\\x{other:02x}"),
    }
}
