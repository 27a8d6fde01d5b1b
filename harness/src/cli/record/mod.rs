//! `samewire run --record`: a first expectation of each case that has none, written into its file where most clients agree.

mod attempt;
mod learnt;
mod undecided;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::signals::stop_on_signal;
use super::terminal::{BAD, GOOD, SKIPPED, STRONG, note, print, styled};
use super::{CommandError, NetworkArgs, SelectionArgs, Status, remarks};
use crate::judge::agreement::listed;
use crate::judge::verdict::Verdict;
use crate::printable::{counted, line};
use crate::run::in_parallel;
use crate::run::record::{Agreed, decide};
use crate::run::session::Session;
use crate::run::witness::{Draft, Witness};
use crate::suite::config::Require;
use crate::suite::expectation::{Content, Expectation};
use crate::suite::{Case, Defined, Redaction, Suite, writer};
use crate::trial::Interrupt;
use crate::trial::launch::Scratch;
use attempt::Attempt;
use learnt::{Learnt, learnt, reasons};

/// The most clients that agree and are named.
const NAMED: usize = 4;

/// Clients of so many folders must agree: one alone may be wrong.
const AGREEING: usize = 2;

/// How often each client is run at least, before it is believed.
const RUNS: u32 = 3;

/// How long after its first run the last one begins at least: clocks of whole seconds have moved on by then.
const APART: Duration = Duration::from_secs(1);

pub(super) fn record(
    selection: &SelectionArgs,
    require: Option<Require>,
    network: NetworkArgs,
    jobs: usize,
    runs: u32,
) -> Result<Status, CommandError> {
    let session = selection.unwritten(require, network)?;
    if session.trials.is_empty() {
        let why = if session.cases.is_empty() { "every case already has an expectation" } else { "no trial is selected" };
        note(&format!("nothing to record: {why}\n"));
        return Ok(Status::Failed);
    }
    let (interrupt, folder) = (Interrupt::new(), Scratch::new()?);
    stop_on_signal(interrupt.clone())?;
    let runs = runs.max(RUNS);
    note(&format!("running {}, each {runs} times or more\n", counted(session.trials.len(), "trial")));
    let attempts = rounds(runs, session.trials.iter().map(|planned| Attempt::of(&session, *planned)).collect(), |attempts| {
        in_parallel(jobs, attempts, |attempt| attempt.again(&session, folder.path(), &interrupt))
    });
    if interrupt.is_stopped() {
        note("stopped: nothing was written\n");
        return Ok(Status::Failed);
    }
    let status = write_all(&session, &attempts)?;
    folder.close()?;
    Ok(status)
}

/// Records the first trial of a session, where one client is taken at its word: whether that came about, and what there is to say.
pub(super) fn alone(session: &Session, interrupt: &Interrupt) -> Result<(bool, String), CommandError> {
    let folder = Scratch::new()?;
    let attempts = session.trials.iter().take(1).map(|planned| Attempt::of(session, *planned)).collect();
    let again = |attempts: Vec<Attempt>| attempts.into_iter().map(|one| one.again(session, folder.path(), interrupt)).collect();
    let attempts = rounds(RUNS, attempts, again);
    let Some(planned) = session.trials.first() else { return Ok((false, "it has no trial\n".into())) };
    let case = &session.cases[planned.case];
    let whole: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.failed.is_none()).collect();
    let all: Vec<(&Attempt, Learnt)> = whole.iter().copied().zip(learnt(case, &whole)).collect();
    let (is_recorded, said) = decided(session, case, &all, 1)?;
    let said = said + &took_no_part(&attempts, &all);
    folder.close()?;
    Ok((is_recorded, said))
}

/// So many rounds, one after the other, and more until the last began some time after the first was over; fewer where nobody is
/// left to be asked.
fn rounds(least: u32, attempts: Vec<Attempt>, round: impl Fn(Vec<Attempt>) -> Vec<Attempt>) -> Vec<Attempt> {
    let mut attempts = round(attempts);
    let first = Instant::now();
    for number in 2.. {
        let is_apart = first.elapsed() >= APART;
        if attempts.iter().all(|attempt| attempt.failed.is_some()) {
            break;
        }
        attempts = round(attempts);
        if number >= least && is_apart {
            break;
        }
    }
    attempts
}

/// Writes what can be, case by case, and says what became of each.
fn write_all(session: &Session, attempts: &[Attempt]) -> Result<Status, CommandError> {
    let cases: Vec<&[Attempt]> = attempts.chunk_by(|one, other| one.planned.case == other.planned.case).collect();
    let mut recorded = 0;
    for attempts in &cases {
        let case = &session.cases[attempts[0].planned.case];
        let whole: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.failed.is_none()).collect();
        let all: Vec<(&Attempt, Learnt)> = whole.iter().copied().zip(learnt(case, &whole)).collect();
        let (is_recorded, said) = decided(session, case, &all, AGREEING)?;
        let (style, word) = if is_recorded { (GOOD, "recorded") } else { (BAD, "not recorded") };
        print(&format!("{} {}: {said}", styled(style, word), styled(STRONG, &line(&case.name))))?;
        print(&session.told.redaction().text(&took_no_part(attempts, &all)))?;
        recorded += usize::from(is_recorded);
    }
    let required: Vec<&Attempt> = attempts.iter().filter(|attempt| is_required_and_missing(session, attempt)).collect();
    print(&missing(attempts))?;
    remarks(session)?;
    let look = if recorded > 0 { "; review each line: clients that agree can all be wrong" } else { "" };
    print(&format!("{recorded} of {} recorded{look}\n", counted(cases.len(), "case")))?;
    Ok(if recorded == cases.len() && required.is_empty() { Status::Good } else { Status::Failed })
}

