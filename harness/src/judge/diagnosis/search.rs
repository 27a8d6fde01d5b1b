//! The search over stretches and rules: which rules lead from what was expected to what came, each at its place.
//!
//! Each rule is tried on each stretch. A cause is the better the more of what differs it explains; where none explains all, those
//! that together do are named together, and what is left over is said.

use std::collections::{BTreeMap, BTreeSet};

use super::around;
use super::catalogue;
use super::counted::Counted;
use super::fields;
use super::followers;
use super::gaps;
use super::gates::Gate;
use super::groups;
use super::miscounts;
use super::parts;
use super::protocols;
use super::relation::{self, Relation};
use super::replaced;
use super::rule::{Held, Rule, Told};
use super::rules;
use super::same;
use super::spot::places;
use super::stretch::{self, Border, Sides, Stretch};
use super::subject::Subject;
use super::sums;
use super::walk::Fit;
use super::{Finding, Spot, evidence};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most changes that are looked at; what comes behind them is left over.
const MOST_CHANGES: usize = 64;

/// The most octets of all stretches together on which rules are tried.
const MOST_OCTETS: usize = 48 << 10;

/// The most octets of a stretch, on both sides, on which rules are tried two at once.
const MOST_OF_TWO: usize = 512;

/// The most stretches on which they are.
const MOST_STRETCHES: usize = 32;

/// What speaks against a binary number in a message that is text, in bits.
const TEXT: i32 = 12;

/// A rule that holds for a stretch.
#[derive(Debug, Clone)]
struct Hit {
    name: &'static str,
    /// The rule that came behind it, where two were needed.
    then: Option<&'static str>,
    stretch: Stretch,
    told: Told,
    bits: i32,
}

/// What one cause explains: stretches that do not overlap, in order.
#[derive(Debug, Clone, Default)]
struct Explanation<'a> {
    hits: Vec<&'a Hit>,
}

/// What explains the differences of a connection, or some of them.
pub(super) struct Found {
    pub findings: Vec<Finding>,
    /// The causes that explain it together, where none does alone.
    pub together: Vec<Finding>,
    /// The changes that each of them explains, by number.
    pub parts: Vec<Vec<usize>>,
}

/// What explains the differences of a connection, or some of them.
pub(super) fn find(subject: &Subject<'_>) -> Found {
    let mut found = same_content(subject);
    let (sides, unseen) = seen(subject);
    found.extend(patterns(subject, sides, unseen));
    let mut hits = hits(sides, subject);
    let mut causes = causes(sides, &hits, unseen);
    let is_open = found.iter().chain(&causes.findings).chain(&causes.together).all(|finding| finding.fit > Fit::InPlaces);
    if is_open && subject.lines.is_empty() {
        hits.extend(two_at_once(sides));
        causes = self::causes(sides, &hits, unseen);
    }
    if found.iter().any(|finding| finding.fit <= Fit::InPlaces) {
        causes.parts.clear();
    }
    found.extend(causes.findings);
    if unseen == 0 && subject.lines.is_empty() {
        found.extend(miscounts::find(sides));
        found.extend(protocols::find(sides));
    }
    let fields = fields::find(sides).filter(|_| unseen == 0);
    let parted = || parted(sides, unseen).filter(|_| subject.lines.is_empty());
    found.extend(fields.or_else(parted));
    Found { findings: found, ..causes }
}

/// Those that each explain all that differs; where there are none, those that do together.
fn causes(sides: Sides<'_>, hits: &[Hit], unseen: usize) -> Found {
    let findings = whole(sides, hits, unseen);
    if findings.iter().any(|finding| finding.fit < Fit::Sparsely) {
        return Found { findings, together: Vec::new(), parts: Vec::new() };
    }
    let causes = greedily(sides, hits);
    let parts = causes.iter().map(|cause| cause.changes().collect()).collect();
    Found { findings, together: together(sides, &causes, unseen), parts }
}

/// Where both sides part, where too much differs to tell each field.
fn parted(sides: Sides<'_>, unseen: usize) -> Option<Finding> {
    let first = sides.changes.first().filter(|_| !sides.captured.is_empty())?;
    let places = sides.changes.len() + unseen;
    let is_octet = places == 1 && first.expected.len() == 1 && first.captured.len() == 1;
    let spots = sides.changes.iter().map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let (at, differ) = (first.expected.start, if places == 1 { "differs" } else { "differ" });
    let detail = format!("they part at offset {at}; {} {differ}", counted(places, "place"));
    // It says more than a coincidence, and less than a cause of some of it.
    let finding = Finding { spots, bits: 1, ..Finding::new(super::UNEXPLAINED).fit(Fit::Sparsely).detail(detail) };
    (!is_octet).then_some(finding)
}

