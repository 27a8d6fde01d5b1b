//! The reference encoder: from a plan to the octets that it puts on the wire, connection by connection.

use super::{Instruction, Line, Plan};

/// What one connection of a plan carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stream {
    /// The octets.
    pub octets: Vec<u8>,
    /// Which part of the plan each run of octets comes from, in order and without gaps.
    pub fields: Vec<Field>,
}

/// One argument of a plan line, and the octets that came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The line in the plan, from 1.
    pub line: usize,
    /// The word and the argument: `u32be 513`.
    pub what: String,
    /// The offset of its first octet.
    pub start: usize,
    /// How many octets it has.
    pub length: usize,
}

/// The octets of every connection of a plan.
#[must_use]
pub fn encode(plan: &Plan) -> Vec<Stream> {
    let mut streams = vec![Stream::default()];
    for line in &plan.lines {
        if line.instruction == Instruction::Connect {
            streams.push(Stream::default());
        } else if let Some(stream) = streams.last_mut() {
            stream.append(line);
        }
    }
    streams
}

/// How many octets a line sends.
#[must_use]
pub fn length(line: &Line) -> u64 {
    if let Instruction::Repeat(count, _) | Instruction::Ramp(count) | Instruction::Noise(count, _) = line.instruction {
        return count;
    }
    let mut alone = Stream::default();
    alone.append(line);
    alone.octets.len() as u64
}

/// i mod 251 for i = 0, 1, ... Copied in blocks: suites have ramps of many megabytes, and are read at each start.
fn ramp(count: u64) -> Vec<u8> {
    let round: Vec<u8> = (0..251).collect();
    let count = count as usize;
    let mut octets = round.repeat(count.div_ceil(round.len()));
    octets.truncate(count);
    octets
}

/// The octets of MINSTD (Park and Miller 1988): steps first, then gives bits 8 to 15.
pub(super) fn noise(count: u64, seed: u64) -> impl Iterator<Item = u8> {
    let mut x = seed;
    (0..count).map(move |_| {
        x = x * 16807 % 2_147_483_647;
        (x >> 8) as u8
    })
}

impl Stream {
    fn append(&mut self, line: &Line) {
        let word = line.word;
        match &line.instruction {
            Instruction::Text(text) => self.push(line, format!("{word} {}", shortened(text)), text.bytes()),
            Instruction::Points(points) => {
                for point in points {
                    self.push(line, format!("{word} {:x}", u32::from(*point)), point.to_string().bytes());
                }
            }
            Instruction::Bytes(arguments) => {
                for octets in arguments {
                    self.push(line, format!("{word} {}", shortened(&crate::hex::encode(octets))), octets.iter().copied());
                }
            }
            Instruction::Integers(fixed, values) => {
                for value in values {
                    self.push(line, format!("{word} {value}"), fixed.octets(*value));
                }
            }
            Instruction::Floats(float, values) => {
                for value in values {
                    self.push(line, format!("{word} {value:?}"), float.octets(*value));
                }
            }
            Instruction::Varints(varint, values) => {
                for value in values {
                    self.push(line, format!("{word} {value}"), varint.octets(*value));
                }
            }
            Instruction::Frame(prefix, text) => {
                self.push(line, format!("the length of {word} {}", shortened(text)), prefix.octets(text.len() as u64));
                self.push(line, format!("{word} {}", shortened(text)), text.bytes());
            }
            Instruction::Repeat(count, octet) => {
                self.push(line, format!("{word} {count} {octet:02x}"), vec![*octet; *count as usize]);
            }
            Instruction::Ramp(count) => self.push(line, format!("{word} {count}"), ramp(*count)),
            Instruction::Noise(count, seed) => self.push(line, format!("{word} {count} {seed}"), noise(*count, *seed)),
            Instruction::Pause(_)
            | Instruction::HalfClose
            | Instruction::Receive(_)
            | Instruction::Connect
            | Instruction::Reset => {}
        }
    }

    fn push(&mut self, line: &Line, what: String, octets: impl IntoIterator<Item = u8>) {
        let start = self.octets.len();
        self.octets.extend(octets);
        self.fields.push(Field { line: line.number, what, start, length: self.octets.len() - start });
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 24;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
