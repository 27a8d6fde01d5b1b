//! How numbers that count are written, and what they count.

use memchr::memmem;

use super::guess;

/// Reads the number that begins at an offset: it, and how many octets it takes.
type Read = fn(&[u8], usize) -> Option<(u64, usize)>;

/// A way to write a number.
pub(super) struct Layout {
    /// Whether it is digits.
    pub is_text: bool,
    pub read: Read,
}

/// The likeliest first: of several that count the same, the first is named.
pub(super) const ALL: &[Layout] = &[
    Layout { is_text: true, read: decimal },
    Layout { is_text: false, read: |octets, at| big(octets, at, 4) },
    Layout { is_text: false, read: |octets, at| little(octets, at, 4) },
    Layout { is_text: false, read: |octets, at| big(octets, at, 2) },
    Layout { is_text: false, read: |octets, at| little(octets, at, 2) },
    Layout { is_text: false, read: |octets, at| big(octets, at, 8) },
    Layout { is_text: false, read: |octets, at| little(octets, at, 8) },
    Layout { is_text: false, read: varint },
    Layout { is_text: false, read: ber },
    Layout { is_text: false, read: |octets, at| big(octets, at, 1) },
    Layout { is_text: false, read: |octets, at| big(octets, at, 3) },
    Layout { is_text: false, read: |octets, at| little(octets, at, 3) },
    Layout { is_text: true, read: hexadecimal },
];

/// What Avro and Kafka have: a number without a sign, in zigzag.
pub(super) const ZIGZAG: Layout = Layout { is_text: false, read: zigzag };

fn zigzag(octets: &[u8], at: usize) -> Option<(u64, usize)> {
    varint(octets, at).filter(|(number, _)| number % 2 == 0).map(|(number, width)| (number / 2, width))
}

fn big(octets: &[u8], at: usize, width: usize) -> Option<(u64, usize)> {
    let octets = octets.get(at..at + width)?;
    Some((octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)), width))
}

fn little(octets: &[u8], at: usize, width: usize) -> Option<(u64, usize)> {
    let octets = octets.get(at..at + width)?;
    Some((octets.iter().rev().fold(0, |number, octet| number << 8 | u64::from(*octet)), width))
}

/// LEB128, as Protocol Buffers and MQTT have it.
fn varint(octets: &[u8], at: usize) -> Option<(u64, usize)> {
    let rest = octets.get(at..)?;
    let width = rest.iter().take(10).position(|octet| octet & 0x80 == 0)? + 1;
    if width == 1 { Some((rest[0].into(), 1)) } else { Some((guess::varint(&rest[..width])?, width)) }
}

/// The length of ASN.1's basic encoding rules.
fn ber(octets: &[u8], at: usize) -> Option<(u64, usize)> {
    match *octets.get(at)? {
        short @ 0..=0x7f => Some((short.into(), 1)),
        long @ 0x81..=0x84 => {
            let width = usize::from(long & 0x7f);
            big(octets, at + 1, width).map(|(number, width)| (number, width + 1))
        }
        _ => None,
    }
}

fn digits(octets: &[u8], at: usize, radix: u32) -> Option<(u64, usize)> {
    const MOST: usize = 10;
    let is_digit = |octet: &u8| char::from(*octet).is_digit(radix);
    let begins = at.checked_sub(1).is_none_or(|before| !octets.get(before).is_some_and(is_digit));
    let rest = octets.get(at..).filter(|_| begins)?;
    let width = rest.iter().take(MOST + 1).take_while(|octet| is_digit(octet)).count();
    let text = std::str::from_utf8(&rest[..width]).ok().filter(|_| (1..=MOST).contains(&width))?;
    u64::from_str_radix(text, radix).ok().map(|number| (number, width))
}

fn decimal(octets: &[u8], at: usize) -> Option<(u64, usize)> {
    digits(octets, at, 10)
}

fn hexadecimal(octets: &[u8], at: usize) -> Option<(u64, usize)> {
    digits(octets, at, 16)
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// So many octets each.
    Octets(usize),
    /// Characters of UTF-8.
    Characters,
    /// Units of UTF-16, of what is UTF-8 here.
    Utf16,
}

