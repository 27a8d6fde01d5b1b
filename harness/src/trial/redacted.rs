//! A trial as it is shown: with so many `*` for what `redact` matches, wherever it stands. It was judged as it came.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use base64_simd::STANDARD;
use sha2::{Digest, Sha256};

use crate::hex;
use crate::judge::messages::{Decoded, Field, Message, Span};
use crate::judge::observed::Observed;
use crate::suite::Case;
use crate::suite::expectation::Content;
use crate::suite::redact::{HIDDEN, Redaction, stars};
use crate::trial::Trial;
use crate::trial::capture::{ReadBackError, received, sent};
use crate::trial::difference::LOOKED_AT;
use crate::trial::holders::Process;

/// The most secrets of a trial whose other forms are looked for, and the fewest octets of such a form.
const MOST: usize = 64;
const SHORTEST: usize = 4;

/// How a text that is shown in excerpts says that something is left out.
const LEFT_OUT: &str = " octets left out]";

/// What is hidden of octets: what an expression matches, and what it matched in octets, in the forms in which texts show octets.
pub(crate) struct Hiding<'a> {
    redaction: &'a Redaction,
    forms: Vec<String>,
}

/// Hides in a trial what is not to be shown.
///
/// # Errors
/// The capture cannot be read.
pub(super) fn hide(trial: &mut Trial, redaction: &Redaction, case: &Case, capture: &Path) -> Result<(), ReadBackError> {
    if redaction.is_empty() {
        return Ok(());
    }
    let (came, answered) = (received(capture, LOOKED_AT)?, sent(capture, LOOKED_AT)?);
    let expected = case.connections.iter().map(|expected| &expected.content).chain([&case.output]).filter_map(octets_of);
    let hiding = Hiding::of(redaction, came.iter().chain(&answered).chain([&trial.stdout]).map(Vec::as_slice).chain(expected));
    if let Some(observed) = &mut trial.observed {
        hiding.observed(observed, case, &came, &trial.stdout);
    }
    trial.stdout = redaction.octets(&trial.stdout).into_owned();
    trial.stderr = hiding.excerpt(&trial.stderr);
    trial.problem = trial.problem.take().map(|problem| hiding.text(&problem));
    for holders in &mut trial.processes {
        holders.processes.iter_mut().for_each(|process| hiding.process(process));
    }
    if let Some(packets) = &mut trial.packets {
        packets.remarks.iter_mut().chain(&mut packets.dialled).for_each(|text| *text = hiding.text(text));
    }
    Ok(())
}

fn octets_of(content: &Content) -> Option<&[u8]> {
    match content {
        Content::Octets { octets, .. } => Some(octets),
        Content::Digest { .. } | Content::Parts(_) | Content::Anything => None,
    }
}

fn keep(redaction: &Redaction, octets: &[u8], secrets: &mut Vec<Vec<u8>>) {
    for hit in redaction.hits(octets) {
        let secret = &octets[hit];
        if secrets.len() < MOST && secret.len() >= SHORTEST && !secrets.iter().any(|other| other == secret) {
            secrets.push(secret.to_vec());
        }
    }
}

/// How octets may stand in a text, other than as they are.
fn forms(octets: &[u8]) -> Vec<String> {
    let digits = hex::encode(octets);
    let between = |separator: &str| octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(separator);
    let percent = |is_plain: fn(u8) -> bool| -> String {
        octets
            .iter()
            .map(|octet| if is_plain(*octet) { char::from(*octet).to_string() } else { format!("%{octet:02X}") })
            .collect()
    };
    let base64 = STANDARD.encode_to_string(octets);
    let all = [
        digits.to_uppercase(),
        digits,
        between(":"),
        between(" "),
        percent(|octet| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet)),
        percent(|_| false),
        octets.escape_ascii().to_string(),
        base64.trim_end_matches('=').to_owned(),
        base64.trim_end_matches('=').replace('+', "-").replace('/', "_"),
    ];
    all.into_iter().filter(|form| form.len() >= SHORTEST).collect()
}

impl<'a> Hiding<'a> {
    /// What is hidden where these octets are shown.
    pub(crate) fn of<'b>(redaction: &'a Redaction, all: impl IntoIterator<Item = &'b [u8]>) -> Self {
        let mut secrets = Vec::new();
        all.into_iter().for_each(|octets| keep(redaction, octets, &mut secrets));
        Self { redaction, forms: secrets.iter().flat_map(|secret| forms(secret)).collect() }
    }
}

