//! What was found, as cases of a suite: written behind what a file holds already, which stays as it is. Pure.

use std::path::Path;
use std::time::Duration;

use samewire_recorder::{Answers, PeerEnd, Reply, Trigger};
use toml_edit::{Array, InlineTable, Value};

use crate::hex;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::finding::Finding;
use crate::run::fuzz::replies::{Answer, answers};
use crate::source::FileError;
use crate::suite::expectation::{Content, Expectation};
use crate::suite::{Case, Defined, Suite};

/// The most octets that are written as hex; of more, their number and their digest.
const MOST_HEX: usize = 1024;

/// The cases that a file holds; `text` is what stands in it.
///
/// # Errors
/// It is no file of cases, or cannot be one by its name.
pub(crate) fn cases_of(path: &Path, text: &str, defined: &Defined) -> Result<Vec<Case>, FileError> {
    let error = |problem: &str| FileError { path: path.to_owned(), line: None, problem: problem.into() };
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Err(error("the name of a file of cases ends in `.toml`"));
    }
    let cases = Suite::parse_unwritten(path, text, defined)?.cases;
    match cases.iter().find(|case| case.unwritten) {
        Some(case) => Err(case.says_nothing()),
        None => Ok(cases),
    }
}

/// `text`, and behind it a case for what was found with this seed, and its name; nothing where a case of the file has the same plan.
///
/// # Errors
/// The file would not hold what was found.
pub(crate) fn with_case(
    (path, text, defined): (&Path, &str, &Defined),
    finding: &Finding,
    seed: u64,
) -> Result<Option<(String, String)>, FileError> {
    let cases = cases_of(path, text, defined)?;
    // By its text: a NaN is no NaN.
    let plan_of = |case: &Case| case.plan.as_ref().map(|plan| plan.text.clone());
    let plan = plan_of(&finding.case);
    if cases.iter().any(|case| plan_of(case) == plan) {
        return Ok(None);
    }
    let group = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = free_name(&cases, &group, &format!("seed-{seed}-plan-{}", finding.plan));
    let is_crlf = text.contains("\r\n");
    let before = text.replace("\r\n", "\n");
    let gap = match before.as_str() {
        "" => "",
        whole if whole.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let whole = format!("{before}{gap}{}", entry(finding, &name, seed));
    let case = cases_of(path, &whole, defined)?.pop();
    let is_it = |case: &Case| {
        plan_of(case) == plan
            && case.connections.len() == finding.case.connections.len()
            && case.recorder.answers == Answers::Replies(answered(finding).iter().map(Reply::from).collect())
    };
    if !case.is_some_and(|case| is_it(&case)) {
        let problem = "it would not hold what was found; save it into another file".to_owned();
        return Err(FileError { path: path.to_owned(), line: None, problem });
    }
    let whole = if is_crlf { whole.replace('\n', "\r\n") } else { whole };
    Ok(Some((whole, format!("{group}/{name}"))))
}

/// A name that no case of the file has yet.
fn free_name(cases: &[Case], group: &str, name: &str) -> String {
    let is_taken = |name: &str| cases.iter().any(|case| case.name == format!("{group}/{name}"));
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

/// A case as it stands in a file, with where it comes from.
fn entry(finding: &Finding, name: &str, seed: u64) -> String {
    let Finding { plan, name: client, fault, case, .. } = finding;
    let about = format!("{client} had it wrong: {fault}");
    let mut lines = vec![
        format!("# Found by `samewire fuzz --seed {seed} --plans {plan}`, and shrunk."),
        "[[case]]".into(),
        format!("name    = {}", string(name)),
        format!("about   = {}", string(&about)),
        "hazards = []".into(),
    ];
    if let Some(plan) = &case.plan {
        lines.push(format!("plan    = {}", string(&plan.text)));
    }
    match case.connections.as_slice() {
        [one] => lines.push(format!("expect  = {}", expectation(one))),
        several => {
            lines.push("connections = [".into());
            lines.extend(several.iter().map(|one| format!("    {},", expectation(one))));
            lines.push("]".into());
        }
    }
    if case.output.length() > 0 {
        lines.push(format!("output  = {}", octets(&case.output)));
    }
    let replies: Array = answered(finding).iter().map(reply).collect();
    if !replies.is_empty() {
        lines.extend([String::new(), "[case.recorder]".into(), "replies = [".into()]);
        lines.extend(replies.iter().map(|reply| format!("    {reply},")));
        lines.push("]".into());
    }
    lines.join("\n") + "\n"
}

/// A string, escaped on one line: what is in a plan may be invisible, or no TOML string may hold it as it is.
fn string(text: &str) -> String {
    let escaped = |character: char| match character {
        '\\' => "\\\\".into(),
        '"' => "\\\"".into(),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        plain if plain == ' ' || plain.is_ascii_graphic() => plain.to_string(),
        hidden if hidden.escape_debug().len() > 1 || hidden.is_control() => format!("\\U{:08X}", u32::from(hidden)),
        plain => plain.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

fn expectation(expected: &Expectation) -> InlineTable {
    let mut table = octets(&expected.content);
    if expected.ending == PeerEnd::Reset {
        table.insert("ending", "reset".into());
    }
    table
}

fn octets(content: &Content) -> InlineTable {
    match content {
        Content::Octets { octets, .. } if octets.len() <= MOST_HEX => InlineTable::from_iter([("hex", hex::encode(octets))]),
        digest => InlineTable::from_iter([
            ("sha256", Value::from(digest.sha256().unwrap_or_default())),
            ("bytes", Value::from(i64::try_from(digest.length()).unwrap_or(i64::MAX))),
        ]),
    }
}

/// How long an answer is kept back from a client that does not wait for it: without that, it may be there by chance.
const KEPT_BACK: Duration = Duration::from_millis(100);

/// What the recorder sends, connection by connection. Where octets differ, no close is held: that would try clients on more.
fn answered(finding: &Finding) -> Vec<Answer> {
    let is_held = match &finding.case.recorder.answers {
        Answers::Replies(replies) => replies.iter().any(|reply| !reply.pause.is_zero()),
        _ => false,
    };
    let is_about_octets = finding.fault.verdict == Verdict::Differs;
    let mut answers = finding.case.plan.as_ref().map(|plan| answers(plan, is_held && !is_about_octets)).unwrap_or_default();
    if finding.fault.verdict == Verdict::OutOfTurn {
        answers.iter_mut().filter(|answer| answer.when == Trigger::Connect).for_each(|answer| answer.delay = KEPT_BACK);
    }
    answers
}

fn reply(answer: &Answer) -> InlineTable {
    let count = |count: u64| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let (when, value) = match &answer.when {
        Trigger::Octets(octets) => ("after_bytes", count(*octets)),
        Trigger::Fin => ("at", Value::from("fin")),
        _ => ("at", Value::from("connect")),
    };
    let octets = Value::from(hex::encode(&answer.pieces.concat()));
    let mut table = InlineTable::from_iter([(when, value), ("connection", count(answer.connection)), ("hex", octets)]);
    if !answer.delay.is_zero() {
        table.insert("delay_ms", count(milliseconds(answer.delay)));
    }
    if let [first, _, ..] = answer.pieces.as_slice() {
        table.insert("pieces", Value::from(Array::from_iter([count(first.len() as u64)])));
        table.insert("pause_ms", count(milliseconds(answer.pause)));
    }
    table
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
