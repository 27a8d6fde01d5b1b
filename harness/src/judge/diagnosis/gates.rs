//! What spares working a rule out: what it always adds and did not come, or how it would begin and nothing begins.
//!
//! A gate is shut only where the rule, worked out in full, could not explain what came. What is said of rules here is tried in tests.

use std::cmp::Ordering;

use memchr::memmem;

use super::counted::Counted;
use super::rule::{Rule, Variants};
use super::subject::Subject;

/// What each of these rules adds. Whatever it changes has more of these octets behind it than before, taken together.
const ADDED: &[(&str, &[u8])] = &[
    ("option-printed", b"-\\x"),
    ("unicode-escapes-as-text", b"\\uUx+"),
    ("hex-escapes-as-text", b"\\x"),
    ("octal-escapes-as-text", b"\\01234567"),
    ("octets-literal-as-text", b"'\"\\"),
    ("string-literal-as-text", b"'\"{}\\"),
    ("octet-list-as-text", b"0123456789[]{}<>"),
    ("hex-text", b"0123456789abcdefABCDEF"),
    ("percent-text", b"%+0123456789abcdefABCDEF"),
    ("quoted-printable", b"=0123456789ABCDEF"),
    ("caret-notation", b"^-"),
    ("character-references", b"&;"),
    ("markup-escaped", b"&;"),
    ("json-string", b"\"\\"),
    ("quotes-added", b"\"'`"),
    ("quotes-escaped", b"\\"),
    ("colours-added", b"\x1b"),
    ("backslashes-doubled", b"\\"),
    ("percent-signs-doubled", b"%"),
    ("surrogate-escapes", b"\xed\xb2\xb3"),
    ("lf-to-crlf", b"\r"),
    ("carriage-return-doubled", b"\r"),
    ("line-feed-added", b"\n"),
    ("crlf-added", b"\n"),
    ("carriage-return-added", b"\r"),
    ("nul-added", b"\0"),
    ("separator-added", b" ,\t;"),
    ("bom-added", b"\xef\xfe\xff"),
    ("telnet-iac-doubled", b"\xff"),
    ("nuls-appended", b"\0"),
    ("nuls-prepended", b"\0"),
];

/// Rules that go through octets from the first to the last: what becomes of a start of them is a start of what becomes of all, but for
/// some octets at its end.
const STREAMING: &[&str] = &[
    "option-printed",
    "unicode-escapes-as-text",
    "hex-escapes-as-text",
    "octal-escapes-as-text",
    "octets-literal-as-text",
    "octet-list-as-text",
    "hex-text",
    "percent-text",
    "quoted-printable",
    "caret-notation",
    "character-references",
    "markup-escaped",
    "json-string",
    "colours-added",
    "quotes-escaped",
    "nibbles-swapped",
    "bits-reversed",
    "bits-inverted",
    "hex-digits-misread",
    "high-bit-stripped",
    "high-octets-dropped",
    "controls-dropped",
    "windows-1252-round-trip",
    "double-encoded-latin-1",
    "double-encoded-windows-1252",
    "surrogate-escapes",
    "replacement-per-octet",
    "replacement-per-invalid-part",
    "question-mark-per-octet",
    "latin-1",
    "windows-1252",
    "latin-9",
    "mac-roman",
    "shift-jis",
    "gb18030",
    "ebcdic",
    "low-octet-of-utf-16-unit",
    "low-octet-of-code-point",
    "code-point-cut-to-16-bits",
    "utf-16le",
    "utf-16be",
    "utf-16le-bom",
    "utf-16be-bom",
    "utf-32le",
    "utf-32be",
    "cesu-8",
    "modified-utf-8",
    "replacement-per-code-point",
    "replacement-per-utf-16-unit",
    "replacement-beyond-16-bits",
    "question-mark-per-code-point",
    "question-mark-per-utf-16-unit",
    "question-mark-beyond-16-bits",
];

