//! The one sentence that decides a trial, which every view says first. Pure, of the report alone.

use super::{Carried, Exit, MessagesReport, TrialReport, answers, complaint};
use crate::judge::diagnosis::{Diagnosis, UNEXPLAINED};
use crate::judge::verdict::Verdict;
use crate::printable::{counted, line};
use crate::suite::contract::CANNOT;
use crate::suite::expectation::ExpectedExit;
use crate::trial::difference::Drawing;

/// Characters of a digest that are enough to tell two apart by eye.
const DIGEST: usize = 12;

impl TrialReport {
    /// The one sentence that says why the trial has its verdict, and what is to be done where the verdict itself asks for it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.verdict {
            Verdict::Flaky => {
                format!("{}: {}{}{}", how_often(self), not_excused(self), elsewhere(self), self.sentence_of(self.decisive()))
            }
            Verdict::KnownFailure => known(self),
            Verdict::UnexpectedPass => passed_all_the_same(self),
            verdict => {
                format!("{}{}{}{}", otherwise_than_known(self), elsewhere(self), no_tls(self), self.sentence_of(verdict))
            }
        }
    }

    /// The verdict that the sentence is of: of one that is flaky, that of its worst attempt.
    #[must_use]
    pub fn decisive(&self) -> Verdict {
        match self.verdict {
            Verdict::Flaky => self.also.first().copied().unwrap_or(Verdict::Flaky),
            verdict => verdict,
        }
    }

    /// The cause that is named first; none where no cause is known.
    #[must_use]
    pub fn cause(&self) -> Option<&Diagnosis> {
        self.diagnoses.iter().find(|diagnosis| diagnosis.name != UNEXPLAINED)
    }

    /// Why one of the verdicts holds that were found.
    pub(super) fn sentence_of(&self, verdict: Verdict) -> String {
        match verdict {
            Verdict::SetupError => first_line(self).to_owned(),
            Verdict::Missing if self.failed => format!("{}, and the client is required", first_line(self)),
            Verdict::Missing => first_line(self).to_owned(),
            Verdict::Interrupted => self.problem.clone().unwrap_or_else(|| "the run was stopped before it had ended".into()),
            Verdict::TimedOut => timed_out(self),
            Verdict::Crashed => crashed(self),
            Verdict::AcceptedBadCertificate => accepted(self),
            Verdict::Differs => format!("{}{}", differs(self), ended(self).map(|how| format!("; {how}")).unwrap_or_default()),
            Verdict::WrongEnding => wrong_ending(self),
            Verdict::OutOfTurn => breach(self, false).unwrap_or_else(|| answers::out_of_turn(self)),
            Verdict::WrongOutput => {
                format!("{}{}", wrong_output(self), ended(self).map(|how| format!("; {how}")).unwrap_or_default())
            }
            Verdict::KnownFailure => known(self),
            Verdict::UnexpectedPass => passed_all_the_same(self),
            Verdict::Unsupported => match &self.lacks {
                Some(word) => format!("its client.toml says that it lacks `{word}`"),
                None => "its client.toml says that it cannot do this".into(),
            },
            Verdict::Flaky => how_often(self),
            Verdict::Passed => "as expected".into(),
        }
    }
}

/// What comes before the reason where a client never reached the recorder, and packets show what it dialled instead.
fn elsewhere(trial: &TrialReport) -> String {
    let is_what_it_did = !matches!(trial.decisive(), Verdict::SetupError | Verdict::Interrupted | Verdict::Passed);
    let dialled = trial.packets.as_ref().and_then(|packets| packets.dialled.as_ref()).filter(|_| is_what_it_did);
    dialled.map(|dialled| format!("{dialled}; ")).unwrap_or_default()
}

/// What comes before the reason where a client that was to speak TLS did not come to.
fn no_tls(trial: &TrialReport) -> String {
    let did_wrong = matches!(trial.decisive(), Verdict::TimedOut | Verdict::Crashed | Verdict::Differs | Verdict::WrongEnding);
    let all = trial.timelines.iter().enumerate().filter(|_| did_wrong);
    let failed = all.filter_map(|(index, line)| Some((index + 1, line.tls.as_ref()?.failed.as_ref()?))).next();
    failed.map(|(connection, why)| format!("no TLS on connection {connection}: {}; ", line(why))).unwrap_or_default()
}

