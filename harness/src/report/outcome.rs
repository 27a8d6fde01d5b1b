//! How a run went, in one sentence, and what makes it fail beside its trials. Pure, of the report alone.

use super::{ClientStatus, Report};
use crate::judge::agreement::listed;
use crate::judge::verdict::Verdict;
use crate::printable::counted;

impl Report {
    /// Whether something failed, or nothing ran at all; a shard may be empty.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.failed() > 0 || !self.faults().is_empty() || self.trials.iter().any(|trial| trial.failed)
    }

    /// How many trials failed, but for those that the end of the run cut off.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.trials.iter().filter(|trial| trial.failed && trial.verdict != Verdict::Interrupted).count()
    }

    /// What makes the run fail beside its trials, a sentence each: that nothing was run, that the run was stopped, and
    /// entries of known failures that are of no use.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.nothing_run().into_iter().chain(self.stopped()).chain(self.problems.iter().cloned()).collect()
    }

    /// How the run went, in one sentence: `4 of 8 trials failed`.
    #[must_use]
    pub fn headline(&self) -> String {
        let partial = match self.interrupted() {
            0 if self.complete => String::new(),
            0 => " (partial: the run was stopped)".into(),
            interrupted => format!(", {interrupted} interrupted (partial: the run was stopped)"),
        };
        let total = counted(self.trials.len(), "trial");
        let trials = match self.failed() {
            0 => format!("none of {total} failed"),
            failed => format!("{failed} of {total} failed"),
        };
        match (self.nothing_run(), self.problems.len()) {
            (Some(nothing), _) => nothing,
            (None, 0) if self.trials.is_empty() => "there is no trial in this shard".into(),
            (None, 0) => trials + &partial,
            (None, problems) => format!("{}, and {trials}{partial}", counted(problems, "problem")),
        }
    }

    /// That the run was stopped: what it did not reach is known to nobody.
    fn stopped(&self) -> Option<String> {
        let (all, interrupted) = (self.trials.len(), self.interrupted());
        (interrupted > 0)
            .then(|| format!("the run was stopped: {interrupted} of {} did not run to the end", counted(all, "trial")))
    }

    /// That nothing was run at all, and why.
    fn nothing_run(&self) -> Option<String> {
        if self.is_a_part() {
            return None;
        }
        if self.trials.is_empty() {
            return Some("nothing was run: no case was selected for any client".into());
        }
        let mut missing: Vec<&str> = self.trials.iter().map(|trial| trial.client.as_str()).collect();
        missing.sort_unstable();
        missing.dedup();
        let is_missing = self.trials.iter().all(|trial| trial.verdict == Verdict::Missing);
        // The clients may all be there, and what a case needs beside them is not.
        let lacking = || self.clients.iter().all(|client| client.status != ClientStatus::Missing);
        let problem = self.trials[0].problem.as_ref().filter(|_| lacking());
        if let Some(problem) = problem.filter(|_| is_missing) {
            return Some(format!("nothing was run: {problem}"));
        }
        is_missing.then(|| match missing.as_slice() {
            [one] => format!("nothing was run: {one} is missing"),
            all => format!("nothing was run: {} are missing", listed(all)),
        })
    }
}
