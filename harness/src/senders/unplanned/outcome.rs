//! What came of the faults without a plan: how often each is named, and how often something else is.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::Serialize;

use super::kinds::floor;
use super::made::made;
use super::trial::{Said, Trial};
use super::{Kind, kinds};

/// Of a hundred trials of faults, so many may have a cause named that is none.
const MOST_WRONG: usize = 10;

/// The same of values that have nothing to do with those that were expected.
const MOST_INVENTED: usize = 1;

/// A fault, and its trials.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The fault's name.
    pub fault: &'static str,
    /// What programs with this fault do.
    pub seen: &'static str,
    /// The diagnosis that should come first; none where any would be wrong, or several are wanted.
    pub sign: Option<&'static str>,
    /// How many of ten trials are to be right.
    pub floor: usize,
    /// How many trials there were.
    pub tried: usize,
    /// Of how many the right thing was said first.
    pub right: usize,
    /// Of how many a cause was said first that is none.
    pub wrong: usize,
    /// Of how many was said where they differ, and no cause.
    pub open: usize,
    /// Its trials.
    pub trials: Vec<Trial>,
}

/// What came of several faults.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Found {
    /// How many trials there were.
    pub tried: usize,
    /// Of how many the right thing was said first.
    pub right: usize,
    /// Of how many a cause was said first that is none: the figure to bring down.
    pub wrong: usize,
    /// Of how many was said where they differ, and no cause.
    pub open: usize,
    /// Each fault.
    pub faults: Vec<Outcome>,
}

impl Found {
    /// What comes of those kinds that are wanted, with so many messages for each fault at the most.
    #[must_use]
    pub fn of(wanted: &dyn Fn(&str) -> bool, most: usize) -> Self {
        let faults = outcomes(kinds().filter(|kind| wanted(kind.name())).collect(), most);
        let sum = |of: fn(&Outcome) -> usize| faults.iter().map(of).sum();
        Self {
            tried: sum(|one| one.tried),
            right: sum(|one| one.right),
            wrong: sum(|one| one.wrong),
            open: sum(|one| one.open),
            faults,
        }
    }

    /// Whether each fault is named as often as it has to be and, where all were tried, few are taken for something else.
    #[must_use]
    pub fn is_good(&self) -> bool {
        !self.faults.iter().any(|one| one.is_misnamed() || one.is_invented()) && !self.is_rash()
    }

    /// Whether more trials than may be have a cause named that is none.
    #[must_use]
    pub fn is_rash(&self) -> bool {
        let unrelated = self.faults.iter().find(|one| one.fault == Kind::AnotherValue.name()).map_or(0, |one| one.tried);
        self.faults.len() == kinds().count() && self.wrong * 100 > (self.tried - unrelated) * MOST_WRONG
    }
}

/// The outcomes, in the order of their kinds.
fn outcomes(kinds: Vec<Kind>, most: usize) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let work = || {
        let index = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < kinds.len());
        std::iter::from_fn(index).map(|index| (index, Outcome::of(kinds[index], most))).collect::<Vec<_>>()
    };
    let mut found = thread::scope(|scope| {
        let others = thread::available_parallelism().map_or(1, NonZero::get) - 1;
        let others: Vec<_> = (0..others).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let found = work();
        let joined = |other: thread::ScopedJoinHandle<'_, Vec<_>>| other.join().unwrap_or_else(|panic| resume_unwind(panic));
        others.into_iter().map(joined).fold(found, |found, others| [found, others].concat())
    });
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

impl Outcome {
    fn of(kind: Kind, most: usize) -> Self {
        let trials: Vec<Trial> = made(kind, most).iter().map(|made| Trial::of(kind, made)).collect();
        let count = |said: Said| trials.iter().filter(|trial| trial.said == said).count();
        Self {
            fault: kind.name(),
            seen: kind.seen(),
            sign: kind.sign(),
            floor: floor(kind),
            tried: trials.len(),
            right: count(Said::Right),
            wrong: count(Said::Wrong),
            open: count(Said::Open),
            trials,
        }
    }

    /// Whether it is named less often than it has to be: as if ten were tried where there were fewer, and all others named it.
    #[must_use]
    pub fn is_misnamed(&self) -> bool {
        (self.tried - self.right) * 10 > self.tried.max(10) * (10 - self.floor)
    }

    /// Whether causes are named where there are none, more often than may be.
    #[must_use]
    pub fn is_invented(&self) -> bool {
        self.fault == Kind::AnotherValue.name() && self.wrong * 100 > self.tried * MOST_INVENTED
    }

    /// What was said most often where that was not right.
    #[must_use]
    pub fn instead(&self) -> Option<&str> {
        let mut said: BTreeMap<&str, usize> = BTreeMap::new();
        self.trials
            .iter()
            .filter(|trial| trial.said != Said::Right)
            .for_each(|trial| *said.entry(trial.first()).or_default() += 1);
        said.into_iter().max_by_key(|(_, times)| *times).map(|(name, _)| name)
    }
}