fn accepted(trial: &TrialReport) -> String {
    let sent = trial.captured.iter().map(|carried| carried.length).sum();
    let fault = trial.bad_certificate.as_deref().unwrap_or("bad");
    format!("it accepted a certificate that it must refuse ({fault}), and sent {}", octets(sent))
}

fn first_line(trial: &TrialReport) -> &str {
    trial.problem.as_deref().and_then(|problem| problem.lines().next()).unwrap_or("it was not run")
}

/// `3 of 9 attempts did not pass (3 differs, 6 passed)`
fn how_often(trial: &TrialReport) -> String {
    let all: usize = trial.attempts.values().sum();
    let passed = trial.attempts.get(Verdict::Passed.name()).copied().unwrap_or(0);
    let each: Vec<String> = trial.attempts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!("{} of {} did not pass ({})", all - passed, counted(all, "attempt"), each.join(", "))
}

fn known(trial: &TrialReport) -> String {
    format!("known to fail{}: {}{}", below(trial), trial.known.as_deref().unwrap_or_default(), at_entry(trial))
}

fn passed_all_the_same(trial: &TrialReport) -> String {
    match (&trial.known, &trial.lacks) {
        (Some(known), _) => {
            let below = below(trial);
            let or = if below.is_empty() { "" } else { ", or lower its `below`" };
            format!("it is known to fail{below} ({known}), but passed: remove the entry{or}{}", at_entry(trial))
        }
        (None, Some(word)) => {
            format!("it says that it lacks `{word}`, but exited with status 0: remove the word from `lacks` in client.toml")
        }
        (None, None) => "it was to fail, but passed".into(),
    }
}

impl TrialReport {
    /// Whether it is known to fail for another reason than it did.
    #[must_use]
    pub(crate) fn failed_otherwise(&self) -> bool {
        !matches!(self.verdict, Verdict::Flaky | Verdict::KnownFailure | Verdict::UnexpectedPass)
            && self.entry.as_ref().is_some_and(|entry| entry.diagnosis.is_some() && entry.beyond.is_none())
    }
}

/// ` below 2.3`, where it is known to fail in such versions alone.
fn below(trial: &TrialReport) -> String {
    let below = trial.entry.as_ref().and_then(|entry| entry.below.as_ref());
    below.map(|version| format!(" below {version}")).unwrap_or_default()
}

/// What comes before the reason where a client would be known to fail were it of another version.
fn not_excused(trial: &TrialReport) -> String {
    let beyond = trial.entry.as_ref().and_then(|entry| entry.beyond.as_ref());
    beyond.map(|why| format!("known to fail{}{}, but {}: ", below(trial), at_entry(trial), line(why))).unwrap_or_default()
}

/// What comes before the reason where a client is known to fail, and did it in another way.
fn otherwise_than_known(trial: &TrialReport) -> String {
    if trial.entry.as_ref().is_some_and(|entry| entry.beyond.is_some()) {
        return not_excused(trial);
    }
    let known = trial.entry.as_ref().and_then(|entry| entry.diagnosis.as_deref());
    known.map(|name| format!("known to fail as {name}{}, but this is something else: ", at_entry(trial))).unwrap_or_default()
}

fn at_entry(trial: &TrialReport) -> String {
    trial.entry.as_ref().map(|entry| format!(" ({}:{})", entry.file.display(), entry.line)).unwrap_or_default()
}

fn timed_out(trial: &TrialReport) -> String {
    let seconds = trial.duration_ms as f64 / 1000.0;
    let waiting = answers::waiting(trial).next().map(|waiting| format!("; {waiting}"));
    let stopped = match trial.exit {
        Some(Exit::Stopped(signal)) => Some(format!(
            "; signal {signal} had stopped it, as happens to a program that asks a terminal for input (a password?): a trial has no terminal"
        )),
        _ => None,
    };
    format!("the client's time was up after {seconds:.1} s, {}{}", so_far(trial), stopped.or(waiting).unwrap_or_default())
}

