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

/// What came of a task: how many lines, and which plans are wrong.
type Done = (u64, Result<Vec<(u64, Fault)>, String>);

impl Task {
    fn run(&self, player: &Player<'_>, (generator, seed): (Generator, u64)) -> Done {
        let (first, last) = self.plans;
        let drafts: Vec<Draft> = (first..=last).map(|n| player.adapted(&generator.plan(n))).collect();
        let lines = drafts.iter().flat_map(|draft| &draft.lines).filter(|line| Draft::word(line).is_some()).count();
        let wrong = player.judge(&format!("{seed}-{first}-{last}"), &drafts);
        let numbered = wrong.map(|wrong| wrong.into_iter().map(|(place, fault)| (first + place as u64, fault)).collect());
        (lines as u64, numbered)
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

    fn done(&mut self, task: &Task, (lines, wrong): Done) {
        self.launches[task.launch].1 += 1;
        self.lines += lines;
        match wrong {
            Ok(wrong) => wrong.into_iter().for_each(|(n, fault)| self.seen.entry((task.player, fault)).or_default().push(n)),
            Err(problem) => drop(self.broken.entry(task.player).or_insert(problem)),
        }
    }

    fn finish(self, players: usize) -> Searched {
        let all_did = self.launches.iter().take_while(|(_, done)| *done == players);
        let plans = all_did.last().map_or(0, |((_, last), _)| *last);
        let suspicion = |((player, fault), numbers): ((usize, Fault), Vec<u64>)| {
            let of_all: Vec<u64> = numbers.into_iter().filter(|n| *n <= plans).collect();
            Some(Suspicion { player, fault, plan: of_all.iter().copied().min()?, count: of_all.len() })
        };
        let mut suspicions: Vec<Suspicion> = self.seen.into_iter().filter_map(suspicion).collect();
        suspicions.sort_by_key(|suspicion| (suspicion.plan, suspicion.player));
        Searched { plans, lines: self.lines, suspicions, broken: self.broken }
    }
}