/// Rules that make whatever they change shorter.
const SHORTER: &[&str] = &[
    "trailing-line-feeds-stripped",
    "line-feeds-dropped",
    "line-feeds-squeezed",
    "crlf-to-lf",
    "carriage-returns-dropped",
    "cut-at-unicode-line-end",
    "nuls-dropped",
    "cut-at-nul",
    "cut-at-ctrl-z",
    "cut-at-ctrl-d",
    "cut-at-line-feed",
    "high-octets-dropped",
    "invalid-utf-8-dropped",
    "controls-dropped",
    "flow-control-filtered",
    "telnet-commands-filtered",
    "bom-dropped",
    "latin-1",
    "windows-1252",
    "latin-9",
    "mac-roman",
    "astral-dropped",
    "low-octet-of-utf-16-unit",
    "low-octet-of-code-point",
    "code-point-cut-to-16-bits",
    "double-encoding-undone",
    "question-mark-per-code-point",
    "question-mark-per-utf-16-unit",
    "question-mark-beyond-16-bits",
    "option-eaten",
    "backslashes-eaten",
    "variables-expanded",
    "quotes-dropped",
    "cut-at-blank",
    "blanks-trimmed",
    "blanks-dropped",
];

/// Rules that make whatever they change longer.
const LONGER: &[&str] = &[
    "line-feed-added",
    "crlf-added",
    "carriage-return-added",
    "nul-added",
    "separator-added",
    "lf-to-crlf",
    "carriage-return-doubled",
    "cr-to-crlf",
    "telnet-iac-doubled",
    "bom-added",
    "double-encoded-latin-1",
    "surrogate-escapes",
    "replacement-per-octet",
    "unicode-escapes-as-text",
    "hex-escapes-as-text",
    "octal-escapes-as-text",
    "octets-literal-as-text",
    "string-literal-as-text",
    "octet-list-as-text",
    "hex-text",
    "base64-text",
    "quoted-printable",
    "caret-notation",
    "character-references",
    "markup-escaped",
    "json-string",
    "quotes-added",
    "colours-added",
    "frame-added",
    "cesu-8",
    "modified-utf-8",
    "length-prefixed-modified-utf-8",
    "option-printed",
    "backslashes-doubled",
    "percent-signs-doubled",
    "quotes-escaped",
    "nuls-appended",
    "nuls-prepended",
];

/// Rules that leave as many octets as there were.
const AS_LONG: &[&str] = &[
    "lf-to-blank",
    "nibbles-swapped",
    "bits-reversed",
    "bits-inverted",
    "hex-digits-misread",
    "high-bit-stripped",
    "windows-1252-round-trip",
    "question-mark-per-octet",
    "decimal-comma",
];

/// Rules that change nothing but octets beyond ASCII, or what has some.
const BEYOND_ASCII: &[&str] = &[
    "unicode-line-ends-translated",
    "high-bit-stripped",
    "high-octets-dropped",
    "invalid-utf-8-dropped",
    "telnet-iac-doubled",
    "telnet-commands-filtered",
    "bom-dropped",
    "windows-1252-round-trip",
    "double-encoded-latin-1",
    "double-encoded-windows-1252",
    "surrogate-escapes",
    "replacement-per-octet",
    "replacement-per-invalid-part",
    "question-mark-per-octet",
    "character-references",
    "latin-1",
    "windows-1252",
    "latin-9",
    "mac-roman",
    "shift-jis",
    "gb18030",
    "astral-dropped",
    "low-octet-of-utf-16-unit",
    "low-octet-of-code-point",
    "code-point-cut-to-16-bits",
    "cesu-8",
    "double-encoding-undone",
    "replacement-per-code-point",
    "replacement-per-utf-16-unit",
    "replacement-beyond-16-bits",
    "question-mark-per-code-point",
    "question-mark-per-utf-16-unit",
    "question-mark-beyond-16-bits",
    "transliterated",
    "normalised-nfc",
    "normalised-nfd",
    "normalised-nfkc",
    "normalised-nfkd",
];

/// The gate of one rule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gate {
    added: Option<&'static [u8]>,
    streaming: bool,
    beyond_ascii: bool,
    /// How much there is of what the rule changed, against what there was, where that is always the same.
    becomes: Option<Ordering>,
}

