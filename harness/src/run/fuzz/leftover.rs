//! What is left of a plan where faults that are known are taken out of it: two numbers that are swapped, among many others, may look like
//! something else altogether.

use crate::judge::verdict::Verdict;
use crate::run::fuzz::blame::Outcome;
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::player::{Played, Player};
use crate::run::fuzz::shrink::{Piece, pieces, without_pieces};
use crate::run::in_parallel;
use crate::suite::plan::Draft;

/// What is to be said of a plan that fails otherwise than is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leftover {
    /// Nothing: what shows a known fault alone is all that is wrong with it.
    Nothing,
    /// This much of it fails still.
    Some(Draft),
    /// All of it: nothing of it shows a known fault alone.
    All,
}

/// The cause where nothing came on a connection: of one with several, that may be as true as that they came otherwise.
const NOTHING_SENT: &str = "nothing-sent";

/// The most connections of a plan that are each tried alone.
const MOST_ALONE: usize = 64;

/// What faults that are known leave of a plan that was seen to fail like this. A few launches.
pub(crate) fn leftover(player: &Player<'_>, name: &str, (draft, fault): (&Draft, &Fault), known: &[&Fault]) -> Leftover {
    let known: Vec<&Fault> = known.iter().copied().filter(|fault| fault.verdict == Verdict::Differs).collect();
    if known.is_empty() {
        return Leftover::All;
    }
    match without_known(player, name, draft, &known) {
        Leftover::All if follows(player, name, draft, &known) => Leftover::Nothing,
        Leftover::All if is_of_several(fault, &known) && is_right_apart(player, name, draft) => Leftover::Nothing,
        left => left,
    }
}

fn without_known(player: &Player<'_>, name: &str, draft: &Draft, known: &[&Fault]) -> Leftover {
    let pieces = pieces(draft);
    if pieces.is_empty() || !player.can_connect_again() {
        return Leftover::All;
    }
    let drafts: Vec<Draft> = pieces.iter().map(|piece| piece.draft.clone()).collect();
    let Some(played) = player.play(name, &drafts) else { return Leftover::All };
    let out: Vec<&Piece> =
        pieces.iter().enumerate().filter(|(place, _)| shows(&played, *place, known)).map(|(_, piece)| piece).collect();
    if out.is_empty() {
        return Leftover::All;
    }
    let rest = without_pieces(draft, &out);
    let Some(again) = player.play(name, std::slice::from_ref(&rest)) else { return Leftover::All };
    match Fault::of(&again.trial, &again.launch.case) {
        None if again.trial.judgement.verdict == Verdict::Passed => Leftover::Nothing,
        Some(fault) if known.iter().any(|known| fault.is(known)) => Leftover::Nothing,
        Some(_) => Leftover::Some(rest),
        None => Leftover::All,
    }
}

/// Whether one of the faults that are known tells of connections, and this one does too, or is that an answer was waited for in vain:
/// who does as it should on one connection has one fault with several.
fn is_of_several(fault: &Fault, known: &[&Fault]) -> bool {
    (may_be_of_connections(fault) || fault.hangs_on_time()) && known.iter().any(|known| known.is_of_connections())
}

fn may_be_of_connections(fault: &Fault) -> bool {
    fault.is_of_connections() || fault.cause == NOTHING_SENT
}

/// Whether each connection of a plan is as it should be where it is the only one. Who leaves one out may leave out the only one too; who
/// crashes or hangs there has another fault than one of several.
fn is_right_apart(player: &Player<'_>, name: &str, draft: &Draft) -> bool {
    let connections = draft.lines.split(|line| Draft::word(line) == Some("connect"));
    let alone: Vec<Draft> = connections.map(|lines| Draft { lines: lines.to_vec(), is_ended: true }).collect();
    let is_right = |one: Draft| {
        let Some(played) = player.play(name, &[one]) else { return false };
        match Fault::of(&played.trial, &played.launch.case) {
            Some(fault) => may_be_of_connections(&fault),
            // A trial that did not come about, or was interrupted, shows nothing.
            None => played.trial.judgement.verdict == Verdict::Passed,
        }
    };
    (2..=MOST_ALONE).contains(&alone.len()) && in_parallel(player.at_once(), alone, is_right).into_iter().all(|is_right| is_right)
}

/// Whether it crashes or hangs where octets went wrong by a known fault.
fn follows(player: &Player<'_>, name: &str, draft: &Draft, known: &[&Fault]) -> bool {
    let Some(played) = player.play(name, std::slice::from_ref(draft)) else { return false };
    known.iter().any(|known| known.stopped(&played.trial))
}

/// Whether a piece shows one of the faults: it is the likeliest cause, or holds of what came.
fn shows(played: &Played, place: usize, known: &[&Fault]) -> bool {
    let Some(Outcome::Wrong(fault)) = played.outcomes.get(place) else { return false };
    known.iter().any(|known| fault.is(known) || played.holds(place, known))
}
