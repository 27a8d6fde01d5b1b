//! One regular expression over octets, and where it matches. Pure.

use std::ops::Range;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::{Anchored, Input, MatchKind};

use crate::suite::automaton::{Automaton, least};

/// Steps of looking for one expression, for each octet that is looked at. Beyond them all that follows is hidden.
const STEPS: usize = 32;

/// Steps that are always taken, however few octets there are: all of what stands in a report.
const LEAST_STEPS: usize = 32 << 20;

/// One expression, with the automaton that finds the end of a match and the one that finds its beginning from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    forward: Automaton,
    backward: Automaton,
}

impl Expression {
    /// Compiles it.
    ///
    /// # Errors
    /// It is no expression, too large, or matches nothing or where there is nothing; in words for people.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("{source:?} in `redact` {why}");
        let no_expression = |why: String| refused(&format!("is not a regular expression over octets: {why}"));
        match least(source).map_err(no_expression)? {
            None => return Err(refused("matches nothing at all")),
            Some(0) => {
                return Err(refused("matches where there is nothing, so it would hide nothing; have it match an octet at least"));
            }
            Some(_) => {}
        }
        let too_large = |why: String| refused(&format!("is too large: {why}"));
        let forward = Automaton::new(source, MatchKind::LeftmostFirst, false).map_err(too_large)?;
        let backward = Automaton::new(source, MatchKind::All, true).map_err(too_large)?;
        Ok(Self { forward, backward })
    }

    /// As it is written.
    #[cfg(feature = "cli")]
    pub(super) fn source(&self) -> &str {
        self.forward.source()
    }

    /// Where it matches, from left to right.
    pub(super) fn hits(&self, octets: &[u8]) -> Vec<Range<usize>> {
        let (mut forward, mut backward) = (self.forward.create_cache(), self.backward.create_cache());
        let mut left = octets.len().saturating_mul(STEPS).max(LEAST_STEPS);
        let (mut hits, mut at) = (Vec::new(), 0);
        while at < octets.len() {
            let end = match end(&self.forward, &mut forward, octets, at, &mut left) {
                Ok(Some(end)) => end,
                Ok(None) => break,
                Err(Endless) => {
                    hits.push(at..octets.len());
                    break;
                }
            };
            // It ends here, so it begins somewhere; where nobody can say where, all before it may be of it.
            let start = start(&self.backward, &mut backward, octets, at..end, &mut left).unwrap_or(at);
            hits.push(start..end);
            at = end;
        }
        hits
    }
}

/// More steps than may be.
struct Endless;

/// Where the leftmost match ends that begins at `at` or behind it.
fn end(automaton: &DFA, cache: &mut Cache, octets: &[u8], at: usize, left: &mut usize) -> Result<Option<usize>, Endless> {
    let input = Input::new(octets).range(at..).anchored(Anchored::No);
    let mut state = automaton.start_state_forward(cache, &input).map_err(|_| Endless)?;
    let mut end = None;
    for (place, octet) in octets.iter().enumerate().skip(at) {
        *left = left.checked_sub(1).ok_or(Endless)?;
        state = automaton.next_state(cache, state, *octet).map_err(|_| Endless)?;
        // A match is told one octet late.
        if state.is_match() {
            end = Some(place);
        }
        if is_over(state)? {
            return Ok(end);
        }
    }
    let state = automaton.next_eoi_state(cache, state).map_err(|_| Endless)?;
    Ok(if state.is_match() { Some(octets.len()) } else { end })
}

/// Where the longest match begins that ends at the end of `range`, and not before its start.
fn start(automaton: &DFA, cache: &mut Cache, octets: &[u8], range: Range<usize>, left: &mut usize) -> Option<usize> {
    let input = Input::new(octets).range(range.clone()).anchored(Anchored::Yes);
    let mut state = automaton.start_state_reverse(cache, &input).ok()?;
    let mut start = None;
    for place in range.clone().rev() {
        *left = left.checked_sub(1)?;
        state = automaton.next_state(cache, state, octets[place]).ok()?;
        if state.is_match() {
            start = Some(place + 1);
        }
        if is_over(state).ok()? {
            return start;
        }
    }
    let last = match range.start.checked_sub(1) {
        Some(before) => automaton.next_state(cache, state, octets[before]).ok()?,
        None => automaton.next_eoi_state(cache, state).ok()?,
    };
    if last.is_match() { Some(range.start) } else { start }
}

/// Whether nothing can follow.
fn is_over(state: LazyStateID) -> Result<bool, Endless> {
    if state.is_quit() { Err(Endless) } else { Ok(state.is_dead()) }
}
