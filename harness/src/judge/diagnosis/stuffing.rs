//! Octets that would be taken for a mark, doubled or escaped so that they are not; or sent as they are where they should have been.

use super::line_ends::replaced;
use super::rule::{Rule, Variants};

pub(super) const RULES: &[Rule] = &[
    ("dot-stuffing", |octets| both(octets, b"\n.", b"\n..")),
    ("telnet-iac-undoubled", |octets| vec![replaced(octets, b"\xff\xff", b"\xff")]),
    ("slip-escapes", slip),
    ("hdlc-escapes", hdlc),
    ("quotes-doubled", |octets| both(octets, b"\"", b"\"\"").into_iter().chain(both(octets, b"'", b"''")).collect()),
];

/// With what was plain stuffed, and with what was stuffed plain.
fn both(octets: &[u8], plain: &[u8], stuffed: &[u8]) -> Variants {
    vec![replaced(octets, plain, stuffed), replaced(octets, stuffed, plain)]
}

/// Marks that end a frame, c0, and escapes, db.
fn slip(octets: &[u8]) -> Variants {
    let stuffed = replaced(&replaced(octets, b"\xdb", b"\xdb\xdd"), b"\xc0", b"\xdb\xdc");
    vec![stuffed, replaced(&replaced(octets, b"\xdb\xdc", b"\xc0"), b"\xdb\xdd", b"\xdb")]
}

/// Marks, 7e, and escapes, 7d, with the sixth bit turned over.
fn hdlc(octets: &[u8]) -> Variants {
    let stuffed = replaced(&replaced(octets, b"\x7d", b"\x7d\x5d"), b"\x7e", b"\x7d\x5e");
    let plain = replaced(&replaced(octets, b"\x7d\x5e", b"\x7e"), b"\x7d\x5d", b"\x7d");
    vec![stuffed, plain]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stuffed_is_plain_again_when_it_is_not() {
        assert_eq!(both(b"a\n.b\n..\n", b"\n.", b"\n..")[0], b"a\n..b\n...\n");
        assert_eq!(both(b"a\n..b", b"\n.", b"\n..")[1], b"a\n.b");
        for (rule, plain, stuffed) in
            [(slip as fn(&[u8]) -> Variants, b"a\xdb\xc0".as_slice(), b"a\xdb\xdd\xdb\xdc".as_slice()), (hdlc, b"\x7e}", b"}^}]")]
        {
            assert_eq!(rule(plain)[0], stuffed);
            assert_eq!(rule(stuffed)[1], plain);
        }
    }
}
