//! UUIDs in another octet order, or in another form.

use super::as_text;
use crate::hex;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("uuid-byte-order", other_order), ("uuid-form", other_form)];

/// Where each octet of a UUID goes to.
type Order = [usize; 16];

/// How libraries order the octets, other than RFC 9562 does.
const ORDERS: [(&str, Order); 3] = [
    ("the first three fields in the other byte order", [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]),
    ("each half in the other byte order", [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8]),
    ("all octets in the other order", [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
];

/// So many octets of text that are none.
const MOST_BINARY: usize = 3;

/// A UUID, and how it was written: `octets`, `text`.
fn read(octets: &[u8]) -> Option<([u8; 16], &'static str)> {
    // Text is no UUID, nor with a few octets beside it.
    match octets.try_into() {
        Ok(uuid) if octets.iter().filter(|octet| !(b' '..=b'~').contains(*octet)).count() > MOST_BINARY => Some((uuid, "octets")),
        _ => as_text(octets).and_then(written),
    }
}

fn written(text: &str) -> Option<([u8; 16], &'static str)> {
    let (text, form) = match (text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')), text.strip_prefix("urn:uuid:")) {
        (Some(text), _) => (text, "text in braces"),
        (_, Some(text)) => (text, "a URN"),
        _ => (text, "text"),
    };
    let is_grouped = text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    let form = if is_grouped { form } else { "text without hyphens" };
    let digits = if is_grouped { text.replace('-', "") } else { text.to_owned() };
    Some((hex::decode(&digits.to_ascii_lowercase())?.try_into().ok()?, form))
}

fn other_order(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let ((was, _), (is, _)) = (read(expected)?, read(captured)?);
    // Any number of as many octets may be turned round.
    let may_be = |order: &Order| order[0] != 15 || is_rfc_9562(&was);
    let held = ORDERS.iter().find(|(_, order)| was != is && may_be(order) && order.map(|from| was[from]) == is)?;
    Some(told(held.0))
}

/// Whether its version and its variant are those of RFC 9562.
fn is_rfc_9562(uuid: &[u8; 16]) -> bool {
    (1..=8).contains(&(uuid[6] >> 4)) && uuid[8] >> 6 == 2
}

/// The same one; of letters in another case other causes tell.
fn other_form(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let ((was, wanted), (is, form)) = (read(expected)?, read(captured)?);
    (was == is && wanted != form).then(|| told(&format!("{form} instead of {wanted}")))
}

fn told(detail: &str) -> Told {
    Told { detail: Some(detail.to_owned()), looks_like: Some("uuid".into()), sure: 4, ..Told::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_uuid_is_turned_round_as_one() {
        let reversed = |octets: [u8; 16]| other_order(&octets, &octets.iter().rev().copied().collect::<Vec<u8>>());
        let random = [0x9c, 0x11, 0x85, 0x4d, 0x17, 0xe0, 0x4f, 0x21, 0xa3, 0x5e, 0x90, 0x04, 0xc7, 0x7f, 0x13, 0x6b];
        assert!(reversed(random).is_some());
        assert_eq!(reversed([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x49, 0x96, 0x02, 0xd7]), None, "a number");
    }
}
