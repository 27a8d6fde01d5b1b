//! A reading in octets: what would have been right, lined up with what came. Pure.

use std::ops::Range;

use super::program::{Op, Program};
use super::repair::Repaired;
use super::search::State;
use super::stretch::Stretch;
use super::wrong::{self, Wrong};
use super::{Kind, Part};
use crate::suite::expectation::Mask;

/// What would have been right, as near to what came as a reading gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The octets; under masks stands what came, where anything did.
    pub octets: Vec<u8>,
    /// The octets that may vary, each under the name of its part.
    pub masks: Vec<Mask>,
    /// Where both sides part, in order; between these they are the same.
    pub stretches: Vec<Stretch>,
    /// The offset of the first octet that is wrong, in both.
    pub offset: usize,
    /// The part that is wrong, and how: `part 3, "nonce": matches "[0-9a-f]{8}"; octet 0x67 at offset 12`.
    pub said: String,
    /// Whether every part that varies was found in what came, so that what differs differs for another reason.
    pub is_whole: bool,
}

impl Reading {
    pub(super) fn of(program: &Program<'_>, inputs: &[&[u8]], connection: usize, repaired: &Repaired) -> Self {
        let input = inputs[connection];
        let mut builder = Builder {
            program,
            inputs,
            repaired,
            input,
            octets: Vec::new(),
            masks: Vec::new(),
            stretches: Vec::new(),
            numbers: Vec::new(),
            rest: 0,
        };
        for (from, to) in &repaired.path {
            builder.step(from, to);
        }
        let at = repaired.path.last().map_or(0, |(_, to)| to.at);
        let mut is_whole = true;
        if let Some(stuck) = &repaired.stuck {
            is_whole = builder.rest(stuck.state.pc, &stuck.left, at);
        }
        let Builder { octets, masks, mut stretches, .. } = builder;
        is_whole &= stretches.iter().all(|stretch| !stretch.varies);
        stretches.retain(|stretch| stretch.varies || octets[stretch.expected.clone()] != input[stretch.captured.clone()]);
        let first = stretches.iter().find(|stretch| !stretch.expected.is_empty() || !stretch.captured.is_empty());
        let offset = first.map_or(repaired.first.offset, |stretch| {
            let pairs = octets[stretch.expected.clone()].iter().zip(&input[stretch.captured.clone()]);
            let masked = |at: usize| masks.iter().any(|mask: &Mask| (mask.start..mask.start + mask.length).contains(&at));
            let is_right = |(index, (one, other)): &(usize, (&u8, &u8))| one == other || masked(stretch.expected.start + index);
            match stretch.varies {
                true => repaired.first.offset.max(stretch.expected.start),
                false => stretch.expected.start + pairs.enumerate().take_while(is_right).count(),
            }
        });
        let wrong = Wrong { program, repaired, input, right: &octets };
        let said = wrong::said(&wrong, &stretches);
        Self { octets, masks, stretches, offset, said, is_whole }
    }

    /// The octets for which something came that may not stand there, though they vary.
    #[must_use]
    pub fn refused(&self) -> Vec<Range<usize>> {
        let varies = self.stretches.iter().filter(|stretch| stretch.varies);
        varies.map(|stretch| stretch.expected.start.max(self.offset.min(stretch.expected.end))..stretch.expected.end).collect()
    }
}

/// A number that is not known before what it counts is.
struct Open {
    part: usize,
    /// Its place in what would have been right.
    start: usize,
    /// What came in its stead.
    captured: Range<usize>,
    /// How many stretches stand before it.
    stretches: usize,
}

struct Builder<'a> {
    program: &'a Program<'a>,
    inputs: &'a [&'a [u8]],
    repaired: &'a Repaired,
    input: &'a [u8],
    octets: Vec<u8>,
    masks: Vec<Mask>,
    stretches: Vec<Stretch>,
    numbers: Vec<Open>,
    /// Where the rest begins that nothing was found for.
    rest: usize,
}

