//! `samewire run --record`: a first expectation of each case that has none, written into its file where most clients agree.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::compare;
use super::signals::stop_on_signal;
use super::terminal::{BAD, GOOD, SKIPPED, STRONG, note, print, styled};
use super::{CommandError, NetworkArgs, SelectionArgs, Status, remarks};
use crate::judge::agreement::listed;
use crate::judge::verdict::Verdict;
use crate::printable::{counted, line};
use crate::run::in_parallel;
use crate::run::record::{Agreed, decide, masked};
use crate::run::session::{Planned, Session};
use crate::run::witness::{Draft, Witness};
use crate::suite::config::Require;
use crate::suite::expectation::ExpectedExit;
use crate::suite::{Case, Decoders, Suite, writer};
use crate::trial::capture::sent;
use crate::trial::launch::Scratch;
use crate::trial::{Interrupt, Launcher, Trial};

/// The most clients that agree and are named.
const NAMED: usize = 4;

/// How often each client is run at least, before it is believed.
const RUNS: u32 = 3;

/// How long after its first run the last one begins at least: clocks of whole seconds have moved on by then.
const APART: Duration = Duration::from_secs(1);

/// What the runs of a client on a case showed.
struct Attempt {
    planned: Planned,
    witness: Witness,
    /// The capture of each run.
    captures: Vec<PathBuf>,
    /// The verdict of the last run.
    verdict: Verdict,
    /// Why it takes no part.
    failed: Option<String>,
}

/// A run that came to its end.
struct Run<'a> {
    /// The client, and where its runs differ the number of this one.
    name: String,
    draft: &'a Draft,
    capture: &'a Path,
}

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

impl Attempt {
    fn of(session: &Session, planned: Planned) -> Self {
        let client = session.clients[planned.client].entry.name.clone();
        let witness = Witness { client, drafts: Vec::new() };
        Self { planned, witness, captures: Vec::new(), verdict: Verdict::Interrupted, failed: None }
    }

    /// With one more run; one that failed is not asked again.
    fn again(mut self, session: &Session, folder: &Path, interrupt: &Interrupt) -> Self {
        if self.failed.is_some() {
            return self;
        }
        let (planned, run) = (self.planned, self.captures.len() + 1);
        let capture = folder.join(format!("{}-{}-{run}.jsonl", planned.case, planned.client));
        let trial = session.run(planned, &capture, &Launcher::Ourselves, interrupt);
        self.verdict = trial.judgement.verdict;
        match Draft::of(&trial).and_then(|draft| as_received(&session.cases[planned.case], draft, &trial, &capture)) {
            Ok(draft) => self.show(draft, &capture),
            Err(why) if run > 1 => self.failed = Some(format!("in run {run}: {why}")),
            Err(why) => self.failed = Some(why),
        }
        self.captures.push(capture);
        self
    }

    /// One more draft. The capture of one that the first run has shown already is never looked at; one that stays costs only its place.
    fn show(&mut self, draft: Draft, capture: &Path) {
        if self.witness.drafts.first() == Some(&draft) {
            let _ = fs::remove_file(capture);
        }
        self.witness.drafts.push(draft);
    }

    fn client(&self) -> &str {
        &self.witness.client
    }

    fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        let name = |number| match self.witness.settled() {
            Some(_) => self.witness.client.clone(),
            None => format!("{} in run {number}", self.witness.client),
        };
        let shown = self.witness.drafts.iter().zip(&self.captures).zip(1..);
        shown.map(move |((draft, capture), number)| Run { name: name(number), draft, capture })
    }
}

/// The draft, where what the plan receives was printed. What is printed freely says nothing of that.
fn as_received(case: &Case, draft: Draft, trial: &Trial, capture: &Path) -> Result<Draft, String> {
    // A client that must fail does not come to the end of its plan.
    let Some(plan) = case.plan.as_ref().filter(|_| case.exit == ExpectedExit::Zero) else { return Ok(draft) };
    let asked = plan.receives();
    if asked.iter().all(|asked| *asked == Some(0)) {
        return draft.that_received(&[], &[]);
    }
    if trial.observed.as_ref().is_some_and(|observed| observed.prints_freely) {
        return Err("it reads no plan, and this case receives: what such a client prints cannot be compared".into());
    }
    let limit = asked.iter().map(|asked| asked.unwrap_or(u64::MAX)).max().unwrap_or_default();
    let sent = sent(capture, usize::try_from(limit).unwrap_or(usize::MAX)).map_err(|error| error.to_string())?;
    draft.that_received(&asked, &sent)
}

