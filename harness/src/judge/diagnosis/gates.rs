//! What spares working a rule out: what it always adds and did not come, or how it would begin and nothing begins.
//!
//! A gate is shut only where the rule, worked out in full, could not explain what came. What is said of rules here is tried in tests.

use memchr::memmem;

use super::rule::Variants;
use super::subject::{Subject, Value};

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
    ("bom-added", b"\xef"),
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

/// Rules that are tried on whole writes only, and make each that they touch longer.
const LONGER: &[&str] = &["frame-added"];

/// The gate of one rule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gate {
    added: Option<&'static [u8]>,
    streaming: bool,
    longer: bool,
}

/// So many octets of a start are worked out, beyond those that came as they should.
const START: usize = 512;

/// So many octets at the end of what becomes of a start may be otherwise where more follows.
const RAGGED: usize = 64;

impl Gate {
    /// That of a rule by its name.
    pub(super) fn of(name: &str) -> Self {
        let added = ADDED.iter().find(|(rule, _)| *rule == name).map(|(_, added)| *added);
        Self { added, streaming: STREAMING.contains(&name), longer: LONGER.contains(&name) }
    }

    /// Whether what came has enough of what the rule adds. The lengths of frames may change with what they count, so that these
    /// octets are not missed.
    pub(super) fn lets_pass(&self, subject: &Subject<'_>) -> bool {
        if self.longer && subject.came().is_le() {
            return false;
        }
        let Some(added) = self.added else { return true };
        let lengths = subject.pieces().filter(|(_, piece)| matches!(piece.value, Value::Length(..)));
        let lengths: usize = lengths.map(|(_, piece)| count(subject.octets(&piece.range), added)).sum();
        count(subject.captured, added) + lengths > count(&subject.expected, added)
    }

    /// What a rule makes of octets; where no start of it came anywhere, only something that did not come.
    pub(super) fn worked_out(&self, rule: &dyn Fn(&[u8]) -> Variants, octets: &[u8], subject: &Subject<'_>) -> Variants {
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
    let came = |start: &Vec<u8>| memmem::find(subject.captured, &start[..start.len().saturating_sub(RAGGED)]).is_some();
    starts.is_empty() || starts.iter().any(came)
}

/// Where a start may end, between characters; nothing of what is short.
fn start_of(octets: &[u8]) -> Option<usize> {
    let inside = |at: &usize| octets.get(*at).is_some_and(|octet| octet & 0xc0 == 0x80);
    (octets.len() > 2 * START).then(|| (START..START + 4).find(|at| !inside(at)).unwrap_or(START))
}

fn count(octets: &[u8], wanted: &[u8]) -> usize {
    let mut is_wanted = [false; 256];
    wanted.iter().for_each(|octet| is_wanted[usize::from(*octet)] = true);
    octets.iter().map(|octet| usize::from(is_wanted[usize::from(*octet)])).sum()
}

#[cfg(test)]
mod tests {
    use super::super::rules::named;
    use super::*;

    /// Each octet, each pair of what rules care about, and longer ones of many kinds.
    fn samples() -> Vec<Vec<u8>> {
        let pieces: &[&str] = &[
            "a", "é", "€", "😀", "\\", "\"", "'", "%", "&", "<", "=", "-n", "\n", "\r\n", "\r", "\t", " ", "\0", "\u{1b}", "{",
            "}", "#", "$x", "\u{feff}", "1", "x", "u", "U", "+", "^", ";", "[", "\u{85}", "\u{d6}", "0", "F",
        ];
        let mut samples: Vec<Vec<u8>> = (0..=255).map(|octet| vec![octet]).collect();
        samples.extend(pieces.iter().flat_map(|one| pieces.iter().map(move |other| format!("{one}{other}").into_bytes())));
        samples.extend(pieces.iter().map(|piece| piece.repeat(3000).into_bytes()));
        samples.push((0..8192u32).map(|at| (at * at % 253 + at / 9) as u8).collect());
        samples.push((0..3000).map(|at| pieces[at * at % 31]).collect::<String>().into_bytes());
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
    fn what_is_said_to_become_longer_does() {
        let holds =
            |name: &str, octets: &[u8]| named(name)(octets).iter().all(|sent| *sent == octets || sent.len() > octets.len());
        assert_eq!(refuted(LONGER.iter().copied(), holds), [""; 0]);
    }

    #[test]
    fn what_is_said_to_go_from_first_to_last_does() {
        let holds = |name: &str, octets: &[u8]| {
            let Some(start) = start_of(octets) else { return true };
            let starts = named(name)(&octets[..start]);
            let begins =
                |sent: &Vec<u8>| starts.iter().any(|start| sent.starts_with(&start[..start.len().saturating_sub(RAGGED)]));
            starts.is_empty() || named(name)(octets).iter().all(begins)
        };
        assert_eq!(refuted(STREAMING.iter().copied(), holds), [""; 0]);
    }
}
