//! Line ends and other terminators: added, lost, translated.

use memchr::memmem;

use super::rule::{Rule, Variants, each_octet};

pub(super) const RULES: &[Rule] = &[
    ("line-feed-added", line_feed_added),
    ("crlf-added", crlf_added),
    ("carriage-return-added", |octets| appended(octets, b"\r")),
    ("nul-added", nul_added),
    ("separator-added", separator_added),
    ("trailing-line-feeds-stripped", trailing_line_feeds_stripped),
    ("line-feeds-dropped", |octets| dropped(octets, b'\n')),
    ("line-feeds-squeezed", line_feeds_squeezed),
    ("lf-to-crlf", lf_to_crlf),
    ("crlf-to-lf", |octets| vec![replaced(octets, b"\r\n", b"\n")]),
    ("carriage-return-doubled", |octets| vec![replaced(octets, b"\r\n", b"\r\r\n"), replaced(octets, b"\r", b"\r\r")]),
    ("carriage-returns-dropped", |octets| dropped(octets, b'\r')),
    ("cr-to-lf", cr_to_lf),
    ("cr-to-crlf", |octets| vec![to_one_line_end(octets, b"\r\n"), replaced(octets, b"\r", b"\r\n")]),
    ("lf-to-cr", |octets| vec![replaced(octets, b"\n", b"\r"), to_one_line_end(octets, b"\r")]),
    ("lf-to-blank", |octets| vec![replaced(octets, b"\n", b" ")]),
    ("unicode-line-ends-translated", unicode_line_ends),
    ("cut-at-unicode-line-end", cut_at_unicode_line_end),
];

/// Those that often come together with another rule, after which they work.
pub(super) const JOINING: &[Rule] = &[
    ("line-feed-added", line_feed_added),
    ("crlf-added", crlf_added),
    ("nul-added", nul_added),
    ("lf-to-crlf", lf_to_crlf),
    ("bom-added", super::decodings::bom_added),
];

fn appended(octets: &[u8], end: &[u8]) -> Variants {
    vec![[octets, end].concat()]
}

fn line_feed_added(octets: &[u8]) -> Variants {
    appended(octets, b"\n")
}

fn crlf_added(octets: &[u8]) -> Variants {
    appended(octets, b"\r\n")
}

fn nul_added(octets: &[u8]) -> Variants {
    appended(octets, b"\0")
}

fn separator_added(octets: &[u8]) -> Variants {
    [" ", ",", ", ", "\t", ";"].map(|separator| [octets, separator.as_bytes()].concat()).to_vec()
}

/// All of them, or only the last.
fn trailing_line_feeds_stripped(octets: &[u8]) -> Variants {
    let end = octets.iter().rposition(|octet| *octet != b'\n').map_or(0, |last| last + 1);
    let last = octets.strip_suffix(b"\r\n").or(octets.strip_suffix(b"\n"));
    [Some(&octets[..end]), last].into_iter().flatten().map(<[u8]>::to_vec).collect()
}

/// Runs of them, to one or, as between paragraphs, to two.
fn line_feeds_squeezed(octets: &[u8]) -> Variants {
    let to = |most: usize| {
        let mut sent: Vec<u8> = Vec::with_capacity(octets.len());
        for octet in octets {
            let run = sent.iter().rev().take_while(|before| **before == b'\n').count();
            if *octet != b'\n' || run < most {
                sent.push(*octet);
            }
        }
        sent
    };
    if octets.windows(2).any(|two| two == b"\n\n") { vec![to(1), to(2)] } else { Vec::new() }
}

/// Every line feed, or only those that have no CR before them.
fn lf_to_crlf(octets: &[u8]) -> Variants {
    let mut lone = Vec::with_capacity(octets.len());
    for octet in octets {
        if *octet == b'\n' && lone.last() != Some(&b'\r') {
            lone.push(b'\r');
        }
        lone.push(*octet);
    }
    vec![replaced(octets, b"\n", b"\r\n"), lone]
}

/// Universal line ends, or CR alone.
fn cr_to_lf(octets: &[u8]) -> Variants {
    vec![to_one_line_end(octets, b"\n"), replaced(octets, b"\r", b"\n")]
}

fn to_one_line_end(octets: &[u8], end: &[u8]) -> Vec<u8> {
    let line_feeds = replaced(&replaced(octets, b"\r\n", b"\n"), b"\r", b"\n");
    replaced(&line_feeds, b"\n", end)
}

/// NEL, line and paragraph separator taken for line ends, or dropped.
fn unicode_line_ends(octets: &[u8]) -> Variants {
    let translate = |end: &[u8]| {
        let nel = replaced(octets, "\u{85}".as_bytes(), end);
        replaced(&replaced(&nel, "\u{2028}".as_bytes(), end), "\u{2029}".as_bytes(), end)
    };
    vec![translate(b"\n"), translate(b"\r\n"), translate(b"")]
}

/// At the line ends of Unicode (UAX #14: BK, NL), at these and the separators of ASCII, at those beyond ASCII, or at two alone.
fn cut_at_unicode_line_end(octets: &[u8]) -> Variants {
    let Ok(text) = str::from_utf8(octets) else { return Vec::new() };
    let unicode = ['\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let separators = ['\u{1c}', '\u{1d}', '\u{1e}'];
    let sets =
        [&unicode[..], &[&unicode[..], &separators].concat(), &['\u{85}', '\u{2028}', '\u{2029}'], &['\u{2028}', '\u{2029}']];
    let cut = sets.iter().filter_map(|ends| Some(octets[..text.find(*ends)?].to_vec()));
    cut.collect()
}

fn dropped(octets: &[u8], unwanted: u8) -> Variants {
    vec![each_octet(octets, |octet, sent| {
        if octet != unwanted {
            sent.push(octet)
        }
    })]
}

/// `octets` with every `from` replaced.
pub(super) fn replaced(octets: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    // Most lines of a plan are short, and have nothing to replace: to prepare a search would take longer than to see that.
    if from.first().is_none_or(|first| memchr::memchr(*first, octets).is_none()) {
        return octets.to_vec();
    }
    let mut sent = Vec::with_capacity(octets.len());
    let mut kept = 0;
    for found in memmem::find_iter(octets, from) {
        sent.extend_from_slice(&octets[kept..found]);
        sent.extend_from_slice(to);
        kept = found + from.len();
    }
    sent.extend_from_slice(&octets[kept..]);
    sent
}
