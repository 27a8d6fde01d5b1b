//! A regular expression over octets, looked for in a stream. Pure.
//!
//! A lazy automaton takes the stream octet by octet and keeps its state between reads, so that nothing is read twice to find where a
//! match ends. What the groups hold is asked once, of the octets of that match.

use std::fmt;
use std::sync::Arc;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, pikevm::PikeVM};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// The most memory that one compiled expression takes, in octets.
const MAX_COMPILED: usize = 1 << 20;

/// The most memory that looking for one takes on a connection, in octets; what is found does not depend on it.
const CACHE: usize = 256 << 10;

/// A regular expression over octets: `id=([0-9]+)\r\n`. Unicode is off: `.` is one octet, and `\xff` that octet.
#[derive(Clone)]
pub struct Expression {
    source: String,
    compiled: Arc<Compiled>,
}

struct Compiled {
    automaton: DFA,
    groups: PikeVM,
}

/// Why a text is no such expression.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// It is no regular expression, or too large.
    #[error("not a regular expression over octets: {0}")]
    Syntax(String),
    /// It matches nothing at all.
    #[error("a regular expression that can match no octets matches at once and forever; have it match at least one")]
    Empty,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It is none, would take too much memory, or matches no octets at all.
    pub fn new(source: &str) -> Result<Self, ExpressionError> {
        let refused = |error: &dyn std::error::Error| ExpressionError::Syntax(innermost(error));
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let nfa = thompson::Compiler::new()
            .syntax(syntax)
            .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_COMPILED)))
            .build(source)
            .map_err(|error| refused(&error))?;
        let groups = PikeVM::new_from_nfa(nfa.clone()).map_err(|error| refused(&error))?;
        let config = DFA::config().cache_capacity(CACHE).skip_cache_capacity_check(true);
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa).map_err(|error| refused(&error))?;
        let expression = Self { source: source.to_owned(), compiled: Arc::new(Compiled { automaton, groups }) };
        match expression.found_in(b"", 0) {
            Some(_) => Err(ExpressionError::Empty),
            None => Ok(expression),
        }
    }

    /// How many groups it has, beside group 0, which is the whole match.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.compiled.groups.get_nfa().group_info().group_len(regex_automata::PatternID::ZERO).saturating_sub(1)
    }

    /// What its groups hold of the first match in `octets`, which ends at `end`; one that took no part holds nothing.
    pub(crate) fn found_in(&self, octets: &[u8], end: usize) -> Option<Vec<Vec<u8>>> {
        let groups = &self.compiled.groups;
        let mut captures: Captures = groups.create_captures();
        groups.search(&mut groups.create_cache(), &Input::new(octets).range(..end), &mut captures);
        captures.get_match()?;
        let held = captures.iter().map(|span| span.and_then(|span| octets.get(span.range())).unwrap_or_default().to_vec());
        Some(held.collect())
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Expression {}

/// What says most of why it is refused.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    // Of several lines, the last says what; those before draw the place.
    let said = error.to_string();
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Looks for an expression in a stream.
pub(crate) struct Search<'a> {
    expression: &'a Expression,
    cache: Box<Cache>,
    /// Nothing where the automaton gave up, which none of ours does.
    state: Option<LazyStateID>,
    /// How many octets it has taken.
    taken: usize,
    /// Where the match that it knows of ends.
    end: Option<usize>,
}

/// How far a search has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// There is no match yet.
    Nothing,
    /// There is one up to here, and more octets could make it longer.
    Growing(usize),
    /// There is one up to here, whatever comes.
    Whole(usize),
}

impl<'a> Search<'a> {
    pub(crate) fn new(expression: &'a Expression) -> Self {
        let cache = Box::new(expression.compiled.automaton.create_cache());
        let mut search = Self { expression, cache, state: None, taken: 0, end: None };
        search.restart();
        search
    }

    /// Forgets what it has taken.
    pub(crate) fn restart(&mut self) {
        let start = Input::new(b"").anchored(Anchored::No);
        self.state = self.expression.compiled.automaton.start_state_forward(&mut self.cache, &start).ok();
        (self.taken, self.end) = (0, None);
    }

    /// Takes an octet. A match shows one octet late; of what is known without it, [`Search::found`] says all.
    pub(crate) fn take(&mut self, octet: u8) {
        let Some(state) = self.state.filter(|state| !state.is_dead()) else { return };
        self.state = self.expression.compiled.automaton.next_state(&mut self.cache, state, octet).ok();
        if self.state.is_some_and(|state| state.is_match()) {
            self.end = Some(self.taken);
        }
        self.taken += 1;
    }

    /// The first octets that it has taken are no longer there.
    pub(crate) fn forget(&mut self, count: usize) {
        self.taken = self.taken.saturating_sub(count);
        self.end = self.end.and_then(|end| end.checked_sub(count));
    }

    /// Whether it needs no more octets to know its match.
    pub(crate) fn knows(&self) -> bool {
        self.end.is_some() && self.is_over()
    }

    fn is_over(&self) -> bool {
        self.state.is_none_or(|state| state.is_dead())
    }