/// So many octets of a start are worked out, beyond those that came as they should.
const START: usize = 160;

/// So many octets at the end of what becomes of a start may be otherwise where more follows.
const RAGGED: usize = 64;

impl Gate {
    /// That of a rule by its name.
    pub(super) fn of(name: &str) -> Self {
        let added = ADDED.iter().find(|(rule, _)| *rule == name).map(|(_, added)| *added);
        let orders = [(SHORTER, Ordering::Less), (AS_LONG, Ordering::Equal), (LONGER, Ordering::Greater)];
        let becomes = orders.into_iter().find(|(rules, _)| rules.contains(&name)).map(|(_, order)| order);
        Self { added, streaming: STREAMING.contains(&name), beyond_ascii: BEYOND_ASCII.contains(&name), becomes }
    }

    /// Whether the rule may lead from one side to the other. Of a frame it may change the text alone, and its length may be left out
    /// then, so that what becomes longer is shorter all the same.
    pub(super) fn lets_through(&self, sides: &Counted, of_frames: bool) -> bool {
        let may_become = |order: Ordering| order == sides.came() || of_frames && order != Ordering::Less;
        self.becomes.is_none_or(may_become)
            && (!self.beyond_ascii || sides.is_beyond_ascii())
            && self.added.is_none_or(|added| sides.gained(added) > 0)
    }

    /// Whether something that begins as the rule would have it came in place of these octets.
    pub(super) fn may_begin(&self, (_, rule): &Rule, octets: &[u8], captured: &[u8]) -> bool {
        let Some(start) = start_of(octets).filter(|_| self.streaming) else { return true };
        let starts = rule(&octets[..start]);
        starts.is_empty() || starts.iter().any(|start| captured.starts_with(surely(start)))
    }

    /// What a rule makes of octets; where no start of it came anywhere, only something that did not come.
    pub(super) fn worked_out(&self, rule: &dyn Fn(&[u8]) -> Variants, octets: &[u8], subject: &Subject<'_>) -> Variants {
        if self.beyond_ascii && octets.is_ascii() {
            return Vec::new();
        }
        if self.streaming && !may_have_come(rule, octets, subject) {
            return vec![vec![0; subject.captured.len() + 1]];
        }
        rule(octets)
    }
}

/// Whether something that begins as the rule would have it came anywhere.
fn may_have_come(rule: &dyn Fn(&[u8]) -> Variants, octets: &[u8], subject: &Subject<'_>) -> bool {
    let Some(start) = start_of(octets) else { return true };
    let starts = rule(&octets[..start]);
    starts.is_empty() || starts.iter().any(|start| memmem::find(subject.captured, surely(start)).is_some())
}

/// What is the same of a start whatever follows it.
fn surely(start: &[u8]) -> &[u8] {
    &start[..start.len().saturating_sub(RAGGED)]
}

/// Where a start may end, between characters; nothing of what is short.
fn start_of(octets: &[u8]) -> Option<usize> {
    let inside = |at: &usize| octets.get(*at).is_some_and(|octet| octet & 0xc0 == 0x80);
    (octets.len() > 2 * START).then(|| (START..START + 4).find(|at| !inside(at)).unwrap_or(START))
}

#[cfg(test)]
mod tests {
    use super::super::rules::{named, vocabulary};
    use super::*;