impl Hiding<'_> {
    /// Hides in the messages of a stream what is not to be shown of it.
    #[cfg(feature = "cli")]
    pub(crate) fn messages(&self, messages: &mut [Message], octets: &[u8]) {
        let hits = self.redaction.hits(octets);
        messages.iter_mut().for_each(|message| {
            self.message(message, &hits);
        });
    }

    /// A text as it is shown.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut shown = self.redaction.text(text);
        for form in &self.forms {
            if shown.contains(form.as_str()) {
                shown = shown.replace(form.as_str(), &stars(form.len()));
            }
        }
        shown
    }

    /// A text whose middle is left out: of the lines that are cut there, nobody can say what they hold.
    fn excerpt(&self, text: &str) -> String {
        let mut lines: Vec<Cow<'_, str>> = text.split('\n').map(Cow::Borrowed).collect();
        let is_cut = |line: &str| line.starts_with('[') && line.ends_with(LEFT_OUT);
        for cut in 0..lines.len() {
            if is_cut(&lines[cut]) {
                for beside in [cut.checked_sub(1), Some(cut + 1).filter(|next| *next < lines.len())].into_iter().flatten() {
                    lines[beside] = Cow::Owned(stars(lines[beside].len()));
                }
            }
        }
        self.text(&lines.join("\n"))
    }

    fn process(&self, process: &mut Process) {
        let shown = self.redaction.texts(&process.arguments);
        process.arguments = shown.iter().map(|argument| self.text(argument)).collect();
    }

    fn observed(&self, observed: &mut Observed, case: &Case, came: &[Vec<u8>], stdout: &[u8]) {
        for (index, (connection, octets)) in observed.connections.iter_mut().zip(came).enumerate() {
            let hits = self.redaction.hits(octets);
            let is_whole = octets.len() as u64 == connection.content.length;
            // The suite itself says this digest, so it tells nothing.
            let is_said = connection.content.matches
                && matches!(case.connections.get(index).map(|one| &one.content), Some(Content::Digest { .. }));
            let is_shown = hits.is_empty() && is_whole;
            if !(is_said || is_shown) {
                connection.content.sha256 = digest(octets, &hits, is_whole);
            }
            for hit in &hits {
                let end = hit.end.min(connection.head.len());
                connection.head[hit.start.min(end)..end].fill(HIDDEN);
            }
            connection.decoded.iter_mut().for_each(|decoded| self.decoded(decoded, &hits));
        }
        let hits = self.redaction.hits(stdout);
        let is_whole = stdout.len() as u64 == observed.output.length;
        if !(hits.is_empty() && is_whole) {
            observed.output.sha256 = digest(stdout, &hits, is_whole);
        }
        observed.printed.iter_mut().for_each(|decoded| self.decoded(decoded, &hits));
    }

    fn decoded(&self, decoded: &mut Decoded, hits: &[Range<usize>]) {
        let hidden: Vec<bool> = decoded.messages.iter_mut().map(|message| self.message(message, hits)).collect();
        decoded.failed = decoded.failed.take().map(|why| self.text(&why));
        for difference in &mut decoded.held.differences {
            let message = difference.message.filter(|index| hidden.get(*index) == Some(&true));
            difference.says = match message {
                Some(index) => without_values(index, &decoded.messages[index], difference.place),
                None => self.text(&difference.says),
            };
        }
        if hidden.contains(&true) {
            // Whoever reads that of the messages could try secrets until one fits.
            decoded.held.digest = shown_digest(&decoded.messages);
            let says = decoded.held.differences.iter().map(|difference| difference.says.as_str());
            let shown = says.collect::<Vec<_>>().join("\n");
            decoded.held.wrong = decoded.held.wrong.as_ref().map(|_| hex::encode(&Sha256::digest(shown)));
        }
    }

    /// Whether anything of it is hidden.
    fn message(&self, message: &mut Message, hits: &[Range<usize>]) -> bool {
        let is_hit = overlaps(hits, message.at, message.octets);
        let text = self.text(&message.text);
        let is_undecoded = is_hit && message.undecoded.is_some();
        let mut hidden = is_hit || text != message.text;
        message.text = if is_undecoded { stars(text.len()) } else { text };
        message.undecoded = message.undecoded.take().map(|why| self.text(&why));
        for field in &mut message.fields {
            hidden |= self.field(field, hits);
        }
        hidden
    }

    /// Where its octets are known, and are hidden, its value is too, in whatever form it stands.
    fn field(&self, field: &mut Field, hits: &[Range<usize>]) -> bool {
        let value = self.text(&field.value);
        let is_hit = field.place.is_some_and(|place| overlaps(hits, place.at, place.octets));
        let value = if is_hit && value == field.value { stars(value.len()) } else { value };
        let is_hidden = value != field.value;
        field.value = value;
        field.name = self.text(&field.name);
        is_hidden
    }
}

fn overlaps(hits: &[Range<usize>], at: u64, octets: u64) -> bool {
    let end = at.saturating_add(octets);
    hits.iter().any(|hit| (hit.start as u64) < end && at < hit.end as u64)
}

/// What is said of a message of which something is hidden: values were cut where they were said, and may be a part of what is hidden.
fn without_values(index: usize, message: &Message, place: Option<Span>) -> String {
    let field = message.fields.iter().find(|field| field.place.is_some() && field.place == place);
    let what = field.map_or("it", |field| field.name.as_str());
    format!("message {}: {what} is not what was expected; `redact` hides what is in this message", index + 1)
}

