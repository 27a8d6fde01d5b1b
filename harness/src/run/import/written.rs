//! Replays as a file of cases.

use std::fmt::Write;

use samewire_recorder::{Answers, ClientCertificate, Cut, Faults, Reply, TlsOptions, Trigger};
use toml_edit::{Array, InlineTable, Value};

use super::replay::{Answer, Replay, ServerEnd};
use crate::run::learn::Facts;
use crate::suite::expectation::{Content, Expectation};
use crate::suite::messages::Wanted;
use crate::suite::{Case, Redaction, writer};

/// What is to be known to write a file of cases.
pub struct Importing<'a> {
    /// The file that was read, for people.
    pub from: &'a str,
    /// What is not to be shown.
    pub redaction: &'a Redaction,
    /// The name of what decoded.
    pub decoder: Option<&'a str>,
}

/// A file of cases, one for each replay, and what is to be said of them.
pub struct Written {
    /// The file.
    pub text: String,
    /// What bends in which case, and what of it is hidden.
    pub remarks: Vec<String>,
}

/// The cases of replays, each with the messages that its client sent, where these were decoded.
///
/// # Errors
/// What is to be hidden is in octets of which too many would have to be written.
pub fn written(importing: &Importing<'_>, replays: &[(Replay, Option<Vec<Wanted>>)]) -> Result<Written, String> {
    let mut text = head(importing.from);
    let mut remarks = Vec::new();
    for (replay, messages) in replays {
        let case = case(importing, replay, messages.as_deref(), &mut remarks)?;
        text.push('\n');
        text.push_str(&case);
    }
    Ok(Written { text, remarks })
}

fn head(from: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "# Imported from {from} by samewire {version}: what a client sent is expected, and what its server answered is\n\
         # answered again. It may hold secrets: look through it before you share it.\n"
    )
}

fn case(
    importing: &Importing<'_>,
    replay: &Replay,
    messages: Option<&[Wanted]>,
    remarks: &mut Vec<String>,
) -> Result<String, String> {
    let name = replay.name();
    let expected = expected(importing.redaction, replay, messages, remarks)?;
    let about = writer::on_one_line(&format!("Recorded: {}", replay.between));
    let mut text = format!("[[case]]\nname     = \"{name}\"\nabout    = {about}\nhazards  = []\n");
    if let (Some(decoder), Some(_)) = (importing.decoder, messages) {
        let _ = writeln!(text, "decode   = {}", writer::on_one_line(decoder).to_string().trim());
    }
    for (key, value) in writer::lines_in_full(&[expected]) {
        let _ = writeln!(text, "{key:8} = {}", value.to_string().trim());
    }
    let answers: Vec<Answer> = replay.answers.iter().map(|answer| hidden(importing.redaction, answer)).collect();
    if answers != replay.answers {
        remarks.push(format!("{name}: `redact` hides octets of what the server answers; the client gets `*` in their place"));
    }
    text.push_str(&recorder(&answers, replay));
    Ok(text)
}

/// What a client is expected to send: what this one sent, but for what is of the run and not of the client.
fn expected(
    redaction: &Redaction,
    replay: &Replay,
    messages: Option<&[Wanted]>,
    remarks: &mut Vec<String>,
) -> Result<Expectation, String> {
    let name = replay.name();
    if let Some(messages) = messages {
        let messages = messages.iter().map(|message| redaction.message(message)).collect();
        return Ok(Expectation { content: Content::Anything, ending: replay.ending.clone(), messages: Some(messages) });
    }
    let (content, whats) = match replay.ran {
        Some(ran) => Facts { ran, names: Vec::new(), ids: Vec::new(), port: replay.port }.content(&replay.received, &[]),
        None => (Content::exactly(replay.received.clone()), Vec::new()),
    };
    let mut bends: Vec<&str> = whats.iter().map(|what| what.name()).collect();
    bends.sort_unstable();
    bends.dedup();
    if content.parts().is_some() && !bends.is_empty() {
        remarks.push(format!("{name}: {} may differ in another run, and bends", bends.join(" and ")));
    }
    let hidden = redaction.content(&content).ok_or_else(|| {
        format!("{name} is too long to be written without what `redact` hides; import it where nothing is hidden")
    })?;
    Ok(Expectation { content: hidden, ending: replay.ending.clone(), messages: None })
}

/// What is answered, with `*` for what is not to be shown.
fn hidden(redaction: &Redaction, answer: &Answer) -> Answer {
    Answer { after: answer.after, octets: redaction.octets(&answer.octets).into_owned() }
}

/// The table of the recorder; nothing where it only listens.
fn recorder(answers: &[Answer], replay: &Replay) -> String {
    let tls = replay.tls.as_ref().map(|options| format!("tls = {}\n", tls(options))).unwrap_or_default();
    let replies: String = answers.iter().map(|answer| format!("  {},\n", reply(answer).to_string().trim())).collect();
    let replies = if replies.is_empty() { replies } else { format!("replies = [\n{replies}]\n") };
    let end = match replay.server_end {
        None => String::new(),
        Some(ServerEnd::HalfClose(after)) => format!("half_close_after_bytes = {after}\n"),
        Some(ServerEnd::Close(after)) => format!("close_after_bytes = {after}\n"),
        Some(ServerEnd::Reset(after)) => format!("reset_after_bytes = {after}\n"),
    };
    let table = [tls, replies, end].concat();
    if table.is_empty() { table } else { format!("\n[case.recorder]\n{table}") }
}

/// `true`, or a table of what is not as usual.
fn tls(options: &TlsOptions) -> Value {
    let mut table = InlineTable::new();
    if !options.alpn.is_empty() {
        table.insert("alpn", Array::from_iter(&options.alpn).into());
    }
    if options.client_certificate == ClientCertificate::Required {
        table.insert("client_certificate", "required".into());
    }
    if table.is_empty() { true.into() } else { table.into() }
}

fn reply(answer: &Answer) -> InlineTable {
    let when = match answer.after {
        0 => ("at", Value::from("connect")),
        after => ("after_bytes", Value::from(i64::try_from(after).unwrap_or(i64::MAX))),
    };
    let mut reply = InlineTable::from_iter([when]);
    for (key, value) in writer::octets_in(&answer.octets) {
        reply.insert(key, value);
    }
    reply
}

impl Replay {
    /// The name of its case.
    #[must_use]
    pub fn name(&self) -> String {
        format!("connection-{}", self.number)
    }

    /// Whether a case that was read back is played as this was.
    #[must_use]
    pub fn is_played_by(&self, case: &Case, redaction: &Redaction) -> bool {
        let replies = self.answers.iter().map(|answer| hidden(redaction, answer)).map(|answer| {
            let when = if answer.after == 0 { Trigger::Connect } else { Trigger::Octets(answer.after) };
            Reply::new(when, answer.octets)
        });
        let faults = match self.server_end {
            None => Faults::default(),
            Some(ServerEnd::HalfClose(after)) => Faults { half_close_after: Some(after), ..Faults::default() },
            Some(ServerEnd::Close(after)) => Faults { cut: Some(Cut::Close(after)), ..Faults::default() },
            Some(ServerEnd::Reset(after)) => Faults { cut: Some(Cut::Reset(after)), ..Faults::default() },
        };
        let is_as_secured = case.tls.clients == self.tls;
        is_as_secured && case.recorder.answers == Answers::Replies(replies.collect()) && case.recorder.faults == faults
    }
}
