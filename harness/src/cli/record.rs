//! `samewire run --record`: a first expectation of each case that has none, written into its file where most clients agree.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::compare;
use super::run::stop_on_signal;
use super::terminal::{BAD, GOOD, SKIPPED, STRONG, note, print, styled};
use super::{CommandError, SelectionArgs, Status};
use crate::agreement::listed;
use crate::config::Require;
use crate::launch::Scratch;
use crate::printable::{counted, line};
use crate::record::{Agreed, Draft, decide, masked};
use crate::run::in_parallel;
use crate::session::{Planned, Session};
use crate::suite::{Case, Suite, writer};
use crate::trial::{Interrupt, Launcher};
use crate::verdict::Verdict;

/// The most clients that agree and are named.
const NAMED: usize = 4;

/// What a trial showed.
struct Attempt {
    planned: Planned,
    client: String,
    verdict: Verdict,
    draft: Result<Draft, String>,
    capture: PathBuf,
}

pub fn record(selection: &SelectionArgs, require: Option<Require>, jobs: usize) -> Result<Status, CommandError> {
    let session = selection.unwritten(require)?;
    if session.trials.is_empty() {
        let why = if session.cases.is_empty() { "every case says already what is expected" } else { "no trial is selected" };
        note(&format!("nothing to record: {why}\n"));
        return Ok(Status::Failed);
    }
    let (interrupt, folder) = (Interrupt::new(), Scratch::new()?);
    stop_on_signal(interrupt.clone())?;
    note(&format!("running {}\n", counted(session.trials.len(), "trial")));
    let try_one = |(number, planned)| attempt(&session, planned, folder.path().join(format!("{number}.jsonl")), &interrupt);
    let attempts = in_parallel(jobs, session.trials.iter().copied().enumerate().collect(), try_one);
    if interrupt.is_stopped() {
        note("stopped: nothing was written\n");
        return Ok(Status::Failed);
    }
    let status = write_all(&session, &attempts)?;
    folder.close()?;
    Ok(status)
}

fn attempt(session: &Session, planned: Planned, capture: PathBuf, interrupt: &Interrupt) -> Attempt {
    let trial = session.run(planned, &capture, &Launcher::Ourselves, interrupt);
    let client = session.clients[planned.client].entry.name.clone();
    Attempt { planned, client, verdict: trial.judgement.verdict, draft: Draft::of(&trial), capture }
}

/// Writes what can be, case by case, and says what became of each.
fn write_all(session: &Session, attempts: &[Attempt]) -> Result<Status, CommandError> {
    let cases: Vec<&[Attempt]> = attempts.chunk_by(|one, other| one.planned.case == other.planned.case).collect();
    let mut recorded = 0;
    for attempts in &cases {
        let case = &session.cases[attempts[0].planned.case];
        let (is_recorded, said) = decided(case, attempts)?;
        let (style, word) = if is_recorded { (GOOD, "recorded") } else { (BAD, "not recorded") };
        print(&format!("{} {}: {said}", styled(style, word), styled(STRONG, &line(&case.name))))?;
        print(&took_no_part(attempts))?;
        recorded += usize::from(is_recorded);
    }
    let required: Vec<&Attempt> = attempts.iter().filter(|attempt| is_required_and_missing(session, attempt)).collect();
    print(&missing(attempts))?;
    let look = if recorded > 0 { "; look at each line: clients that agree may be wrong together" } else { "" };
    print(&format!("{recorded} of {} recorded{look}\n", counted(cases.len(), "case")))?;
    Ok(if recorded == cases.len() && required.is_empty() { Status::Good } else { Status::Failed })
}

fn is_required_and_missing(session: &Session, attempt: &Attempt) -> bool {
    attempt.verdict == Verdict::Missing && session.fails(attempt.planned, attempt.verdict)
}

/// Whether a case was recorded, and what there is to say of it, in lines.
fn decided(case: &Case, attempts: &[Attempt]) -> Result<(bool, String), CommandError> {
    let drafts: Vec<(String, Draft)> =
        attempts.iter().filter_map(|attempt| Some((attempt.client.clone(), attempt.draft.clone().ok()?))).collect();
    let agreed = match decide(case, &drafts) {
        Ok(agreed) => agreed,
        Err(undecided) => return Ok((false, format!("{}\n{}", line(&undecided.to_string()), proposed(&drafts, attempts)?))),
    };
    let lines = writer::lines(&agreed.draft.connections, &agreed.draft.output);
    let shown = shown(&lines);
    match write(case, agreed.draft, lines) {
        Ok(()) => Ok((true, format!("{}\n{shown}", who(&agreed)))),
        Err(error) => Ok((false, format!("{}\n{shown}", line(&error.to_string())))),
    }
}

