//! What is not the same in the runs of one client: noise, and not a difference between clients. What all of its runs have in common is kept,
//! and the rest becomes parts that bend. Pure.

use std::ops::Range;

use crate::suite::expectation::Content;
use crate::suite::parts::{Expression, Kind, Part, flat};

/// The most octets that are looked through.
const MOST: usize = 4096;

/// What varies, until a person gives it a better name.
const VARIES: &str = "varies";

/// What all contents have in common, with parts that bend for what varies. Nothing where they are not known to the octet, have too little in
/// common, or no part could be found that takes all of them.
pub(crate) fn common(contents: &[&Content]) -> Option<Content> {
    let octets: Vec<&[u8]> = contents.iter().map(|content| known(content)).collect::<Option<_>>()?;
    let (first, others) = octets.split_first()?;
    if others.iter().all(|other| other == first) {
        return Some((*contents.first()?).clone());
    }
    let pieces: Vec<Vec<&[u8]>> = octets.iter().map(|octets| tokens(octets)).collect();
    let is_alike = pieces.iter().all(|other| other.len() == pieces[0].len());
    let parts = if is_alike { by_token(&pieces) } else { by_octet(&octets)? };
    let given: usize = parts.iter().map(|part| if let Kind::Fixed(octets) = &part.kind { octets.len() } else { 0 }).sum();
    let content = flat(parts);
    (given > 0 && octets.iter().all(|octets| content.matches(octets))).then_some(content)
}

fn known(content: &Content) -> Option<&[u8]> {
    match content {
        Content::Octets { octets, masks } if masks.is_empty() && octets.len() <= MOST => Some(octets),
        _ => None,
    }
}

/// Words and numbers, and each other octet alone.
fn tokens(octets: &[u8]) -> Vec<&[u8]> {
    octets.chunk_by(|one, next| one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric()).collect()
}

/// Tokens that are not the same in all become parts.
fn by_token(pieces: &[Vec<&[u8]>]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for index in 0..pieces[0].len() {
        let all: Vec<&[u8]> = pieces.iter().map(|pieces| pieces[index]).collect();
        match all.iter().all(|piece| piece == &all[0]) {
            true => fixed(all[0], &mut parts),
            false => varies(&all, &mut parts),
        }
    }
    parts
}

fn fixed(octets: &[u8], parts: &mut Vec<Part>) {
    match parts.last_mut().map(|part| &mut part.kind) {
        Some(Kind::Fixed(before)) => before.extend_from_slice(octets),
        _ => parts.push(Part { kind: Kind::Fixed(octets.to_vec()), name: None }),
    }
}

fn varies(all: &[&[u8]], parts: &mut Vec<Part>) {
    let (least, most) = (all.iter().map(|piece| piece.len()).min(), all.iter().map(|piece| piece.len()).max());
    let (least, most) = (least.unwrap_or_default(), most.unwrap_or_default());
    let is_of = |class: fn(&u8) -> bool| all.iter().all(|piece| piece.iter().all(class));
    let class = match () {
        () if is_of(u8::is_ascii_digit) => Some("[0-9]"),
        () if is_of(|octet| octet.is_ascii_digit() || (b'a'..=b'f').contains(octet)) => Some("[0-9a-f]"),
        () if is_of(|octet| octet.is_ascii_digit() || (b'A'..=b'F').contains(octet)) => Some("[0-9A-F]"),
        () if is_of(u8::is_ascii_alphanumeric) => Some("[0-9A-Za-z]"),
        () => None,
    };
    let how = class.map(|class| if least == most { format!("{class}{{{least}}}") } else { format!("{class}+") });
    let kind = how.and_then(|how| Expression::new(&how).ok()).map_or(Kind::Any { least, most }, Kind::Matches);
    if let (Some(Part { kind: Kind::Any { least: before, most: until }, .. }), Kind::Any { .. }) = (parts.last_mut(), &kind) {
        (*before, *until) = (*before + least, *until + most);
        return;
    }
    parts.push(Part { kind, name: Some(VARIES.into()) });
}

/// What is the same at the beginning and at the end of all, and anything between.
fn by_octet(all: &[&[u8]]) -> Option<Vec<Part>> {
    let shortest = all.iter().map(|octets| octets.len()).min()?;
    let head = (0..shortest).take_while(|at| all.iter().all(|octets| octets[*at] == all[0][*at])).count();
    let from_end = |back: &usize| all.iter().all(|octets| octets[octets.len() - 1 - back] == all[0][all[0].len() - 1 - back]);
    let tail = (0..shortest - head).take_while(from_end).count();
    let between = |octets: &&[u8]| -> Range<usize> { head..octets.len() - tail };
    let (least, most) =
        (all.iter().map(|octets| between(octets).len()).min()?, all.iter().map(|octets| between(octets).len()).max()?);
    let mut parts = Vec::new();
    fixed(&all[0][..head], &mut parts);
    parts.push(Part { kind: Kind::Any { least, most }, name: Some(VARIES.into()) });
    fixed(&all[0][all[0].len() - tail..], &mut parts);
    parts.retain(|part| !matches!(&part.kind, Kind::Fixed(octets) if octets.is_empty()));
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::parts::descriptions;

    fn common_of(all: &[&[u8]]) -> Option<Vec<String>> {
        let contents: Vec<Content> = all.iter().map(|octets| Content::exactly(octets.to_vec())).collect();
        let content = common(&contents.iter().collect::<Vec<_>>())?;
        Some(match &content {
            Content::Parts(parts) => descriptions(parts),
            Content::Octets { masks, .. } => masks.iter().map(|mask| format!("{}+{}", mask.start, mask.length)).collect(),
            other => vec![format!("{other:?}")],
        })
    }

    #[test]
    fn whole_words_vary_and_not_the_letters_that_happen_to_differ() {
        let said = common_of(&[b"id 1a2b, 5", b"id 1c3b, 5", b"id 9a2f, 5"]).unwrap();
        assert_eq!(said, ["part 1: text \"id \"", "part 2, \"varies\": matches \"[0-9a-f]{4}\"", "part 3: text \", 5\""]);
        assert!(common_of(&[b"n 9.", b"n 10."]).unwrap()[1].contains("[0-9]+"));
        assert_eq!(common_of(&[b"\x01\xff\xfe\x02", b"\x01\x80\x81\x02"]).unwrap(), ["1+2"]);
    }

    #[test]
    fn what_is_longer_or_shorter_varies_between_what_is_the_same() {
        assert!(common_of(&[b"a[x]z", b"a[x][y]z"]).unwrap().iter().any(|part| part.contains("any 0 to 3")));
        assert_eq!(common_of(&[b"abc", b"xyz"]), None, "nothing in common");
        assert_eq!(common_of(&[b"same", b"same"]), Some(Vec::new()));
    }
}
