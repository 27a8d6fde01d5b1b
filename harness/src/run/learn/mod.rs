//! What is learnt of a client from several runs: what is of the run and not of the client, what is noise, and what it says of itself. Pure.

mod between;
mod clock;
mod known;
mod messages;
mod noise;
mod recognised;

pub(crate) use between::{Side, common as in_common, partings};
pub(crate) use clock::Span;
pub(crate) use known::What;
pub(crate) use messages::{left_out, naming_host, sometimes, wanted};
pub(crate) use recognised::Facts;

use std::collections::BTreeSet;

use crate::run::witness::{Draft, Witness};
use crate::suite::expectation::{Content, Expectation};

/// What is another in each run.
const NOT_THE_SAME: &[What] = &[What::Clock, What::ProcessId, What::RelativeId, What::Port];

/// A witness whose drafts have parts that bend for what is not of the client: and what that is. Of one that shows the same each time, only
/// the machine's name can be that.
pub(crate) fn recognised(witness: &Witness, facts: &[Facts]) -> (Witness, BTreeSet<What>) {
    const ALWAYS: &[&[What]] = &[NOT_THE_SAME];
    // A number may be a process's id by chance, in one run and not in the next; the likeliest to be one by chance comes last.
    const NOT_ALWAYS: &[&[What]] = &[
        &[What::RelativeId],
        &[What::RelativeId, What::ProcessId],
        &[What::RelativeId, What::Port],
        &[What::RelativeId, What::ProcessId, What::Port],
        &[],
        &[What::Port],
    ];
    let tried = if witness.settled().is_some() { ALWAYS } else { NOT_ALWAYS };
    let mut made: Vec<_> = tried.iter().map(|but| without(witness, facts, but)).collect();
    let settled = made.iter().position(|(witness, _)| witness.settled().is_some());
    made.swap_remove(settled.unwrap_or_default())
}

fn without(witness: &Witness, facts: &[Facts], but: &[What]) -> (Witness, BTreeSet<What>) {
    let mut whats = BTreeSet::new();
    let drafts = witness.drafts.iter().zip(facts).map(|(draft, facts)| {
        let connections = draft.connections.iter().map(|expected| {
            let Content::Octets { octets, .. } = &expected.content else { return expected.clone() };
            let (content, found) = facts.content(octets, but);
            whats.extend(found);
            Expectation { content, ..expected.clone() }
        });
        Draft { connections: connections.collect(), output: draft.output.clone() }
    });
    let drafts = drafts.collect();
    (Witness { client: witness.client.clone(), drafts }, whats)
}

/// What all runs of a witness have in common; nothing where that is too little to tell.
pub(crate) fn common(witness: &Witness) -> Option<Draft> {
    let (first, others) = witness.drafts.split_first()?;
    let is_alike = |other: &Draft| {
        let endings = |draft: &Draft| draft.connections.iter().map(|connection| connection.ending.clone()).collect::<Vec<_>>();
        endings(other) == endings(first) && other.output == first.output
    };
    others.iter().all(is_alike).then_some(())?;
    let connections = first.connections.iter().enumerate().map(|(index, expected)| {
        let all: Vec<&Content> = witness.drafts.iter().map(|draft| &draft.connections[index].content).collect();
        let content = if all.iter().all(|content| *content == all[0]) { all[0].clone() } else { noise::common(&all)? };
        Some(Expectation { content, ..expected.clone() })
    });
    Some(Draft { connections: connections.collect::<Option<_>>()?, output: first.output.clone() })
}

/// Whether each of two drafts takes all that the other's runs show: what varies in the runs of one client may vary in another's too, and
/// what one always sends the same may not.
pub(crate) fn is_same((one, ones): (&Draft, &Witness), (other, others): (&Draft, &Witness)) -> bool {
    takes(one, others) && takes(other, ones)
}

fn takes(draft: &Draft, witness: &Witness) -> bool {
    witness.drafts.iter().all(|run| {
        run.connections.len() == draft.connections.len()
            && run.output == draft.output
            && draft.connections.iter().zip(&run.connections).all(|(wanted, came)| {
                let fits = match &came.content {
                    Content::Octets { octets, masks } if masks.is_empty() => wanted.content.matches(octets),
                    content => wanted.content == *content,
                };
                fits && wanted.ending == came.ending && wanted.messages == came.messages
            })
    })
}
