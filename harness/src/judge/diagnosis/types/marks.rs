//! Octets that stand for an end or an escape to a protocol, and came as they are where they must be escaped: SLIP, HDLC and PPP,
//! DLE, Telnet, markup, quoted-printable. And the other way round: escaped where they are not to be.

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("slip-escapes", |expected, captured| SLIP.either(expected, captured)),
    ("hdlc-escapes", |expected, captured| HDLC.either(expected, captured)),
    ("dle-escapes", |expected, captured| DLE.either(expected, captured)),
    ("telnet-iac-undoubled", |expected, captured| TELNET.undone(expected, captured)),
    ("markup-unescaped", |expected, captured| MARKUP.undone(expected, captured)),
    ("quoted-printable-decoded", |expected, captured| QUOTED_PRINTABLE.undone(expected, captured)),
];

/// What it tells that every octet that is not escaped is one that is to be, in a frame that shows which protocol it is.
const SURE: i32 = 6;

/// An escape at the beginning of octets: how long it is, and what it stands for.
type Escape = fn(&[u8]) -> Option<(usize, &'static [u8])>;

/// How a protocol keeps its marks out of what it carries.
struct Scheme {
    escape: Escape,
    /// Whether octets show that they are of this protocol.
    shows: fn(&[u8]) -> bool,
}

const SLIP: Scheme = Scheme { escape: slip, shows: |octets| octets.ends_with(&[0xc0]) };
const HDLC: Scheme = Scheme { escape: hdlc, shows: |octets| octets.starts_with(&[0x7e]) || octets.ends_with(&[0x7e]) };
const DLE: Scheme = Scheme { escape: dle, shows: |octets| has(octets, &[0x10, 0x02]) && has(octets, &[0x10, 0x03]) };
const TELNET: Scheme = Scheme { escape: telnet, shows: commands };
const MARKUP: Scheme = Scheme { escape: markup, shows: |octets| octets.contains(&b'&') };
const QUOTED_PRINTABLE: Scheme = Scheme { escape: quoted_printable, shows: |octets| has(octets, b"=3D") };

impl Scheme {
    /// Not escaped, or escaped where nothing is to be.
    fn either(&self, expected: &[u8], captured: &[u8]) -> Option<Told> {
        self.undone(expected, captured).or_else(|| if (self.shows)(expected) { self.undone(captured, expected) } else { None })
    }

    /// Whether some escapes, or all, came as what they stand for, and nothing else differs; of which octets that is the part that
    /// does.
    fn undone(&self, escaped: &[u8], plain: &[u8]) -> Option<Told> {
        if escaped.len() <= plain.len() || !(self.shows)(escaped) {
            return None;
        }
        let (mut rest, mut came) = (escaped, plain);
        let mut part: Option<(usize, usize)> = None;
        while !rest.is_empty() {
            let undone = (self.escape)(rest).filter(|(length, _)| !came.starts_with(&rest[..*length]));
            let (from, to) =
                undone.filter(|(_, octets)| came.starts_with(octets)).map_or((1, 1), |(from, octets)| (from, octets.len()));
            let is_same = rest.first() == came.first();
            if (from, to) == (1, 1) && !is_same {
                return None;
            }
            if (from, to) != (1, 1) {
                let start = part.map_or(escaped.len() - rest.len(), |(start, _)| start);
                part = Some((start, rest.len() - from));
            }
            (rest, came) = (&rest[from..], &came[to..]);
        }
        let beside = part.filter(|_| came.is_empty())?;
        Some(Told { sure: SURE, beside, ..Told::default() })
    }
}

/// RFC 1055.
fn slip(octets: &[u8]) -> Option<(usize, &'static [u8])> {
    match octets {
        [0xdb, 0xdc, ..] => Some((2, &[0xc0])),
        [0xdb, 0xdd, ..] => Some((2, &[0xdb])),
        _ => None,
    }
}

/// Every octet, so that one of them can be taken by its value.
static OCTETS: [u8; 256] = {
    let mut octets = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        octets[octet] = octet as u8;
        octet += 1;
    }
    octets
};

fn one(octet: u8) -> &'static [u8] {
    std::slice::from_ref(&OCTETS[usize::from(octet)])
}

