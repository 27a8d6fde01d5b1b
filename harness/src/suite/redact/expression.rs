//! One regular expression over octets, and where it matches. Pure.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

/// The most memory that one compiled expression takes, in octets.
const MAX_COMPILED: usize = 1 << 20;

/// The most memory that looking for one takes; what is found does not depend on it.
const CACHE: usize = 1 << 20;

/// Steps of looking for one expression, for each octet that is looked at. Beyond them all that follows is hidden.
const STEPS: usize = 32;

/// Steps that are always taken, however few octets there are: all of what stands in a report.
const LEAST_STEPS: usize = 32 << 20;

/// One expression, with the automaton that finds the end of a match and the one that finds its beginning from there.
#[derive(Clone)]
pub(super) struct Expression {
    pub(super) source: String,
    forward: Arc<DFA>,
    backward: Arc<DFA>,
}

impl Expression {
    /// Compiles it.
    ///
    /// # Errors
    /// It is no expression, too large, or matches nothing or where there is nothing; in words for people.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let refused = |why: &str| format!("{source:?} in `redact` {why}");
        let config = syntax::Config::new().unicode(false).utf8(false);
        let parsed = syntax::parse_with(source, &config)
            .map_err(|error| refused(&format!("is no regular expression over octets: {}", last_line(&error.to_string()))))?;
        match parsed.properties().minimum_len() {
            None => return Err(refused("matches nothing at all")),
            Some(0) => {
                return Err(refused("matches where there is nothing, so it would hide nothing; have it match an octet at least"));
            }
            Some(_) => {}
        }
        let automaton = |is_reverse: bool, kind: MatchKind| {
            let thompson = thompson::Config::new().utf8(false).reverse(is_reverse).nfa_size_limit(Some(MAX_COMPILED));
            let config = DFA::config().match_kind(kind).cache_capacity(CACHE).skip_cache_capacity_check(true);
            let built = DFA::builder().configure(config).thompson(thompson).syntax(syntax_of()).build(source);
            built.map(Arc::new).map_err(|error| refused(&format!("is too large: {}", last_line(&error.to_string()))))
        };
        let (forward, backward) = (automaton(false, MatchKind::LeftmostFirst)?, automaton(true, MatchKind::All)?);
        Ok(Self { source: source.to_owned(), forward, backward })
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

fn syntax_of() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// Of several lines, the last says what; those before draw the place.
fn last_line(said: &str) -> String {
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}
