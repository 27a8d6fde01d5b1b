//! The messages of several runs of one client: what they have in common, and which fields vary. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::NOT_THE_SAME;
use super::known::What;
use super::recognised::Facts;
use crate::judge::messages::Message;
use crate::suite::Like;
use crate::suite::messages::{Decoding, Wanted, WantedField, WantedText};

/// The messages of each connection, in each run.
type Runs = [Vec<Vec<Message>>];

/// The fields that are of the run and not of a client, by their names, with the reason: what is not the same in each run, or the machine's
/// name.
pub(crate) fn left_out(runs: &Runs, facts: &[Facts], decoding: &Decoding) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    let Some(lined_up) = lined_up(runs, decoding) else { return found };
    for messages in lined_up.iter().flatten() {
        let names: BTreeSet<&str> = messages.iter().flat_map(|message| names(message)).collect();
        for name in names {
            let values: Vec<Option<&str>> = messages.iter().map(|message| value(message, name)).collect();
            if values.iter().any(|value| value != &values[0]) {
                found.insert(name.to_owned(), why(&values, facts));
            } else if values[0].is_some_and(|value| names_host(value, facts) == Some(true)) {
                found.insert(name.to_owned(), What::Host.name());
            }
        }
    }
    found
}

/// The fields of which the machine's name is a piece in some messages, where they are left out.
pub(crate) fn naming_host(runs: &Runs, facts: &[Facts], decoding: &Decoding) -> BTreeSet<String> {
    let messages = lined_up(runs, decoding).unwrap_or_default().into_iter().flatten();
    let firsts: Vec<&Message> = messages.filter_map(|messages| messages.first().copied()).collect();
    let of = |message: &&'_ Message| -> Vec<String> {
        let is_piece = |name: &&str| value(message, name).is_some_and(|value| names_host(value, facts) == Some(false));
        names(message).filter(is_piece).map(str::to_owned).collect()
    };
    firsts.iter().flat_map(of).collect()
}

/// Whether a text is the machine's name as a whole, where that is in it at all.
fn names_host(text: &str, facts: &[Facts]) -> Option<bool> {
    let likes: Option<Vec<_>> = facts.iter().map(|facts| facts.like(text, NOT_THE_SAME)).collect();
    let first = likes?.into_iter().next()?;
    Some(first.0 == "*")
}

/// The texts of messages that do not come as often in every run of a client, as patterns for them: `*` is what is of the run. Where as many
/// come in each run, it is what is in them that varies.
pub(crate) fn sometimes(runs: &Runs, facts: &[Facts], decoding: &Decoding) -> BTreeSet<String> {
    if lined_up(runs, decoding).is_some() {
        return BTreeSet::new();
    }
    let is_ignored = |message: &Message| decoding.ignore.iter().any(|like| like.matches(&message.text));
    let counted = |(run, facts): (&Vec<Vec<Message>>, &Facts)| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let texts = run.iter().flatten().filter(|message| message.undecoded.is_none() && !is_ignored(message));
        let pattern = |text: &String| facts.like(text, &[]).map_or_else(|| text.clone(), |(like, _)| like);
        texts.for_each(|message| *counts.entry(pattern(&message.text)).or_default() += 1);
        counts
    };
    let counts: Vec<BTreeMap<String, usize>> = runs.iter().zip(facts).map(counted).collect();
    let all: BTreeSet<&String> = counts.iter().flat_map(BTreeMap::keys).collect();
    let varies = |text: &&String| counts.iter().any(|run| run.get(*text) != counts[0].get(*text));
    all.into_iter().filter(varies).cloned().collect()
}

fn names(message: &Message) -> impl Iterator<Item = &str> {
    message.fields.iter().filter(|field| !field.is_computed).map(|field| field.name.as_str())
}

fn value<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.fields.iter().find(|field| field.name == name && !field.is_computed).map(|field| field.value.as_str())
}

/// What it is, where it is that in every run.
fn why(values: &[Option<&str>], facts: &[Facts]) -> &'static str {
    let what = |(value, facts): (&Option<&str>, &Facts)| facts.like((*value)?, &[]).and_then(|(_, whats)| whats.first().copied());
    let whats: Vec<Option<What>> = values.iter().zip(facts).map(what).collect();
    match whats.first() {
        Some(Some(first)) if whats.iter().all(|what| *what == Some(*first)) => first.name(),
        _ => "not the same in every run",
    }
}