/// The digest of what is shown of octets; none that means anything where not all of them were looked at.
fn digest(octets: &[u8], hits: &[Range<usize>], is_whole: bool) -> String {
    if !is_whole {
        return String::new();
    }
    let mut shown = octets.to_vec();
    hits.iter().for_each(|hit| shown[hit.clone()].fill(HIDDEN));
    hex::encode(&Sha256::digest(&shown))
}

fn shown_digest(messages: &[Message]) -> String {
    let mut digest = Sha256::new();
    for message in messages {
        digest.update(format!("{:?}{:?}\n", message.text, message.fields).as_bytes());
    }
    hex::encode(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::messages::{Held, MessageDifference};

    const SECRET: &[u8] = b"k\xfb\xff\xbe~1";

    fn redaction() -> Redaction {
        Redaction::new(&["k\\xfb\\xff\\xbe~1".into(), "abc".into()]).unwrap()
    }

    #[test]
    fn a_secret_is_hidden_in_every_form_in_which_octets_are_shown() {
        let redaction = redaction();
        let hiding = Hiding::of(&redaction, [SECRET, b"abc"]);
        for form in [
            "6bfbffbe7e31",
            "6BFBFFBE7E31",
            "6b:fb:ff:be:7e:31",
            "6b fb ff be 7e 31",
            "k%FB%FF%BE~1",
            "%6B%FB%FF%BE%7E%31",
            "k\\xfb\\xff\\xbe~1",
            "a/v/vn4x",
            "a_v_vn4x",
        ] {
            assert_eq!(hiding.text(&format!("<{form}>")), format!("<{}>", stars(form.len())), "{form}");
        }
        assert_eq!(hiding.text("616263"), "616263", "three octets are found by chance");
    }

    #[test]
    fn of_an_excerpt_the_lines_that_are_cut_are_hidden() {
        let redaction = redaction();
        let hiding = Hiding::of(&redaction, []);
        assert_eq!(hiding.excerpt("one\ntwo\n[5 octets left out]\nthree\nfour"), "one\n***\n[5 octets left out]\n*****\nfour");
    }

    #[test]
    fn of_a_message_what_stands_in_hidden_octets_is_hidden_and_its_neighbours_are_not() {
        let redaction = redaction();
        let hiding = Hiding::of(&redaction, []);
        let hits = [4..6, 6..8];
        let field = |name: &str, value: &str, at: u64| Field::new(name, value).at(at, 2);
        let fields = vec![field("before", "1", 2), field("in", "0x2", 7), field("behind", "3", 8), field("abc", "abc", 8)];
        let mut message = Message { at: 2, octets: 8, text: "m".into(), fields, ..Message::default() };
        assert!(hiding.message(&mut message, &hits));
        let shown: Vec<_> = message.fields.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        assert_eq!(shown, [("before", "1"), ("in", "***"), ("behind", "3"), ("***", "***")]);
        let mut undecoded =
            Message { at: 4, octets: 4, text: "text".into(), undecoded: Some("abc".into()), ..Message::default() };
        assert!(hiding.message(&mut undecoded, &hits));
        assert_eq!((undecoded.text.as_str(), undecoded.undecoded.as_deref()), ("****", Some("***")));
        let elsewhere = |text: &str, value: &str| {
            let mut message =
                Message { at: 8, octets: 2, text: text.into(), fields: vec![Field::new("f", value)], ..Message::default() };
            hiding.message(&mut message, &hits)
        };
        assert_eq!((elsewhere("m", "v"), elsewhere("abc", "v"), elsewhere("m", "abc")), (false, true, true));
    }

    #[test]
    fn what_is_said_of_a_hidden_message_has_no_values() {
        let redaction = redaction();
        let hiding = Hiding::of(&redaction, []);
        let place = Some(Span { at: 0, octets: 3 });
        let fields = vec![Field::new("nowhere", "x"), Field::new("token", "abc").at(0, 3)];
        let messages = vec![Message { octets: 3, text: "m".into(), fields, ..Message::default() }];
        let said = |message, place| MessageDifference { message, says: "abc is ab".into(), place };
        let differences = vec![said(Some(0), place), said(Some(0), None), said(None, None)];
        let held = Held { differences, digest: "told".into(), ..Held::default() };
        let mut decoded = Decoded { messages, held, failed: Some("at abc".into()), ..Decoded::default() };
        hiding.decoded(&mut decoded, &[0..2, 2..3]);
        let says: Vec<&str> = decoded.held.differences.iter().map(|difference| difference.says.as_str()).collect();
        assert!(says[0].starts_with("message 1: token is not what was expected"), "{says:?}");
        assert!(says[1].starts_with("message 1: it is not what was expected"), "{says:?}");
        assert_eq!((says[2], decoded.failed.as_deref()), ("*** is ab", Some("at ***")));
        assert_ne!(decoded.held.digest, "told");
        assert_eq!(digest(b"abc", &[0..2, 2..3], false), "");
    }
}