/// What had come when a client was ended.
fn so_far(trial: &TrialReport) -> String {
    let sum = |all: &[Carried]| all.iter().map(|carried| carried.length).sum::<u64>();
    match (sum(&trial.captured), sum(&trial.expected)) {
        _ if trial.captured.is_empty() => "and it had not connected".into(),
        (0, _) => "and it had sent nothing".into(),
        (came, _) if trial.expected.is_empty() || trial.expected.iter().any(|expected| expected.anything) => {
            format!("and {} had come", counted(usize::try_from(came).unwrap_or(usize::MAX), "octet"))
        }
        (came, expected) if came == expected => "and all its octets had come".into(),
        (came, _) if trial.expected.iter().any(|expected| !expected.parts.is_empty()) => {
            format!("and {} had come", octets(came))
        }
        (came, expected) => format!("and {came} of {expected} octets had come"),
    }
}

fn crashed(trial: &TrialReport) -> String {
    let how = match trial.exit {
        Some(Exit::Signal(signal)) => format!("the client was ended by signal {signal}"),
        Some(Exit::Status(CANNOT)) if !trial.captured.is_empty() => {
            format!("the client exited with status {CANNOT} after it had connected")
        }
        Some(Exit::Status(CANNOT)) => {
            format!("the client exited with status {CANNOT}: it cannot do this, and its `lacks` does not say so")
        }
        Some(Exit::Status(status)) => format!("the client exited with status {status}"),
        _ => "the client failed".into(),
    };
    let how = format!("{how}{}", asked(trial.expected_exit));
    match complaint::of(&trial.stderr) {
        Some(complaint) => format!("{how}: {}", complaint.line),
        None => format!("{how}; it wrote nothing to stderr"),
    }
}

/// How one came to its end that never ends by itself; nothing where it ended when it was told to.
pub(super) fn ended(trial: &TrialReport) -> Option<String> {
    let seconds = trial.duration_ms as f64 / 1000.0;
    let said = || complaint::of(&trial.stderr).map(|complaint| format!(": {}", complaint.line)).unwrap_or_default();
    match trial.exit.as_ref().filter(|_| trial.ends_freely)? {
        Exit::Status(status) => Some(format!("it ended by itself after {seconds:.1} s, with status {status}{}", said())),
        Exit::Signal(signal) => Some(format!("it ended by itself after {seconds:.1} s, by signal {signal}{}", said())),
        Exit::TimedOut => Some(format!("its time was up after {seconds:.1} s")),
        Exit::Stopped(signal) => Some(format!("its time was up after {seconds:.1} s, and signal {signal} had stopped it")),
        Exit::Enough { was_killed: true } => Some("it did not end when it was told to (SIGTERM), and was killed".into()),
        Exit::Enough { was_killed: false } | Exit::Interrupted | Exit::Unknown => None,
    }
}

fn asked(exit: ExpectedExit) -> String {
    match exit {
        ExpectedExit::Zero => String::new(),
        ExpectedExit::NonZero => ", but a status other than 0 was expected".into(),
        ExpectedExit::Status(status) => format!(", but status {status} was expected"),
    }
}

fn differs(trial: &TrialReport) -> String {
    let of_octets = octets_differ(trial);
    match (how_many(trial), in_messages(trial, false)) {
        (None, Some(said)) => of_octets.map(|octets| format!("{said}; {octets}")).unwrap_or(said),
        _ => of_octets.unwrap_or_else(|| "other octets came than were expected".into()),
    }
}

/// The first difference of messages, of connections or of what was printed.
fn in_messages(trial: &TrialReport, printed: bool) -> Option<String> {
    let mut all = trial.messages.iter().filter(|messages| messages.connection.is_none() == printed);
    let messages = all.find(|messages| !messages.differences.is_empty())?;
    let first = messages.differences.first()?;
    let on = match messages.connection {
        Some(connection) if trial.expected.len() > 1 => format!("connection {connection}, "),
        _ => String::new(),
    };
    Some(format!("{on}{}", first.says))
}

