//! What the search suspects: each tried alone, the same of a client taken together, shrunk, and taken out of what else was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::finding::{Finding, Suspicion};
use crate::run::fuzz::leftover::{Leftover, leftover};
use crate::run::fuzz::player::Player;
use crate::run::fuzz::search::MORE;
use crate::run::fuzz::shrinking::{Pace, Shrunk, patiently, shrink};
use crate::run::in_parallel;
use crate::suite::plan::Draft;
use crate::suite::plan::generate::{Generator, launch_of};
use crate::trial::Interrupt;

/// The suspicions of a search.
#[derive(Clone, Copy)]
pub(crate) struct Suspects<'a> {
    /// All players of the search.
    pub players: &'a [Player<'a>],
    /// The seed of its plans.
    pub seed: u64,
    /// The last of them.
    pub last: u64,
    /// How many launches there are at once, of those that keep the machine busy.
    pub jobs: usize,
    /// The wish that everything ends.
    pub interrupt: &'a Interrupt,
    /// When no smaller plan is tried any more.
    pub deadline: Instant,
}

/// What a suspicion came to.
struct Found {
    suspicion: Suspicion,
    /// The plan that was shrunk.
    plan: u64,
    shrunk: Shrunk,
}

/// A suspicion that was looked into; itself where it did not show again.
type Tried = Result<Found, Suspicion>;

/// How often the commonest faults are taken out of what else was seen before all that is left is shrunk at once.
const ROUNDS: usize = 4;