impl Builder<'_> {
    /// A step of the reading, with the octets that it took.
    fn step(&mut self, from: &State, to: &State) {
        let came = from.at..to.at.max(from.at);
        match self.program.ops[from.pc] {
            Op::Take { part, .. } if self.repaired.loose.contains(&part) => self.astray(part, from, came),
            Op::Take { part, .. } => self.right(self.program.parts[part].part, came),
            Op::Number { part } if self.repaired.loose.contains(&part) => self.open(part, came),
            Op::Number { .. } => self.octets.extend_from_slice(&self.input[came]),
            Op::NumberEnd { part } if self.repaired.loose.contains(&part) => self.counted(part),
            _ => {}
        }
    }

    /// A part that fits.
    fn right(&mut self, part: &Part, came: Range<usize>) {
        if !matches!(part.kind, Kind::Fixed(_) | Kind::Same(_)) {
            self.mask(part, came.len());
        }
        self.octets.extend_from_slice(&self.input[came]);
    }

    fn mask(&mut self, part: &Part, length: usize) {
        if length > 0 {
            self.masks.push(Mask { start: self.octets.len(), length, name: part.called() });
        }
    }

    /// A part that does not fit.
    fn astray(&mut self, part: usize, from: &State, came: Range<usize>) {
        let start = self.octets.len();
        let numbered = &self.program.parts[part];
        let mut varies = false;
        match &numbered.part.kind {
            Kind::Fixed(octets) => self.octets.extend_from_slice(octets),
            Kind::Same(_) => {
                let kept = self
                    .repaired
                    .kept
                    .get(from.kept)
                    .and_then(|kept| kept.iter().find(|(slot, ..)| Some(*slot) == numbered.refers));
                let octets = kept.map(|(_, connection, begin, end)| &self.inputs[*connection][*begin..*end]);
                self.octets.extend_from_slice(octets.unwrap_or_default());
            }
            Kind::Until(octets) => {
                self.mask(numbered.part, came.len());
                self.octets.extend_from_slice(&self.input[came.clone()]);
                self.octets.extend_from_slice(octets);
            }
            Kind::Any { least, most } => {
                let length = came.len().clamp(*least, *most);
                self.mask(numbered.part, length);
                self.octets.extend_from_slice(&self.input[came.start..came.start + length.min(came.len())]);
                self.octets.resize(start + length, 0);
            }
            _ => {
                varies = true;
                self.mask(numbered.part, came.len().max(1));
                self.octets.extend_from_slice(&self.input[came.clone()]);
                self.octets.resize(start + came.len().max(1), 0);
            }
        }
        self.stretches.push(Stretch { expected: start..self.octets.len(), captured: came, varies });
    }

    fn open(&mut self, part: usize, captured: Range<usize>) {
        self.numbers.push(Open { part, start: self.octets.len(), captured, stretches: self.stretches.len() });
    }

    /// What a number counts is over: now it is known, and stands before that.
    fn counted(&mut self, part: usize) {
        let Some(Open { start, captured, stretches, .. }) = self.numbers.pop() else { return };
        let Kind::Length { number, plus, .. } = &self.program.parts[part].part.kind else { return };
        let length = i128::try_from(self.octets.len() - start).unwrap_or_default() + i128::from(*plus);
        let number = u64::try_from(length).ok().and_then(|length| number.octets(length)).unwrap_or_default();
        let width = number.len();
        self.octets.splice(start..start, number);
        for mask in self.masks.iter_mut().filter(|mask| mask.start >= start) {
            mask.start += width;
        }
        for Stretch { expected, .. } in &mut self.stretches[stretches..] {
            *expected = expected.start + width..expected.end + width;
        }
        if !captured.is_empty() {
            self.rest += width;
            self.stretches.insert(stretches, Stretch { expected: start..start + width, captured, varies: false });
        }
    }

    /// What would come from a step on, as little as may; all that is left of what came stands against it. Whether none of it varies.
    fn rest(&mut self, mut pc: usize, left: &[u32], at: usize) -> bool {
        self.rest = self.octets.len();
        let mut left: Vec<u32> = left.iter().rev().copied().collect();
        let masks = self.masks.len();
        loop {
            let mut next = pc + 1;
            match &self.program.ops[pc] {
                Op::Take { part, .. } => self.least(self.program.parts[*part].part),
                Op::Number { part } => self.open(*part, at..at),
                Op::NumberEnd { part } if self.numbers.last().is_some_and(|open| open.part == *part) => self.counted(*part),
                Op::Skip(there) => next = *there,
                Op::Alternatives(count) => left.push(u32::MAX >> (32 - count)),
                Op::Pick { entries, next: behind } => match left.last().copied().unwrap_or(0) {
                    0 => {
                        left.pop();
                        next = *behind;
                    }
                    some => {
                        let first = some.trailing_zeros() as usize;
                        left.pop();
                        left.push(some & (some - 1));
                        next = entries[first];
                    }
                },
                Op::Back(pick) => next = *pick,
                Op::End { .. } => break,
                Op::NumberEnd { .. } | Op::Mark | Op::Keep(_) | Op::Forget(_) => {}
            }
            pc = next;
        }
        self.stretches.push(Stretch { expected: self.rest..self.octets.len(), captured: at..self.input.len(), varies: false });
        self.masks.len() == masks
    }

    fn least(&mut self, part: &Part) {
        match &part.kind {
            Kind::Fixed(octets) | Kind::Until(octets) => self.octets.extend_from_slice(octets),
            _ => {
                let length = part.least();
                self.mask(part, length);
                self.octets.resize(self.octets.len() + length, 0);
            }
        }
    }
}