/// Whether one of the trial's sentences says already what is first of these messages.
pub(super) fn says_first(trial: &TrialReport, messages: &MessagesReport) -> bool {
    let verdict = if messages.connection.is_some() { Verdict::Differs } else { Verdict::WrongOutput };
    let is_of = |other: &&MessagesReport| other.connection.is_some() == messages.connection.is_some();
    let first = trial.messages.iter().filter(is_of).find(|messages| !messages.differences.is_empty());
    first == Some(messages) && trial.has(verdict) && (verdict == Verdict::WrongOutput || how_many(trial).is_none())
}

/// What there is to say of octets; nothing where messages alone are judged.
fn octets_differ(trial: &TrialReport) -> Option<String> {
    let facts = how_many(trial).or_else(|| where_octets_part(trial)).or_else(|| digests(trial));
    match (trial.cause(), facts) {
        (Some(cause), Some(facts)) => Some(format!("{} ({}); {facts}", cause.sentence, cause.name)),
        (Some(cause), None) => Some(format!("{} ({})", cause.sentence, cause.name)),
        (None, facts) => facts,
    }
}

/// What there is to say of the number of connections; nothing where it is right, or where there is none at all.
fn how_many(trial: &TrialReport) -> Option<String> {
    let (expected, came) = (trial.expected.len(), trial.captured.len());
    match came {
        _ if came == expected => None,
        0 if trial.cause().is_some() => None,
        0 => Some(format!("{} expected, and none came", were(expected))),
        _ if came > expected && all_are_right(trial) => Some(extra(expected, &trial.captured[expected..])),
        _ => Some(format!("{} expected, and {came} came", were(expected))),
    }
}

fn were(connections: usize) -> String {
    format!("{} {}", counted(connections, "connection"), if connections == 1 { "was" } else { "were" })
}

/// Whether each connection that was expected carried what it should.
fn all_are_right(trial: &TrialReport) -> bool {
    let pairs = trial.expected.iter().zip(&trial.captured).enumerate();
    pairs.into_iter().all(|(index, (expected, came))| trial.drawing_of(index + 1).is_none() && !differ(expected, came))
}

/// `connection 2 was not expected; it sent nothing`
fn extra(expected: usize, connections: &[Carried]) -> String {
    let sent: u64 = connections.iter().map(|connection| connection.length).sum();
    let (which, sent_it) = match connections.len() {
        1 => (format!("connection {} was", expected + 1), "it sent"),
        more => (format!("connections {} to {} were", expected + 1, expected + more), "they sent"),
    };
    let what = if sent == 0 { "nothing".into() } else { counted(usize::try_from(sent).unwrap_or(usize::MAX), "octet") };
    format!("{which} not expected; {sent_it} {what}")
}

/// `first difference at offset 4: line 1, ...`, with its connection where there are several.
fn where_octets_part(trial: &TrialReport) -> Option<String> {
    let drawing = trial.drawings.iter().find(|drawing| parts(drawing))?;
    let (connection, first) = (drawing.connection?, drawing.picture.first_difference.as_ref()?);
    let on = if trial.expected.len() > 1 { format!("connection {connection}, ") } else { String::new() };
    if let Some(part) = &first.part {
        return Some(format!("{on}{}", line(part)));
    }
    let place = first.place.as_ref().map(|place| format!(": {place}")).unwrap_or_default();
    Some(format!("{on}first difference at offset {}{place}", first.offset))
}

/// Whether it shows where the octets of a connection part.
fn parts(drawing: &Drawing) -> bool {
    drawing.connection.is_some() && drawing.picture.first_difference.is_some()
}

/// Whether one of the trial's sentences says already where the first difference is that is drawn here.
pub(super) fn says_where(trial: &TrialReport, drawing: &Drawing) -> bool {
    if drawing.connection.is_none() {
        return trial.has(Verdict::WrongOutput);
    }
    let is_first = trial.drawings.iter().find(|drawing| parts(drawing)) == Some(drawing);
    is_first && trial.has(Verdict::Differs) && how_many(trial).is_none()
}

