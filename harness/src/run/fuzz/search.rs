//! The search: launches in their order, each for every player, as many at once as there are jobs.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::finding::Suspicion;
use crate::run::fuzz::player::Player;
use crate::suite::plan::Draft;
use crate::suite::plan::generate::{Generator, launch_of};
use crate::trial::Interrupt;

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// To this plan.
    Plan(u64),
    /// No launch is begun after this moment; those that were begun are finished.
    Time(Instant),
}

/// What the search came to.
#[derive(Debug, Default)]
pub(crate) struct Searched {
    /// The last plan that every player has done.
    pub plans: u64,
    /// How many lines were judged, of all players together, without comments.
    pub lines: u64,
    /// What failed up to that plan: each fault of each player once, in the order of plans.
    pub suspicions: Vec<Suspicion>,
    /// How many plans up to that one were not judged, of players that were stopped too often.
    pub unjudged: BTreeMap<usize, usize>,
    /// Players that could not go on, and why.
    pub broken: BTreeMap<usize, String>,
}

/// Is told how many plans each player has begun, and how many faults were seen.
pub(crate) type Tell<'a> = &'a (dyn Fn(u64, usize) + Sync);

/// Goes through the plans of a seed.
#[must_use]
pub(crate) fn search(
    players: &[Player<'_>],
    generator: (Generator, u64),
    until: Until,
    (jobs, interrupt): (usize, &Interrupt),
    tell: Tell<'_>,
) -> Searched {
    let state = Mutex::new(State::default());
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let work = || {
        while !interrupt.is_stopped() {
            let Some(task) = lock().next(players.len(), until) else { break };
            let done = task.run(&players[task.player], generator);
            let mut state = lock();
            if !interrupt.is_stopped() {
                state.done(&task, done);
            }
            tell(task.plans.1, state.seen.len());
        }
    };
    thread::scope(|scope| {
        let starts = |_: &usize| thread::Builder::new().spawn_scoped(scope, work).is_ok();
        if (0..jobs.max(1)).take_while(starts).count() == 0 {
            work();
        }
    });
    state.into_inner().unwrap_or_else(PoisonError::into_inner).finish(players.len())
}

/// A launch for a player: its place among launches, and its first and last plan.
#[derive(Debug, Clone, Copy)]
struct Task {
    launch: usize,
    player: usize,
    plans: (u64, u64),
}

/// What came of a task.
#[derive(Debug, Default)]
struct Done {
    /// How many lines were judged.
    lines: u64,
    /// Which plans are wrong, and how.
    wrong: Vec<(u64, Fault)>,
    /// Which were not judged.
    unjudged: Vec<u64>,
}

/// How many plans that show a fault are remembered beside the first.
pub(crate) const MORE: usize = 4;

impl Task {
    fn run(&self, player: &Player<'_>, (generator, seed): (Generator, u64)) -> Result<Done, String> {
        let (first, last) = self.plans;
        let drafts: Vec<Draft> = (first..=last).map(|n| player.adapted(&generator.plan(n))).collect();
        let judged = player.judge(&format!("{seed}-{first}-{last}"), &drafts)?;
        let known = drafts.iter().enumerate().filter(|(place, _)| !judged.unknown.contains(place)).map(|(_, draft)| draft);
        let lines = known.flat_map(|draft| &draft.lines).filter(|line| Draft::word(line).is_some()).count();
        let number = |place: usize| first + place as u64;
        Ok(Done {
            lines: lines as u64,
            wrong: judged.wrong.into_iter().map(|(place, fault)| (number(place), fault)).collect(),
            unjudged: judged.unknown.into_iter().map(number).collect(),
        })
    }
}

/// What was begun and done so far.
#[derive(Default)]
struct State {
    /// The first plan and the last of each launch that was begun, and how many players have done it.
    launches: Vec<((u64, u64), usize)>,
    /// Players that have begun the last launch.
    begun: usize,
    lines: u64,
    /// Each fault of each player: the plans that have it.
    seen: BTreeMap<(usize, Fault), Vec<u64>>,
    /// Which plans of each player were not judged.
    unjudged: BTreeMap<usize, Vec<u64>>,
    broken: BTreeMap<usize, String>,
}

impl State {
    fn next(&mut self, players: usize, until: Until) -> Option<Task> {
        if self.launches.is_empty() || self.begun == players {
            let first = self.launches.last().map_or(1, |((_, last), _)| last + 1);
            let last = match until {
                Until::Plan(plan) if first > plan => return None,
                Until::Plan(plan) => plan.min(*launch_of(first).end()),
                Until::Time(end) if Instant::now() >= end => return None,
                Until::Time(_) => *launch_of(first).end(),
            };
            self.launches.push(((first, last), 0));
            self.begun = 0;
        }
        let launch = self.launches.len() - 1;
        let task = Task { launch, player: self.begun, plans: self.launches[launch].0 };
        self.begun += 1;
        Some(task)
    }

    fn done(&mut self, task: &Task, done: Result<Done, String>) {
        self.launches[task.launch].1 += 1;
        match done {
            Ok(done) => {
                self.lines += done.lines;
                done.wrong.into_iter().for_each(|(n, fault)| self.seen.entry((task.player, fault)).or_default().push(n));
                self.unjudged.entry(task.player).or_default().extend(done.unjudged);
            }
            Err(problem) => drop(self.broken.entry(task.player).or_insert(problem)),
        }
    }

    fn finish(self, players: usize) -> Searched {
        let all_did = self.launches.iter().take_while(|(_, done)| *done == players);
        let plans = all_did.last().map_or(0, |((_, last), _)| *last);
        let suspicion = |((player, fault), numbers): ((usize, Fault), Vec<u64>)| {
            let mut of_all: Vec<u64> = numbers.into_iter().filter(|n| *n <= plans).collect();
            of_all.sort_unstable();
            let more = of_all.iter().skip(1).take(MORE).copied().collect();
            Some(Suspicion { player, fault, plan: *of_all.first()?, count: of_all.len(), more, leftover: None })
        };
        let mut suspicions: Vec<Suspicion> = self.seen.into_iter().filter_map(suspicion).collect();
        suspicions.sort_by_key(|suspicion| (suspicion.plan, suspicion.player));
        let unjudged = self.unjudged.into_iter().map(|(player, of)| (player, of.into_iter().filter(|n| *n <= plans).count()));
        let unjudged = unjudged.filter(|(_, count)| *count > 0).collect();
        Searched { plans, lines: self.lines, suspicions, unjudged, broken: self.broken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::verdict::Verdict;

    fn wrong(numbers: &[u64]) -> Vec<(u64, Fault)> {
        numbers.iter().map(|n| (*n, Fault::plain(Verdict::WrongOutput))).collect()
    }

    fn did(lines: u64, numbers: &[u64]) -> Result<Done, String> {
        Ok(Done { lines, wrong: wrong(numbers), unjudged: Vec::new() })
    }

    #[test]
    fn each_launch_goes_to_every_player_before_the_next_is_begun() {
        let mut state = State::default();
        let tasks: Vec<_> = std::iter::from_fn(|| state.next(2, Until::Plan(70))).map(|task| (task.player, task.plans)).collect();
        let ends = *launch_of(1).end();
        assert_eq!(tasks, [(0, (1, ends)), (1, (1, ends)), (0, (ends + 1, 70)), (1, (ends + 1, 70))]);
        assert!(State::default().next(1, Until::Plan(0)).is_none());
        assert!(State::default().next(1, Until::Time(Instant::now())).is_none());
    }

    #[test]
    fn only_what_all_players_have_done_counts() {
        let mut state = State::default();
        let tasks: Vec<Task> = std::iter::from_fn(|| state.next(2, Until::Plan(130))).collect();
        let (first, second) = (launch_of(1), launch_of(launch_of(1).end() + 1));
        let unjudged = Ok(Done { lines: 1, wrong: Vec::new(), unjudged: vec![2, *second.start()] });
        state.done(&tasks[0], did(3, &[9, 5, 7, 8, 6, 4]));
        state.done(&tasks[1], unjudged);
        // Of the second launch one player never came back.
        state.done(&tasks[2], did(2, &[*second.start()]));
        let found = state.finish(2);
        assert_eq!((found.plans, found.lines), (*first.end(), 6));
        let [one] = found.suspicions.as_slice() else { panic!("{:?}", found.suspicions) };
        assert_eq!((one.player, one.plan, one.count, one.more.as_slice()), (0, 4, 6, [5, 6, 7, 8].as_slice()));
        assert_eq!(found.unjudged, BTreeMap::from([(1, 1)]));
    }

    #[test]
    fn who_cannot_go_on_is_told_with_the_first_reason() {
        let mut state = State::default();
        let tasks: Vec<Task> = std::iter::from_fn(|| state.next(1, Until::Plan(130))).collect();
        state.done(&tasks[0], Err("gone".into()));
        state.done(&tasks[1], Err("again".into()));
        assert_eq!(state.finish(1).broken, BTreeMap::from([(0, "gone".to_owned())]));
    }
}
