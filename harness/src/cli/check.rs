//! `samewire check`: takes one client through a graded path, and stops where it has something to mend.

use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use super::signals::stop_on_signal;
use super::terminal::{BAD, GOOD, SKIPPED, STRONG, print, styled};
use super::{CommandError, NetworkArgs, PlaceArgs, Status, WIDTH, remarks};
use crate::client::Client;
use crate::judge::diagnosis::Diagnosis;
use crate::judge::verdict::Verdict;
use crate::judge::weighing::CommonCauses;
use crate::printable::{counted, line, wrapped};
use crate::report::TrialReport;
use crate::run::in_parallel;
use crate::run::participant::Participant;
use crate::run::selection::Selection;
use crate::run::session::{Planned, Session};
use crate::run::stages::{self, Stage};
use crate::trial::doctor::install_command;
use crate::trial::launch::Scratch;
use crate::trial::machine;
use crate::trial::toolchain::NotReady;
use crate::trial::{Interrupt, Launcher, Trial};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The client, as NAME or NAME@VARIANT
    name: String,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// The trial that a client got stuck at.
struct Stuck {
    trial: String,
    verdict: Verdict,
    explanation: Vec<String>,
    /// What explains most of the stage.
    common: Option<String>,
    next: String,
}

pub(super) fn check(args: &CheckArgs) -> Result<Status, CommandError> {
    let selection = Selection { clients: vec![args.name.clone()], ..Selection::default() };
    let session = Session::load(&args.network.over(args.place.config()?), &selection, &machine::today())?;
    let place = session.clients.iter().position(|client| client.entry.name == args.name);
    let place =
        place.ok_or_else(|| format!("{:?} is not a client: name it as NAME or NAME@VARIANT, without a profile", args.name))?;
    let participant = &session.clients[place];
    let client = match &participant.entry.client {
        Ok(client) => client,
        Err(error) => return unready("client.toml", &error.to_string(), "mend that line"),
    };
    print(&format!("{}: {}\n\n", styled(STRONG, &args.name), line(&client.about)))?;
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    if let Some(status) = readied(participant, client, &interrupt)? {
        return Ok(status);
    }
    let stages = stages::of(&session, place);
    if stages.is_empty() {
        return unready("cases", "no case applies to it", "in client.toml, list cases in `cases` that the suite has");
    }
    go_through(&session, client, &stages, &interrupt)
}

/// Makes the client ready; where that fails, the status to end with.
fn readied(participant: &Participant, client: &Client, interrupt: &Interrupt) -> Result<Option<Status>, CommandError> {
    match participant.ready(interrupt) {
        Ok(ready) => {
            print(&stage(&styled(GOOD, "ok  "), "ready", &line(&ready.version)))?;
            Ok(None)
        }
        Err(NotReady::Missing(why)) => {
            let install = install_command(&client.install, |program| which::which(program).is_ok());
            let next = install.map_or_else(
                || "install it, or name the right program in `needs`, `version` and `run` of client.toml".to_owned(),
                |command| format!("install it with `{command}`, or name the right program in client.toml"),
            );
            unready("ready", why, &next).map(Some)
        }
        Err(NotReady::Broken(why)) => unready("ready", why, "mend that").map(Some),
        Err(NotReady::Interrupted) => unready("ready", "the run was stopped first", "start it again").map(Some),
    }
}

fn go_through(session: &Session, client: &Client, stages: &[Stage], interrupt: &Interrupt) -> Result<Status, CommandError> {
    for (index, step) in stages.iter().enumerate() {
        let (verdicts, stuck) = step_on(session, step, interrupt)?;
        if let Some(stuck) = stuck {
            print(&stage(&styled(BAD, "fail"), &step.name, &tally(&verdicts, &step.trials, Some(&stuck))))?;
            stages[index + 1..].iter().try_for_each(|later| print(&stage("-   ", &later.name, "")))?;
            print(&told(&stuck))?;
            return Ok(Status::Failed);
        }
        print(&stage(&styled(GOOD, "ok  "), &step.name, &tally(&verdicts, &step.trials, None)))?;
    }
    print(&farewell(client))?;
    remarks(session)?;
    Ok(Status::Good)
}

/// Tries a stage up to the first trial that fails. What became of the trials, but for that one.
fn step_on(session: &Session, step: &Stage, interrupt: &Interrupt) -> Result<(Vec<Verdict>, Option<Stuck>), CommandError> {
    let mut verdicts = Vec::new();
    for (index, planned) in step.trials.iter().enumerate() {
        let mut trial = tried(session, *planned, interrupt)?;
        let verdict = trial.judgement.verdict;
        if !session.fails(*planned, verdict) && verdict != Verdict::Missing {
            verdicts.push(verdict);
            continue;
        }
        let mut common = None;
        if verdict == Verdict::Differs {
            let others = the_rest(session, &step.trials[index + 1..], interrupt)?;
            verdicts.extend(others.iter().map(|other| other.judgement.verdict));
            common = weigh(session, *planned, &mut trial, &others);
        }
        return Ok((verdicts, Some(Stuck::at(session, *planned, &trial, common))));
    }
    Ok((verdicts, None))
}