    /// What there is, where the stream has come no further than this; `octets` is what was taken.
    pub(crate) fn found(&mut self, octets: &[u8]) -> Found {
        let cleared = self.cache.clear_count();
        let ends_here = self.matches_here();
        let end = if ends_here { Some(self.taken) } else { self.end };
        let is_whole = end.is_some() && (self.is_over() || (self.cache.clear_count() == cleared && self.cannot_grow()));
        if self.cache.clear_count() != cleared {
            // Its memory was full and forgot the state that we were in: walk there again.
            self.restart();
            octets.iter().for_each(|octet| self.take(*octet));
        }
        match end {
            None => Found::Nothing,
            Some(end) if is_whole => Found::Whole(end),
            Some(end) => Found::Growing(end),
        }
    }

    fn matches_here(&mut self) -> bool {
        let Some(state) = self.state.filter(|state| !state.is_dead()) else { return false };
        self.expression.compiled.automaton.next_eoi_state(&mut self.cache, state).is_ok_and(|state| state.is_match())
    }

    /// Whether whatever octet follows leaves only the match that there is, and nothing to look for.
    fn cannot_grow(&mut self) -> bool {
        let Some(state) = self.state else { return true };
        let automaton = &self.expression.compiled.automaton;
        let cleared = self.cache.clear_count();
        let octets: Vec<u8> = (0..=u8::MAX).filter(|octet| is_first_of_class(automaton, *octet)).collect();
        let mut step = |from: LazyStateID, octet: u8| {
            let to = automaton.next_state(&mut self.cache, from, octet).ok()?;
            (self.cache.clear_count() == cleared).then_some(to)
        };
        let mut ends = Vec::new();
        octets.iter().all(|octet| match step(state, *octet) {
            Some(to) if to.is_dead() || ends.contains(&to) => true,
            // A match shows one octet late.
            Some(to) if to.is_match() => {
                ends.push(to);
                octets.iter().all(|octet| step(to, *octet).is_some_and(|state| state.is_dead()))
            }
            _ => false,
        })
    }
}

/// Whether an octet is the first of those that the automaton takes for the same.
fn is_first_of_class(automaton: &DFA, octet: u8) -> bool {
    let classes = automaton.byte_classes();
    octet == 0 || classes.get(octet) != classes.get(octet - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, octets: &[u8]) -> Found {
        let expression = Expression::new(source).unwrap();
        let mut search = Search::new(&expression);
        octets.iter().for_each(|octet| search.take(*octet));
        search.found(octets)
    }

    #[test]
    fn a_match_is_whole_as_soon_as_nothing_can_make_it_longer() {
        assert_eq!(found(r"id=([0-9]+)\r\n", b"..id=12\r"), Found::Nothing);
        assert_eq!(found(r"id=([0-9]+)\r\n", b"..id=12\r\n"), Found::Whole(9));
        assert_eq!(found(r"id=([0-9]+)\r\n", b"..id=12\r\nmore"), Found::Whole(9));
        assert_eq!(found("id=([0-9]+)", b"id=12"), Found::Growing(5));
        assert_eq!(found("id=([0-9]+)", b"id=12;"), Found::Whole(5));
        assert_eq!(found("a|ab", b"a"), Found::Whole(1), "the first alternative wins");
        assert_eq!(found("ab?", b"a"), Found::Growing(1));
        assert_eq!(found(r"\xff(.)", b"\xff\xfe"), Found::Whole(2));
        assert_eq!(found("é", b"\xc3\xa9"), Found::Whole(2));
        assert_eq!(found("x$", b"x"), Found::Growing(1));
    }

    #[test]
    fn groups_hold_what_they_matched() {
        let expression = Expression::new("(a)(b)?=([0-9]+)").unwrap();
        assert_eq!(expression.groups(), 3);
        let held = expression.found_in(b"xa=12", 5).unwrap();
        assert_eq!(held, [b"a=12".to_vec(), b"a".to_vec(), Vec::new(), b"12".to_vec()]);
        assert_eq!(expression.found_in(b"xa=12", 2), None);
    }

    #[test]
    fn what_is_no_expression_says_why() {
        let refused = |source: &str| Expression::new(source).unwrap_err().to_string();
        assert!(refused("(").contains("unclosed group"), "{}", refused("("));
        assert!(refused("a*").contains("at least one"));
        assert!(refused(r"(a{999}){999}").contains("limit"), "{}", refused(r"(a{999}){999}"));
    }

    #[test]
    fn a_memory_that_is_too_small_finds_the_same() {
        let source = "(a|b)*a(a|b){12}c";
        let mut noise = 1u64;
        let octets: Vec<u8> = std::iter::repeat_with(|| {
            noise = noise * 16807 % 2_147_483_647;
            if noise >> 8 & 1 == 1 { b'a' } else { b'b' }
        })
        .take(100_000)
        .collect();
        let expression = Expression::new(source).unwrap();
        let mut search = Search::new(&expression);
        for octet in &octets {
            search.take(*octet);
        }
        assert!(search.cache.clear_count() > 0, "it was never full");
        assert_eq!(search.found(&octets), Found::Nothing);
        b"abbbbbbbbbbbbc".iter().for_each(|octet| search.take(*octet));
        assert_eq!(search.found(&octets), Found::Whole(octets.len() + 14));
    }
}
