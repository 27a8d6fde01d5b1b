//! A case: one thing that clients must do, and what is expected of it.

use std::sync::Arc;
use std::time::Duration;

use samewire_recorder::Settings;

use crate::source::{FileError, Location};
use crate::suite::address::Addressing;
use crate::suite::contract::Contract;
use crate::suite::expectation::{Content, Expectation, ExpectedExit};
use crate::suite::input::{Generate, Input};
use crate::suite::messages::{Decoding, WantedOutput};
use crate::suite::plan::Plan;
use crate::suite::server::Server;
use crate::suite::tls::CaseTls;

/// What a case lacks that expects nothing, or in two ways.
pub(super) const SAY_WHAT: &str = "say what is expected: `expect = { hex = \"..\" }`, or `connections = [..]` with one for each \
                                   connection; or let `samewire run --record` write what your clients agree on";

/// One thing that clients must do, and what is expected of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its full name: `text/euro`.
    pub name: String,
    /// What it is about, for people.
    pub about: String,
    /// The hazards it provokes, as tags.
    pub hazards: Vec<String>,
    /// What clients that read plans are told.
    pub plan: Option<Plan>,
    /// What clients that read an input file are told.
    pub input: Option<Input>,
    /// Inputs that are made at random: the case is for `samewire fuzz` alone, and what most clients make of one is right.
    pub generate: Option<Generate>,
    /// What each connection must carry, in the order they were opened.
    pub connections: Vec<Expectation>,
    /// Whether they may be opened in any order.
    pub connections_in_any_order: bool,
    /// How what comes is read as messages, where it is.
    pub decoding: Option<Decoding>,
    /// What the client must print.
    pub output: Content,
    /// What it must print, in messages.
    pub output_messages: Option<WantedOutput>,
    /// Whether it speaks of what is printed. Where it does not, only clients that read plans are held to print nothing else.
    pub says_output: bool,
    /// Whether a client may send nothing while a reply is due and not yet sent.
    pub strict_turns: bool,
    /// How the client must end.
    pub exit: ExpectedExit,
    /// Whether it says nothing yet of what is expected: only what is to be recorded may.
    pub unwritten: bool,
    /// The rule of the contract that it checks, where it is no case of a suite.
    pub contract: Option<Contract>,
    /// Where the recorder is reached.
    pub addressing: Addressing,
    /// How the recorder behaves.
    pub recorder: Settings,
    /// What of it is under TLS.
    pub tls: CaseTls,
    /// The real server that answers, where one does.
    pub server: Option<Arc<Server>>,
    /// Its own time limit.
    pub timeout: Option<Duration>,
    /// Where it is written.
    pub location: Location,
}

impl Case {
    /// The stem of its file: `text`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.name.split_once('/').map_or(self.name.as_str(), |(group, _)| group)
    }

    /// What is to be said where it is selected, and says nothing yet of what is expected.
    #[must_use]
    pub fn says_nothing(&self) -> FileError {
        let Location { path, line } = &self.location;
        FileError { path: path.clone(), line: Some(*line), problem: SAY_WHAT.into() }
    }
}