impl Suspects<'_> {
    /// What the suspicions come to, each fault of each client once, and those that did not show again.
    pub(crate) fn shrunk(&self, suspicions: Vec<Suspicion>) -> (Vec<Finding>, Vec<Suspicion>) {
        let (mut rest, company) = self.alone(suspicions);
        let mut tried = Vec::new();
        for _ in 0..ROUNDS {
            let (first, others) = commonest(rest);
            // One half of the time is for what else there may be.
            tried.extend(self.all(first, false, 2));
            rest = self.unexplained(others, &mut tried);
        }
        tried.extend(self.all(rest, false, 1));
        let (found, missed) = told_apart(tried);
        let (in_company, vanished) = self.in_company(missed.into_iter().chain(company).collect());
        let (found, unconfirmed) = self.waited_for(self.further(found), false);
        let (in_company, others) = self.waited_for(in_company, true);
        let explained: BTreeSet<usize> = in_company.iter().map(|found| found.suspicion.player).collect();
        let vanished = vanished.into_iter().filter(|one| !explained.contains(&one.player));
        let mut findings = Vec::new();
        let all = found.into_iter().chain(in_company).map(|found| self.finding(found));
        all.for_each(|finding| put(&mut findings, finding, self.last));
        (findings, vanished.chain(unconfirmed).chain(others).collect())
    }

    /// The suspicions that a plan shows alone too, by how it fails then, and those that none does. What a launch of many plans looks
    /// like is often not what each of them does: where connections are missing, all that come behind look wrong.
    fn alone(&self, suspicions: Vec<Suspicion>) -> (Vec<Suspicion>, Vec<Suspicion>) {
        let tried = in_parallel(self.at_once(), suspicions, |suspicion| {
            let player = &self.players[suspicion.player];
            let plans = std::iter::once(suspicion.plan).chain(suspicion.more.iter().copied());
            // The first is tried in any case: what nobody tried is not what passes.
            let may_try = |plan: &u64| *plan == suspicion.plan || !self.is_over();
            let mut fails = plans.take_while(may_try).filter_map(|plan| {
                let draft = self.plan(player, plan);
                let played = player.play(&self.name(plan), std::slice::from_ref(&draft))?;
                let fault = Fault::of(&played.trial, &played.launch.case)?;
                Some(Seen { fault: suspicion.as_seen(fault), plan, weight: (draft.lines.len(), draft.text().len()) })
            });
            let seen = fails.next();
            (suspicion, seen)
        });
        let (alone, company): (Vec<_>, Vec<_>) = tried.into_iter().partition(|(_, seen)| seen.is_some());
        let alone = alone.into_iter().filter_map(|(suspicion, seen)| Some((suspicion, seen?))).collect();
        (together(alone), company.into_iter().map(|(suspicion, _)| suspicion).collect())
    }

    /// Shrinks all of these, each in its share of the time that is left, or of one part of it.
    fn all(&self, suspicions: Vec<Suspicion>, is_company: bool, parts: u32) -> Vec<Tried> {
        let turns = u32::try_from(suspicions.len().div_ceil(self.jobs.max(1))).unwrap_or(u32::MAX).max(1);
        let share = self.time_left() / parts.saturating_mul(turns);
        in_parallel(self.jobs, suspicions, |suspicion| {
            self.shrink(suspicion, is_company, &[Pace::Hurried, Pace::Usual], Instant::now() + share)
        })
    }

    /// What passes alone may fail among the plans of its launch, and one that does is enough to tell of its client. All others are
    /// second.
    fn in_company(&self, missed: Vec<Suspicion>) -> (Vec<Found>, Vec<Suspicion>) {
        let mut first = BTreeSet::new();
        let (company, others): (Vec<_>, Vec<_>) = missed.into_iter().partition(|suspicion| first.insert(suspicion.player));
        let (found, vanished) = told_apart(self.all(company, true, 1));
        (found, vanished.into_iter().chain(others).collect())
    }

    /// Goes on with those for which their share of the time was too short, while there is time.
    fn further(&self, found: Vec<Found>) -> Vec<Found> {
        let (mut whole, cut): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| found.shrunk.is_smallest || self.is_over());
        let rest = cut.iter().map(|found| {
            let leftover = Some(found.shrunk.draft.clone());
            Suspicion { plan: found.plan, more: Vec::new(), leftover, ..found.suspicion.clone() }
        });
        let again = self.all(rest.collect(), false, 1);
        whole.extend(cut.into_iter().zip(again).map(|(before, again)| again.unwrap_or(before)));
        whole
    }

    /// Waits once more for those that nothing but time speaks for, as long as their clients say that they take. Where one does as it
    /// should then, it is shrunk again, less hurriedly.
    fn waited_for(&self, found: Vec<Found>, is_company: bool) -> (Vec<Found>, Vec<Suspicion>) {
        let waited = in_parallel(self.at_once(), found, |found| {
            if !found.shrunk.fault.hangs_on_time() {
                return Ok(found);
            }
            let suspicion = found.suspicion.clone();
            self.patiently(found).or_else(|()| {
                let again = self.shrink(suspicion.clone(), is_company, &[Pace::Usual], self.deadline)?;
                self.patiently(again).map_err(|()| suspicion)
            })
        });
        told_apart(waited)
    }

    /// What still fails when it has all the time that its client says it takes.
    fn patiently(&self, found: Found) -> Result<Found, ()> {
        let player = &self.players[found.suspicion.player];
        let (fault, played) = patiently(player, &self.name(found.plan), &found.shrunk.draft).ok_or(())?;
        Ok(Found { shrunk: Shrunk { fault, played, ..found.shrunk }, ..found })
    }

    /// What is left to be shrunk where faults that were found are taken out of others of the same player. What they explain altogether
    /// is counted with the commonest of them.
    fn unexplained(&self, others: Vec<Suspicion>, tried: &mut [Tried]) -> Vec<Suspicion> {
        let looked_at = in_parallel(self.jobs, others, |suspicion| {
            let found = tried.iter().filter_map(|tried| tried.as_ref().ok());
            let of_player = found.filter(|found| found.suspicion.player == suspicion.player);
            let known: Vec<&Fault> = of_player.flat_map(|found| [&found.shrunk.fault, &found.shrunk.alike]).collect();
            let left = self.left_of(&suspicion, &known);
            (suspicion, left)
        });
        let mut rest = Vec::new();
        for (suspicion, left) in looked_at {
            let mut found = tried.iter_mut().filter_map(|tried| tried.as_mut().ok());
            let explains =
                |found: &&mut Found| found.suspicion.player == suspicion.player && found.shrunk.fault.verdict == Verdict::Differs;
            match (left, found.find(explains)) {
                (None, Some(commonest)) => commonest.suspicion.count += suspicion.count,
                (left, _) => rest.push(left.unwrap_or(suspicion)),
            }
        }
        rest
    }

    /// What is left of a suspicion; nothing where faults that are known explain its plans.
    fn left_of(&self, suspicion: &Suspicion, known: &[&Fault]) -> Option<Suspicion> {
        let player = &self.players[suspicion.player];
        let plans: Vec<u64> = std::iter::once(suspicion.plan).chain(suspicion.more.iter().copied()).collect();
        for (place, plan) in plans.iter().enumerate() {
            if known.is_empty() || self.is_over() {
                return Some(suspicion.clone());
            }
            let leftover = match leftover(player, &self.name(*plan), (&self.plan(player, *plan), &suspicion.fault), known) {
                Leftover::Nothing => continue,
                Leftover::Some(draft) => Some(draft),
                Leftover::All => None,
            };
            return Some(Suspicion { plan: *plan, more: plans[place + 1..].to_vec(), leftover, ..suspicion.clone() });
        }
        None
    }

    /// Shrinks a plan; in company, all plans of its launch.
    fn shrink(&self, suspicion: Suspicion, is_company: bool, paces: &[Pace], until: Instant) -> Tried {
        let player = &self.players[suspicion.player];
        let until = until.min(self.deadline);
        // Where the first does not fail again, another may.
        let others: &[u64] = if is_company { &[] } else { &suspicion.more };
        let others = others.iter().take_while(|_| Instant::now() < until && !self.interrupt.is_stopped());
        let found = std::iter::once(&suspicion.plan).chain(others).find_map(|plan| {
            let draft = self.draft(&suspicion, *plan, is_company)?;
            let shrunk = shrink(player, (&self.name(*plan), draft, is_company), paces, until, self.interrupt)?;
            // What fails in company alone is found again with all of it.
            Some((if is_company { self.last.min(*launch_of(*plan).end()) } else { *plan }, shrunk))
        });
        match found {
            Some((plan, shrunk)) => Ok(Found { suspicion, plan, shrunk }),
            None => Err(suspicion),
        }
    }

    fn finding(&self, found: Found) -> Finding {
        let Found { suspicion, plan, shrunk } = found;
        let player = &self.players[suspicion.player];
        Finding {
            client: player.client,
            profile: player.profile,
            name: player.name(),
            fault: shrunk.fault,
            plan,
            count: suspicion.count,
            draft: shrunk.draft,
            is_smallest: shrunk.is_smallest,
            case: shrunk.played.launch.case,
            trial: shrunk.played.trial,
            others: Vec::new(),
        }
    }

    /// What is shrunk of a suspicion; nothing where its player cannot have several plans in one launch, and it is about several.
    fn draft(&self, suspicion: &Suspicion, plan: u64, is_company: bool) -> Option<Draft> {
        let player = &self.players[suspicion.player];
        if !is_company {
            let leftover = suspicion.leftover.clone().filter(|_| plan == suspicion.plan);
            return Some(leftover.unwrap_or_else(|| self.plan(player, plan)));
        }
        let launch = launch_of(plan);
        let plans = *launch.start()..=self.last.min(*launch.end());
        player.can_connect_again().then(|| Draft::joined(&plans.map(|n| self.plan(player, n)).collect::<Vec<_>>()))
    }

    /// How many launches there are at once of those that may hang.
    fn at_once(&self) -> usize {
        self.players.first().map_or(1, Player::at_once)
    }

    fn plan(&self, player: &Player<'_>, n: u64) -> Draft {
        player.adapted(&Generator::new(self.seed).plan(n))
    }

    fn name(&self, plan: u64) -> String {
        format!("{}-{plan}", self.seed)
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    fn is_over(&self) -> bool {
        self.time_left().is_zero() || self.interrupt.is_stopped()
    }
}