/// The causes that each explain all differences of a connection.
pub(super) fn find_whole(subject: &Subject<'_>) -> Vec<Finding> {
    let (sides, unseen) = seen(subject);
    let mut found = same_content(subject);
    found.extend(patterns(subject, sides, unseen));
    found.extend(whole(sides, &hits(sides, subject), unseen));
    found
}

/// What shows only in all changes together, where no plan tells what they are.
fn patterns(subject: &Subject<'_>, sides: Sides<'_>, unseen: usize) -> Vec<Finding> {
    if !subject.lines.is_empty() {
        return Vec::new();
    }
    let groups = groups::find(Sides { changes: subject.changes(), ..sides });
    let others = || [gaps::find(sides), parts::find(sides), replaced::find(sides), sums::find(sides)];
    let others = (unseen == 0).then(others).into_iter().flatten().flatten();
    groups.into_iter().chain(others).collect()
}

/// Content in another form, which differs all over, so that all changes are looked at.
fn same_content(subject: &Subject<'_>) -> Vec<Finding> {
    same::find(Sides { expected: &subject.expected, captured: subject.captured, changes: subject.changes() })
}

/// The findings, with the places of those that say none; what changes most of a connection is of it as a whole.
pub(super) fn placed(subject: &Subject<'_>, found: Vec<Finding>) -> Vec<Finding> {
    let is_open = |finding: &Finding| finding.spots.is_empty();
    if !subject.lines.is_empty() || subject.captured.is_empty() || !found.iter().any(is_open) {
        return found;
    }
    let changes = subject.changes();
    let differs: usize = changes.iter().map(Change::width).sum();
    let is_of_all = changes.len() > MOST_CHANGES || differs * 2 > subject.expected.len();
    let spots: Vec<Spot> = changes.iter().take(MOST_CHANGES).map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let told = Some(places(&spots, "")).filter(|_| !is_of_all);
    // What tells where octets differ, and not why, has its place however much it is.
    let has_place = |finding: &Finding| is_open(finding) && (!is_of_all || catalogue::is_broad(finding.name));
    let place = |finding: Finding| match has_place(&finding) {
        true => Finding { spots: spots.clone(), detail: finding.detail.or_else(|| told.clone()), ..finding },
        false => finding,
    };
    found.into_iter().map(place).collect()
}

/// The finding of a rule for all of a message, which is a coincidence where it makes no sense at its place.
pub(super) fn weighed(subject: &Subject<'_>, finding: Finding) -> Finding {
    if !subject.lines.is_empty() || subject.is_large() {
        return finding;
    }
    let (sides, _) = seen(subject);
    let all = ((0, sides.expected.len()), (0, sides.captured.len()));
    let stretch = Stretch { border: Border::Whole, changes: (0, sides.changes.len()), expected: all.0, captured: all.1 };
    if around::against(sides, finding.name, &stretch) > 0 { Finding { fit: Fit::Sparsely, ..finding } } else { finding }
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
    let is_text = followers::is_text(sides.expected) && followers::is_text(sides.captured);
    let mut spent = 0;
    let mut hits = Vec::new();
    for stretch in stretch::all(sides) {
        spent += stretch.size();
        if spent > MOST_OCTETS {
            break;
        }
        let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
        let counted = Counted::of(expected, captured);
        let may_hold = |(relation, gate): &&(Relation, Gate)| {
            relation.is_for(stretch.border)
                && gate.lets_through(&counted, false)
                && relation.rule().is_none_or(|rule| gate.may_begin(rule, expected, captured))
        };
        let relations = relations.iter().filter(may_hold);
        hits.extend(relations.flat_map(|(relation, _)| {
            let against = if is_text && matches!(relation, Relation::Number(_)) { TEXT } else { 0 };
            let hits = hits_of(relation.holds(expected, captured), &stretch, sides);
            hits.map(move |hit| Hit { bits: hit.bits - against, ..hit })
        }));
    }
    hits
}