/// Writes what can be, case by case, and says what became of each.
fn write_all(session: &Session, attempts: &[Attempt]) -> Result<Status, CommandError> {
    let cases: Vec<&[Attempt]> = attempts.chunk_by(|one, other| one.planned.case == other.planned.case).collect();
    let mut recorded = 0;
    for attempts in &cases {
        let case = &session.cases[attempts[0].planned.case];
        let (is_recorded, said) = decided(&session.decoders, case, attempts)?;
        let (style, word) = if is_recorded { (GOOD, "recorded") } else { (BAD, "not recorded") };
        print(&format!("{} {}: {said}", styled(style, word), styled(STRONG, &line(&case.name))))?;
        print(&took_no_part(attempts))?;
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
fn decided(decoders: &Decoders, case: &Case, attempts: &[Attempt]) -> Result<(bool, String), CommandError> {
    let whole: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.failed.is_none()).collect();
    let witnesses: Vec<Witness> = whole.iter().map(|attempt| attempt.witness.clone()).collect();
    let agreed = match decide(case, &witnesses) {
        Ok(agreed) => agreed,
        Err(undecided) => return Ok((false, format!("{}\n{}", line(&undecided.to_string()), proposed(&whole)?))),
    };
    let lines = writer::lines(&agreed.draft.connections, &agreed.draft.output);
    let shown = shown(&lines);
    match write(decoders, case, agreed.draft, lines) {
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

/// What a person may write where runs do not agree: masks; else where two of them part.
fn proposed(attempts: &[&Attempt]) -> Result<String, CommandError> {
    let runs: Vec<Run<'_>> = attempts.iter().flat_map(|attempt| attempt.runs()).collect();
    if let Some(draft) = masked(&runs.iter().map(|run| run.draft).collect::<Vec<_>>()) {
        let lines = writer::lines(&draft.connections, &draft.output);
        return Ok(format!("  if these octets may vary, add this to the case, with a better name:\n{}", shown(&lines)));
    }
    let Some((first, rest)) = runs.split_first() else { return Ok(String::new()) };
    let Some(other) = rest.iter().find(|other| other.draft != first.draft) else { return Ok(String::new()) };
    let differences = compare::differences([first.capture, other.capture], ["A", "B"])?;
    let legend = format!("A is {}, B is {}", line(&first.name), line(&other.name));
    Ok(std::iter::once(&legend).chain(&differences).map(|line| format!("  {line}\n")).collect())
}

/// Lines as they stand in the file; what is in them was recorded.
fn shown(lines: &writer::Lines) -> String {
    lines.iter().map(|(key, value)| format!("  {key} = {}\n", line(value.to_string().trim()))).collect()
}

/// Who was started and did not come to an end, or not to the same one.
fn took_no_part(attempts: &[Attempt]) -> String {
    let asked = attempts.iter().filter(|attempt| !matches!(attempt.verdict, Verdict::Missing | Verdict::Unsupported));
    let why = |attempt: &Attempt| match &attempt.failed {
        Some(why) => Some(format!("left out: {}", line(why))),
        None if attempt.witness.settled().is_some() => None,
        None => {
            let runs = attempt.witness.drafts.len();
            Some(format!("does not agree with itself; in {runs} runs, these vary: {}", attempt.witness.varies().join("; ")))
        }
    };
    asked.filter_map(|attempt| Some(format!("  {} {}\n", line(attempt.client()), why(attempt)?))).collect()
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
fn write(decoders: &Decoders, case: &Case, draft: &Draft, lines: writer::Lines) -> Result<(), CommandError> {
    let path = &case.location.path;
    let name = case.name.rsplit('/').next().unwrap_or_default();
    let before = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let is_crlf = before.contains("\r\n");
    let text = writer::added(&before.replace("\r\n", "\n"), name, lines)
        .map_err(|error| format!("cannot write into {}: {error}", path.display()))?;
    // The rules of cases know more than the writer: that a plan and its endings go together.
    let cases = Suite::parse_unwritten(path, &text, decoders)?.cases;
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
