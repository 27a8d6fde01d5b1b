//! A decoder at work for a person who looks: `--decode NAME`.

use std::sync::Arc;

use clap::Args;

use super::CommandError;
use super::project::Project;
use crate::judge::messages::{Direction, Message};
use crate::printable::line;
use crate::suite::{Decoder, DecoderKind, Redaction};
use crate::trial::Interrupt;
use crate::trial::decoder::{DecodeError, Running};
use crate::trial::dialogue::Dialogue;
use crate::trial::redacted::Hiding;

#[derive(Debug, Clone, Args)]
pub(super) struct DecodeArgs {
    /// Read the octets as messages: with a [decoder.NAME] of samewire.toml or of a suite's suite.toml, or with lines or http1
    #[arg(long, value_name = "NAME")]
    pub decode: Option<String>,
}

/// A decoder that is there, and what of messages is not to be shown.
pub(super) struct Decoding {
    decoder: Arc<Decoder>,
    running: Running,
    redaction: Redaction,
    version: Option<String>,
    interrupt: Interrupt,
}

impl Decoding {
    /// The decoder of this name, once it has been seen to work; `interrupt` stops it.
    ///
    /// # Errors
    /// There is none of this name, or it is not there.
    pub(super) fn of(name: &str, project: &Project, interrupt: Interrupt) -> Result<Self, CommandError> {
        let decoder = project.decoder(name)?;
        let running = Running::default();
        running.expect(&decoder);
        let version = running.ready(&decoder, &interrupt).map_err(|why| why.to_string())?;
        Ok(Self { decoder, running, redaction: project.redaction.clone(), version, interrupt })
    }

    /// Refuses the name of a field that the decoder cannot have.
    ///
    /// # Errors
    /// It has none of this name, as far as that is known before it has run.
    pub(super) fn no_field(&self, name: &str) -> Result<(), CommandError> {
        let asked = || self.running.no_field(&self.decoder, name, &self.interrupt).map_err(|why| why.to_string());
        match self.decoder.no_field(name).map_or_else(asked, |why| Ok(Some(why)))? {
            Some(why) => Err(why.into()),
            None => Ok(()),
        }
    }

    /// What decodes, for people.
    pub(super) fn heading(&self) -> String {
        let version = self.version.as_ref().map(|version| format!(", {}", line(version))).unwrap_or_default();
        format!("messages as {} reads them{version}\n", line(&self.decoder.name))
    }

    /// How it decodes.
    pub(super) fn kind(&self) -> &DecoderKind {
        &self.decoder.kind
    }

    /// What decodes.
    pub(super) fn decoder(&self) -> Arc<Decoder> {
        Arc::clone(&self.decoder)
    }

    /// What is not to be shown.
    pub(super) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// The messages of one direction that has so many octets, of which the dialogue has the beginning.
    ///
    /// # Errors
    /// The decoder fails.
    pub(super) fn messages(&self, direction: Direction, dialogue: &Dialogue, length: u64) -> Result<Vec<Message>, DecodeError> {
        let mut messages = self.running.messages(&self.decoder, direction, dialogue, &self.interrupt)?;
        messages.extend(Message::behind(dialogue.octets(direction).len() as u64, length));
        Ok(messages)
    }

    /// What hides in messages, and in what is said of them, what is not to be shown of a dialogue.
    pub(super) fn hiding(&self, dialogue: &Dialogue) -> Hiding<'_> {
        Hiding::of(&self.redaction, [Direction::Received, Direction::Sent].map(|direction| dialogue.octets(direction)))
    }

    /// As [`Self::messages`], with what is not to be shown hidden.
    ///
    /// # Errors
    /// Why the decoder failed, as it may be shown.
    pub(super) fn shown(&self, direction: Direction, dialogue: &Dialogue, length: u64) -> Result<Vec<Message>, String> {
        let hiding = self.hiding(dialogue);
        let messages = self.messages(direction, dialogue, length);
        let mut messages = messages.map_err(|error| hiding.text(&error.to_string()))?;
        hiding.messages(&mut messages, dialogue.octets(direction));
        Ok(messages)
    }
}