impl Unit {
    pub(super) const OCTETS: Self = Self::Octets(1);

    pub(super) const ALL: [Self; 5] = [Self::OCTETS, Self::Characters, Self::Utf16, Self::Octets(2), Self::Octets(4)];

    /// Where so many of it end that begin at an offset.
    pub(super) fn end(self, octets: &[u8], start: usize, count: u64) -> Option<usize> {
        let count = usize::try_from(count).ok()?;
        let rest = octets.get(start..)?;
        match self {
            Self::Octets(size) => count.checked_mul(size).filter(|size| *size <= rest.len()).map(|size| start + size),
            Self::Characters => after(rest, count, |_| 1).map(|size| start + size),
            Self::Utf16 => after(rest, count, char::len_utf16).map(|size| start + size),
        }
    }
}

/// The most characters that are counted: of more, lengths of protocols count octets.
const MOST_COUNTED: usize = 1 << 16;

/// How many octets of UTF-8 have that size, where each character has its own, which is no more than its octets are.
fn after(octets: &[u8], size: usize, of: impl Fn(char) -> usize) -> Option<usize> {
    if size > octets.len() || size > MOST_COUNTED {
        return None;
    }
    // Of ASCII each octet is one, whatever is counted.
    if octets[..size].is_ascii() {
        return Some(size);
    }
    let window = &octets[..octets.len().min(size.checked_mul(4)?)];
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).ok()?,
    };
    let (mut counted, mut end) = (0, 0);
    for character in valid.chars() {
        if counted >= size {
            break;
        }
        counted += of(character);
        end += character.len_utf8();
    }
    (counted == size).then_some(end)
}

/// Where a body begins that a number in text counts: behind the line, and behind the header that the line is of.
pub(super) fn heads(octets: &[u8], end: usize) -> Option<usize> {
    let rest = octets.get(end..)?;
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    ends.into_iter().filter_map(|empty| memmem::find(rest, empty).map(|at| end + at + empty.len())).min()
}

/// Whether things that are counted became as many more: lines, fields, or arguments as in Redis' protocol.
pub(super) fn counts_things(expected: &[u8], captured: &[u8], before: u64, now: u64) -> bool {
    const THINGS: [&[u8]; 5] = [b"\n$", b"\n", b",", b";", b"&"];
    let count = |octets: &[u8], thing: &[u8]| memmem::find_iter(octets, thing).count() as u64;
    let fits = |thing: &[u8]| match before.checked_sub(count(expected, thing)) {
        Some(more @ 0..2) => count(captured, thing) + more == now,
        _ => false,
    };
    let most = |octets: &[u8]| octets.len() as u64 + 1;
    (1..=most(expected)).contains(&before) && now <= most(captured) && THINGS.into_iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_protocols_write_them() {
        assert_eq!(decimal(b"$12\r\n", 1), Some((12, 2)));
        assert_eq!(decimal(b"$12\r\n", 2), None, "it begins before");
        assert_eq!(hexadecimal(b"\n1a\r", 1), Some((26, 2)));
        assert_eq!(varint(&[0x80, 0x01], 0), Some((128, 2)));
        assert_eq!((zigzag(&[0x90, 0x01], 0), zigzag(&[0x11], 0)), (Some((72, 2)), None));
        assert_eq!(ber(&[0x82, 0x01, 0x00], 0), Some((256, 3)));
        assert_eq!(big(&[0, 0, 1], 1, 4), None);
    }

    #[test]
    fn units_end_where_their_text_does() {
        let text = "é𝄞x".as_bytes();
        assert_eq!(Unit::Characters.end(text, 0, 3), Some(7));
        assert_eq!(Unit::Utf16.end(text, 0, 3), Some(6));
        assert_eq!(Unit::Utf16.end(text, 0, 2), None, "within a character");
        assert_eq!(Unit::Octets(2).end(text, 1, 3), Some(7));
        assert_eq!(Unit::OCTETS.end(text, 1, 7), None);
    }
}
