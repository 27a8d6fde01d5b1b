//! What of messages rightly differs, and is left out where captures are compared: `--ignore` and `--ignore-fields`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use clap::Args;

use crate::cli::CommandError;
use crate::cli::decoding::Decoding;
use crate::judge::messages::{Apart, Message};
use crate::printable::{counted, line};
use crate::suite::Like;

#[derive(Debug, Clone, Default, Args)]
pub(super) struct LeftOutArgs {
    /// With --decode: leave out messages whose text is like this (`*` is any text, `?` any character); may be given several times
    #[arg(long, value_name = "LIKE", requires = "decode")]
    ignore: Vec<String>,
    /// With --decode: leave out this field (`date`, `mqtt.clientid`); may be given several times
    #[arg(long = "ignore-fields", visible_alias = "ignore-field", value_name = "NAME", requires = "decode")]
    ignore_fields: Vec<String>,
}

/// What is left out, and what of that there was.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    ignore: Vec<Like>,
    fields: Vec<String>,
    /// Which of these fields no message had so far.
    unseen: RefCell<BTreeSet<String>>,
    /// Messages that came, and those of them that are left out.
    counts: Cell<[usize; 2]>,
}

impl LeftOutArgs {
    /// What is to be left out of messages that are decoded so.
    ///
    /// # Errors
    /// The decoder has no such field, or a pattern is of every message.
    pub(super) fn of(&self, decoding: &Decoding) -> Result<LeftOut, CommandError> {
        let ignore: Vec<Like> = self.ignore.iter().map(|pattern| Like::of(pattern)).collect();
        if ignore.iter().any(Like::is_of_everything) {
            return Err("--ignore would leave out every message, so nothing would be compared; be more precise".into());
        }
        for name in &self.ignore_fields {
            decoding.no_field(name)?;
        }
        let unseen = RefCell::new(self.ignore_fields.iter().cloned().collect());
        Ok(LeftOut { ignore, fields: self.ignore_fields.clone(), unseen, ..LeftOut::default() })
    }
}

impl LeftOut {
    /// What is left out, for whoever compares.
    pub(super) fn apart(&self) -> Apart<'_> {
        Apart { ignore: &self.ignore, ignore_fields: &self.fields }
    }

    /// Takes notice of messages that came, of which these were left out.
    pub(super) fn notice(&self, messages: &[Message], ignored: &[bool]) {
        let [came, left_out] = self.counts.get();
        self.counts.set([came + messages.len(), left_out + ignored.iter().filter(|ignored| **ignored).count()]);
        let mut unseen = self.unseen.borrow_mut();
        if !unseen.is_empty() {
            messages.iter().flat_map(|message| &message.fields).for_each(|field| {
                unseen.remove(&field.name);
            });
        }
    }

    /// Refuses what is misspelt, and what leaves nothing to compare.
    ///
    /// # Errors
    /// No message had one of the fields, or all of them are left out.
    pub(super) fn refuse(&self) -> Result<(), CommandError> {
        let [came, left_out] = self.counts.get();
        if came > 0 && left_out == came {
            return Err(format!("--ignore leaves out all of {}, so nothing is compared", counted(came, "message")).into());
        }
        match self.unseen.borrow().first().filter(|_| came > 0) {
            Some(name) => Err(format!("--ignore-fields {}: no message of these captures has this field", line(name)).into()),
            None => Ok(()),
        }
    }
}