fn is_required_and_missing(session: &Session, attempt: &Attempt) -> bool {
    attempt.verdict == Verdict::Missing && session.fails(attempt.planned, attempt.verdict)
}

/// Whether a case was recorded, and what there is to say of it, in lines.
fn decided(session: &Session, case: &Case, all: &[(&Attempt, Learnt)], least: usize) -> Result<(bool, String), CommandError> {
    let witnesses: Vec<Witness> = all.iter().map(|(_, learnt)| learnt.witness.clone()).collect();
    let redaction = session.told.redaction();
    let reasons = reasons(all).map(|reason| format!("  {}\n", line(&redaction.text(&reason)))).collect::<String>();
    let agreed = match decide(case, &witnesses, least) {
        Ok(agreed) => agreed,
        Err(undecided) => {
            let told = undecided::told(redaction, case, all)?;
            return Ok((false, format!("{}\n{reasons}{told}", line(&undecided.to_string()))));
        }
    };
    let draft = match hidden(redaction, agreed.draft) {
        Ok(draft) => draft,
        Err(why) => return Ok((false, format!("{why}\n"))),
    };
    let lines = writer::lines(&draft.connections, &draft.output);
    let shown = shown(&lines);
    match write(&session.defined, case, &draft, lines) {
        Ok(()) => Ok((true, format!("{}\n{shown}{reasons}", who(&agreed)))),
        Err(error) => Ok((false, format!("{}\n{shown}{reasons}", line(&error.to_string())))),
    }
}

/// The draft as it is written: with parts for what is not to be shown, which take whatever the expression matches.
fn hidden(redaction: &Redaction, draft: &Draft) -> Result<Draft, String> {
    if redaction.is_empty() {
        return Ok(draft.clone());
    }
    let content = |content: &Content| {
        let hidden = redaction.content(content);
        hidden
            .ok_or_else(|| "it is too long to be written without what `redact` hides; write what is expected by hand".to_owned())
    };
    let connections = draft.connections.iter().map(|expected| {
        let messages = expected.messages.as_ref().map(|messages| messages.iter().map(|one| redaction.message(one)).collect());
        Ok(Expectation { content: content(&expected.content)?, messages, ..expected.clone() })
    });
    Ok(Draft { connections: connections.collect::<Result<_, String>>()?, output: content(&draft.output)? })
}

fn who(agreed: &Agreed<'_>) -> String {
    let most = match agreed.clients.len() {
        count if count > NAMED => format!("{count} clients agree"),
        _ => format!("{} agree", line(&listed(&agreed.clients))),
    };
    if agreed.others.is_empty() { most } else { format!("{most}, and not {}", line(&listed(&agreed.others))) }
}

/// Lines as they stand in the file; what is in them was recorded.
fn shown(lines: &writer::Lines) -> String {
    lines.iter().map(|(key, value)| format!("  {key} = {}\n", line(value.to_string().trim()))).collect()
}

/// Who was started and did not come to an end, or shows in one run what it does not in another, for no reason that is known.
fn took_no_part(attempts: &[Attempt], all: &[(&Attempt, Learnt)]) -> String {
    let failed = attempts.iter().filter(|attempt| !matches!(attempt.verdict, Verdict::Missing | Verdict::Unsupported));
    let failed = failed.filter_map(|attempt| Some((attempt.client(), format!("left out: {}", line(attempt.failed.as_ref()?)))));
    let unsettled = all.iter().filter(|(_, learnt)| learnt.witness.settled().is_none()).map(|(attempt, _)| {
        let (runs, varies) = (attempt.witness.drafts.len(), attempt.witness.varies().join("; "));
        (attempt.client(), format!("does not agree with itself; in {runs} runs, these vary: {varies}"))
    });
    failed.chain(unsettled).map(|(client, why)| format!("  {} {why}\n", line(client))).collect()
}

fn missing(attempts: &[Attempt]) -> String {
    let missing = attempts.iter().filter(|attempt| attempt.verdict == Verdict::Missing);
    let mut clients: Vec<&str> = missing.map(Attempt::client).collect();
    clients.sort_unstable();
    clients.dedup();
    if clients.is_empty() {
        return String::new();
    }
    let names = line(&listed(&clients));
    format!("{}: {names} (samewire doctor says how to install what they need)\n", styled(SKIPPED, "missing"))
}

/// Writes a draft into the file of its case, as it is now; all or nothing.
fn write(defined: &Defined, case: &Case, draft: &Draft, lines: writer::Lines) -> Result<(), CommandError> {
    let path = &case.location.path;
    let name = case.name.rsplit('/').next().unwrap_or_default();
    let before = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let is_crlf = before.contains("\r\n");
    let text = writer::added(&before.replace("\r\n", "\n"), name, lines)
        .map_err(|error| format!("cannot write into {}: {error}", path.display()))?;
    // The rules of cases know more than the writer: that a plan and its endings go together.
    let cases = Suite::parse_unwritten(path, &text, defined)?.cases;
    let written = cases.iter().find(|other| other.name == case.name);
    if written.is_none_or(|written| (&written.connections, &written.output) != (&draft.connections, &draft.output)) {
        return Err(format!("{} would not hold what was recorded; edit it by hand", path.display()).into());
    }
    let text = if is_crlf { text.replace('\n', "\r\n") } else { text };
    replace(path, &text).map_err(|error| format!("cannot write {}: {error}", path.display()).into())
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
