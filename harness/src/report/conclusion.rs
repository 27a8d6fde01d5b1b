//! What follows from the trials of a report: what fails it, who agrees with whom, what explains most.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::client::profile::Profile;
use crate::judge::agreement::{Agreeing, Group, Seen, Sender, groups, sentence};
use crate::judge::diagnosis::Diagnosis;
use crate::judge::verdict::Verdict;
use crate::judge::weighing::CommonCauses;
use crate::report::report::{Agreement, Carried, Report, Run, TrialReport};
use crate::report::wording::explanation_of;

impl Report {
    /// Works out what follows from the trials: which of them fail the run, the counts of verdicts, who agrees with whom, what explains
    /// most failures of each client (and comes first in each of them), whether all were run.
    pub fn conclude(&mut self) {
        let failed: Vec<bool> = self.trials.iter().map(|trial| self.fails(trial)).collect();
        for (trial, failed) in self.trials.iter_mut().zip(failed) {
            trial.failed = failed;
        }
        self.complete = self.trials.iter().all(|trial| trial.verdict != Verdict::Interrupted);
        self.agreements = agreements(self);
        self.causes = causes(self);
        weigh(self);
        self.counts.clear();
        for trial in &self.trials {
            *self.counts.entry(trial.verdict.name().to_owned()).or_default() += 1;
        }
    }
}

/// Who agrees with whom, case by case; of cases with at least two clients whose octets were captured.
fn agreements(report: &Report) -> Vec<Agreement> {
    let compared = report.trials.iter().filter(|trial| did_its_part(trial));
    let compared: Vec<_> = compared.map(|trial| (trial, report.platform_named(trial.run))).collect();
    let mut cases: BTreeMap<(&str, Profile), Vec<Seen<'_, Captured<'_>>>> = BTreeMap::new();
    for (trial, platform) in &compared {
        let as_expected = !trial.has(Verdict::Differs);
        let seen = Seen {
            sender: Sender { client: &trial.client, platform: platform.as_deref() },
            fingerprint: trial.alike(),
            as_expected,
        };
        cases.entry((&trial.case, trial.profile)).or_default().push(seen);
    }
    let several = cases.into_iter().filter(|(_, seen)| seen.len() > 1);
    several
        .map(|((case, profile), seen)| {
            let groups = groups(&seen);
            let differs = |group: &Agreeing<'_>| {
                let first = group.senders.first().filter(|_| !group.as_expected)?;
                let is_first = |(trial, platform): &&(&TrialReport, Option<String>)| {
                    let sender = Sender { client: &trial.client, platform: platform.as_deref() };
                    (sender, trial.case.as_str(), trial.profile) == (*first, case, profile)
                };
                compared.iter().find(is_first)?.0.differs_in()
            };
            let said = |group: &Agreeing<'_>| Group { differs: differs(group), ..Group::from(group) };
            Agreement { case: case.to_owned(), profile, says: sentence(&groups), groups: groups.iter().map(said).collect() }
        })
        .collect()
}

/// What came on the connections of a trial.
type Captured<'a> = Cow<'a, [Carried]>;

/// Whether a client sent what it had to send, right or wrong. One that failed before it had, or was ended, agrees with nobody.
fn did_its_part(trial: &TrialReport) -> bool {
    let sent_nothing = trial.captured.is_empty() && !trial.expected.is_empty();
    let was_tried = trial.output.is_some() && trial.verdict != Verdict::Unsupported;
    was_tried && !((gave_up(trial) || sent_nothing) && trial.has(Verdict::Differs))
}

/// Whether it failed before it had done everything, or was ended.
fn gave_up(trial: &TrialReport) -> bool {
    [Verdict::Crashed, Verdict::TimedOut, Verdict::Interrupted].iter().any(|verdict| trial.has(*verdict))
}

/// A platform where there are several, and a client on it.
type OnPlatform<'a> = (Option<String>, &'a str);

/// What explains the failures of each client on each platform, in the order of the trials.
fn causes(report: &Report) -> Vec<CommonCauses> {
    let mut senders: Vec<(OnPlatform<'_>, Vec<&[Diagnosis]>)> = Vec::new();
    for trial in report.trials.iter().filter(|trial| is_said_to_differ(trial) && !trial.diagnoses.is_empty()) {
        let sender = (report.platform_named(trial.run), trial.client.as_str());
        match senders.iter_mut().find(|(other, _)| *other == sender) {
            Some((_, trials)) => trials.push(&trial.diagnoses),
            None => senders.push((sender, vec![&trial.diagnoses])),
        }
    }
    let of = |((platform, client), trials): &(OnPlatform<'_>, Vec<&[Diagnosis]>)| {
        CommonCauses::of(Sender { client, platform: platform.as_deref() }, trials)
    };
    senders.iter().filter_map(of).collect()
}

/// Whether what its octets differ in is why it fails. Of one that crashed, or was ended, that is why they do.
fn is_said_to_differ(trial: &TrialReport) -> bool {
    trial.has(Verdict::Differs) && !gave_up(trial)
}

/// Has each trial name first what explains most of its client's failures on its platform, and what explains the same case of the
/// same client in every profile that it differs in: one fault has one name.
fn weigh(report: &mut Report) {
    let platforms: Vec<String> = report.runs.iter().map(Run::platform).collect();
    let mut changed = vec![false; report.trials.len()];
    for (trial, changed) in report.trials.iter_mut().zip(&mut changed) {
        let platform = platforms.get(trial.run).map(String::as_str).unwrap_or_default();
        if let Some(common) = report.causes.iter().find(|common| common.is_of(&trial.client, platform)) {
            *changed = common.weigh(&mut trial.diagnoses);
        }
    }
    for (name, trials) in shared(&report.trials, &platforms) {
        for place in trials {
            changed[place] |= put_first(&mut report.trials[place].diagnoses, &name);
        }
    }
    for (trial, _) in report.trials.iter_mut().zip(changed).filter(|(_, changed)| *changed) {
        trial.explanation = explanation_of(trial);
    }
}

/// The first cause that holds in all trials of one client on one case and platform which differ, where there are several; and these
/// trials. They need not be of one run: shards part the profiles of a case.
fn shared(trials: &[TrialReport], platforms: &[String]) -> Vec<(String, Vec<usize>)> {
    let mut same: BTreeMap<(Option<&String>, &str, &str), Vec<usize>> = BTreeMap::new();
    for (place, trial) in trials.iter().enumerate().filter(|(_, trial)| trial.has(Verdict::Differs)) {
        same.entry((platforms.get(trial.run), &trial.client, &trial.case)).or_default().push(place);
    }
    let holds = |place: usize, name: &str| trials[place].diagnoses.iter().any(|diagnosis| diagnosis.name == name);
    let of = |places: Vec<usize>| {
        let first = trials[*places.first()?].diagnoses.iter();
        let common = first.map(|diagnosis| &diagnosis.name).find(|name| places.iter().all(|place| holds(*place, name)))?;
        (places.len() > 1).then(|| (common.clone(), places))
    };
    same.into_values().filter_map(of).collect()
}

/// Says whether that changed anything.
fn put_first(diagnoses: &mut [Diagnosis], name: &str) -> bool {
    let place = diagnoses.iter().position(|diagnosis| diagnosis.name == name).unwrap_or_default();
    if let Some(before) = diagnoses.get_mut(..=place) {
        before.rotate_right(1);
    }
    place > 0
}
