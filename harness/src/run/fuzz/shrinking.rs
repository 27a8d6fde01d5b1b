//! A plan that fails is shrunk: smaller ones are launched, many at once, and the first that fails alike is gone on with.

use std::time::{Duration, Instant};

use crate::judge::verdict::Verdict;
use crate::run::fuzz::blame::Outcome;
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::player::{Played, Player};
use crate::run::fuzz::shrink::Reduction;
use crate::run::in_parallel;
use crate::suite::plan::Draft;
use crate::trial::Interrupt;

/// No smaller plan is tried once shrinking all faults has taken so long.
pub(crate) const MOST_TIME: Duration = Duration::from_secs(45);

/// Nobody is tried on what was found once all this has taken so long.
pub(crate) const TIME_IN_ALL: Duration = Duration::from_secs(60);

/// What there is left of it for them, however long shrinking took: a client that hangs is waited for to the end once more.
pub(crate) const TIME_FOR_OTHERS: Duration = Duration::from_secs(10);

/// The most launches for one fault.
pub(crate) const MOST_LAUNCHES: u64 = 600;

/// The smallest plan that was found to fail alike.
pub(crate) struct Shrunk {
    /// The plan.
    pub draft: Draft,
    /// How it fails.
    pub fault: Fault,
    /// How greater ones do, as whose smaller form it was taken.
    pub alike: Fault,
    /// Its trial, alone.
    pub played: Played,
    /// Whether nothing could be taken away any more.
    pub is_smallest: bool,
}

/// How many plans share a launch at first: the simplest often fails, and each that does is to be explained.
const FIRST: usize = 32;

/// How often a plan may fail in company and not alone, or alone and not in company, or hang there, before only those that are alone
/// are tried.
const MISLED: usize = 3;

/// How long what is tried is waited for: much of it may hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Briefly.
    Hurried,
    /// As long as in the search.
    Usual,
}

/// Shrinks a plan that fails when it is launched alone. Nothing where it does not; `is_company` is whether it is several plans, which
/// fail only together. What came of it in a hurry is tried once more without one, and all of it is where that does not fail.
pub(crate) fn shrink(
    player: &Player<'_>,
    (name, draft, is_company): (&str, Draft, bool),
    paces: &[Pace],
    deadline: Instant,
    interrupt: &Interrupt,
) -> Option<Shrunk> {
    let (whole, first) = (&draft, player.play(name, std::slice::from_ref(&draft))?);
    let fault = Fault::of(&first.trial, &first.launch.case)?;
    let mut first = Some(first);
    let most = player.launches() + MOST_LAUNCHES;
    let misled = if is_company { MISLED } else { 0 };
    paces.iter().find_map(|pace| {
        let (fault, hurries) = (fault.clone(), *pace == Pace::Hurried);
        let mut shrinking = Shrinking { player, name, fault, deadline, interrupt, most, misled, hurries, is_cut: false };
        let draft = shrinking.smallest(whole.clone());
        let known = first.take_if(|_| draft == *whole);
        let played = known.or_else(|| player.play(name, std::slice::from_ref(&draft)))?;
        let (fault, alike) = (Fault::of(&played.trial, &played.launch.case)?, shrinking.fault);
        Some(Shrunk { draft, fault, alike, played, is_smallest: !shrinking.is_cut })
    })
}

/// How a plan fails that has all the time that its client says it takes; tried twice.
pub(crate) fn patiently(player: &Player<'_>, name: &str, draft: &Draft) -> Option<(Fault, Played)> {
    let tries = std::iter::repeat_with(|| player.play_patiently(name, draft)).take(2).flatten();
    let mut faults = tries.map(|played| (Fault::of(&played.trial, &played.launch.case), played));
    faults.find_map(|(fault, played)| Some((fault?, played)))
}

struct Shrinking<'a> {
    player: &'a Player<'a>,
    name: &'a str,
    fault: Fault,
    deadline: Instant,
    interrupt: &'a Interrupt,
    /// No launch is made once the player has had so many.
    most: u64,
    /// How often a plan failed in company and not alone, or hung there otherwise than it should.
    misled: usize,
    /// Whether nothing is waited for long.
    hurries: bool,
    is_cut: bool,
}