/// How a plan fails that is launched alone.
struct Seen {
    fault: Fault,
    plan: u64,
    /// Its lines, and its octets as text.
    weight: (usize, usize),
}

/// What fails alike alone is one suspicion, of the plan that is the least.
fn together(alone: Vec<(Suspicion, Seen)>) -> Vec<Suspicion> {
    let mut groups: Vec<Vec<(Suspicion, Seen)>> = Vec::new();
    for (suspicion, seen) in alone {
        let is_same =
            |group: &&mut Vec<(Suspicion, Seen)>| group[0].0.player == suspicion.player && group[0].1.fault.is(&seen.fault);
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push((suspicion, seen)),
            None => groups.push(vec![(suspicion, seen)]),
        }
    }
    groups.into_iter().filter_map(one).collect()
}

fn one(mut group: Vec<(Suspicion, Seen)>) -> Option<Suspicion> {
    group.sort_by_key(|(_, seen)| seen.weight);
    let count = group.iter().map(|(suspicion, _)| suspicion.count).sum();
    let mut plans: Vec<u64> = group.iter().map(|(_, seen)| seen.plan).collect();
    let others = group.iter().flat_map(|(suspicion, _)| std::iter::once(suspicion.plan).chain(suspicion.more.iter().copied()));
    let more: Vec<u64> = others.filter(|plan| !plans.contains(plan)).collect();
    plans.extend(more);
    let more = plans.iter().skip(1).take(MORE).copied().collect();
    let (first, seen) = group.into_iter().next()?;
    Some(Suspicion { fault: seen.fault, plan: seen.plan, count, more, ..first })
}

/// Of each player the suspicion that most plans show, and all others.
fn commonest(suspicions: Vec<Suspicion>) -> (Vec<Suspicion>, Vec<Suspicion>) {
    let mut most = BTreeMap::new();
    for (place, suspicion) in suspicions.iter().enumerate() {
        let known = most.entry(suspicion.player).or_insert(place);
        if suspicion.count > suspicions[*known].count {
            *known = place;
        }
    }
    let (first, others): (Vec<_>, Vec<_>) =
        suspicions.into_iter().enumerate().partition(|(place, one)| most[&one.player] == *place);
    let suspicions = |numbered: Vec<(usize, Suspicion)>| numbered.into_iter().map(|(_, suspicion)| suspicion).collect();
    (suspicions(first), suspicions(others))
}

/// What was found, and what did not show again.
fn told_apart(tried: Vec<Tried>) -> (Vec<Found>, Vec<Suspicion>) {
    let (mut found, mut missed) = (Vec::new(), Vec::new());
    for one in tried {
        match one {
            Ok(one) => found.push(one),
            Err(suspicion) => missed.push(suspicion),
        }
    }
    (found, missed)
}

/// Adds what was found, after so many plans, unless it is the same fault as another.
fn put(findings: &mut Vec<Finding>, found: Finding, plans: u64) {
    match findings.iter_mut().find(|other| found.explains(other, plans) || other.explains(&found, plans)) {
        Some(other) if other.explains(&found, plans) => other.count += found.count,
        // What explains both comes in the other's place.
        Some(other) => *other = Finding { count: other.count + found.count, ..found },
        None => findings.push(found),
    }
}

#[cfg(test)]
mod tests;