    /// Each octet, each pair of what rules care about, and longer ones of many kinds.
    fn samples() -> Vec<Vec<u8>> {
        let pieces: &[&str] = &[
            "a", "é", "€", "😀", "\\", "\"", "'", "%", "&", "<", "=", "-n", "\n", "\r\n", "\r", "\t", " ", "\0", "\u{1b}", "{",
            "}", "#", "$x", "\u{feff}", "1", "x", "u", "U", "+", "^", ";", "[", "\u{85}", "\u{d6}", "0", "F", "\u{301}",
            "e\u{301}", "\\n", "\\x41", "%41", "&amp;", "1e5", "1.5", "null", "True", "~", "\u{a0}", "\u{2028}", "α", "ŉ", "ı",
            "İ", "ß", "\u{958}", "\u{212b}", "\\u00e9", "\\\"",
        ];
        let mut samples: Vec<Vec<u8>> = (0..=255).map(|octet| vec![octet]).collect();
        samples.extend(pieces.iter().flat_map(|one| pieces.iter().map(move |other| format!("{one}{other}").into_bytes())));
        samples.extend(pieces.iter().map(|piece| piece.repeat(3000).into_bytes()));
        samples.push((0..8192u32).map(|at| (at * at % 253 + at / 9) as u8).collect());
        samples.push((0..3000).map(|at| pieces[at * at % 31]).collect::<String>().into_bytes());
        let mut random = (7u32..).map(|at| at.wrapping_mul(2_654_435_761) >> 16);
        samples.extend(
            (0..500)
                .map(|at| (0..at % 7 + 2).map(|_| pieces[random.next().unwrap() as usize % pieces.len()]).collect::<String>())
                .map(String::into_bytes),
        );
        samples.extend([&b""[..], b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98"].map(<[u8]>::to_vec));
        samples
    }

    /// The rules of which something does not hold for one of the samples.
    fn refuted<'a>(names: impl Iterator<Item = &'a str>, holds: impl Fn(&str, &[u8]) -> bool) -> Vec<String> {
        let samples = samples();
        let refuting =
            |name: &str| samples.iter().find(|octets| !holds(name, octets)).map(|octets| (name.to_owned(), octets.clone()));
        let refuted = names.filter_map(refuting);
        refuted.map(|(name, octets)| format!("{name} of {}", octets[..octets.len().min(60)].escape_ascii())).collect()
    }

    fn count(octets: &[u8], wanted: &[u8]) -> usize {
        octets.iter().filter(|octet| wanted.contains(octet)).count()
    }

    #[test]
    fn what_is_said_to_be_added_is() {
        let holds = |name: &str, octets: &[u8]| {
            let added = Gate::of(name).added.unwrap();
            let more = |sent: &Vec<u8>| *sent == octets || count(sent, added) > count(octets, added);
            named(name)(octets).iter().all(more)
        };
        assert_eq!(refuted(ADDED.iter().map(|(name, _)| *name), holds), [""; 0]);
    }

    #[test]
    fn what_is_said_of_lengths_holds() {
        let holds = |name: &str, octets: &[u8]| {
            let becomes = Gate::of(name).becomes.unwrap();
            named(name)(octets).iter().all(|sent| *sent == octets || sent.len().cmp(&octets.len()) == becomes)
        };
        let names = [SHORTER, AS_LONG, LONGER].concat();
        assert_eq!(refuted(names.into_iter(), holds), [""; 0]);
    }

    #[test]
    fn what_is_said_to_change_nothing_in_ascii_does_not() {
        let holds = |name: &str, octets: &[u8]| !octets.is_ascii() || named(name)(octets).iter().all(|sent| *sent == octets);
        assert_eq!(refuted(BEYOND_ASCII.iter().copied(), holds), [""; 0]);
    }

    /// What holds of the first of two rules with one name need not hold of the other.
    #[test]
    fn each_gate_is_of_one_rule() {
        let gated = |name: &&str| {
            let Gate { added, streaming, beyond_ascii, becomes } = Gate::of(name);
            added.is_some() || streaming || beyond_ascii || becomes.is_some()
        };
        let names: Vec<&str> = vocabulary().map(|(name, _)| *name).filter(gated).collect();
        let once: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), once.len());
    }

    #[test]
    fn what_is_said_to_go_from_first_to_last_does() {
        let holds = |name: &str, octets: &[u8]| {
            let Some(start) = start_of(octets) else { return true };
            let starts = named(name)(&octets[..start]);
            let begins = |sent: &Vec<u8>| starts.iter().any(|start| sent.starts_with(surely(start)));
            starts.is_empty() || named(name)(octets).iter().all(begins)
        };
        assert_eq!(refuted(STREAMING.iter().copied(), holds), [""; 0]);
    }
}
