//! Inputs that are shorter or plainer than one, the shortest first. Pure.

use crate::run::fuzz::shrink::without_runs;
use crate::suite::InputKind;
use crate::suite::plan::generate::is_valid;

/// The longest values that are looked for inside of another, in characters, and how many are tried.
const WITHIN: usize = 128;
const TRIED_WITHIN: usize = 32;

/// Inputs of the same kind to try instead.
#[must_use]
pub(crate) fn smaller(kind: InputKind, input: &[u8]) -> Vec<Vec<u8>> {
    let pieces: Vec<Vec<u8>> = match std::str::from_utf8(input) {
        Ok(text) => text.chars().map(|character| character.to_string().into_bytes()).collect(),
        Err(_) => input.iter().map(|octet| vec![*octet]).collect(),
    };
    let plain = |piece: &Vec<u8>| match piece.as_slice() {
        [b'1'..=b'9'] => b"0".to_vec(),
        _ => b"a".to_vec(),
    };
    let mut candidates = if kind == InputKind::Json { within(&pieces) } else { Vec::new() };
    candidates.extend(without_runs(&pieces));
    candidates.extend(pieces.iter().map(|piece| vec![piece.clone()]));
    candidates.extend((0..pieces.len()).map(|place| {
        let mut plainer = pieces.clone();
        plainer[place] = plain(&pieces[place]);
        plainer
    }));
    let all = candidates.into_iter().map(|pieces| pieces.concat());
    all.filter(|candidate| weight(candidate) < weight(input) && is_valid(kind, candidate)).collect()
}

/// The values inside of a value, the shortest first: taking away what is around them takes away two runs at once.
fn within(pieces: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let runs = (1..pieces.len().min(WITHIN)).flat_map(|length| pieces.windows(length));
    runs.filter(|run| is_valid(InputKind::Json, &run.concat())).take(TRIED_WITHIN).map(<[_]>::to_vec).collect()
}

/// What gets less: the length, then how many octets are neither `a` nor 0.
fn weight(input: &[u8]) -> (usize, usize) {
    (input.len(), input.iter().filter(|octet| !matches!(octet, b'a' | b'0')).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shrunk(kind: InputKind, input: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut input = input.to_vec();
        while let Some(found) = smaller(kind, &input).into_iter().find(|candidate| fails(candidate)) {
            assert!(weight(&found) < weight(&input));
            input = found;
        }
        input
    }

    #[test]
    fn an_input_is_shrunk_to_what_fails_and_stays_of_its_kind() {
        let has = |octet: u8| move |input: &[u8]| input.contains(&octet);
        assert_eq!(shrunk(InputKind::Text, "hello, wörld\r\n".as_bytes(), has(b'\r')), b"\r");
        assert_eq!(shrunk(InputKind::Text, "hello, wörld\r\n".as_bytes(), has(0xc3)), "ö".as_bytes());
        assert_eq!(shrunk(InputKind::Octets, b"a\xff\0b", has(0xff)), b"\xff");
        assert_eq!(shrunk(InputKind::Text, b"hello", |input| input.len() > 2), b"aaa");
        assert_eq!(
            shrunk(InputKind::Number, b"-12345.5e7", |input| input.len() > 4 && is_valid(InputKind::Number, input)).len(),
            5
        );
        let nested =
            shrunk(InputKind::Json, br#"{"a": [1, "\u0000x", null]}"#, |input| input.windows(2).any(|pair| pair == b"\\u"));
        assert!(is_valid(InputKind::Json, &nested) && nested.len() <= 12, "{}", String::from_utf8_lossy(&nested));
        assert_eq!(shrunk(InputKind::Json, b"[[[]]]", |_| true), b"[]");
    }
}
