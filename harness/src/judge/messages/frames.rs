//! The frames of a stream: each a length, and so many octets.

use super::payload::{fields_of, text_of};
use super::{Collected, Field, Message};
use crate::suite::decoder::{FrameLength, Frames};
use crate::suite::plan::{Order, Prefix};

/// Digits of the greatest length that is written in decimal.
const MOST_DIGITS: usize = 19;

pub(super) fn decode(frames: &Frames, octets: &[u8]) -> Vec<Message> {
    let mut collected = Collected::new(octets);
    while let Some(rest) = collected.rest() {
        let (length, head) = match head_of(frames.length, rest) {
            Ok(head) => head,
            Err(why) => return collected.stopped(why),
        };
        let payload = usize::try_from(length).ok().and_then(|length| rest[head..].get(..length));
        let Some(payload) = payload else {
            return collected.stopped(format!("a frame of {length} octets is cut off: {} came", rest.len() - head));
        };
        let whole = head + payload.len();
        let behind_head = collected.at() + head as u64;
        match frames.fields.map(|syntax| fields_of(syntax, payload, behind_head)) {
            None => {
                let field = Field::new("length", length.to_string()).at(collected.at(), head);
                collected.push(whole, text_of(payload), vec![field]);
            }
            Some(Ok(fields)) => collected.push(whole, text_of(payload), fields),
            Some(Err(why)) => collected.push_undecoded(whole, why),
        }
    }
    collected.finish()
}

/// The length that a frame says, and how many octets say it.
fn head_of(kind: FrameLength, rest: &[u8]) -> Result<(u64, usize), String> {
    let cut_off = || "the length of a frame is cut off".to_owned();
    match kind {
        FrameLength::DecimalSpace => decimal(rest),
        FrameLength::Binary(Prefix::Uleb) => uleb(rest),
        FrameLength::Binary(Prefix::Fixed(fixed)) => {
            let octets = rest.get(..fixed.width).ok_or_else(cut_off)?;
            let big = |value: u64, octet: &u8| value << 8 | u64::from(*octet);
            let value = match fixed.order {
                Order::Big => octets.iter().fold(0, big),
                Order::Little => octets.iter().rev().fold(0, big),
            };
            Ok((value, fixed.width))
        }
    }
}

fn uleb(rest: &[u8]) -> Result<(u64, usize), String> {
    let last = rest.iter().take(10).position(|octet| octet & 0x80 == 0);
    let last = last.ok_or(if rest.len() < 10 { "the length of a frame is cut off" } else { "a length has more than 64 bits" })?;
    let value = rest[..=last].iter().rev().fold(0_u128, |value, octet| value << 7 | u128::from(octet & 0x7f));
    Ok((u64::try_from(value).map_err(|_| "a length has more than 64 bits")?, last + 1))
}

fn decimal(rest: &[u8]) -> Result<(u64, usize), String> {
    let digits = rest.iter().take(MOST_DIGITS + 1).take_while(|octet| octet.is_ascii_digit()).count();
    match rest.get(digits) {
        _ if digits > MOST_DIGITS => Err("a length has too many digits".into()),
        Some(b' ') if digits > 0 => {
            let value = rest[..digits].iter().fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
            Ok((value, digits + 1))
        }
        None => Err("the length of a frame is cut off".into()),
        Some(_) => Err("a frame begins with its length in decimal digits and a space".into()),
    }
}
