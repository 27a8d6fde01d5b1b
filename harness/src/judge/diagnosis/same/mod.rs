//! The same content in another form: rules of both sides, where what comes cannot be worked out from what was expected.
//!
//! Each rule reads both sides as one kind of content (JSON, a list of fields, ...) and, where they are equal as that, says in which
//! forms they differ. They may be several at once. Each reads in time that is linear in its octets, or nearly, and none goes deeper
//! than a bound.

mod binary;
mod cbor;
mod chunked;
mod compressed;
mod csv;
mod json;
mod lists;
mod maps;
mod markup;
mod nearly;
mod pairs;
mod percent;
mod place;
mod protobuf;
mod text_codes;
mod typed;
mod websocket;
mod wide;
mod xml;

pub(super) use nearly::{Inside, Nearly, find as nearly};
pub(super) use place::Place;

use super::rule::{FormRule, Held};
use super::spot::places;
use super::stretch::{Sides, Stretch};
use super::walk::Fit;
use super::{Finding, Spot, evidence};

/// The most octets of one side that are read.
const MOST_OCTETS: usize = 1 << 20;

pub(super) const RULES: &[FormRule] = &[
    json::forms,
    json::lines,
    json::stringified,
    maps::forms,
    pairs::forms,
    text_codes::forms,
    percent::forms,
    markup::references,
    xml::forms,
    csv::forms,
    websocket::masks,
    chunked::forms,
    chunked::boundaries,
    compressed::forms,
];

/// Rules of what may have other causes as well: another order.
const ORDERS: &[FormRule] = &[lists::reordered];

/// The same of values that nothing delimits, which are looked for around what differs.
const SOUGHT: &[FormRule] = &[protobuf::forms, protobuf::reordered];

/// The most octets of all stretches together on which rules are tried.
const MOST_EFFORT: usize = 4 << 20;

/// What explains all that differs, in the shortest stretch that is equal. What is equal as a value is no chance: it comes before
/// what happens to lead to the same octets.
pub(super) fn find(sides: Sides<'_>) -> Vec<Finding> {
    let wide: Vec<Stretch> = within(MOST_EFFORT, wide::all(sides));
    let equal = wide.iter().find_map(|stretch| holds(RULES, sides, stretch)).map(|held| (held, Fit::Throughout));
    let loosely = || {
        let ordered = wide.iter().find_map(|stretch| holds(ORDERS, sides, stretch));
        let sought =
            || wide::near(sides).iter().find_map(|stretch| holds(SOUGHT, sides, stretch)).map(|held| (held, Fit::Loosely));
        let values = || wide::values(sides).map(|held| (held, Fit::InPlaces));
        ordered.map(|held| (held, Fit::Loosely)).or_else(values).or_else(sought)
    };
    let Some(((stretch, held), fit)) = equal.or_else(loosely) else { return Vec::new() };
    let bits = |held: &Held| evidence::bits(sides, held.name, &stretch) + held.told.sure;
    let bits = held.iter().map(bits).max().unwrap_or_default();
    if bits <= 0 {
        return Vec::new();
    }
    held.into_iter().map(|held| finding(sides, &stretch, held, bits).fit(fit)).collect()
}

/// The first of the stretches, with no more octets together than that.
fn within(most: usize, stretches: Vec<Stretch>) -> Vec<Stretch> {
    let fitting = stretches.into_iter().scan(0, |spent, stretch| {
        *spent += stretch.size();
        (*spent <= most).then_some(stretch)
    });
    fitting.collect()
}

/// The first of the rules that holds for a stretch.
fn holds(rules: &[FormRule], sides: Sides<'_>, stretch: &Stretch) -> Option<(Stretch, Vec<Held>)> {
    let (expected, captured) = (stretch.expected(sides), stretch.captured(sides));
    let held = rules.iter().map(|rule| rule(expected, captured)).find(|held| !held.is_empty())?;
    Some((stretch.clone(), held))
}

/// A cause that holds for a stretch.
pub(super) fn finding(sides: Sides<'_>, stretch: &Stretch, Held { name, told }: Held, bits: i32) -> Finding {
    let spots = Spot::all(sides, stretch, told.looks_like);
    let said = told.detail.map(|detail| format!(": {detail}")).unwrap_or_default();
    let detail = places(&spots, &said);
    Finding { spots, bits, with: told.with, ..Finding::new(name).detail(detail) }
}

/// Causes that say no more than which octets are gone or others, and so less than that the content is the same.
const PLAINER: &[&str] = &[
    "blanks-dropped",
    "blanks-collapsed",
    "line-feeds-dropped",
    "controls-dropped",
    "quotes-dropped",
    "lower-cased",
    "upper-cased",
    "percent-text",
    "backslashes-doubled",
    "quotes-replaced",
    "markup-escaped",
    "truncated",
    "block-lost",
];

/// Whether it is worth a look if the content is the same, although this cause holds.
pub(super) fn is_plainer(name: &str) -> bool {
    PLAINER.contains(&name)
}