/// What is to be expected of each connection in messages, where all runs agree but for the fields that are left out.
///
/// # Errors
/// They do not, and how.
pub(crate) fn wanted(
    runs: &Runs,
    facts: &[Facts],
    decoding: &Decoding,
    left_out: &BTreeSet<String>,
) -> Result<Vec<Vec<Wanted>>, String> {
    let lined_up = lined_up(runs, decoding).ok_or_else(|| "the messages are not the same in every run".to_owned())?;
    lined_up.iter().map(|messages| messages.iter().map(|runs| one(runs, facts, decoding, left_out)).collect()).collect()
}

fn one(runs: &[&Message], facts: &[Facts], decoding: &Decoding, left_out: &BTreeSet<String>) -> Result<Wanted, String> {
    let first = runs.first().ok_or("nothing was run")?;
    if let Some(why) = runs.iter().find_map(|message| message.undecoded.as_ref()) {
        return Err(format!("octets at offset {} are undecoded: {why}", first.at));
    }
    let mut seen = BTreeSet::new();
    let is_kept = |name: &&str| !left_out.contains(*name) && !decoding.ignore_fields.iter().any(|ignored| ignored == name);
    let names_host = |name: &&str| value(first, name).is_some_and(|value| names_host(value, facts).is_some());
    let kept = names(first).filter(is_kept).filter(|name| !names_host(name)).filter(|name| seen.insert(*name));
    let fields: Vec<WantedField> =
        kept.filter_map(|name| Some(WantedField { name: name.to_owned(), value: value(first, name)?.to_owned() })).collect();
    for name in fields.iter().map(|field| field.name.as_str()) {
        if runs.iter().any(|message| value(message, name) != value(first, name)) {
            return Err(format!("{name} is not the same in every run"));
        }
    }
    // With fields of JSON and the like, it is these that are compared.
    let text = if decoding.decoder.syntax().is_some() && !fields.is_empty() { None } else { text(runs, facts) };
    if text.is_none() && fields.is_empty() {
        return Err(format!("{:?} is not the same in every run", first.text));
    }
    Ok(Wanted { text, fields })
}

/// The text, with `*` for what is not of the client; nothing where it varies otherwise.
fn text(runs: &[&Message], facts: &[Facts]) -> Option<WantedText> {
    let is_same = runs.iter().all(|message| message.text == runs[0].text);
    let alike = |but: &[What]| {
        let likes: Option<BTreeSet<String>> =
            runs.iter().zip(facts).map(|(message, facts)| facts.like(&message.text, but).map(|(like, _)| like)).collect();
        let like = likes.filter(|likes| likes.len() == 1)?.pop_first()?;
        Some(Like::of(&like)).filter(|like| !like.is_of_everything()).map(WantedText::Like)
    };
    if is_same {
        return alike(NOT_THE_SAME).or_else(|| Some(WantedText::Exactly(runs[0].text.clone())));
    }
    alike(&[What::RelativeId]).or_else(|| alike(&[]))
}

/// For each connection and each of its messages that counts, that message in every run.
fn lined_up<'a>(runs: &'a Runs, decoding: &Decoding) -> Option<Vec<Vec<Vec<&'a Message>>>> {
    let counts =
        |message: &&Message| message.undecoded.is_some() || !decoding.ignore.iter().any(|like| like.matches(&message.text));
    let kept: Vec<Vec<Vec<&Message>>> = runs
        .iter()
        .map(|connections| connections.iter().map(|messages| messages.iter().filter(counts).collect()).collect())
        .collect();
    let shape = |run: &Vec<Vec<&Message>>| run.iter().map(Vec::len).collect::<Vec<_>>();
    let first = kept.first()?;
    kept.iter().all(|run| shape(run) == shape(first)).then_some(())?;
    let of = |connection: usize, index: usize| kept.iter().map(|run| run[connection][index]).collect();
    Some(first.iter().enumerate().map(|(connection, all)| (0..all.len()).map(|index| of(connection, index)).collect()).collect())
}
