//! Texts and octets for plans: what programs escape, expand, cut or convert, and plain ones.

use crate::suite::random::Random;

/// What somebody on the way may take for something else than text.
pub(super) const PHRASES: &[&str] = &[
    "-n",
    "-e",
    "--",
    "--help",
    "-",
    "+x",
    "@file",
    "$HOME",
    "${x}",
    "$$",
    "`id`",
    "$(id)",
    "%s",
    "%n",
    "%d%%",
    "%41",
    "%",
    "\\n",
    "\\0",
    "\\x41",
    "\\u0041",
    "\\",
    "\\\\",
    "\"",
    "'",
    "\"a\"",
    "'a'",
    "*",
    "?",
    "[a]",
    "~",
    "{}",
    "{0}",
    "{{",
    "{a,b}",
    "&amp;",
    "&",
    "<b>",
    ";",
    "; exit",
    "|",
    ">x",
    "<x",
    "!",
    "!!",
    "#",
    "# a",
    "//",
    "/*",
    "--x",
    "null",
    "NaN",
    "true",
    "no",
    "0x10",
    "1e5",
    "010",
    "-0",
    "+1",
    "1_000",
    "1.5",
    "3.14 x",
    "1,5",
    "01:02:03",
    "50% off",
    "%d %s %%",
    "say \"a\"",
    "it's",
    "a\\tb\\n",
    "$a$b",
    "é",
    "é\u{301}",
    "e\u{301}",
    "Ã©",
    "ﬁ",
    "😀",
    "a😀b",
    "€5",
    "\u{feff}a",
    "a\u{2028}b\u{85}c",
    "İı",
    "straße",
    "..",
    "../x",
    "C:\\a",
    "con",
    "a=b",
    "a,b",
    "a;b",
    "text a",
    "connect",
    "reset",
    " ",
    "  ",
    "\t",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a  b",
    "=1",
    "=?",
    "^M",
    "\u{1b}[0m",
    "hello",
    "Hello, World",
];

/// Characters that encodings, case, normal forms, terminals and line splitters treat differently.
pub(super) const CHARACTERS: &[char] = &[
    'a',
    'z',
    'A',
    '0',
    ' ',
    '~',
    '\u{1}',
    '\u{7}',
    '\u{8}',
    '\t',
    '\u{b}',
    '\u{c}',
    '\u{1a}',
    '\u{1b}',
    '\u{1c}',
    '\u{1e}',
    '\u{1f}',
    '\u{7f}',
    '\u{80}',
    '\u{85}',
    '\u{9f}',
    '\u{a0}',
    '\u{ad}',
    'é',
    'ÿ',
    'ß',
    'ı',
    'İ',
    'Ÿ',
    'ſ',
    'Σ',
    'ς',
    '€',
    '\u{301}',
    '\u{308}',
    '\u{7ff}',
    '\u{800}',
    '\u{fff}',
    '\u{1100}',
    '\u{1161}',
    '가',
    '\u{200b}',
    '\u{200d}',
    '\u{200e}',
    '\u{202e}',
    '\u{2028}',
    '\u{2029}',
    '\u{212b}',
    'ﬁ',
    '\u{3000}',
    '中',
    'ア',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fdd0}',
    '\u{feff}',
    '\u{ff01}',
    '\u{fffc}',
    '\u{fffd}',
    '\u{fffe}',
    '\u{ffff}',
    '\u{10000}',
    '😀',
    '𝄞',
    '\u{1f1e6}',
    '\u{1fffe}',
    '\u{fffff}',
    '\u{100000}',
    '\u{10fffe}',
    '\u{10ffff}',
];

/// Those that no line of text can hold.
const UNWRITABLE: &[char] = &['\0', '\n', '\r'];

/// Octets that are no UTF-8, or no text.
pub(super) const OCTETS: &[&str] = &[
    "00",
    "0a",
    "0d",
    "0d0a",
    "1a",
    "7f",
    "80",
    "ff",
    "ff00",
    "00ff",
    "c3",
    "c328",
    "c080",
    "eda080",
    "eda0bdedb880",
    "f4908080",
    "f8888080",
    "fe",
    "feff",
    "fffe",
    "efbbbf",
    "e282",
    "f09f98",
    "04",
    "03",
    "1b",
    "0000",
    "0a0a",
    "0a0d",
    "fffb01",
    "ffff",
];

/// Lines of what is known to be taken for something else, one by one: none is left to chance.
pub(super) fn known(turn: usize) -> [String; 2] {
    let phrase = PHRASES[turn % PHRASES.len()];
    let place = turn / 3;
    let other = match turn % 3 {
        0 => format!("bytes {}", OCTETS[place % OCTETS.len()]),
        1 => format!("frame {} {phrase}", super::PREFIXES[place % super::PREFIXES.len()]),
        _ => {
            let of = |characters: &[char]| format!("{:x}", u32::from(characters[place % characters.len()]));
            format!("points {} {}", of(CHARACTERS), of(UNWRITABLE))
        }
    };
    [format!("text {phrase}"), other]
}

/// A text of at most so many octets: a few phrases and characters, or one of them over and over up to a length.
pub(super) fn text(random: &mut Random, most: u64, length: u64) -> String {
    let mut text = match random.below(8) {
        0..=4 => (0..1 + random.below(4)).map(|_| piece(random)).collect(),
        5 => String::new(),
        _ => filled(random, length.min(most)),
    };
    while text.len() as u64 > most {
        text.pop();
    }
    text
}

fn piece(random: &mut Random) -> String {
    match random.below(4) {
        0 => random.pick(PHRASES).to_owned(),
        1..=2 => random.pick(CHARACTERS).to_string(),
        _ => (0..1 + random.below(6)).map(|_| char::from(b'!' + random.below(94) as u8)).collect(),
    }
}

/// Exactly so many octets, of one piece over and over, at any offset.
fn filled(random: &mut Random, length: u64) -> String {
    let length = length as usize;
    let piece = piece(random);
    let mut text = "a".repeat(length.min(random.below(4) as usize));
    while text.len() + piece.len() <= length {
        text += &piece;
    }
    text += &"a".repeat(length.saturating_sub(text.len()));
    text
}

/// A Unicode scalar value, in hex.
pub(super) fn point(random: &mut Random) -> String {
    let point = match random.below(8) {
        0 => random.pick(UNWRITABLE),
        1..=5 => random.pick(CHARACTERS),
        _ => char::from_u32(random.below(0x11_0000) as u32).unwrap_or('\u{d7ff}'),
    };
    format!("{:x}", u32::from(point))
}

/// Some octets, in hex.
pub(super) fn octets(random: &mut Random, length: u64) -> String {
    match random.below(4) {
        0..=1 => random.pick(OCTETS).to_owned(),
        2 => (0..1 + random.below(8)).map(|_| octet(random)).collect(),
        _ => (0..length.max(1)).map(|_| octet(random)).collect(),
    }
}

/// An octet, in hex.
pub(super) fn octet(random: &mut Random) -> String {
    format!("{:02x}", random.next() as u8)
}