impl Shrinking<'_> {
    fn smallest(&mut self, mut draft: Draft) -> Draft {
        while let Some(smaller) = self.smaller(&draft) {
            draft = smaller;
        }
        draft
    }

    fn smaller(&mut self, draft: &Draft) -> Option<Draft> {
        if self.misled < MISLED
            && let Some(found) = Reduction::ALL.iter().find_map(|reduction| self.first_of(&reduction.smaller(draft)))
        {
            return Some(found);
        }
        // A fault that shows on the first or last connection of a launch alone, or on several, shows in nobody's company.
        let least = if self.misled < MISLED { 2 } else { Reduction::ALL.len() };
        let found = Reduction::ALL[..least].iter().find_map(|reduction| self.first_alone(&reduction.smaller(draft)));
        self.misled += usize::from(found.is_some());
        found
    }

    /// The first that fails alike, each alone.
    fn first_alone(&mut self, candidates: &[Draft]) -> Option<Draft> {
        let at_once = self.player.at_once();
        for some in candidates.chunks(at_once) {
            if !self.may_go_on() {
                return None;
            }
            let faults = in_parallel(at_once, some.iter().collect(), |candidate| self.alone(candidate));
            if let Some(place) = faults.iter().position(Option::is_some) {
                self.fault = faults.into_iter().nth(place).flatten()?;
                return Some(some[place].clone());
            }
        }
        None
    }

    /// The first that fails alike, also alone.
    fn first_of(&mut self, candidates: &[Draft]) -> Option<Draft> {
        let (mut rest, mut most) = (candidates, FIRST);
        while !rest.is_empty() && self.misled < MISLED && self.may_go_on() {
            // Nothing can follow a reset.
            let reset = rest.iter().position(Draft::ends_in_reset).map_or(rest.len(), |place| place + 1).min(most);
            most = candidates.len();
            let together = if self.player.can_connect_again() { reset } else { 1 };
            let played = self.play(&rest[..together])?;
            let fails = |place: &usize| matches!(&played.outcomes[*place], Outcome::Wrong(fault) if self.is_alike(&played, *place, fault));
            let known = played.outcomes.iter().position(|outcome| *outcome == Outcome::Unknown).unwrap_or(together);
            let found = (0..played.outcomes.len()).find(fails);
            // One that hangs in company is waited for again and again, and alone many are waited for at once.
            let hangs = played.trial.judgement.verdict == Verdict::TimedOut;
            // Where of many only the last fails, it may be for being the last.
            let is_only_last = found == Some(together - 1) && together > 2;
            self.misled += usize::from(found.is_none() && hangs || is_only_last);
            match found {
                Some(place) if self.fails_alone(&rest[place]) => return Some(rest[place].clone()),
                Some(place) => (rest, self.misled) = (&rest[place + 1..], self.misled + 1),
                // Nobody can say which of them it was: a half of them can.
                None if known == 0 && together > 1 => match self.first_of(&rest[..together / 2]) {
                    Some(found) => return Some(found),
                    None => rest = &rest[together / 2..],
                },
                None if known == 0 => rest = &rest[1..],
                None => rest = &rest[known..],
            }
        }
        None
    }

    fn fails_alone(&mut self, candidate: &Draft) -> bool {
        if !self.may_go_on() {
            return false;
        }
        let fault = self.alone(candidate);
        // What has got a name keeps it.
        if let Some(fault) = &fault {
            self.fault = fault.clone();
        }
        fault.is_some()
    }

    /// How a plan is to be called that fails alike when it is launched alone.
    fn alone(&self, draft: &Draft) -> Option<Fault> {
        let played = self.play(std::slice::from_ref(draft))?;
        let fault = Fault::of(&played.trial, &played.launch.case)?;
        let name = if fault.shows(&self.fault) { fault.clone() } else { self.fault.clone() };
        self.is_alike(&played, 0, &fault).then_some(name)
    }

    /// Whether a plan of a launch fails alike: its cause is the same, or the cause that greater plans have holds of it too. A last octet
    /// that is lost is all there is of a line of one.
    fn is_alike(&self, played: &Played, place: usize, fault: &Fault) -> bool {
        fault.shows(&self.fault) || fault.verdict == self.fault.verdict && played.holds(place, &self.fault)
    }

    fn play(&self, drafts: &[Draft]) -> Option<Played> {
        if self.hurries { self.player.play_hurriedly(self.name, drafts) } else { self.player.play(self.name, drafts) }
    }

    fn may_go_on(&mut self) -> bool {
        let may = !self.interrupt.is_stopped() && Instant::now() < self.deadline && self.player.launches() < self.most;
        self.is_cut |= !may;
        may
    }
}
