//! Regular expressions over octets, compiled: Unicode is off, so `.` is one octet, and `\xff` that octet. Pure.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use regex_automata::MatchKind;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;

/// The most memory that one compiled expression takes, in octets.
const MAX_COMPILED: usize = 1 << 20;

/// The most memory that walking through one takes; what is found does not depend on it.
const CACHE: usize = 1 << 20;

/// A lazy automaton, and what it was compiled from: two of one source are equal.
#[derive(Clone)]
pub(super) struct Automaton {
    source: String,
    compiled: Arc<DFA>,
}

/// The fewest octets that an expression matches; `None` where it can match nothing at all.
///
/// # Errors
/// It is no regular expression; in words for people.
pub(super) fn least(source: &str) -> Result<Option<usize>, String> {
    let parsed = syntax::parse_with(source, &syntax_of_octets()).map_err(|error| last_line(&error.to_string()))?;
    Ok(parsed.properties().minimum_len())
}

impl Automaton {
    /// Compiles an expression, to be walked from its beginning or, in reverse, from its end.
    ///
    /// # Errors
    /// It would take too much memory; in words for people.
    pub(super) fn new(source: &str, kind: MatchKind, is_reverse: bool) -> Result<Self, String> {
        let thompson = thompson::Config::new().utf8(false).reverse(is_reverse).nfa_size_limit(Some(MAX_COMPILED));
        let config = DFA::config().match_kind(kind).cache_capacity(CACHE).skip_cache_capacity_check(true);
        let built = DFA::builder().configure(config).thompson(thompson).syntax(syntax_of_octets()).build(source);
        let compiled = built.map(Arc::new).map_err(|error| innermost(&error))?;
        Ok(Self { source: source.to_owned(), compiled })
    }

    /// As it is written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

impl Deref for Automaton {
    type Target = DFA;

    fn deref(&self) -> &DFA {
        &self.compiled
    }
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl PartialEq for Automaton {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Automaton {}

fn syntax_of_octets() -> syntax::Config {
    syntax::Config::new().unicode(false).utf8(false)
}

/// What says most of why it is refused.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    last_line(&error.to_string())
}

/// Of several lines, the last says what; those before draw the place.
fn last_line(said: &str) -> String {
    said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
