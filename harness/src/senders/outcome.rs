//! What came of running wrong senders: which fault was caught by which case, and whether it was named rightly. Pure.

use serde::Serialize;

use super::{Fault, RIGHT, Sign, faults};
use crate::judge::verdict::Verdict;
use crate::report::{Report, TrialReport};

/// Of the trials whose octets give a fault away, this share must name it first; the others may be too small to tell.
const NAMED_OF_TEN: usize = 9;

/// A fault, and its trials.
#[derive(Debug, Serialize)]
pub struct Outcome<'a> {
    /// The fault's name.
    pub fault: &'static str,
    /// What programs with this fault do.
    pub seen: &'static str,
    /// By what it should be known: the name of a diagnosis or of a verdict.
    pub sign: &'static str,
    /// What is wrong with the suite or the diagnosis, where something is.
    pub problem: Option<Problem>,
    /// Its trials.
    pub trials: Vec<Tried<'a>>,
}

/// A wrong sender on one case.
#[derive(Debug, Serialize)]
pub struct Tried<'a> {
    /// The case's full name.
    pub case: &'a str,
    /// The outcome.
    pub verdict: Verdict,
    /// Whether it was caught.
    pub caught: bool,
    /// Names of what explains the difference, most specific first.
    pub diagnoses: Vec<&'a str>,
    #[serde(skip)]
    also: &'a [Verdict],
}

/// What is wrong with the suite or the diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// No case catches it.
    Survives,
    /// It is caught and taken for something else.
    Misnamed,
    /// The right sender is taken for a wrong one.
    Accused,
    /// A trial did not come about.
    NotRun,
}

/// What came of each fault that was run.
#[must_use]
pub fn outcomes(report: &Report) -> Vec<Outcome<'_>> {
    let outcome = |fault: &'static Fault| {
        let trials: Vec<_> = report.trials.iter().filter(|trial| trial.client == fault.name).map(Tried::of).collect();
        Outcome { problem: problem(fault, &trials), fault: fault.name, seen: fault.seen, sign: fault.sign.name(), trials }
    };
    faults().map(outcome).filter(|outcome| !outcome.trials.is_empty()).collect()
}

impl Outcome<'_> {
    /// How many cases caught it.
    #[must_use]
    pub fn caught(&self) -> usize {
        self.trials.iter().filter(|trial| trial.caught).count()
    }

    /// The trial to show: one that named it rightly and has the shortest name, or else any that caught it.
    #[must_use]
    pub fn example(&self) -> Option<&Tried<'_>> {
        let caught = self.trials.iter().filter(|trial| trial.caught);
        caught.min_by_key(|trial| (self.told_by(trial) != self.sign, trial.case.len()))
    }

    /// What a trial took the fault for: its verdict where that is the sign, and else what [`Tried::says`].
    #[must_use]
    pub fn told_by<'b>(&self, trial: &Tried<'b>) -> &'b str {
        if trial.verdict.name() == self.sign { trial.verdict.name() } else { trial.says() }
    }
}

impl<'a> Tried<'a> {
    fn of(trial: &'a TrialReport) -> Self {
        let diagnoses = trial.diagnoses.iter().map(|diagnosis| diagnosis.name.as_str()).collect();
        Self { case: &trial.case, verdict: trial.verdict, caught: is_caught(trial.verdict), diagnoses, also: &trial.also }
    }

    /// What it was taken for: the first diagnosis, or the verdict where octets do not differ.
    #[must_use]
    pub fn says(&self) -> &'a str {
        self.diagnoses.first().copied().unwrap_or(self.verdict.name())
    }

    fn gives(&self, sign: Sign) -> bool {
        match sign {
            Sign::Diagnosis(name) => self.says() == name,
            Sign::Verdict(verdict) => self.verdict == verdict || self.also.contains(&verdict),
        }
    }
}

