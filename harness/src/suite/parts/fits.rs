//! Whether what came on connections fits their parts. Pure.

use super::program::Program;
use super::reading::Reading;
use super::repair::{Repaired, repaired};
use super::search::{Found, Kept, Reach, Search};
use super::{MAX_STEPS, Part, titled};
use crate::printable::counted;

/// Whether what came fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fit {
    /// There is a reading of it.
    Fits,
    /// There is none.
    Not,
    /// Nobody can say at a bounded cost; why.
    Endless(String),
}

/// Holds what came on each connection against its parts, where it has some.
pub(crate) fn fit(connections: &[Option<&[Part]>], inputs: &[&[u8]]) -> Vec<Fit> {
    let program = Program::of(connections);
    match program.crosses {
        true => across(&program, inputs).0,
        false => (0..connections.len()).map(|connection| alone(&program, inputs, connection)).collect(),
    }
}

/// Holds the beginning of `input` against parts: whether it may begin with what they are.
pub(crate) fn fit_beginning(parts: &[Part], input: &[u8]) -> Fit {
    let program = Program::of(&[Some(parts)]);
    let reach = Reach { is_beginning: true, ..Reach::whole(0, 0, &NOTHING) };
    said(&program, &Search::new(&program, &[input], reach).run().0)
}

static NOTHING: Kept = Vec::new();

fn alone(program: &Program<'_>, inputs: &[&[u8]], connection: usize) -> Fit {
    said(program, &Search::new(program, inputs, Reach::whole(connection, connection, &NOTHING)).run().0)
}

/// The reading of each connection that has parts; none where it is read as it should be, or at too high a cost.
pub(crate) fn readings(connections: &[Option<&[Part]>], inputs: &[&[u8]]) -> Vec<Option<Reading>> {
    let program = Program::of(connections);
    let repaired = match program.crosses {
        true => across(&program, inputs).1,
        false => {
            let alone = |(connection, parts): (usize, &Option<&[Part]>)| {
                parts.and_then(|_| repaired(&program, inputs, connection, &Kept::new()))
            };
            connections.iter().enumerate().map(alone).collect()
        }
    };
    let readings = repaired.iter().enumerate();
    readings.map(|(connection, repaired)| Some(Reading::of(&program, inputs, connection, repaired.as_ref()?))).collect()
}

/// What parts would be that nothing came for: as little as they may.
#[must_use]
pub(crate) fn reading_of_nothing(parts: &[Part]) -> Option<Reading> {
    readings(&[Some(parts)], &[b""]).pop().flatten()
}

/// Where parts refer to those of earlier connections, all are read together; behind one that does not fit, what it holds all the same
/// is referred to. Of those that do not fit, how they are read.
pub(super) fn across(program: &Program<'_>, inputs: &[&[u8]]) -> (Vec<Fit>, Vec<Option<Repaired>>) {
    let last = program.begins.len() - 1;
    let (mut fits, mut readings, mut kept) = (Vec::new(), Vec::new(), Kept::new());
    while fits.len() <= last {
        let (found, keeping) = Search::new(program, inputs, Reach::whole(fits.len(), last, &kept)).run();
        match found {
            Found::Fits(_) => fits.resize(last + 1, Fit::Fits),
            Found::Stuck(stuck) => {
                let connection = program.connection(stuck.state.pc);
                let begin = stuck.path.iter().map(|(_, to)| to).find(|to| to.pc == program.begins[connection]);
                kept = begin.map_or(kept, |begin| keeping[begin.kept].clone());
                fits.resize(connection, Fit::Fits);
                fits.push(Fit::Not);
                readings.resize_with(connection, || None);
                let repaired = repaired(program, inputs, connection, &kept);
                kept = repaired.as_ref().map_or(kept, Repaired::kept_behind);
                readings.push(repaired);
            }
            endless => fits.resize(last + 1, said(program, &endless)),
        }
    }
    readings.resize_with(last + 1, || None);
    (fits, readings)
}

fn said(program: &Program<'_>, found: &Found) -> Fit {
    match found {
        Found::Fits(_) => Fit::Fits,
        Found::Stuck(_) => Fit::Not,
        Found::Endless(part) => {
            let part = &program.parts[*part];
            Fit::Endless(format!(
                "{} can be read in too many ways: after {} it is not known whether what came fits; say more exactly what it is, or what \
                 follows it",
                titled(&part.number, part.part),
                counted(MAX_STEPS, "step")
            ))
        }
    }
}
