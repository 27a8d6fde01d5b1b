//! How a plan gets smaller: fewer connections, fewer lines, fewer arguments, shorter and plainer values. Pure, and always the same.
//!
//! What is offered is smaller by one order that has an end, so that shrinking has one too.

mod arguments;
mod pieces;
mod values;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::suite::plan::{Draft, Plan};
use arguments::{fewer_arguments, plainer_values};
pub(crate) use pieces::{Piece, pieces, without_pieces};

/// The most plans that are offered at once.
const MOST: usize = 256;

/// The most octets that they have together, as text.
const MOST_OCTETS: usize = 1 << 20;

/// What is read instead of all: every octet below a blank is in it.
const FEW: &str = "receive 32";

/// How great a plan is: the less the better.
type Weight = (usize, usize, bool, usize, usize, String);

/// How a plan gets smaller: what a later one offers is worth trying when nothing of those before it will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduction {
    Connections,
    Lines,
    Arguments,
    Values,
}

impl Reduction {
    pub(crate) const ALL: [Self; 4] = [Self::Connections, Self::Lines, Self::Arguments, Self::Values];

    /// Smaller plans, the simplest first. All are valid. Each is made when it is asked for: of a long plan there are thousands.
    pub(crate) fn smaller(self, draft: &Draft) -> Vec<Draft> {
        match self {
            Self::Connections => kept(draft, fewer_connections(draft).into_iter()),
            Self::Lines => kept(draft, fewer_lines(draft)),
            Self::Arguments => kept(draft, fewer_arguments(draft)),
            Self::Values => kept(draft, plainer_values(draft)),
        }
    }
}

/// Those that are valid and smaller, each once, as many as can share a launch.
fn kept(draft: &Draft, found: impl Iterator<Item = Draft>) -> Vec<Draft> {
    let most = weight(draft);
    let mut seen = BTreeSet::new();
    let mut octets = 0;
    let valid = found.map(|candidate| candidate.without(|_| false));
    let smaller = valid.filter(|candidate| weight(candidate) < most && seen.insert(candidate.text()));
    let whole = smaller.filter(|candidate| Plan::parse(&candidate.text()).is_ok());
    let few = whole.take_while(|candidate| {
        octets += candidate.text().len();
        octets <= MOST_OCTETS
    });
    few.take(MOST).collect()
}

/// Connections, then lines, then length, then how odd it looks; a text of the same length is less where its digits are.
fn weight(draft: &Draft) -> Weight {
    let text = draft.lines.join("\n");
    let odd = text.chars().filter(|character| !matches!(character, 'a' | '0'..='9' | ' ')).count();
    (draft.connections(), draft.lines.len(), !draft.is_ended, text.len(), odd, text)
}

/// Two that follow each other, with a line each: most faults of several connections show on such. Then each connection alone, without a
/// half, a quarter, ... one, then with a line feed at the end.
fn fewer_connections(draft: &Draft) -> Vec<Draft> {
    let connections: Vec<&[String]> = draft.lines.split(|line| Draft::word(line) == Some("connect")).collect();
    let with = |lines: Vec<String>| Draft { lines, is_ended: draft.is_ended };
    let joined = |kept: &[&[String]]| with(kept.join(&["connect".to_owned()][..]));
    let first_line = |lines: &'_ [String]| lines.iter().position(|line| Draft::word(line).is_some());
    let bare = |lines: &'_ [String]| first_line(lines).map_or(0..0, |place| place..place + 1);
    let pair = |pair: &[&[String]]| joined(&[&pair[0][bare(pair[0])], &pair[1][bare(pair[1])]]);
    let mut found: Vec<Draft> = connections.windows(2).map(pair).collect();
    found.extend(connections.iter().map(|only| joined(&[*only])));
    found.extend(without_runs(&connections).iter().filter(|kept| !kept.is_empty()).map(|kept| joined(kept)));
    found.push(Draft { is_ended: true, ..draft.clone() });
    found
}

/// Without a half of the lines, a quarter, ... one; then with some octets read instead of all behind a half-close.
fn fewer_lines(draft: &Draft) -> impl Iterator<Item = Draft> {
    let behind_half_close = draft.lines.windows(2).position(|pair| pair == ["half-close", "receive all"]);
    let counted = behind_half_close.map(|at| [&draft.lines[..at], &[FEW.to_owned()], &draft.lines[at + 2..]].concat());
    let fewer = runs(draft.lines.len()).into_iter().map(|run| without(&draft.lines, run));
    fewer.chain(counted).map(|lines| Draft { lines, is_ended: draft.is_ended })
}

/// Without each run of so many, for so many a half, a quarter, ... one.
pub(crate) fn without_runs<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    runs(items.len()).into_iter().map(|run| without(items, run)).collect()
}

/// Runs of so many of `count` items, for so many a half, a quarter, ... one.
fn runs(count: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut run = count;
    while run > 0 && found.len() < MOST {
        found.extend((0..count).step_by(run).map(|start| start..(start + run).min(count)));
        run /= 2;
    }
    found
}

fn without<T: Clone>(items: &[T], run: Range<usize>) -> Vec<T> {
    [&items[..run.start], &items[run.end..]].concat()
}

#[cfg(test)]
mod tests;
