//! Decoders at work: those that are programs are started here, as clients are, and all hand over messages.
//!
//! Owns whether a decoder is there, and what its output means. What messages say is the judge's business.

mod output;
mod program;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::judge::messages::{Direction, Message, decode};
use crate::suite::{Decoder, DecoderKind};
use crate::trial::Interrupt;
use crate::trial::toolchain::NotReady;

/// The decoders of a run, each looked for at most once.
#[derive(Debug, Default)]
pub struct Running {
    ready: Mutex<BTreeMap<String, Looked>>,
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
        let DecoderKind::Program(program) = &decoder.kind else {
            return match &decoder.kind {
                DecoderKind::Wireshark(_) => Err(NotReady::Broken(format!(
                    "the decoder {}: dissectors of Wireshark cannot be run yet; use a program (`run`)",
                    decoder.name
                ))),
                _ => Ok(None),
            };
        };
        let key = format!("{:?} {}", decoder.location, decoder.name);
        let looked = Arc::clone(self.ready.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        let found = looked.get_or_init(|| program::version(decoder, program, interrupt));
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

    /// The messages of octets. `questions` are those that they answer.
    ///
    /// # Errors
    /// The decoder fails, or says what cannot be.
    pub fn messages(
        &self,
        decoder: &Decoder,
        direction: Direction,
        octets: &[u8],
        questions: &[Message],
        interrupt: &Interrupt,
    ) -> Result<Vec<Message>, DecodeError> {
        match (&decoder.kind, decode(&decoder.kind, direction, octets, questions)) {
            (_, Some(messages)) => Ok(messages),
            // Nothing is no message, whatever the protocol.
            (DecoderKind::Program(_), None) if octets.is_empty() => Ok(Vec::new()),
            (DecoderKind::Program(program), None) => program::messages(decoder, program, direction, octets, interrupt),
            (_, None) => Err(DecodeError::Failed { name: decoder.name.clone(), what: "cannot be run yet".into() }),
        }
    }
}
