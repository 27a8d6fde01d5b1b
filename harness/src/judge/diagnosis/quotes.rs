//! Other quotes in the place of those that are there: typewriter's, backquotes, or typographic ones.

use super::rule::{Rule, Variants, push};

pub(super) const RULES: &[Rule] = &[("quotes-replaced", quotes_replaced)];

fn quotes_replaced(octets: &[u8]) -> Variants {
    let plain = [(b'"', b'\''), (b'\'', b'"'), (b'"', b'`'), (b'`', b'"'), (b'\'', b'`'), (b'`', b'\'')];
    let plain = plain.into_iter().filter(|(from, to)| octets.contains(from) && !octets.contains(to));
    let plain = plain.map(|(from, to)| octets.iter().map(|octet| if *octet == from { to } else { *octet }).collect());
    let curly = [('"', ['\u{201c}', '\u{201d}']), ('\'', ['\u{2018}', '\u{2019}'])];
    let curly = curly.into_iter().filter(|(from, _)| octets.contains(&(*from as u8))).flat_map(|(from, to)| {
        let mut count = 0;
        let mut sent = Vec::with_capacity(octets.len());
        let Ok(text) = std::str::from_utf8(octets) else { return None };
        for character in text.chars() {
            push(if character == from { to[count % 2] } else { character }, &mut sent);
            count += usize::from(character == from);
        }
        Some(sent)
    });
    plain.chain(curly).collect()
}
