//! Words of mail headers that are encoded (RFC 2047), and came as they are, in another encoding, or the other way round.

use encoding_rs::Encoding;

use super::as_text;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("encoded-words", otherwise)];

/// What it tells that both are the same text.
const SURE: i32 = 6;

/// The most octets.
const MOST: usize = 1024;

fn otherwise(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is) = (as_text(expected)?, as_text(captured)?);
    if was == is || was.len().max(is.len()) > MOST || !was.contains("=?") && !is.contains("=?") {
        return None;
    }
    let (wanted, came) = (decoded(was)?, decoded(is)?);
    let detail = match (was.contains("=?"), is.contains("=?")) {
        (true, false) => "as it is",
        (false, true) => "encoded",
        _ => "encoded in another way",
    };
    (wanted == came).then(|| Told { detail: Some(detail.into()), sure: SURE, beside: beside(was, is), ..Told::default() })
}

/// How much there is, the same on both sides, before and behind the words that differ.
fn beside(was: &str, is: &str) -> (usize, usize) {
    let same = was.bytes().zip(is.bytes()).take_while(|(one, other)| one == other).count();
    let left = was.as_bytes()[..same].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    let rest = was.as_bytes()[left..].iter().rev().zip(is.as_bytes()[left..].iter().rev());
    let behind = rest.take_while(|(one, other)| one == other).count();
    let right = was.as_bytes()[was.len() - behind..].iter().position(u8::is_ascii_whitespace).map_or(0, |at| behind - at);
    (left, right)
}

/// The text that encoded words stand for, and what stands between them and others as it is; none where one cannot be read.
fn decoded(text: &str) -> Option<String> {
    let (mut read, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("=?") {
        // Between two encoded words blanks do not count.
        let is_between = before.trim().is_empty() && rest.len() < text.len();
        read.push_str(if is_between { "" } else { before });
        let mut parts = after.splitn(3, '?');
        let (charset, kind, behind) = (parts.next()?, parts.next()?, parts.next()?);
        let (word, after) = behind.split_once("?=")?;
        let octets = match kind {
            "B" | "b" => base64_simd::forgiving_decode_to_vec(word.as_bytes()).ok()?,
            "Q" | "q" => by_hex(word)?,
            _ => return None,
        };
        let encoding = Encoding::for_label(charset.as_bytes())?;
        read.push_str(&encoding.decode_without_bom_handling_and_without_replacement(&octets)?);
        rest = after;
    }
    Some(read + rest)
}

fn by_hex(word: &str) -> Option<Vec<u8>> {
    let (mut octets, mut rest) = (Vec::new(), word.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'_' => octets.push(b' '),
            b'=' => {
                let digits = as_text(after.get(..2)?)?;
                octets.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &after[2..];
            }
            other => octets.push(*other),
        }
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_word_stands_for_its_text() {
        let detail = |was: &str, is: &str| otherwise(was.as_bytes(), is.as_bytes()).and_then(|told| told.detail);
        assert_eq!(detail("=?utf-8?B?Q2Fmw6k=?=", "Café").as_deref(), Some("as it is"));
        assert_eq!(detail("Café", "=?UTF-8?Q?Caf=C3=A9?=").as_deref(), Some("encoded"));
        assert_eq!(detail("=?utf-8?B?Q2Fmw6k=?=", "=?iso-8859-1?Q?Caf=E9?=").as_deref(), Some("encoded in another way"));
        assert_eq!(detail("=?utf-8?B?Q2Fmw6k=?=", "Cafe"), None);
    }
}
