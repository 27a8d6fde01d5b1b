//! Decoders at work: those that are programs are started here, as clients are, and all hand over messages.
//!
//! Owns whether a decoder is there, and what its output means. What messages say is the judge's business.

mod asked;
mod output;
mod program;
mod wireshark;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::judge::messages::{Direction, Message, decode};
use crate::suite::{Decoder, DecoderKind};
use crate::trial::Interrupt;
use crate::trial::dialogue::Dialogue;
use crate::trial::toolchain::NotReady;
use wireshark::Wireshark;

/// The decoders of a run, each looked for at most once.
#[derive(Debug, Default)]
pub struct Running {
    ready: Mutex<BTreeMap<String, Looked>>,
    wireshark: Wireshark,
}

/// What came of looking for a decoder: its version, where it says one.
type Looked = Arc<OnceLock<Result<Option<String>, NotReady>>>;

/// Why octets could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The decoder did wrong: a sentence.
    #[error("the decoder {name} {what}")]
    Failed {
        /// Its name.
        name: String,
        /// What it did.
        what: String,
    },
    /// The run was stopped first.
    #[error("the run was stopped first")]
    Interrupted,
}

impl Running {
    /// The version of a decoder, where it has one.
    ///
    /// # Errors
    /// It is not there, or does not work.
    pub fn ready(&self, decoder: &Decoder, interrupt: &Interrupt) -> Result<Option<String>, NotReady> {
        let look = || match &decoder.kind {
            DecoderKind::Program(program) => program::version(decoder, program, interrupt),
            DecoderKind::Wireshark(dissector) => self.wireshark.ready(decoder, dissector, interrupt).map(Some),
            DecoderKind::Lines(_) | DecoderKind::Frames(_) | DecoderKind::Http1 => Ok(None),
        };
        let key = format!("{:?} {}", decoder.location, decoder.name);
        let looked = Arc::clone(self.ready.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        let found = looked.get_or_init(look);
        found.clone()
    }

    /// The decoders that were looked for and are not there, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = ready.values().filter_map(|looked| match looked.get() {
            Some(Err(NotReady::Missing(why))) => Some(format!("cases are missing: {why}")),
            _ => None,
        });
        missing.collect()
    }

    /// Why a decoder has no field of this name, where its fields are known only to who runs it; nothing where it has one.
    ///
    /// # Errors
    /// It is not there, or does not work.
    pub fn no_field(&self, decoder: &Decoder, name: &str, interrupt: &Interrupt) -> Result<Option<String>, NotReady> {
        match &decoder.kind {
            DecoderKind::Wireshark(_) => self.wireshark.no_field(name, interrupt),
            _ => Ok(None),
        }
    }

    /// Says that a decoder is going to be asked.
    pub fn expect(&self, decoder: &Decoder) {
        if let DecoderKind::Wireshark(dissector) = &decoder.kind {
            self.wireshark.expect(dissector);
        }
    }

    /// The messages of what one side of a connection said.
    ///
    /// # Errors
    /// The decoder fails, or says what cannot be.
    pub fn messages(
        &self,
        decoder: &Decoder,
        direction: Direction,
        dialogue: &Dialogue,
        interrupt: &Interrupt,
    ) -> Result<Vec<Message>, DecodeError> {
        let octets = dialogue.octets(direction);
        if octets.is_empty() {
            // Nothing is no message, whatever the protocol.
            return Ok(Vec::new());
        }
        match &decoder.kind {
            DecoderKind::Program(program) => program::messages(decoder, program, direction, octets, interrupt),
            DecoderKind::Wireshark(name) => self.wireshark.messages((decoder, name), direction, dialogue, interrupt),
            kind => {
                let asked = (direction == Direction::Sent)
                    .then(|| decode(kind, Direction::Received, dialogue.octets(Direction::Received), &[]));
                Ok(decode(kind, direction, octets, &asked.flatten().unwrap_or_default()).unwrap_or_default())
            }
        }
    }
}
