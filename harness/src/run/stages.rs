//! The graded path of a client: its trials as stages, from the contract up, and the one thing to do where a trial fails.
//!
//! Pure: runs nothing and prints nothing.

use crate::client::Client;
use crate::client::profile::Profile;
use crate::judge::end::End;
use crate::judge::verdict::Verdict;
use crate::run::session::{Planned, Session};
use crate::suite::Case;
use crate::suite::contract::CANNOT;
use crate::suite::contract::Contract;
use crate::suite::expectation::ExpectedExit;
use crate::suite::plan::{CORE_WORDS, WORDS};
use crate::trial::Trial;

/// The stage of the first case alone.
const HELLO: &str = "hello";

/// The stage of what the contract says of connections.
const CLOSING: &str = "closing";

/// The stage of what takes a client patience: the last.
const PATIENCE: &str = "patience";

/// The stages that come before the groups of the suite, in this order.
const FIRST: [&str; 3] = ["contract", HELLO, CLOSING];

/// How a program ends by default that writes to a connection which is gone.
const SIGPIPE: i32 = 13;

/// Trials that belong together: a client goes on when all are as they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Its name: a group of cases, or `hello`.
    pub name: String,
    /// Its trials, those of the default profile first.
    pub trials: Vec<Planned>,
}

/// The words that a client lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lacking<'a> {
    /// Those of the core.
    pub core: Vec<&'a str>,
    /// The others, in the order of the plan's words.
    pub rest: Vec<&'a str>,
}

/// The stages of one client of a session (an index): what the contract says without a connection, one case to say hello with, what
/// it says of connections, the groups in the order of the suite, and what takes patience.
#[must_use]
pub(crate) fn of(session: &Session, client: usize) -> Vec<Stage> {
    let case = |planned: &Planned| &session.cases[planned.case];
    let trials = || session.trials.iter().copied().filter(|planned| planned.client == client);
    let hello = trials().find(|planned| greets(session, *planned));
    let name = |planned: &Planned| match case(planned) {
        _ if Some(*planned) == hello => HELLO,
        Case { contract: Some(contract), .. } if contract.only_waits() => PATIENCE,
        Case { contract: Some(_), connections, .. } if !connections.is_empty() => CLOSING,
        case => case.group(),
    };
    let mut stages: Vec<Stage> = Vec::new();
    for planned in trials() {
        match stages.iter_mut().find(|stage| stage.name == name(&planned)) {
            Some(stage) => stage.trials.push(planned),
            None => stages.push(Stage { name: name(&planned).to_owned(), trials: vec![planned] }),
        }
    }
    let last = |stage: &Stage| if stage.name == PATIENCE { FIRST.len() + 1 } else { FIRST.len() };
    stages.sort_by_key(|stage| FIRST.iter().position(|first| *first == stage.name).unwrap_or_else(|| last(stage)));
    stages.iter_mut().for_each(|stage| stage.trials.sort_by_key(|planned| planned.profile));
    stages
}

fn greets(session: &Session, planned: Planned) -> bool {
    let case = &session.cases[planned.case];
    let lacks = |client: &Client| client.lacks_word_of(case).is_some();
    let is_able = !session.clients[planned.client].entry.client.as_ref().is_ok_and(lacks);
    planned.profile == Profile::Default && case.contract.is_none() && is_able
}

/// What a client lacks.
#[must_use]
pub(crate) fn lacking(client: &Client) -> Lacking<'_> {
    let lacks = |word: &&&str| client.lacks.iter().any(|lacking| lacking == **word);
    let (core, rest) = WORDS.iter().filter(lacks).partition(|word| CORE_WORDS.contains(word));
    Lacking { core, rest }
}