/// Tries what is left of a stage where octets differ, for what all of it has in common. One that hangs or crashes is enough.
fn the_rest(session: &Session, trials: &[Planned], interrupt: &Interrupt) -> Result<Vec<Trial>, CommandError> {
    let enough = AtomicBool::new(false);
    let tried = in_parallel(machine::jobs(), trials.to_vec(), |planned| {
        if enough.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let trial = tried(session, planned, interrupt)?;
        let verdict = trial.judgement.verdict;
        if session.fails(planned, verdict) && verdict != Verdict::Differs {
            enough.store(true, Ordering::Relaxed);
        }
        Ok(Some(trial))
    });
    tried.into_iter().filter_map(Result::transpose).collect()
}

/// Has a trial name first what explains most of the stage, and says what that is.
fn weigh(session: &Session, planned: Planned, trial: &mut Trial, others: &[Trial]) -> Option<String> {
    let all: Vec<&[Diagnosis]> =
        std::iter::once(&*trial).chain(others).map(|trial| trial.differences.diagnoses.as_slice()).collect();
    let differing: Vec<&[Diagnosis]> = all.into_iter().filter(|diagnoses| !diagnoses.is_empty()).collect();
    let common = CommonCauses::of(session.clients[planned.client].entry.name.as_str().into(), &differing)?;
    common.weigh(&mut trial.differences.diagnoses);
    common.says
}

fn tried(session: &Session, planned: Planned, interrupt: &Interrupt) -> Result<Trial, CommandError> {
    let folder = Scratch::new()?;
    Ok(session.run(planned, &folder.path().join("capture.jsonl"), &Launcher::Ourselves, interrupt))
}

impl Stuck {
    fn at(session: &Session, planned: Planned, trial: &Trial, common: Option<String>) -> Self {
        Self {
            trial: session.name(planned),
            verdict: trial.judgement.verdict,
            explanation: TrialReport::of(session, planned, trial).told(),
            common,
            next: stages::next_step(&session.cases[planned.case], trial),
        }
    }
}

/// How many trials of a stage passed, and what else became of them.
fn tally(verdicts: &[Verdict], trials: &[Planned], stuck: Option<&Stuck>) -> String {
    let count = |verdict| verdicts.iter().filter(|seen| **seen == verdict).count();
    let mut parts = vec![match stuck {
        Some(_) => format!("{} of {} passed", count(Verdict::Passed), trials.len()),
        None => format!("{} passed", count(Verdict::Passed)),
    }];
    for verdict in [Verdict::Unsupported, Verdict::KnownFailure] {
        parts.extend(Some(count(verdict)).filter(|count| *count > 0).map(|count| format!("{count} {verdict}")));
    }
    parts.join(", ")
}

fn stage(mark: &str, name: &str, what: &str) -> String {
    format!("  {mark}  {name:12} {what}").trim_end().to_owned() + "\n"
}

fn told(stuck: &Stuck) -> String {
    let lines: Vec<String> = stuck.explanation.iter().map(|line| indented(line)).collect();
    let head = format!("\n{} {}\n", styled(BAD, stuck.verdict.name()), styled(STRONG, &stuck.trial));
    let common: Vec<String> =
        stuck.common.iter().map(|common| format!("\n{}\n", wrapped(&line(common), WIDTH).join("\n"))).collect();
    head + &lines.concat() + &common.concat() + &next(&stuck.next)
}

/// A line of an explanation, wrapped under its own indentation.
fn indented(line: &str) -> String {
    let text = line.trim_start();
    let indent = " ".repeat(2 + line.len() - text.len());
    if indent.len() + text.chars().count() <= WIDTH {
        return format!("{indent}{text}\n");
    }
    wrapped(text, WIDTH - indent.len()).iter().map(|text| format!("{indent}{text}\n")).collect()
}

fn unready(what: &str, why: &str, what_to_do: &str) -> Result<Status, CommandError> {
    let why: Vec<String> =
        why.lines().flat_map(|text| wrapped(&line(text), WIDTH - 2)).map(|text| format!("  {text}\n")).collect();
    print(&format!("{}\n{}{}", stage(&styled(BAD, "fail"), what, ""), why.concat(), next(what_to_do)))?;
    Ok(Status::Failed)
}

fn next(what_to_do: &str) -> String {
    format!("\n{}\n", styled(STRONG, &wrapped(&format!("next: {}", line(what_to_do)), WIDTH).join("\n")))
}

/// What is still missing, and a kind word.
fn farewell(client: &Client) -> String {
    let lacking = stages::lacking(client);
    let mut text = String::from("\n");
    for (what, words) in [("core words it lacks", &lacking.core), ("other words it lacks", &lacking.rest)] {
        if !words.is_empty() {
            text += &format!("{}\n", styled(SKIPPED, &wrapped(&format!("{what}: {}", words.join(" ")), WIDTH).join("\n")));
        }
    }
    let all = lacking.core.len() + lacking.rest.len();
    let praise = match all {
        0 => "well done: every octet is where it belongs".to_owned(),
        all => format!("well done so far: {} still lacking, to add or to leave", counted(all, "word")),
    };
    text + &format!("{}\n", styled(GOOD, &praise))
}
