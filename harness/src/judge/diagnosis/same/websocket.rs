//! WebSocket frames (RFC 6455) that carry the same and are masked in another way.

use super::super::rule::Held;
use super::MOST_OCTETS;

/// What is carried in fewer octets may be anything.
const LEAST: usize = 4;

/// A frame: its first octet, what it carries, as it stands there, and the key.
struct Frame<'a> {
    first: u8,
    sent: &'a [u8],
    key: Option<[u8; 4]>,
}

/// The same frames, not masked, masked, or with another key.
pub(super) fn masks(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let Some(one) = frames(expected) else { return Vec::new() };
    let carried: usize = one.iter().map(|frame| frame.sent.len()).sum();
    let firsts = |frames: &[Frame<'_>]| frames.iter().map(|frame| frame.first).collect::<Vec<_>>();
    if carried >= LEAST && is_bit_unset(expected, captured, &one) {
        return Held::alone("websocket-mask", Some("masked, without the bit that says so".into()));
    }
    let Some(other) = frames(captured) else { return Vec::new() };
    if carried < LEAST || firsts(&one) != firsts(&other) {
        return Vec::new();
    }
    let both = || one.iter().zip(&other);
    let detail = match both().find(|(one, other)| one.key != other.key || one.sent != other.sent) {
        Some((Frame { key: Some(_), .. }, Frame { key: None, .. })) => "not masked",
        Some((Frame { key: None, .. }, _)) => "masked",
        Some((one, other)) if one.payload() == other.sent => "with a key, but not masked with it",
        _ => "with another key",
    };
    let is_same = |(one, other): (&Frame<'_>, &Frame<'_>)| {
        let is_clear = other.key.is_some() && one.key.is_some() && one.payload() == other.sent;
        one.payload() == other.payload() || is_clear
    };
    if both().all(is_same) { Held::alone("websocket-mask", Some(detail.into())) } else { Vec::new() }
}

/// Whether just the bit is missing that says that a frame is masked, so that its key is taken for what it carries.
fn is_bit_unset(expected: &[u8], captured: &[u8], frames: &[Frame<'_>]) -> bool {
    let mut unset = expected.to_vec();
    unset.iter_mut().skip(1).take(1).for_each(|octet| *octet &= 0x7f);
    matches!(frames, [Frame { key: Some(_), .. }]) && unset == captured
}

/// All frames, if that is all there is.
fn frames(octets: &[u8]) -> Option<Vec<Frame<'_>>> {
    let (mut rest, mut frames) = (octets, Vec::new());
    if octets.len() > MOST_OCTETS {
        return None;
    }
    while !rest.is_empty() {
        frames.push(frame(&mut rest)?);
    }
    (!frames.is_empty()).then_some(frames)
}

fn frame<'a>(rest: &mut &'a [u8]) -> Option<Frame<'a>> {
    let &[first, second] = rest.split_off(..2)? else { return None };
    if !matches!(first & 0x7f, 0..=2 | 8..=10) {
        return None;
    }
    let wide = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let length = rest.split_off(..wide)?.iter().fold(0, |length: u64, octet| length << 8 | u64::from(*octet));
    let length = if wide == 0 { u64::from(second & 0x7f) } else { length };
    let key = if second & 0x80 == 0 { None } else { Some(rest.split_off(..4)?.try_into().ok()?) };
    Some(Frame { first, key, sent: rest.split_off(..usize::try_from(length).ok()?)? })
}

impl Frame<'_> {
    fn payload(&self) -> Vec<u8> {
        let key = self.key.unwrap_or_default();
        self.sent.iter().zip(key.iter().cycle()).map(|(octet, key)| octet ^ key).collect()
    }
}
