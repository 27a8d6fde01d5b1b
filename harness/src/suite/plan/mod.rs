//! The plan, version 1: the lines that tell a client what to send.
//!
//! Parses strictly, since clients rely on getting valid plans only, and encodes a plan to the octets it asks for. Pure: no I/O.
//! The grammar stands in `clients/README.md`.

mod draft;
mod encode;
pub mod generate;
mod parse;
mod word;

pub use draft::Draft;
pub use encode::{Field, Stream, encode, length};
pub use parse::PlanError;
pub use word::{CORE_WORDS, Fixed, Float, Order, Prefix, Varint, WORDS};

use std::time::Duration;

/// The most octets that the lines of one plan may send together.
pub const MAX_OCTETS: u64 = 256 << 20;

/// The most octets that a plan may have sent to a server that echoes and not received yet: no client has to read while it sends,
/// so these lie in the buffers of both sides.
pub const MAX_UNREAD_ECHO: u64 = 1 << 20;

/// The longest that a `pause` may last.
pub const MAX_PAUSE: Duration = Duration::from_secs(600);

/// A valid plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What clients get: the plan's own text, to the octet.
    pub text: String,
    /// The instructions, comments and empty lines left out.
    pub lines: Vec<Line>,
}

/// One instruction of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its line in the plan, from 1.
    pub number: usize,
    /// Its word: `u32be`.
    pub word: &'static str,
    /// What it does.
    pub instruction: Instruction,
}

/// What a line of a plan does. Values are in range: a [`Plan`] is valid.
#[derive(Debug, Clone, PartialEq)]
pub enum Instruction {
    /// Sends text as UTF-8.
    Text(String),
    /// Sends Unicode scalar values as UTF-8.
    Points(Vec<char>),
    /// Sends octets, argument by argument.
    Bytes(Vec<Vec<u8>>),
    /// Sends integers of a fixed width.
    Integers(Fixed, Vec<i128>),
    /// Sends IEEE 754 numbers; for 32 bits already rounded to those.
    Floats(Float, Vec<f64>),
    /// Sends LEB128 numbers.
    Varints(Varint, Vec<i128>),
    /// Sends text behind its length in octets.
    Frame(Prefix, String),
    /// Sends one octet so many times.
    Repeat(u64, u8),
    /// Sends i mod 251 for i = 0, 1, ...
    Ramp(u64),
    /// Sends so many octets of MINSTD, from a seed.
    Noise(u64, u64),
    /// Waits.
    Pause(Duration),
    /// Shuts down the sending side.
    HalfClose,
    /// Reads so many octets, or (`None`) until the server closes, and prints them.
    Receive(Option<u64>),
    /// Finishes this connection and opens another.
    Connect,
    /// Aborts the connection.
    Reset,
}

impl Plan {
    /// Parses the text of a plan.
    ///
    /// # Errors
    /// The first line that is not valid, with its line, column and mend.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        Ok(Self { text: text.to_owned(), lines: parse::lines(text)? })
    }

    /// How many connections the plan makes.
    #[must_use]
    pub fn connections(&self) -> usize {
        1 + self.lines.iter().filter(|line| line.instruction == Instruction::Connect).count()
    }

    /// How many octets each connection receives, which its client prints; `None` for all that the server sends.
    #[must_use]
    pub fn receives(&self) -> Vec<Option<u64>> {
        let of = |line: &Line| match line.instruction {
            Instruction::Receive(count) => count,
            _ => Some(0),
        };
        let connections = self.lines.split(|line| line.instruction == Instruction::Connect);
        connections.map(|lines| lines.iter().map(of).try_fold(0u64, |all, count| Some(all.saturating_add(count?)))).collect()
    }

    /// How many octets of its own echo a client has not received yet, at the most, on any connection.
    #[must_use]
    pub fn unread_echo(&self) -> u64 {
        let (mut unread, mut most) = (0u64, 0);
        for line in &self.lines {
            unread = match &line.instruction {
                Instruction::Connect | Instruction::Receive(None) => 0,
                Instruction::Receive(Some(count)) => unread.saturating_sub(*count),
                _ => unread + length(line),
            };
            most = most.max(unread);
        }
        most
    }

    /// Whether the plan ends by aborting its last connection.
    #[must_use]
    pub fn ends_in_reset(&self) -> bool {
        self.lines.last().is_some_and(|line| line.instruction == Instruction::Reset)
    }

    /// Whether the plan has a line with this word.
    #[must_use]
    pub fn uses(&self, word: &str) -> bool {
        self.lines.iter().any(|line| line.word == word)
    }
}
