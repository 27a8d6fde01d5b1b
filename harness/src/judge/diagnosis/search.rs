//! The search over stretches and rules: which rules lead from what was expected to what came, each at its place.
//!
//! Each rule is tried on each stretch. A cause is the better the more of what differs it explains; where none explains all, those
//! that together do are named together, and what is left over is said.

use std::collections::BTreeMap;

use super::counted::Counted;
use super::fields;
use super::gates::Gate;
use super::miscounts;
use super::relation::{self, Relation};
use super::rule::{Held, Told};
use super::same;
use super::stretch::{self, Sides, Stretch};
use super::subject::Subject;
use super::walk::Fit;
use super::{Finding, Spot, evidence};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most changes that are looked at; what comes behind them is left over.
const MOST_CHANGES: usize = 64;

/// The most octets of all stretches together on which rules are tried.
const MOST_OCTETS: usize = 48 << 10;

/// A rule that holds for a stretch.
#[derive(Debug, Clone)]
struct Hit {
    name: &'static str,
    stretch: Stretch,
    told: Told,
    bits: i32,
}

/// What one cause explains: stretches that do not overlap, in order.
#[derive(Debug, Clone, Default)]
struct Explanation {
    hits: Vec<Hit>,
}

/// What explains the differences of a connection, or some of them.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = same_content(subject);
    let (sides, unseen) = seen(subject);
    let hits = hits(sides, subject);
    found.extend(whole(sides, &hits, unseen));
    if !found.iter().any(|finding| finding.fit < Fit::Sparsely) {
        found.extend(together(sides, &hits, unseen));
    }
    if unseen == 0 && subject.lines.is_empty() {
        found.extend(miscounts::find(sides));
    }
    found.extend(fields::find(sides).filter(|_| unseen == 0));
    found
}

/// The causes that each explain all differences of a connection.
pub(super) fn find_whole(subject: &Subject<'_>) -> Vec<Finding> {
    let (sides, unseen) = seen(subject);
    let mut found = same_content(subject);
    found.extend(whole(sides, &hits(sides, subject), unseen));
    found
}

/// Content in another form, which differs all over, so that all changes are looked at.
fn same_content(subject: &Subject<'_>) -> Vec<Finding> {
    same::find(Sides { expected: &subject.expected, captured: subject.captured, changes: subject.changes() })
}

/// The findings, with the places of those that say none; what changes most of a connection is of it as a whole.
pub(super) fn placed(subject: &Subject<'_>, found: Vec<Finding>) -> Vec<Finding> {
    let is_open = |finding: &Finding| finding.spots.is_empty() && finding.detail.is_none();
    if !subject.lines.is_empty() || subject.captured.is_empty() || !found.iter().any(is_open) {
        return found;
    }
    let changes = subject.changes();
    let differs: usize = changes.iter().map(Change::width).sum();
    if changes.len() > MOST_CHANGES || differs * 2 > subject.expected.len() {
        return found;
    }
    let spots: Vec<Spot> = changes.iter().map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let detail = places(&spots, "");
    let place = |finding: Finding| match is_open(&finding) {
        true => Finding { spots: spots.clone(), detail: Some(detail.clone()), ..finding },
        false => finding,
    };
    found.into_iter().map(place).collect()
}

/// `offset 2, 2 octets, and in 3 places more`, with what is told of the first.
fn places(spots: &[Spot], told: &str) -> String {
    let place = spots.first().map(ToString::to_string).unwrap_or_default();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    format!("{place}{told}{more}")
}

/// What differs, and how many changes are not looked at.
fn seen<'a>(subject: &'a Subject<'_>) -> (Sides<'a>, usize) {
    let changes = subject.changes();
    let (seen, unseen) = changes.split_at(changes.len().min(MOST_CHANGES));
    (Sides { expected: &subject.expected, captured: subject.captured, changes: seen }, unseen.len())
}

fn hits(sides: Sides<'_>, subject: &Subject<'_>) -> Vec<Hit> {
    // A plan tells which octets are numbers, so that nothing is to be guessed.
    let relations = relation::all().filter(|relation| subject.lines.is_empty() || !relation.is_guess());
    let relations: Vec<(Relation, Gate)> = relations.map(|relation| (relation, relation.gate())).collect();
    let mut spent = 0;
    let mut hits = Vec::new();
    for stretch in stretch::all(sides) {
        spent += stretch.size();
        if spent > MOST_OCTETS {
            break;
        }
        let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
        let counted = Counted::of(expected, captured);
        let may_hold =
            |(relation, gate): &&(Relation, Gate)| relation.is_for(stretch.border) && gate.lets_through(&counted, false);
        let relations = relations.iter().filter(may_hold);
        hits.extend(relations.flat_map(|(relation, _)| hits_of(relation.holds(expected, captured), &stretch, sides)));
    }
    hits
}

