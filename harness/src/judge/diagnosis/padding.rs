//! Text with more around it than it has: NULs, or what fills a field.

use super::rule::{Rule, Variants};

pub(super) const RULES: &[Rule] = &[
    ("filled-up", filled_up),
    ("nuls-appended", nuls_appended),
    ("nuls-prepended", |octets| vec![[vec![0; octets.len()].as_slice(), octets].concat()]),
];

/// A few, or as many as are free in a buffer of a tenth more.
fn nuls_appended(octets: &[u8]) -> Variants {
    let tenth = octets.len() / 10;
    let counts = (1..=8).chain((tenth.saturating_sub(1)..=tenth + 1).filter(|count| *count > 8));
    counts.map(|count| [octets, &vec![0; count]].concat()).collect()
}

/// To a multiple of a size, or as a field of this size has it, which is cut there.
fn filled_up(octets: &[u8]) -> Variants {
    let filled = |length: usize, fill: u8| {
        let mut sent = octets.to_vec();
        sent.resize(length, fill);
        sent
    };
    const MULTIPLES: [usize; 17] = [2, 4, 8, 16, 20, 32, 64, 80, 100, 128, 255, 256, 512, 1024, 2048, 4096, 8192];
    const FIELDS: [usize; 5] = [16, 20, 32, 64, 80];
    let multiples = MULTIPLES.map(|size| filled(octets.len().next_multiple_of(size), 0));
    let fields = FIELDS.iter().flat_map(|size| [filled(*size, 0), filled(*size, b' ')]);
    multiples.into_iter().chain(fields).collect()
}
