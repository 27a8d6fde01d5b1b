//! Numbers that count what follows them. Pure.

use super::super::{Kind, Number};
use super::{Frame, NO_LIMIT, Search, State, Why};

impl Search<'_> {
    /// Reads a number that counts what follows, in each way that it can be read.
    pub(super) fn number(&mut self, visit: usize, part: usize) {
        let state = self.visits[visit].state;
        let Kind::Length { number, plus, .. } = &self.program.parts[part].part.kind else { return };
        let (input, limit) = (self.input(state), self.limit(state));
        let is_loose = self.reach.loose.contains(&part);
        let readings = number.readings(&input[state.at..limit]);
        if readings.is_empty() {
            self.fails(visit, no_number(*number, &input[state.at..limit]) + state.at, Why::Octet);
        }
        // The longest number of several is looked at first.
        for (width, says) in readings {
            let begin = state.at + width;
            let counted = i128::from(says) - i128::from(*plus);
            let end = match usize::try_from(counted).ok().and_then(|counted| begin.checked_add(counted)) {
                _ if is_loose => NO_LIMIT,
                None if counted < 0 => {
                    self.fails(visit, state.at, Why::TooSmall { says });
                    continue;
                }
                Some(end) if end <= limit => end,
                _ => {
                    self.fails(visit, state.at, Why::TooFew { says, left: limit - begin });
                    continue;
                }
            };
            let frames = self.framed(state.frames, Frame::Limit(end));
            self.go(visit, State { pc: state.pc + 1, at: begin, frames, ..state });
        }
    }

    /// What a number counts is over.
    pub(super) fn number_end(&mut self, visit: usize, state: State) {
        let (outer, Some(Frame::Limit(limit))) = self.frames[state.frames] else { return };
        if state.at == limit || limit == NO_LIMIT {
            return self.go(visit, State { pc: state.pc + 1, frames: outer, ..state });
        }
        self.fails(visit, state.at, Why::Behind);
    }
}

/// How many octets of a number came before the one that is none of it.
fn no_number(number: Number, octets: &[u8]) -> usize {
    match number.to_string().as_str() {
        "decimal" => 0,
        _ => octets.len().min(number.least()),
    }
}
