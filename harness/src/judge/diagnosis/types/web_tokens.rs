//! JSON web tokens (RFC 7515), of which the parts came with padding, or without: the signature is over the others, and differs with them.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("base64-padding", padded)];

/// What it tells that all parts but the signature are the same octets, in bits.
const SURE: i32 = 8;

/// The most octets.
const MOST: usize = 8 << 10;

fn padded(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len().max(captured.len()) > MOST {
        return None;
    }
    let beside = token::around(expected, captured, |octet| octet.is_ascii_alphanumeric() || b"-_.=".contains(&octet));
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let (was, is) = (was.trim_start_matches(is_no_digit), is.trim_start_matches(is_no_digit));
    let (mut parts, mut came) = (was.split('.'), is.split('.'));
    let mut pairs = [(); 3].map(|()| parts.next().zip(came.next())).into_iter().flatten();
    let (header, payload, signature) = (pairs.next()?, pairs.next()?, pairs.next()?);
    let is_same = |(one, other): (&str, &str)| !one.is_empty() && bare(one) == bare(other);
    let size = |part: &str| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(bare(part).as_bytes()).ok().map(|octets| octets.len());
    let is_signed = size(signature.0).is_some_and(|octets| octets > 0 && size(signature.1) == Some(octets));
    let all = [header, payload, signature];
    let (plain, other) = (all.iter().any(|pair| pair.0.ends_with('=')), all.iter().any(|pair| pair.1.ends_with('=')));
    let holds =
        plain != other && is_same(header) && is_same(payload) && is_signed && parts.next().is_none() && came.next().is_none();
    let detail = if other { "kept in the parts of a token" } else { "missing in the parts of a token" };
    holds.then(|| Told {
        detail: Some(detail.into()),
        looks_like: Some("a JSON web token".into()),
        sure: SURE,
        beside,
        ..Told::default()
    })
}

fn is_no_digit(character: char) -> bool {
    matches!(character, '=' | '.')
}

fn bare(part: &str) -> &str {
    part.trim_end_matches('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_token_have_no_padding() {
        let (plain, kept) = (b"Bearer eyJh.eyJzdWI.c2lnbmF0dXJl", b"Bearer eyJh.eyJzdWI=.b3RoZXIuLi4u");
        assert!(padded(plain, kept).is_some() && padded(kept, plain).is_some());
        assert_eq!(padded(plain, b"Bearer eyJh.eyJzdWK=.b3RoZXIuLi4u"), None, "of something else");
        assert_eq!(padded(plain, b"Bearer eyJh.eyJzdWI.b3RoZXIuLi4u"), None);
        assert_eq!(padded(b"a=b", b"a==b"), None);
    }
}