fn hits_of(held: Vec<Held>, stretch: &Stretch, sides: Sides<'_>) -> impl Iterator<Item = Hit> {
    held.into_iter().map(move |Held { name, told }| {
        let bits = evidence::bits(sides, name, stretch) + told.sure - around::against(sides, name, stretch);
        Hit { name, then: None, stretch: stretch.within(told.beside), told, bits }
    })
}

/// Stretches that two rules explain, one after the other.
fn two_at_once(sides: Sides<'_>) -> Vec<Hit> {
    let is_small = |stretch: &Stretch| stretch.border != Border::Number && stretch.size() <= MOST_OF_TWO;
    let stretches: Vec<Stretch> = stretch::all(sides).into_iter().filter(is_small).take(MOST_STRETCHES).collect();
    let rules = rules::vocabulary().filter(|(name, _)| rules::joins(name));
    let rules: Vec<(&Rule, Gate)> = rules.map(|rule| (rule, Gate::of(rule.0))).collect();
    stretches.iter().flat_map(|stretch| rules.iter().filter_map(|(first, _)| two(stretch, first, &rules, sides))).collect()
}

fn two(stretch: &Stretch, first: &Rule, rules: &[(&'static Rule, Gate)], sides: Sides<'_>) -> Option<Hit> {
    let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
    let between = (first.1)(expected).into_iter().filter(|sent| sent != expected && sent != captured);
    let then = between.flat_map(|sent| {
        let counted = Counted::of(&sent, captured);
        let others = rules.iter().filter(move |(rule, gate)| rule.0 != first.0 && gate.lets_through(&counted, false));
        others.filter(move |(rule, _)| (rule.1)(&sent).iter().any(|sent| sent == captured))
    });
    let then = then.map(|(rule, _)| rule.0).min_by_key(|name| (evidence::price(name), catalogue::rank(name)))?;
    let bits = evidence::bits(sides, first.0, stretch) - evidence::price(then);
    Some(Hit { name: first.0, then: Some(then), stretch: stretch.clone(), told: Told::default(), bits })
}

/// The causes that each explain all that differs.
fn whole(sides: Sides<'_>, hits: &[Hit], unseen: usize) -> Vec<Finding> {
    let count = sides.changes.len();
    let causes = by_cause(hits, &vec![false; count]);
    let all = causes.into_values().filter(|explanation| unseen == 0 && explanation.explained() == count);
    all.flat_map(|explanation| explanation.findings(sides, &[])).collect()
}

/// Causes that explain it together, the one that explains most first.
fn greedily<'a>(sides: Sides<'_>, hits: &'a [Hit]) -> Vec<Explanation<'a>> {
    let mut explained = vec![false; sides.changes.len()];
    let mut causes: Vec<Explanation<'_>> = Vec::new();
    while let Some(best) = by_cause(hits, &explained).into_values().max_by_key(Explanation::bits).filter(|best| best.bits() > 0) {
        best.hits.iter().for_each(|hit| explained[hit.stretch.changes.0..hit.stretch.changes.1].fill(true));
        causes.push(best);
    }
    causes
}

/// The same as findings; what is left over is said.
fn together(sides: Sides<'_>, causes: &[Explanation<'_>], unseen: usize) -> Vec<Finding> {
    let explained: BTreeSet<usize> = causes.iter().flat_map(Explanation::changes).collect();
    let left = Left::of(sides.changes, unseen, |change| explained.contains(&change));
    let names: Vec<&'static str> = causes.iter().flat_map(Explanation::names).collect();
    let findings = causes.iter().flat_map(|cause| cause.findings(sides, &names));
    findings.map(|finding| Finding { left: left.said(), ..finding.fit(left.fit()) }).collect()
}

/// What causes that hold together leave over.
pub(super) struct Left {
    /// The offset of the first of it.
    first: Option<usize>,
    count: usize,
    /// Of how many changes.
    of: usize,
}

impl Left {
    pub(super) fn of(changes: &[Change], unseen: usize, is_explained: impl Fn(usize) -> bool) -> Self {
        let left: Vec<usize> = (0..changes.len()).filter(|change| !is_explained(*change)).collect();
        let first = left.first().map(|first| changes[*first].expected.start);
        Self { first, count: left.len() + unseen, of: changes.len() + unseen }
    }

    pub(super) fn fit(&self) -> Fit {
        match self.count {
            0 => Fit::InPlaces,
            left if left * 2 <= self.of => Fit::Loosely,
            _ => Fit::Sparsely,
        }
    }

    /// `not what differs at offset 7 and in 2 places more`
    pub(super) fn said(&self) -> Option<String> {
        let more = if self.count > 1 { format!(" and in {} more", counted(self.count - 1, "place")) } else { String::new() };
        let first = self.first.map(|first| format!(" at offset {first}")).unwrap_or_default();
        (self.count > 0).then(|| format!("not what differs{first}{more}"))
    }
}

/// One rule, or two that came one after the other.
type Names = (&'static str, Option<&'static str>);

/// What each cause explains of the changes that are not explained yet, as much as it can.
fn by_cause<'a>(hits: &'a [Hit], explained: &[bool]) -> BTreeMap<Names, Explanation<'a>> {
    let mut causes: BTreeMap<Names, Vec<&Hit>> = BTreeMap::new();
    let is_free = |hit: &&Hit| explained[hit.stretch.changes.0..hit.stretch.changes.1].iter().all(|explained| !explained);
    hits.iter().filter(is_free).for_each(|hit| causes.entry((hit.name, hit.then)).or_default().push(hit));
    causes.into_iter().map(|(name, hits)| (name, Explanation::of(&hits, explained.len()))).collect()
}