/// RFC 1662, section 4.2.
fn hdlc(octets: &[u8]) -> Option<(usize, &'static [u8])> {
    match octets {
        [0x7d, octet, ..] => Some((2, one(octet ^ 0x20))),
        _ => None,
    }
}

fn dle(octets: &[u8]) -> Option<(usize, &'static [u8])> {
    octets.starts_with(&[0x10, 0x10]).then_some((2, &[0x10]))
}

/// RFC 854.
fn telnet(octets: &[u8]) -> Option<(usize, &'static [u8])> {
    octets.starts_with(&[0xff, 0xff]).then_some((2, &[0xff]))
}

/// Whether there are commands of Telnet, which are nowhere else in text.
fn commands(octets: &[u8]) -> bool {
    octets.windows(2).any(|pair| pair[0] == 0xff && (0xf0..0xff).contains(&pair[1]))
}

fn markup(octets: &[u8]) -> Option<(usize, &'static [u8])> {
    const REFERENCES: [(&str, &[u8]); 8] = [
        ("&amp;", b"&"),
        ("&lt;", b"<"),
        ("&gt;", b">"),
        ("&quot;", b"\""),
        ("&apos;", b"'"),
        ("&#39;", b"'"),
        ("&#34;", b"\""),
        ("&#x27;", b"'"),
    ];
    let found = REFERENCES.iter().find(|(reference, _)| octets.starts_with(reference.as_bytes()));
    found.map(|(reference, octets)| (reference.len(), *octets))
}

/// RFC 2045, section 6.7: octets in hex, and soft line breaks.
fn quoted_printable(octets: &[u8]) -> Option<(usize, &'static [u8])> {
    if octets.starts_with(b"=\r\n") {
        return Some((3, &[]));
    }
    let digits = as_text(octets.get(1..3).filter(|_| octets.starts_with(b"="))?)?;
    let is_hex = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
    u8::from_str_radix(digits, 16).ok().filter(|_| is_hex).map(|octet| (3, one(octet)))
}

fn has(octets: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(octets, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_came_as_they_are_tell_their_place() {
        let beside = |told: Option<Told>| told.map(|told| told.beside);
        assert_eq!(beside(SLIP.either(b"\xc0a\xdb\xddb\xc0", b"\xc0a\xdbb\xc0")), Some((2, 2)));
        let (flagged, one_of_two) = (b"\x7ea\x7d\x5eb\x7d\x5d\x7e", b"\x7ea\x7d\x5eb\x7d\x7e");
        assert_eq!(beside(HDLC.either(flagged, b"\x7ea\x7eb\x7d\x7e")), Some((2, 1)));
        assert_eq!(beside(HDLC.either(flagged, one_of_two)), Some((5, 1)));
        assert_eq!(beside(HDLC.either(one_of_two, flagged)), Some((5, 1)), "the other way round");
        assert_eq!(beside(DLE.either(b"\x10\x02a\x10\x10b\x10\x03", b"\x10\x02a\x10b\x10\x03")), Some((3, 3)));
        assert_eq!(beside(TELNET.undone(b"\xff\xfb\x00a\xff\xffb", b"\xff\xfb\x00a\xffb")), Some((4, 1)));
        assert_eq!(beside(MARKUP.undone(b"<a>b &amp; c</a>", b"<a>b & c</a>")), Some((5, 6)));
        assert_eq!(beside(QUOTED_PRINTABLE.undone(b"a=3Db=C3=A9", b"a=b\xc3\xa9")), Some((1, 0)));
    }

    #[test]
    fn marks_are_none_without_a_frame_or_where_more_differs() {
        let held = |expected: &[u8], captured: &[u8]| RULES.iter().any(|(_, rule)| rule(expected, captured).is_some());
        assert!(!held(b"a\xdb\xddb", b"a\xdbb"));
        assert!(!held(b"a\xff\xffb", b"a\xffb"));
        assert!(!held(b"\xc0a\xdb\xddb\xc0", b"\xc0a\xdbc\xc0"));
        assert!(!held(b"\xc0a\xdb\xddb\xc0", b"\xc0a\xdbb"));
        assert!(!held(b"\xc0a\xc0", b"\xc0a\xdb\xdc"), "the end of a frame is no octet that it carries");
    }
}