/// The one thing to do about a trial that failed, in one sentence.
#[must_use]
pub(crate) fn next_step(case: &Case, trial: &Trial) -> String {
    match (trial.judgement.verdict, &case.contract) {
        (Verdict::SetupError | Verdict::Missing, _) => "mend that, in client.toml or on this machine".into(),
        (Verdict::Interrupted, _) => "run it again: it was stopped".into(),
        (Verdict::Flaky, _) => "find out what differs from one time to the next".into(),
        (Verdict::UnexpectedPass, contract) => unexpected(case, contract.as_ref(), trial),
        (_, Some(contract)) => keep(contract),
        (Verdict::TimedOut, None) => {
            "find out what it waits for: it must half-close at the end of the plan, read only until the \
             server closes, and read no more for `receive N` than N octets; if it is only slow, set `timeout_ms`"
                .into()
        }
        (Verdict::AcceptedBadCertificate, None) => {
            "have it check the certificate before it sends anything: who signed it ({ca}), its time, and its name; and exit with a \
             status other than 0"
                .into()
        }
        (Verdict::Crashed, None) => crashed(trial),
        (Verdict::WrongEnding, None) => {
            "close later: at the end of the plan, half-close, read until the server closes, and only \
             then close; unread octets make the kernel send RST"
                .into()
        }
        (Verdict::OutOfTurn, None) => {
            "follow the order of the lines: send what comes after a `receive` or a `pause` only when that is over".into()
        }
        (Verdict::WrongOutput, None) => {
            "write to stdout what `receive` asks for: as octets, all of them, and nothing else".into()
        }
        _ => differs(trial),
    }
}

/// A client that does what it says it cannot, or ends in 0 where that cannot be.
fn unexpected(case: &Case, contract: Option<&Contract>, trial: &Trial) -> String {
    match (contract, &trial.known) {
        (Some(Contract::Lacks(word)), _) => {
            format!("remove `{word}` from `lacks` in client.toml if it can do it; else exit with {CANNOT} before connecting")
        }
        (Some(contract), _) => keep(contract),
        (None, Some(known)) => format!("remove the known failure, {}", known.location),
        (None, None) if case.exit != ExpectedExit::Zero => {
            "notice that not everything was sent or received: say so on stderr, and exit with a \
             status other than 0"
                .into()
        }
        (None, None) => "remove from `lacks` in client.toml the words that it can do".into(),
    }
}

fn keep(contract: &Contract) -> String {
    match contract {
        Contract::UnknownWord | Contract::UnknownWordBehindConnect => format!(
            "check the first word of every line before connecting; if one is unknown, say so on stderr and exit with \
             {CANNOT}"
        ),
        Contract::MissingPlan => "read the whole plan before connecting; if that fails, exit with a status other than 0".into(),
        Contract::RefusedConnection => "exit with a status other than 0 when nobody listens, and do not keep trying".into(),
        Contract::LongPause => "at a `pause`, wait for as many milliseconds as it says, and do nothing else meanwhile".into(),
        Contract::ConnectAfterClose => {
            "at each `connect`, half-close, read until the server closes, however long it takes, and only then connect again"
                .into()
        }
        Contract::HeldClose | Contract::LongHeldClose => {
            "at the end of the plan, half-close, and then read until the server closes, however long it takes; only \
             then close and exit with 0"
                .into()
        }
        Contract::Lacks(word) => {
            format!("for `{word}`, which is in `lacks`, say so on stderr and exit with {CANNOT} before connecting")
        }
    }
}

fn crashed(trial: &Trial) -> String {
    match trial.observed.as_ref().map(|observed| observed.end) {
        Some(End::Exit(CANNOT)) => format!(
            "teach it the word that stderr names, or put the word into `lacks` in client.toml: {CANNOT} says that it cannot do it"
        ),
        Some(End::Signal(SIGPIPE)) => {
            "ignore the signal SIGPIPE: a write to a connection that is gone is then an error, which it can \
             report"
                .into()
        }
        _ if trial.stderr.trim().is_empty() => {
            "find out why it ended like that; it wrote nothing to stderr, where a reason would help".into()
        }
        _ => "mend what stderr says".into(),
    }
}

fn differs(trial: &Trial) -> String {
    let likeliest = trial.differences.diagnoses.first();
    match likeliest.map(|diagnosis| (diagnosis.line, &diagnosis.hint)) {
        Some((Some(line), Some(_))) => format!("look at what it does with line {line} of the plan, as the hint above says"),
        Some((_, Some(_))) => "do as the hint above says".into(),
        Some((Some(line), None)) => format!("look at what it does with line {line} of the plan"),
        _ => "look at the plan's line that the picture names, and at what your program does with it".into(),
    }
}
