//! A regular expression over octets that is held against a whole part. Pure.

use std::collections::HashSet;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::Cache;
use regex_automata::{Anchored, Input, MatchKind};

use crate::suite::automaton::{self, Automaton};

/// States that are looked at to see whether an expression matches everything. One that does and has more is not seen to.
const MOST_STATES: usize = 100;

/// A regular expression over octets. Unicode is off: `.` is one octet, and `\xff` that octet. It sees its own octets alone, so `^` is
/// where its part begins, and `$` where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    least: usize,
    automaton: Automaton,
}

/// How far an expression went into octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Walk {
    /// The first octet that it cannot go on with; none where it could take more than there was.
    pub stuck: Option<usize>,
    /// How many octets it looked at.
    pub looked_at: usize,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It is none, or would take too much memory.
    pub fn new(source: &str) -> Result<Self, String> {
        let least = automaton::least(source)?.ok_or("it can match nothing at all")?;
        Ok(Self { least, automaton: Automaton::new(source, MatchKind::All, false)? })
    }

    /// As it is written.
    #[must_use]
    pub fn source(&self) -> &str {
        self.automaton.source()
    }

    /// The fewest octets that it matches.
    #[must_use]
    pub fn least(&self) -> usize {
        self.least
    }

    /// Whether any octets match as a whole, or any but none at all.
    pub(super) fn is_any(&self) -> bool {
        let (automaton, mut cache) = (&self.automaton, self.cache());
        let Ok(start) = automaton.start_state_forward(&mut cache, &Input::new(b"").anchored(Anchored::Yes)) else { return false };
        let (mut seen, mut open) = (HashSet::from([start]), vec![start]);
        while let Some(state) = open.pop() {
            for octet in 0..=u8::MAX {
                let Ok(next) = automaton.next_state(&mut cache, state, octet) else { return false };
                if seen.insert(next) {
                    let is_match = automaton.next_eoi_state(&mut cache, next).is_ok_and(|end| end.is_match());
                    if !is_match || seen.len() > MOST_STATES {
                        return false;
                    }
                    open.push(next);
                }
            }
        }
        true
    }

    pub(super) fn cache(&self) -> Cache {
        self.automaton.create_cache()
    }

    /// Tells each count of octets from the start that it matches as a whole, from the fewest on.
    pub(super) fn ends(&self, cache: &mut Cache, octets: &[u8], mut end: impl FnMut(usize)) -> Walk {
        let automaton = &self.automaton;
        let start = Input::new(b"").anchored(Anchored::Yes);
        let Ok(mut state) = automaton.start_state_forward(cache, &start) else { return Walk { stuck: Some(0), looked_at: 0 } };
        for (at, octet) in octets.iter().map(Some).chain([None]).enumerate() {
            // None of ours gives up: no limit of clearings is set, and no octet makes it quit.
            if automaton.next_eoi_state(cache, state).is_ok_and(|state| state.is_match()) {
                end(at);
            }
            let Some(octet) = octet else { break };
            match automaton.next_state(cache, state, *octet) {
                Ok(next) if !next.is_dead() && !next.is_quit() => state = next,
                _ => {
                    let stuck = at - usize::from(at > 0 && self.is_over(cache, state));
                    return Walk { stuck: Some(stuck), looked_at: at + 1 };
                }
            }
        }
        let stuck = octets.len().checked_sub(1).filter(|_| self.is_over(cache, state));
        Walk { stuck, looked_at: octets.len() }
    }

    /// Whether nothing can follow: the automaton says of a match one octet later that it was one, and so it dies later too.
    fn is_over(&self, cache: &mut Cache, state: LazyStateID) -> bool {
        let automaton = &self.automaton;
        let mut is_dead = |octet: u8| automaton.next_state(cache, state, octet).is_ok_and(|next| next.is_dead());
        state.is_match()
            && (0..=u8::MAX).all(&mut is_dead)
            && !automaton.next_eoi_state(cache, state).is_ok_and(|state| state.is_match())
    }
}
