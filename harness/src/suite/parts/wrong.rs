//! The part that is wrong, and how, in words. Pure.

use super::program::{Op, Program};
use super::repair::Repaired;
use super::search::{Stuck, Why};
use super::stretch::Stretch;
use super::{Kind, titled};
use crate::printable::counted;

/// What is known of a connection that does not fit.
pub(super) struct Wrong<'a> {
    pub program: &'a Program<'a>,
    pub repaired: &'a Repaired,
    pub input: &'a [u8],
    /// What would have been right.
    pub right: &'a [u8],
}

/// `part 3, "nonce": matches "[0-9a-f]{8}"; octet 0x67 at offset 12`
pub(super) fn said(wrong: &Wrong<'_>, stretches: &[Stretch]) -> String {
    let Wrong { program, repaired, input, .. } = wrong;
    let first = &repaired.first;
    // A number that counts otherwise, or octets in another number than may be, explain what comes behind them.
    if let Some(part) = repaired.loose.first()
        && let Some(how) = otherwise(wrong, *part, stretches)
    {
        return format!("{}; {how}", titled(&program.parts[*part].number, program.parts[*part].part));
    }
    let (Op::Take { part, .. } | Op::Number { part } | Op::NumberEnd { part }) = program.ops[first.state.pc] else {
        return format!("nothing more is expected; {}", came(first, input));
    };
    format!("{}; {}", titled(&program.parts[part].number, program.parts[part].part), why(first, input))
}

fn otherwise(wrong: &Wrong<'_>, part: usize, stretches: &[Stretch]) -> Option<String> {
    let Wrong { program, repaired, input, right } = wrong;
    let of_part = |op: &Op| matches!(op, Op::Take { part: other, .. } | Op::Number { part: other } if *other == part);
    let (from, to) = repaired.path.iter().find(|(from, _)| of_part(&program.ops[from.pc]))?;
    match &program.parts[part].part.kind {
        Kind::Any { .. } => Some(format!("{} at offset {}", counted(to.at - from.at, "octet"), from.at)),
        Kind::Length { number, .. } => {
            let stretch = stretches.iter().find(|stretch| stretch.captured == (from.at..to.at))?;
            let value = |octets: &[u8]| number.readings(octets).last().map(|(_, value)| *value);
            let (says, right) = (value(&input[stretch.captured.clone()])?, value(&right[stretch.expected.clone()])?);
            Some(format!("the number {says} at offset {}, expected {right}", from.at))
        }
        _ => None,
    }
}

fn why(stuck: &Stuck, input: &[u8]) -> String {
    match stuck.why {
        Why::Octet => came(stuck, input),
        Why::Behind => format!("its parts are over, and it counts more; {}", came(stuck, input)),
        Why::TooFew { says, left } => format!("the number {says} at offset {}, and {} behind it", stuck.offset, are(left)),
        Why::TooSmall { says } => format!("the number {says} at offset {} is too small", stuck.offset),
    }
}

fn are(octets: usize) -> String {
    format!("{} {}", counted(octets, "octet"), if octets == 1 { "is" } else { "are" })
}

fn came(stuck: &Stuck, input: &[u8]) -> String {
    match input.get(stuck.offset) {
        Some(octet) => format!("octet 0x{octet:02x} at offset {}", stuck.offset),
        None => format!("nothing more came after offset {}", stuck.offset),
    }
}
