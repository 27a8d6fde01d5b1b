//! Of what does not fit: the reading that gets furthest, and how all behind it is read once the part that is wrong need not fit. Pure.

use super::Kind;
use super::program::{Op, Program};
use super::search::{Found, Kept, Reach, Search, State, Stuck};

/// The most parts that are taken for wrong, one after the other.
const MOST: usize = 8;

/// The most steps of one search for what is behind.
const STEPS: usize = 100_000;

/// A reading in which some parts do not fit.
pub(super) struct Repaired {
    /// Where the reading got without any repair.
    pub first: Stuck,
    /// The parts that do not fit, in the order in which they were found.
    pub loose: Vec<usize>,
    /// Each step of the reading.
    pub path: Vec<(State, State)>,
    /// Where it ends, if not with what came.
    pub stuck: Option<Stuck>,
    /// What is kept at each place.
    pub kept: Vec<Kept>,
}

impl Repaired {
    /// What is kept for the connections behind.
    pub(super) fn kept_behind(&self) -> Kept {
        self.path.last().and_then(|(_, to)| self.kept.get(to.kept)).cloned().unwrap_or_default()
    }
}

/// The reading of one connection that does not fit; `kept` is what those before it left.
pub(super) fn repaired(program: &Program<'_>, inputs: &[&[u8]], connection: usize, kept: &Kept) -> Option<Repaired> {
    let (Found::Stuck(first), keeping) = Search::new(program, inputs, Reach::whole(connection, connection, kept)).run() else {
        return None;
    };
    let path = first.path.clone();
    let mut repaired = Repaired { stuck: Some(first.clone()), first, loose: Vec::new(), path, kept: keeping };
    while repaired.loose.len() < MOST && repaired.stuck.is_some() && go_on(program, inputs, connection, kept, &mut repaired) {}
    Some(repaired)
}

/// Takes one more part for wrong; false where that leads no further.
fn go_on(program: &Program<'_>, inputs: &[&[u8]], connection: usize, kept: &Kept, repaired: &mut Repaired) -> bool {
    let Some(stuck) = &repaired.stuck else { return false };
    let mut furthest: Option<Repaired> = None;
    for suspect in suspects(program, stuck) {
        if repaired.loose.contains(&suspect) {
            continue;
        }
        let loose = [repaired.loose.as_slice(), &[suspect]].concat();
        let reach = Reach { loose: &loose, steps: STEPS, ..Reach::whole(connection, connection, kept) };
        let (found, keeping) = Search::new(program, inputs, reach).run();
        let first = repaired.first.clone();
        match found {
            Found::Fits(path) => {
                *repaired = Repaired { first, loose, path, stuck: None, kept: keeping };
                return true;
            }
            Found::Stuck(other)
                if furthest.as_ref().and_then(|best| best.stuck.as_ref()).is_none_or(|best| other.is_beyond(best)) =>
            {
                furthest = Some(Repaired { first, loose, path: other.path.clone(), stuck: Some(other), kept: keeping });
            }
            _ => {}
        }
    }
    match furthest.filter(|furthest| furthest.stuck.as_ref().is_some_and(|further| further.is_beyond(stuck))) {
        Some(furthest) => *repaired = furthest,
        None => return false,
    }
    true
}

/// The parts one of which is wrong where a reading is stuck: a number that may count otherwise, octets of which there may be more, and
/// the part itself.
fn suspects(program: &Program<'_>, stuck: &Stuck) -> Vec<usize> {
    let mut suspects: Vec<usize> = match program.ops[stuck.state.pc] {
        Op::Number { part } | Op::NumberEnd { part } => vec![part],
        _ => Vec::new(),
    };
    let before = stuck.path.iter().rev().map(|(from, _)| &program.ops[from.pc]);
    if let Some(Op::Take { part, .. }) = before.clone().find(|op| matches!(op, Op::Take { .. }))
        && matches!(program.parts[*part].part.kind, Kind::Any { .. })
    {
        suspects.push(*part);
    }
    suspects.extend(before.filter_map(|op| if let Op::Number { part } = op { Some(*part) } else { None }));
    if let Op::Take { part, .. } = program.ops[stuck.state.pc] {
        suspects.push(part);
    }
    suspects.dedup();
    suspects
}
