//! What was learnt of each client from its runs, and why something in what it sends was taken for what rightly varies.

use std::collections::{BTreeMap, BTreeSet};

use super::NAMED;
use super::attempt::Attempt;
use crate::judge::agreement::listed;
use crate::run::learn;
use crate::run::witness::{Draft, Witness};
use crate::suite::Case;
use crate::suite::expectation::Content;
use crate::suite::messages::{Decoding, Wanted};

/// A client, with what was learnt of it.
pub(super) struct Learnt {
    /// What it shows, with parts that bend for what is not of the client.
    pub witness: Witness,
    /// What was taken for something that rightly varies, and why.
    reasons: Vec<Reason>,
    /// The fields that were left out.
    left_out: BTreeSet<String>,
}

/// A sentence around the names of the clients that it holds of.
#[derive(PartialEq, Eq)]
struct Reason {
    before: String,
    after: String,
}

impl Learnt {
    fn of(witness: Witness) -> Self {
        Self { witness, reasons: Vec::new(), left_out: BTreeSet::new() }
    }
}

/// What was learnt of each client that came to its end, in their order.
pub(super) fn learnt(case: &Case, whole: &[&Attempt]) -> Vec<Learnt> {
    match &case.decoding {
        // A plan says what is to come.
        None if case.plan.is_some() => whole.iter().map(|attempt| Learnt::of(attempt.witness.clone())).collect(),
        None => whole.iter().map(|attempt| in_octets(attempt)).collect(),
        Some(decoding) => in_messages(decoding, whole),
    }
}

/// All reasons, each said once of all clients that it holds of.
pub(super) fn reasons(all: &[(&Attempt, Learnt)]) -> impl Iterator<Item = String> {
    let mut said: Vec<(&Reason, Vec<&str>)> = Vec::new();
    for (attempt, reason) in all.iter().flat_map(|(attempt, learnt)| learnt.reasons.iter().map(move |reason| (attempt, reason))) {
        match said.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, clients)) => clients.push(attempt.client()),
            None => said.push((reason, vec![attempt.client()])),
        }
    }
    let names: BTreeSet<&String> = all.iter().flat_map(|(_, learnt)| &learnt.left_out).collect();
    let sentences: Vec<String> =
        said.iter().map(|(reason, clients)| format!("{}{}{}", reason.before, listed(clients), reason.after)).collect();
    sentences.into_iter().chain((!names.is_empty()).then(|| {
        let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        format!("to leave them out wherever fields are compared as a whole, add: ignore_fields = [{}]", names.join(", "))
    }))
}

fn in_octets(attempt: &Attempt) -> Learnt {
    let (witness, whats) = learn::recognised(&attempt.witness, &attempt.facts);
    if witness.settled().is_none() {
        return Learnt::of(witness);
    }
    let names: BTreeSet<&str> = whats.iter().map(|what| what.name()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let bends = if names.len() == 1 { "it bends" } else { "they bend" };
    let reason = Reason { before: format!("{} of ", listed(&names)), after: format!(": {bends}") };
    Learnt { reasons: if names.is_empty() { Vec::new() } else { vec![reason] }, ..Learnt::of(witness) }
}

fn in_messages(decoding: &Decoding, whole: &[&Attempt]) -> Vec<Learnt> {
    let fields = |attempt: &&Attempt| learn::left_out(&attempt.messages, &attempt.facts, decoding);
    let left_out: Vec<BTreeMap<String, &str>> = whole.iter().map(fields).collect();
    let names: BTreeSet<String> = left_out.iter().flat_map(BTreeMap::keys).cloned().collect();
    let of = |(attempt, left_out): (&&Attempt, &BTreeMap<String, &'static str>)| {
        let reason =
            |(name, why): (&String, &&str)| Reason { before: format!("{name} of "), after: format!(": {why}; left out") };
        let mut reasons: Vec<Reason> = left_out.iter().map(reason).collect();
        let names_host =
            |name| Reason { before: format!("{name} of "), after: ": the host name is in it; left out there".into() };
        reasons.extend(learn::naming_host(&attempt.messages, &attempt.facts, decoding).into_iter().map(names_host));
        let mut witness = attempt.witness.clone();
        match learn::wanted(&attempt.messages, &attempt.facts, decoding, &names) {
            Ok(wanted) => witness.drafts.iter_mut().for_each(|draft| in_wanted(draft, &wanted)),
            Err(why) => reasons.push(Reason { before: String::new(), after: format!(": {why}") }),
        }
        reasons.extend(ignorable(attempt, decoding));
        Learnt { witness, reasons, left_out: left_out.keys().cloned().collect() }
    };
    whole.iter().zip(&left_out).map(of).collect()
}

/// What may be added where messages do not come in every run of a client.
fn ignorable(attempt: &Attempt, decoding: &Decoding) -> Option<Reason> {
    let sometimes = learn::sometimes(&attempt.messages, &attempt.facts, decoding);
    let texts: Vec<String> = sometimes.iter().map(|text| format!("{text:?}")).collect();
    (1..=NAMED).contains(&texts.len()).then(|| {
        let texts = texts.join(", ");
        Reason {
            before: "not in every run of ".into(),
            after: format!(": {texts}; if they may be missing, add: ignore = [{texts}]"),
        }
    })
}

fn in_wanted(draft: &mut Draft, wanted: &[Vec<Wanted>]) {
    for (expected, wanted) in draft.connections.iter_mut().zip(wanted) {
        (expected.content, expected.messages) = (Content::Anything, Some(wanted.clone()));
    }
}