fn hits_of(held: Vec<Held>, stretch: &Stretch, sides: Sides<'_>) -> impl Iterator<Item = Hit> {
    held.into_iter().map(move |Held { name, told }| {
        let bits = evidence::bits(sides, name, stretch) + told.sure;
        Hit { name, stretch: stretch.within(told.beside), told, bits }
    })
}

/// The causes that each explain all that differs.
fn whole(sides: Sides<'_>, hits: &[Hit], unseen: usize) -> Vec<Finding> {
    let count = sides.changes.len();
    let causes = by_cause(hits, &vec![false; count]);
    let all = causes.into_values().filter(|explanation| unseen == 0 && explanation.explained() == count);
    all.map(|explanation| explanation.finding(String::new())).collect()
}

/// Causes that explain it together, the one that explains most first; what is left over is said.
fn together(sides: Sides<'_>, hits: &[Hit], unseen: usize) -> Vec<Finding> {
    let mut explained = vec![false; sides.changes.len()];
    let mut causes: Vec<Explanation> = Vec::new();
    while let Some(best) = by_cause(hits, &explained).into_values().max_by_key(Explanation::bits).filter(|best| best.bits() > 0) {
        best.hits.iter().for_each(|hit| explained[hit.stretch.changes.0..hit.stretch.changes.1].fill(true));
        causes.push(best);
    }
    let left = explained.iter().filter(|explained| !**explained).count() + unseen;
    let first = explained.iter().position(|explained| !explained).map(|first| sides.changes[first].expected.start);
    let names: Vec<&str> = causes.iter().map(Explanation::name).collect();
    let said = |own: &str| {
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != own).collect();
        let others = if others.is_empty() { String::new() } else { format!(", together with {}", others.join(" and ")) };
        let rest = first.map(|first| format!(", but not what differs at offset {first}")).unwrap_or_default();
        let more = if left > 1 { format!(" and in {} more", counted(left - 1, "place")) } else { String::new() };
        if left > 0 { format!("{others}{rest}{more}") } else { others }
    };
    let fit = match left {
        0 => Fit::InPlaces,
        left if left * 2 <= explained.len() + unseen => Fit::Loosely,
        _ => Fit::Sparsely,
    };
    causes.iter().map(|cause| cause.clone().finding(said(cause.name())).fit(fit)).collect()
}

/// What each cause explains of the changes that are not explained yet, as much as it can.
fn by_cause(hits: &[Hit], explained: &[bool]) -> BTreeMap<&'static str, Explanation> {
    let mut causes: BTreeMap<&'static str, Vec<&Hit>> = BTreeMap::new();
    let is_free = |hit: &&Hit| explained[hit.stretch.changes.0..hit.stretch.changes.1].iter().all(|explained| !explained);
    hits.iter().filter(is_free).for_each(|hit| causes.entry(hit.name).or_default().push(hit));
    causes.into_iter().map(|(name, hits)| (name, Explanation::of(&hits, explained.len()))).collect()
}

impl Explanation {
    /// Of all ways to choose hits that do not overlap, the one that explains most, and then that has most bits.
    fn of(hits: &[&Hit], changes: usize) -> Self {
        let mut best: Vec<Self> = vec![Self::default(); changes + 1];
        for end in 1..=changes {
            let ending = hits.iter().filter(|hit| hit.stretch.changes.1 == end);
            let with = ending.map(|hit| best[hit.stretch.changes.0].clone().and((*hit).clone()));
            let chosen = with.chain([best[end - 1].clone()]).max_by_key(|way| (way.explained(), way.bits()));
            best[end] = chosen.unwrap_or_default();
        }
        best.pop().unwrap_or_default()
    }

    fn and(mut self, hit: Hit) -> Self {
        self.hits.push(hit);
        self
    }

    fn name(&self) -> &'static str {
        self.hits.first().map_or(super::UNEXPLAINED, |hit| hit.name)
    }

    /// How many changes it explains.
    fn explained(&self) -> usize {
        self.hits.iter().map(|hit| hit.stretch.changes.1 - hit.stretch.changes.0).sum()
    }

    fn bits(&self) -> i32 {
        self.hits.iter().map(|hit| hit.bits).sum()
    }

    fn finding(self, besides: String) -> Finding {
        let spots: Vec<Spot> = self.hits.iter().map(|hit| Spot::of(&hit.stretch, hit.told.looks_like.clone())).collect();
        let told = self.hits.first().and_then(|hit| hit.told.detail.clone()).map(|told| format!(": {told}")).unwrap_or_default();
        let fit = if self.bits() > 0 { Fit::InPlaces } else { Fit::Sparsely };
        let (bits, detail) = (self.bits(), places(&spots, &told) + &besides);
        Finding { spots, bits, ..Finding::new(self.name()).fit(fit).detail(detail) }
    }
}
