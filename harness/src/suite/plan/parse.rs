//! The strict parser. Each error says where, what is wrong, and the mend.

use std::time::Duration;

use super::{Fixed, Float, Instruction, Line, MAX_OCTETS, MAX_PAUSE, Prefix, Varint, WORDS};
use crate::hex;

/// Why a plan is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("plan line {line}, column {column}: {problem}")]
pub struct PlanError {
    /// The line of the plan, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, and the mend.
    pub problem: String,
}

/// Parses every line, and checks that each may stand where it stands.
pub(super) fn lines(text: &str) -> Result<Vec<Line>, PlanError> {
    let mut lines = Vec::new();
    let mut order = OrderOfLines::default();
    for (index, content) in text.split('\n').enumerate() {
        let source = Source { number: index + 1, content };
        source.check_characters(index == 0)?;
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let line = source.line()?;
        order.check(&line).map_err(|problem| source.error(0, problem))?;
        lines.push(line);
    }
    Ok(lines)
}

/// One line of the text.
#[derive(Clone, Copy)]
struct Source<'a> {
    number: usize,
    content: &'a str,
}

/// An argument, and where it begins in its line (in octets).
#[derive(Clone, Copy)]
struct Argument<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Source<'a> {
    fn error(&self, at: usize, problem: impl Into<String>) -> PlanError {
        let column = self.content.get(..at).unwrap_or(self.content).chars().count() + 1;
        PlanError { line: self.number, column, problem: problem.into() }
    }

    fn check_characters(&self, first: bool) -> Result<(), PlanError> {
        if first && self.content.starts_with('\u{feff}') {
            return Err(self.error(0, "a plan begins without a byte order mark; send one with `points feff`"));
        }
        match self.content.find(['\0', '\r']) {
            Some(at) => Err(self.error(at, "a plan has no NUL and no CR; send them with `bytes 00` and `bytes 0d`")),
            None => Ok(()),
        }
    }

    fn line(&self) -> Result<Line, PlanError> {
        let (name, rest) = match self.content.split_once(' ') {
            Some((name, rest)) => (name, Some(Argument { text: rest, at: name.len() + 1 })),
            None => (self.content, None),
        };
        let Some(word) = WORDS.iter().find(|word| **word == name) else {
            return Err(self.error(0, format!("unknown word `{}`; the words are: {}", name.escape_debug(), WORDS.join(" "))));
        };
        let instruction = self.instruction(word, rest)?;
        Ok(Line { number: self.number, word, instruction })
    }

    fn instruction(&self, word: &str, rest: Option<Argument<'a>>) -> Result<Instruction, PlanError> {
        if let Some(fixed) = Fixed::of(word) {
            return Ok(Instruction::Integers(fixed, self.integers(rest, fixed.min(), fixed.max())?));
        }
        if let Some(float) = Float::of(word) {
            return Ok(Instruction::Floats(float, self.each(rest, |argument| self.float(argument, float))?));
        }
        if let Some(varint) = Varint::of(word) {
            let (min, max) = if varint == Varint::Unsigned { (0, u64::MAX.into()) } else { (i64::MIN.into(), i64::MAX.into()) };
            return Ok(Instruction::Varints(varint, self.integers(rest, min, max)?));
        }
        match word {
            "text" => Ok(Instruction::Text(self.rest(rest, "text REST")?.text.to_owned())),
            "points" => Ok(Instruction::Points(self.each(rest, |argument| self.point(argument))?)),
            "bytes" => Ok(Instruction::Bytes(self.each(rest, |argument| self.octets(argument))?)),
            "frame" => self.frame(rest),
            "repeat" => self.repeat(rest),
            "ramp" => {
                let [count] = self.exactly(rest, "ramp COUNT")?;
                Ok(Instruction::Ramp(self.count(count)?))
            }
            "noise" => {
                let [count, seed] = self.exactly(rest, "noise COUNT SEED")?;
                Ok(Instruction::Noise(self.count(count)?, self.integer(seed, 1, 2_147_483_646)? as u64))
            }
            "pause" => {
                let [millis] = self.exactly(rest, "pause MS")?;
                let most = MAX_PAUSE.as_millis() as i128;
                Ok(Instruction::Pause(Duration::from_millis(self.integer(millis, 0, most)? as u64)))
            }
            "receive" => {
                let [count] = self.exactly(rest, "receive COUNT` or `receive all")?;
                Ok(Instruction::Receive(if count.text == "all" { None } else { Some(self.count(count)?) }))
            }
            _ => self.bare(word, rest),
        }
    }

    fn bare(&self, word: &str, rest: Option<Argument<'a>>) -> Result<Instruction, PlanError> {
        if let Some(rest) = rest {
            return Err(self.error(rest.at - 1, format!("`{word}` stands alone; remove what follows it, spaces included")));
        }
        Ok(match word {
            "half-close" => Instruction::HalfClose,
            "connect" => Instruction::Connect,
            _ => Instruction::Reset,
        })
    }

    fn frame(&self, rest: Option<Argument<'a>>) -> Result<Instruction, PlanError> {
        let shape = "frame PREFIX REST";
        let rest = self.rest(rest, shape)?;
        let Some((name, text)) = rest.text.split_once(' ') else {
            return Err(self.error(
                self.content.len(),
                format!("write `{shape}`; the space after PREFIX is required even if REST is empty"),
            ));
        };
        let Some(prefix) = Prefix::of(name) else {
            return Err(self.error(rest.at, "PREFIX is one of u8, u16be, u16le, u32be, u32le, uleb"));
        };
        if text.len() as u64 > prefix.max() {
            let problem = format!("{} octets are more than `{name}` can count; use a wider prefix", text.len());
            return Err(self.error(rest.at, problem));
        }
        Ok(Instruction::Frame(prefix, text.to_owned()))
    }

    fn repeat(&self, rest: Option<Argument<'a>>) -> Result<Instruction, PlanError> {
        let [count, octet] = self.exactly(rest, "repeat COUNT HEX")?;
        match self.octets(octet)?.as_slice() {
            [one] => Ok(Instruction::Repeat(self.count(count)?, *one)),
            _ => Err(self.error(octet.at, "`repeat` takes one octet; write two hex digits")),
        }
    }

    fn rest(&self, rest: Option<Argument<'a>>, shape: &str) -> Result<Argument<'a>, PlanError> {
        rest.ok_or_else(|| {
            self.error(self.content.len(), format!("write `{shape}`; the space is required even if REST is empty"))
        })
    }

    /// The arguments, at least one, each after exactly one space.
    fn arguments(&self, rest: Option<Argument<'a>>) -> Result<Vec<Argument<'a>>, PlanError> {
        let Some(rest) = rest else {
            return Err(self.error(self.content.len(), "this word takes arguments; add at least one"));
        };
        let mut arguments = Vec::new();
        let mut at = rest.at;
        for text in rest.text.split(' ') {
            if text.is_empty() {
                return Err(self.error(at, "arguments are separated by one space, and none trails; remove this space"));
            }
            arguments.push(Argument { text, at });
            at += text.len() + 1;
        }
        Ok(arguments)
    }

    fn each<T>(
        &self,
        rest: Option<Argument<'a>>,
        parse: impl Fn(Argument<'a>) -> Result<T, PlanError>,
    ) -> Result<Vec<T>, PlanError> {
        self.arguments(rest)?.into_iter().map(parse).collect()
    }

    fn exactly<const N: usize>(&self, rest: Option<Argument<'a>>, shape: &str) -> Result<[Argument<'a>; N], PlanError> {
        let arguments = self.arguments(rest)?;
        let count = arguments.len();
        arguments.try_into().map_err(|_| self.error(0, format!("write `{shape}`; there are {count} arguments here")))
    }

    fn integers(&self, rest: Option<Argument<'a>>, min: i128, max: i128) -> Result<Vec<i128>, PlanError> {
        self.each(rest, |argument| self.integer(argument, min, max))
    }

    fn integer(&self, argument: Argument<'_>, min: i128, max: i128) -> Result<i128, PlanError> {
        let digits = argument.text.strip_prefix('-').unwrap_or(argument.text);
        let plain = is_digits(digits) && (argument.text == "0" || !digits.starts_with('0'));
        if !plain {
            let problem = "an integer is `0` or `-?[1-9][0-9]*`: no plus, no leading zeros, no underscores, and no -0, which floats alone have";
            return Err(self.error(argument.at, problem));
        }
        match argument.text.parse() {
            Ok(value) if (min..=max).contains(&value) => Ok(value),
            _ => Err(self.error(argument.at, format!("{} is out of range; this is {min} to {max}", argument.text))),
        }
    }

    fn count(&self, argument: Argument<'_>) -> Result<u64, PlanError> {
        Ok(self.integer(argument, 0, MAX_OCTETS.into())? as u64)
    }

    fn float(&self, argument: Argument<'_>, float: Float) -> Result<f64, PlanError> {
        let value = match argument.text {
            "inf" => return Ok(f64::INFINITY),
            "-inf" => return Ok(f64::NEG_INFINITY),
            "nan" => return Ok(f64::NAN),
            text if is_float(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        let Some(value) = value else {
            let problem = "a float is `-?[0-9]+(\\.[0-9]+)?(e-?[0-9]+)?`, or inf, -inf, nan";
            return Err(self.error(argument.at, problem));
        };
        if float.width == 8 {
            return if value.is_finite() { Ok(value) } else { Err(self.error(argument.at, "does not fit 64 bits; write inf")) };
        }
        let direct = argument.text.parse::<f32>().unwrap_or(f32::NAN);
        if !direct.is_finite() {
            return Err(self.error(argument.at, "does not fit 32 bits; write inf"));
        }
        if direct.to_bits() != (value as f32).to_bits() {
            let problem = format!("rounds to 32 bits differently by way of 64 bits; write {direct:?}, which is nearest");
            return Err(self.error(argument.at, problem));
        }
        Ok(direct.into())
    }

    fn octets(&self, argument: Argument<'_>) -> Result<Vec<u8>, PlanError> {
        let problem = "octets are pairs of lower-case hex digits";
        hex::decode(argument.text).ok_or_else(|| self.error(argument.at, problem))
    }

    fn point(&self, argument: Argument<'_>) -> Result<char, PlanError> {
        let lower = argument.text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let point = if lower { u32::from_str_radix(argument.text, 16).ok().and_then(char::from_u32) } else { None };
        let problem = "a point is a Unicode scalar value in lower-case hex (1f600), but not a surrogate";
        point.ok_or_else(|| self.error(argument.at, problem))
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match text.split_once('e') {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix('-').unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    is_digits(whole) && fraction.is_none_or(is_digits) && exponent.is_none_or(is_digits)
}

/// What the lines so far allow the next to be.
#[derive(Default)]
struct OrderOfLines {
    octets: u64,
    received: u64,
    half_closed: bool,
    received_all: bool,
    just_received: bool,
    reset: bool,
}

impl OrderOfLines {
    fn check(&mut self, line: &Line) -> Result<(), String> {
        if self.reset {
            return Err("`reset` is the last line of a plan; remove what follows it".into());
        }
        match &line.instruction {
            Instruction::Pause(_) => {}
            Instruction::HalfClose if self.half_closed => {
                return Err("this connection is half-closed already; remove this line".into());
            }
            Instruction::HalfClose => self.half_closed = true,
            Instruction::Receive(_) if self.received_all => {
                return Err("`receive all` has read to the end; remove this line".into());
            }
            Instruction::Receive(None) if !self.half_closed => {
                return Err("`receive all` comes after `half-close`, or both sides wait forever; half-close first".into());
            }
            Instruction::Receive(count) => self.receives(*count)?,
            Instruction::Connect => (self.half_closed, self.received_all) = (false, false),
            Instruction::Reset if self.half_closed => {
                return Err("after `half-close` the server has seen FIN, and RST may come too late; reset without it".into());
            }
            Instruction::Reset if !self.just_received => {
                return Err(
                    "RST destroys what is unsent; `receive` an answer that comes after the last octet right before `reset`"
                        .into(),
                );
            }
            Instruction::Reset => self.reset = true,
            _ if self.half_closed => {
                return Err(format!("nothing is sent after `half-close`; move `{}` before it, or `connect` first", line.word));
            }
            sends => self.sent(sends)?,
        }
        // Receiving nothing waits for nothing.
        self.just_received = matches!(line.instruction, Instruction::Receive(Some(1..)));
        Ok(())
    }

    fn receives(&mut self, count: Option<u64>) -> Result<(), String> {
        self.received_all = count.is_none();
        self.received += count.unwrap_or(0);
        if self.received > MAX_OCTETS {
            return Err(format!("the plan receives more than {MAX_OCTETS} octets; ask for fewer"));
        }
        Ok(())
    }

    fn sent(&mut self, instruction: &Instruction) -> Result<(), String> {
        if let Instruction::Repeat(count, _) | Instruction::Ramp(count) | Instruction::Noise(count, _) = instruction {
            self.octets += count;
        }
        if self.octets > MAX_OCTETS {
            return Err(format!("the plan sends more than {MAX_OCTETS} octets; ask for fewer"));
        }
        Ok(())
    }
}