fn who(agreed: &Agreed<'_>) -> String {
    let most = match agreed.clients.len() {
        count if count > NAMED => format!("{count} clients agree"),
        _ => format!("{} agree", line(&listed(&agreed.clients))),
    };
    if agreed.others.is_empty() { most } else { format!("{most}, and not {}", line(&listed(&agreed.others))) }
}

/// What a person may write where clients do not agree: masks; else where two of them part.
fn proposed(drafts: &[(String, Draft)], attempts: &[Attempt]) -> Result<String, CommandError> {
    if let Some(draft) = masked(drafts) {
        let lines = writer::lines(&draft.connections, &draft.output);
        return Ok(format!("  if these octets may vary, write this into the case, with a better name:\n{}", shown(&lines)));
    }
    let Some((first, rest)) = drafts.split_first() else { return Ok(String::new()) };
    let Some(other) = rest.iter().find(|other| other.1 != first.1) else { return Ok(String::new()) };
    let capture =
        |client: &str| attempts.iter().find(|attempt| attempt.client == client).map(|attempt| attempt.capture.as_path());
    let Some((upper, lower)) = capture(&first.0).zip(capture(&other.0)) else { return Ok(String::new()) };
    let differences = compare::differences([upper, lower], ["A", "B"])?;
    let legend = format!("A is {}, B is {}", line(&first.0), line(&other.0));
    Ok(std::iter::once(&legend).chain(&differences).map(|line| format!("  {line}\n")).collect())
}

/// Lines as they stand in the file; what is in them was recorded.
fn shown(lines: &writer::Lines) -> String {
    lines.iter().map(|(key, value)| format!("  {key} = {}\n", line(value.to_string().trim()))).collect()
}

/// Who was started and did not come to an end.
fn took_no_part(attempts: &[Attempt]) -> String {
    let failed = attempts.iter().filter(|attempt| !matches!(attempt.verdict, Verdict::Missing | Verdict::Unsupported));
    let said = failed.filter_map(|attempt| Some((&attempt.client, attempt.draft.as_ref().err()?)));
    said.map(|(client, why)| format!("  {} takes no part: {}\n", line(client), line(why))).collect()
}

fn missing(attempts: &[Attempt]) -> String {
    let missing = attempts.iter().filter(|attempt| attempt.verdict == Verdict::Missing);
    let mut clients: Vec<&str> = missing.map(|attempt| attempt.client.as_str()).collect();
    clients.sort_unstable();
    clients.dedup();
    if clients.is_empty() {
        return String::new();
    }
    let names = line(&listed(&clients));
    format!("{}: {names} (samewire doctor says how to install what they need)\n", styled(SKIPPED, "missing"))
}

/// Writes a draft into the file of its case, as it is now; all or nothing.
fn write(case: &Case, draft: &Draft, lines: writer::Lines) -> Result<(), CommandError> {
    let path = &case.location.path;
    let name = case.name.rsplit('/').next().unwrap_or_default();
    let before = fs::read_to_string(path).map_err(|error| format!("read {}: {error}", path.display()))?;
    let is_crlf = before.contains("\r\n");
    let text = writer::added(&before.replace("\r\n", "\n"), name, lines)
        .map_err(|error| format!("write into {}: {error}", path.display()))?;
    // The rules of cases know more than the writer: that a plan and its endings go together.
    let cases = Suite::parse_unwritten(path, &text)?.cases;
    let written = cases.iter().find(|other| other.name == case.name);
    if written.is_none_or(|written| (&written.connections, &written.output) != (&draft.connections, &draft.output)) {
        return Err(format!("{} would not say what was recorded; write it yourself", path.display()).into());
    }
    let text = if is_crlf { text.replace('\n', "\r\n") } else { text };
    replace(path, &text).map_err(|error| format!("write {}: {error}", path.display()).into())
}

/// Puts a text where a file was, so that whatever happens, one of the two is there whole.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