impl<'a> Explanation<'a> {
    /// Of all ways to choose hits that do not overlap, the one that explains most, and then that has most bits.
    fn of(hits: &[&'a Hit], changes: usize) -> Self {
        // For the changes up to each: how many are explained, with how many bits, and by which hit at the end.
        let mut best: Vec<(usize, i32, Option<&'a Hit>)> = vec![(0, 0, None)];
        for end in 1..=changes {
            let ending = hits.iter().filter(|hit| hit.stretch.changes.1 == end);
            let with = ending.map(|hit| {
                let (explained, bits, _) = best[hit.stretch.changes.0];
                (explained + end - hit.stretch.changes.0, bits + hit.bits, Some(*hit))
            });
            let (explained, bits, _) = best[end - 1];
            let chosen = with.chain([(explained, bits, None)]).max_by_key(|(explained, bits, _)| (*explained, *bits));
            best.push(chosen.unwrap_or_default());
        }
        let (mut chosen, mut end) = (Vec::new(), changes);
        while end > 0 {
            chosen.extend(best[end].2);
            end = best[end].2.map_or(end - 1, |hit| hit.stretch.changes.0);
        }
        chosen.reverse();
        Self { hits: chosen }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.hits.first().into_iter().flat_map(|hit| [Some(hit.name), hit.then]).flatten()
    }

    /// The changes that it explains, by number.
    fn changes(&self) -> impl Iterator<Item = usize> {
        self.hits.iter().flat_map(|hit| hit.stretch.changes.0..hit.stretch.changes.1)
    }

    /// How many changes it explains.
    fn explained(&self) -> usize {
        self.hits.iter().map(|hit| hit.stretch.changes.1 - hit.stretch.changes.0).sum()
    }

    fn bits(&self) -> i32 {
        self.hits.iter().map(|hit| hit.bits).sum()
    }

    /// One for each name; `names` are those of all causes that hold together.
    fn findings(&self, sides: Sides<'_>, names: &[&'static str]) -> Vec<Finding> {
        let spots = self.hits.iter().flat_map(|hit| Spot::all(sides, &hit.stretch, hit.told.looks_like.clone()));
        let spots: Vec<Spot> = spots.collect();
        let told = self.hits.first().and_then(|hit| hit.told.detail.clone()).map(|told| format!(": {told}")).unwrap_or_default();
        let fit = if self.bits() > 0 { Fit::InPlaces } else { Fit::Sparsely };
        let place = places(&spots, &told);
        let of = |name: &'static str| {
            let told = self.hits.iter().flat_map(|hit| &hit.told.with).copied();
            let beside = self.names().filter(|_| names.is_empty()).chain(names.iter().copied()).chain(told);
            let mut with: Vec<&'static str> = Vec::new();
            beside.filter(|other| *other != name).for_each(|other| {
                if !with.contains(&other) {
                    with.push(other);
                }
            });
            Finding { spots: spots.clone(), bits: self.bits(), with, ..Finding::new(name).fit(fit).detail(place.clone()) }
        };
        self.names().map(of).collect()
    }
}