impl Sign {
    /// The name of the diagnosis or verdict.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Diagnosis(name) => name,
            Self::Verdict(verdict) => verdict.name(),
        }
    }
}

fn problem(fault: &Fault, trials: &[Tried<'_>]) -> Option<Problem> {
    let caught: Vec<&Tried<'_>> = trials.iter().filter(|trial| trial.caught).collect();
    let not_run = |trial: &Tried<'_>| !trial.caught && trial.verdict != Verdict::Passed;
    if trials.iter().any(not_run) {
        return Some(Problem::NotRun);
    }
    match (fault.name == RIGHT, caught.is_empty()) {
        (true, true) => None,
        (true, false) => Some(Problem::Accused),
        (false, true) => Some(Problem::Survives),
        (false, false) => (!is_named(fault.sign, &caught)).then_some(Problem::Misnamed),
    }
}

/// Whether nearly all trials give the sign, before all else.
fn is_named(sign: Sign, caught: &[&Tried<'_>]) -> bool {
    let tells = |trial: &&&Tried<'_>| matches!(sign, Sign::Verdict(_)) || !trial.diagnoses.is_empty();
    let telling: Vec<_> = caught.iter().filter(tells).collect();
    let named = telling.iter().filter(|trial| trial.gives(sign)).count();
    named > 0 && named * 10 >= telling.len() * NAMED_OF_TEN
}

/// Whether a client with this verdict was found out. That a trial did not come about says nothing.
fn is_caught(verdict: Verdict) -> bool {
    verdict.is_failure() && !matches!(verdict, Verdict::SetupError | Verdict::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::senders::fault;

    fn tried(verdict: Verdict, diagnoses: &[&'static str]) -> Tried<'static> {
        Tried { case: "text/euro", verdict, caught: is_caught(verdict), diagnoses: diagnoses.to_vec(), also: &[] }
    }

    #[track_caller]
    fn judged(name: &str, trials: &[Tried<'_>]) -> Option<Problem> {
        problem(fault(name).unwrap(), trials)
    }

    #[test]
    fn a_fault_that_no_case_catches_survives() {
        assert_eq!(judged("latin-1", &[tried(Verdict::Passed, &[])]), Some(Problem::Survives));
        assert_eq!(judged("latin-1", &[tried(Verdict::Passed, &[]), tried(Verdict::Differs, &["latin-1"])]), None);
    }

    #[test]
    fn a_trial_that_did_not_come_about_catches_nothing() {
        let none = [Verdict::SetupError, Verdict::Missing, Verdict::Interrupted];
        for verdict in none {
            assert_eq!(judged("latin-1", &[tried(verdict, &[])]), Some(Problem::NotRun));
        }
    }

    #[test]
    fn the_sign_must_come_first_nearly_always() {
        let second: &[&str] = &["windows-1252", "latin-1"];
        let named = |name: &'static [&'static str], times: usize| (0..times).map(move |_| tried(Verdict::Differs, name));
        assert_eq!(judged("latin-1", &[tried(Verdict::Differs, second)]), Some(Problem::Misnamed));
        let nine = named(&["latin-1", "windows-1252"], 9).chain(named(second, 1)).collect::<Vec<_>>();
        let eight = named(&["latin-1", "windows-1252"], 8).chain(named(second, 2)).collect::<Vec<_>>();
        assert_eq!(judged("latin-1", &nine), None);
        assert_eq!(judged("latin-1", &eight), Some(Problem::Misnamed));
        assert_eq!(judged("exits-3", &[tried(Verdict::TimedOut, &[])]), Some(Problem::Misnamed));
    }

    #[test]
    fn the_right_sender_is_accused_by_one_failure() {
        assert_eq!(judged(RIGHT, &[tried(Verdict::Passed, &[])]), None);
        assert_eq!(judged(RIGHT, &[tried(Verdict::Passed, &[]), tried(Verdict::TimedOut, &[])]), Some(Problem::Accused));
    }
}
