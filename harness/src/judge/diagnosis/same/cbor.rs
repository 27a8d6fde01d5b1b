//! CBOR, a value of which may be written in several ways.

use super::typed::{Entries, Loose, Nothing, Read, entry, float, items, number, take, text, unsigned};

/// CBOR (RFC 8949): three bits of type, and a number in the five others or behind them.
pub(super) fn read(rest: &mut &[u8], into: &mut Read, depth: usize) -> Option<()> {
    const HEADS: [&str; 5] = [
        "one octet",
        "a number in 1 octet more",
        "a number in 2 octets more",
        "a number in 4 octets more",
        "a number in 8 octets more",
    ];
    let nothing = match rest.first() {
        Some(0xf6) => Some(Nothing::Null),
        Some(0x40 | 0x60) => Some(Nothing::EmptyText),
        Some(0x80) => Some(Nothing::EmptyList),
        Some(0xa0) => Some(Nothing::EmptyMap),
        _ => None,
    };
    nothing.into_iter().for_each(|nothing| into.nothing(rest.len(), 1, nothing));
    let head = unsigned(rest, 1)? as u8;
    let (kind, low) = (head >> 5, head & 0x1f);
    if depth == 0 && !matches!(kind, 4 | 5) {
        return None;
    }
    if low == 31 && matches!(kind, 2..=5) {
        return indefinite(rest, into, kind, depth);
    }
    if kind == 6 && into.loose == Loose::Tags {
        let width = if low < 24 { 0 } else { 1 << (low - 24).min(3) };
        return take(rest, width).and_then(|_| read(rest, into, depth));
    }
    let width = match low {
        0..=23 => 0,
        24..=27 => 1 << (low - 24),
        _ => return None,
    };
    if kind == 7 && width > 1 {
        into.head(["float16", "float32", "float64"][usize::from(low) - 25]);
        let value = float(rest, width)?;
        into.float(value);
        return Some(());
    }
    let count = if width == 0 { low.into() } else { unsigned(rest, width)? };
    let name = HEADS[if width == 0 { 0 } else { usize::from(low) - 23 }];
    match kind {
        0 => number(into, name, count.into()),
        1 if into.loose == Loose::Negatives => number(into, name, -i128::from(count)),
        1 => number(into, name, -1 - i128::from(count)),
        2 | 3 => text(rest, into, name, b'b' + kind, count)?,
        4 => items(rest, into, (name, b'['), count, (read, 1, depth))?,
        5 => items(rest, into, (name, b'{'), count, (read, 2, depth))?,
        6 => items(rest, into, (name, b't'), 1, (read, 1, depth)).map(|()| into.count(b'#', count))?,
        _ => {
            into.head(name);
            into.count(b'v', count);
        }
    }
    Some(())
}

/// What ends something whose length is not told before.
const BREAK: u8 = 0xff;

/// The most levels of such.
const DEEPEST: usize = 16;

/// Something in parts, up to a mark: the same as with its length before it.
fn indefinite(rest: &mut &[u8], into: &mut Read, kind: u8, depth: usize) -> Option<()> {
    if depth >= DEEPEST {
        return None;
    }
    into.head("the indefinite form");
    let (start, mut count, mut entries) = (into.value.len(), 0, Entries::new());
    while !rest.starts_with(&[BREAK]) {
        match kind {
            4 => read(rest, into, depth + 1)?,
            5 => entry(rest, into, &mut entries, (read, depth))?,
            _ => part(rest, into, kind)?,
        }
        count += 1;
    }
    take(rest, 1)?;
    let all = into.value.split_off(start);
    match kind {
        4 => into.count(b'[', count),
        5 => into.count(b'{', if into.loose == Loose::Keys { 0 } else { count }),
        _ => into.octets(b'b' + kind, &all),
    }
    if kind == 4 {
        into.value.extend(all);
    }
    entries.into_iter().for_each(|(key, value)| into.value.extend([key, value].concat()));
    Some(())
}

/// A part of octets or of text, which has its length.
fn part(rest: &mut &[u8], into: &mut Read, kind: u8) -> Option<()> {
    let head = unsigned(rest, 1)? as u8;
    let length = match head & 0x1f {
        short @ 0..=23 => short.into(),
        low @ 24..=27 => unsigned(rest, 1 << (low - 24))?,
        _ => return None,
    };
    let octets = take(rest, length).filter(|_| head >> 5 == kind)?;
    into.value.extend_from_slice(octets);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::binary::forms;

    fn told(expected: &[u8], captured: &[u8]) -> Option<(&'static str, String)> {
        let (held, _) = forms(expected, captured)?;
        held.first().map(|held| (held.name, held.told.detail.clone().unwrap_or_default()))
    }

    #[test]
    fn what_has_no_length_before_it_is_the_same() {
        let otherwise = |detail: &str| Some(("cbor-otherwise", detail.to_owned()));
        let map = told(b"\xa2aa\x01ab\x02", b"\xbfaa\x01ab\x02\xff");
        assert_eq!(map, otherwise("the indefinite form instead of one octet, not the shortest form"));
        assert!(told(b"\x82\x01\x82\x02\x03", b"\x82\x01\x9f\x02\x03\xff").is_some());
        assert!(told(b"\x81\x63abc", b"\x81\x7f\x62ab\x61c\xff").is_some());
        assert_eq!(told(b"\xa2aa\x01ab\x02", b"\xbfaa\x01ab\x03\xff"), None);
        assert_eq!(told(b"\xa1aa\x01", b"\xbfaa\xff"), None, "a key without a value");
        assert_eq!(told(b"\x81\x01", &[0x9f; 64]), None);
    }

    #[test]
    fn numbers_below_zero_may_have_their_absolute_value() {
        let one_off = Some(("negative-off-by-one", "as of CBOR, which has -1 - n for it".to_owned()));
        assert_eq!(told(b"\xa2aa\x20ab\x01", b"\xa2aa\x21ab\x01"), one_off);
        assert_eq!(told(b"\xa2aa\x20ab\x38\x46", b"\xa2aa\x21ab\x38\x46"), None, "each of them");
        let name = |was: &[u8], is: &[u8]| told(was, is).map(|(name, _)| name);
        assert_eq!(name(b"\x81\xa1a\x94\xff\x00\xfd\xee", b"\x81\xa1a\x94\xe1\x00\xe3\xf2"), Some("sign-magnitude"));
        assert_eq!(name(b"\x81\xa1a\x94\xff\x00\xfd\xee", b"\x81\xa1a\x94\xe1\x00\xe3\xf3"), None);
    }

    #[test]
    fn tags_and_types_of_numbers_are_told() {
        let tag = told(b"\xa1at\xc1\x1a\x66\x67\xd1\x80", b"\xa1at\x1a\x66\x67\xd1\x80");
        assert_eq!(tag, Some(("cbor-otherwise", "a tag was left out, or came".into())));
        let float = told(b"\xa2aa\x07ab\x01", b"\xa2aa\xf9\x47\x00ab\x01");
        assert_eq!(float, Some(("float-for-integer", "as of CBOR".into())));
    }
}
