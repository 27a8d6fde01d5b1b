//! What changed between two reports, for a terminal and as Markdown.

use super::markdown::code;
use super::style::{BAD, GOOD, STRONG, styled};
use crate::printable::{counted, line};
use crate::run::changes::{Change, Changes, Kind};

/// Changes of a kind that are named; the others are counted.
const NAMED: usize = 50;

/// Lines for a terminal.
#[must_use]
pub fn text(changes: &Changes) -> String {
    let mut text = String::new();
    for (kind, of_kind) in kinds(changes) {
        text += &format!("{} ({})\n", styled(if kind.is_worse() { BAD } else { STRONG }, kind.name()), changes.count(kind));
        text += &of_kind.iter().take(NAMED).map(|change| format!("  {}\n", said(change, line))).collect::<String>();
        text += &more(&of_kind).map(|more| format!("  {more}\n")).unwrap_or_default();
    }
    let style = if changes.worse { BAD } else { GOOD };
    format!("{text}{}\n", styled(style, &outcome(changes)))
}

/// Markdown, for a pull request.
#[must_use]
pub fn markdown(changes: &Changes) -> String {
    let mut text = format!("## {} Samewire: {}\n", if changes.worse { "❌" } else { "✅" }, outcome(changes));
    for (kind, of_kind) in kinds(changes) {
        text += &format!("\n**{}** ({})\n\n", kind.name(), changes.count(kind));
        text += &of_kind.iter().take(NAMED).map(|change| format!("- {}\n", said(change, code))).collect::<String>();
        text += &more(&of_kind).map(|more| format!("- {more}\n")).unwrap_or_default();
    }
    text
}

/// The kinds that there are changes of, with those.
fn kinds(changes: &Changes) -> impl Iterator<Item = (Kind, Vec<&Change>)> {
    let of = |kind| changes.changes.iter().filter(|change| change.kind == kind).collect::<Vec<_>>();
    Kind::ALL.into_iter().map(move |kind| (kind, of(kind))).filter(|(_, of_kind)| !of_kind.is_empty())
}

/// A change in one line; `shown` makes somebody else's text safe.
fn said(change: &Change, shown: impl Fn(&str) -> String) -> String {
    let name = shown(&change.name);
    let reason = change.reason.as_ref().map(|reason| format!(": {}", shown(reason))).unwrap_or_default();
    match (&change.old, &change.new) {
        (Some(old), Some(new)) => format!("{name}: {old} before, {new} now{reason}"),
        (Some(old), None) => format!("{name}: {old} before, gone now"),
        (None, Some(new)) => format!("{name}: not there before, {new} now{reason}"),
        (None, None) => format!("{name}: the client, with {}", counted(change.trials, "trial")),
    }
}

fn more(of_kind: &[&Change]) -> Option<String> {
    (of_kind.len() > NAMED).then(|| format!("and {} more", of_kind.len() - NAMED))
}

fn outcome(changes: &Changes) -> String {
    let unchanged = format!("{} unchanged", counted(changes.unchanged, "trial"));
    if changes.changes.is_empty() {
        return unchanged;
    }
    let parts = kinds(changes).map(|(kind, _)| format!("{} {}", changes.count(kind), kind.name()));
    let parts: Vec<String> = parts.chain([unchanged]).collect();
    format!("{}: {}", if changes.worse { "worse" } else { "nothing is worse" }, parts.join(", "))
}