/// `10 octets with SHA-256 3a7bd3e2360a... were expected, and 10 with 9c56cc51b374... came`
fn digests(trial: &TrialReport) -> Option<String> {
    let pairs = trial.expected.iter().zip(&trial.captured).enumerate();
    let (index, (expected, came)) = pairs.into_iter().find(|(_, (expected, came))| differ(expected, came))?;
    let on = if trial.expected.len() > 1 { format!("connection {}: ", index + 1) } else { String::new() };
    let short = |carried: &Carried| {
        let digest: Option<String> = carried.sha256.as_ref().map(|digest| digest.chars().take(DIGEST).collect());
        digest.map(|digest| format!(" with SHA-256 {digest}...")).unwrap_or_default()
    };
    let octets = counted(usize::try_from(expected.length).unwrap_or(usize::MAX), "octet");
    let were = if expected.length == 1 { "was" } else { "were" };
    Some(format!("{on}{octets}{} {were} expected, and {}{} came", short(expected), came.length, short(came)))
}

/// Whether two are other octets, as far as length and digest tell.
pub(super) fn differ(expected: &Carried, came: &Carried) -> bool {
    // Of parts that bend nobody can tell by length; where they do not fit, there is a drawing. Nor of anything.
    !expected.anything && expected.parts.is_empty() && expected.length != came.length
        || expected.sha256.as_ref().zip(came.sha256.as_ref()).is_some_and(|(expected, came)| expected != came)
}

fn wrong_ending(trial: &TrialReport) -> String {
    match endings(trial).next() {
        Some(ending) => ending,
        None if trial.exit == Some(Exit::Status(0)) && trial.expected_exit != ExpectedExit::Zero => {
            format!("the client exited with status 0{}", asked(trial.expected_exit))
        }
        None => breach(trial, true).unwrap_or_else(|| "a connection ended too early".into()),
    }
}

/// How it went on too early, in how a connection ended or in what was sent on it.
fn breach(trial: &TrialReport, of_ending: bool) -> Option<String> {
    trial.breaches.iter().find(|breach| breach.is_of_ending() == of_ending).map(ToString::to_string)
}

/// The connections that did not end as they should.
pub(super) fn endings(trial: &TrialReport) -> impl Iterator<Item = String> {
    let pairs = trial.expected.iter().zip(&trial.captured).enumerate().filter(|_| !trial.ends_freely);
    pairs.filter_map(|(index, (expected, came))| {
        let (first, ended) = (expected.ending?, came.ending?);
        let either: Vec<String> = std::iter::once(&first).chain(&expected.or_endings).map(ToString::to_string).collect();
        let is_wrong = first != ended && !expected.or_endings.contains(&ended);
        let why = answers::unread(trial, index + 1).map(|why| format!("; {why}")).unwrap_or_default();
        is_wrong.then(|| format!("connection {}: expected to end in {}, ended in {ended}{why}", index + 1, either.join(" or ")))
    })
}

fn wrong_output(trial: &TrialReport) -> String {
    if let Some(said) = in_messages(trial, true) {
        return format!("what it received and printed: {said}");
    }
    let drawn = trial.drawings.iter().find(|drawing| drawing.connection.is_none());
    let at = drawn.and_then(|drawing| drawing.picture.first_difference.as_ref());
    let at = at.map(|first| match &first.part {
        Some(part) => format!("; {}", line(part)),
        None => format!("; first difference at offset {}", first.offset),
    });
    let at = at.unwrap_or_default();
    let printed = trial.output.as_ref().map_or(0, |output| output.length);
    format!("what it received and printed: expected {}, printed {printed}{at}", wanted(&trial.expected_output))
}

/// How many octets are expected; of parts that bend, how many at least.
pub(super) fn wanted(expected: &Carried) -> String {
    format!("{}{}", if expected.parts.is_empty() { "" } else { "at least " }, octets(expected.length))
}

fn octets(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "octet")
}
