//! Trials as tests: one test per client and case, for `cargo test` and `cargo nextest`.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;

use libtest_mimic::{Arguments, Completion, Failed, Trial as Test};

use crate::judge::verdict::Verdict;
use crate::printable;
use crate::report::TrialReport;
use crate::run::selection::Selection;
use crate::run::session::{Planned, Session, SessionError};
use crate::run::{WAITING, in_parallel};
use crate::source::FileError;
use crate::suite::config::{Config, Require};
use crate::trial::launch::{self, Scratch};
use crate::trial::machine;
use crate::trial::network;
use crate::trial::toolchain;
use crate::trial::{Interrupt, Launcher};

/// Names the clients whose toolchain may not be missing: `all`, or names with commas between them.
pub const REQUIRE_VARIABLE: &str = "SAMEWIRE_REQUIRE";

/// Runs every trial as a test: the whole of a test file with `harness = false`.
///
/// Clients and suites are those of the `samewire.toml` found from `folder` upwards. The arguments are those of `cargo test`.
///
/// It is the first statement of `main`: on Linux, trials may run in networks of their own, for which the program is started again.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     samewire::interop(env!("CARGO_MANIFEST_DIR"))
/// }
/// ```
pub fn interop(folder: impl AsRef<Path>) -> ExitCode {
    // First: this process may have been started to be something else.
    network::step_in();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert_with(machine::jobs);
    let tests = match tests(folder.as_ref(), &arguments) {
        Ok(tests) => tests,
        // As a failing test, so that it is seen wherever tests are.
        Err(error) => vec![Test::test("samewire::configuration", move || Err(Failed::from(error.to_string())))],
    };
    let status = libtest_mimic::run(&arguments, tests).exit_code();
    launch::finish();
    status
}

fn tests(folder: &Path, arguments: &Arguments) -> Result<Vec<Test>, SessionError> {
    let mut config = Config::find(folder)?;
    // An empty variable, as a matrix of CI leaves one, says nothing.
    if let Some(names) = env::var(REQUIRE_VARIABLE).ok().filter(|names| !names.trim().is_empty()) {
        config.require = Require::parse(&names);
    }
    let session = Arc::new(Session::load(&config, &Selection::default(), &machine::today())?);
    if session.trials.is_empty() {
        let problem = "there is no case for any client".to_owned();
        return Err(FileError { path: config.clients, line: None, problem }.into());
    }
    let one_at_a_time = env::var_os("NEXTEST").is_some() || arguments.test_threads == Some(1) || arguments.list;
    let waits = |planned: &&Planned| !one_at_a_time && session.only_waits(**planned);
    let (waiting, working): (Vec<&Planned>, Vec<&Planned>) = session.trials.iter().partition(waits);
    let mut tests: Vec<Test> = working.into_iter().map(|planned| test(&session, *planned)).collect();
    tests.extend(begun(&session, waiting, arguments));
    if !session.problems.is_empty() {
        let problems = session.problems.join("\n");
        tests.push(Test::test("samewire::problems", move || Err(Failed::from(problems))));
    }
    tests.extend(remarked(&session));
    Ok(tests)
}

/// What is to be said and fails nothing, as a test that is ignored: there it is seen.
fn remarked(session: &Session) -> Option<Test> {
    let remarks = session.asides().join("; ");
    let is_listed = env::var_os("NEXTEST").is_some();
    let test = |remarks| Test::ignorable_test("samewire::remarks", move || Ok(Completion::ignored_with(remarks)));
    (!remarks.is_empty()).then(|| test(remarks).with_ignored_flag(is_listed))
}

/// Tests of trials that only wait. These begin at once, so that they wait while the other tests run.
fn begun(session: &Arc<Session>, trials: Vec<&Planned>, arguments: &Arguments) -> Vec<Test> {
    let (mut tests, mut work) = (Vec::new(), Vec::new());
    for planned in trials {
        let (tell, told) = mpsc::channel();
        let test = Test::ignorable_test(session.name(*planned), move || told.recv().map_err(|error| error.to_string())?);
        if !arguments.is_filtered_out(&test) {
            work.push((*planned, tell));
        }
        tests.push(test);
    }
    let session = Arc::clone(session);
    let waiting = move || {
        // Nobody listens where the tests were ended first.
        in_parallel(WAITING, work, |(planned, tell)| drop(tell.send(completed(&session, planned))));
    };
    // Where there can be no thread, nobody tells these tests how they ended, and they fail.
    drop(thread::Builder::new().spawn(waiting));
    tests
}

fn test(session: &Arc<Session>, planned: Planned) -> Test {
    let run = Arc::clone(session);
    let test = Test::ignorable_test(session.name(planned), move || completed(&run, planned));
    // nextest decides by the list what is skipped, and takes what ran for passed.
    test.with_ignored_flag(env::var_os("NEXTEST").is_some() && is_skipped(session, planned))
}

/// Whether the trial would be skipped, as far as that can be known without starting a program.
fn is_skipped(session: &Session, planned: Planned) -> bool {
    let participant = &session.clients[planned.client];
    let Ok(client) = &participant.entry.client else { return false };
    toolchain::find_programs(client).is_err() && !session.requires(participant)
}

fn completed(session: &Session, planned: Planned) -> Result<Completion, Failed> {
    let folder = Scratch::new().map_err(|error| format!("cannot make a temporary folder: {error}"))?;
    let capture = folder.path().join("capture.jsonl");
    let trial = session.run(planned, &capture, &Launcher::Ourselves, &Interrupt::new());
    let verdict = trial.judgement.verdict;
    let report = TrialReport::of(session, planned, &trial);
    if report.failed {
        let whole = session.clients[planned.client].why_once();
        let whole = whole.map(|why| format!("\n{}", printable::text(&session.told.redaction().text(&why))));
        return Err(Failed::from(format!("{verdict}\n{}{}", report.told().join("\n"), whole.unwrap_or_default())));
    }
    match verdict {
        Verdict::Passed | Verdict::KnownFailure => Ok(Completion::Completed),
        Verdict::Missing => Ok(Completion::ignored_with(missing(session, planned, &report))),
        skipped => Ok(Completion::ignored_with(format!("{skipped}: {}", report.sentence()))),
    }
}

fn missing(session: &Session, planned: Planned, report: &TrialReport) -> String {
    let install = session.clients[planned.client].install_hint().map(|install| format!("; {install}")).unwrap_or_default();
    format!("{}: {}{install}", report.verdict, report.sentence())
}
