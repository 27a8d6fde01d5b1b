//! Items of a list that came once instead of twice, or twice instead of once; and fields without a value that came, or were left out.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("duplicate-dropped", |expected, captured| once(expected, captured)),
    ("duplicate-added", |expected, captured| once(captured, expected)),
    ("empty-field", |expected, captured| empty_fields(expected, captured).or_else(|| empty_fields(captured, expected))),
];

/// The fewest and the most octets of an item.
const ITEM: std::ops::RangeInclusive<usize> = 3..=512;

/// What each octet tells that is twice, and the most that tell something.
const PER_OCTET: i32 = 2;
const MOST_TELLING: usize = 8;

/// What it tells that what is there besides is a whole field, and has no value.
const SURE: i32 = 8;

/// The most octets in which fields are looked for.
const MOST: usize = 8192;

/// Octets that come twice in a row on one side, and once on the other.
fn once(twice: &[u8], single: &[u8]) -> Option<Told> {
    let size = twice.len().checked_sub(single.len()).filter(|size| ITEM.contains(size))?;
    let same = twice.iter().zip(single).take_while(|(one, other)| one == other).count();
    let (before, item) = (twice.get(same.checked_sub(size)?..same)?, twice.get(same..same + size)?);
    let is_repeated = item.windows(2).all(|pair| pair[0] == pair[1]);
    let holds = before == item && !is_repeated && twice[same + size..] == single[same..];
    let sure = PER_OCTET * size.min(MOST_TELLING) as i32;
    holds.then(|| Told { sure, beside: (same, single.len() - same), ..Told::default() })
}

/// Fields of a query, or headers, without a value, of which one side has more.
fn empty_fields(fewer: &[u8], more: &[u8]) -> Option<Told> {
    if more.len() <= fewer.len() || more.len() > MOST {
        return None;
    }
    of_query(fewer, more).or_else(|| of_headers(fewer, more))
}

fn of_query(fewer: &[u8], more: &[u8]) -> Option<Told> {
    let beside = token::around(fewer, more, |octet| octet.is_ascii_graphic() && !b"\"'<>#?".contains(&octet));
    let (few, many) = (as_text(token::within(fewer, beside))?, as_text(token::within(more, beside))?);
    without(few.split('&'), many.split('&'), '=').map(|name| told(name, beside))
}

fn of_headers(fewer: &[u8], more: &[u8]) -> Option<Told> {
    let (few, many) = (as_text(fewer)?, as_text(more)?);
    without(few.split("\r\n"), many.split("\r\n"), ':').map(|name| told(name, (0, 0)))
}

fn told(name: &str, beside: (usize, usize)) -> Told {
    Told { detail: Some(format!("`{name}`")), sure: SURE, beside, ..Told::default() }
}

/// The name of the first field that is nothing but a name, where those are all that there is more.
fn without<'a>(few: impl Iterator<Item = &'a str>, many: impl Iterator<Item = &'a str>, end: char) -> Option<&'a str> {
    let (few, mut first): (Vec<&str>, Option<&str>) = (few.collect(), None);
    let mut wanted = few.iter().peekable();
    for field in many {
        if wanted.next_if(|wanted| **wanted == field).is_some() {
            continue;
        }
        let name = field.trim_end().strip_suffix(end)?;
        let is_name = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"_-.[]".contains(&octet));
        first = first.or(is_name.then_some(name));
        first?;
    }
    if wanted.peek().is_none() { first } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_may_come_once_instead_of_twice() {
        assert!(once(b"tags: one,one,two", b"tags: one,two").is_some());
        assert!(once(b"\x03abc\x03abc\x02de", b"\x03abc\x02de").is_some());
        assert_eq!(once(b"tags: one,two,three", b"tags: one,three"), None);
        assert_eq!(once(b"aaaaaaaa", b"aaaa"), None, "any of them");
    }

    #[test]
    fn a_field_may_have_no_value() {
        let name = |few: &[u8], many: &[u8]| empty_fields(few, many).and_then(|told| told.detail);
        assert_eq!(name(b"GET /x?a=1&c=3 H", b"GET /x?a=1&b=&c=3 H"), Some("`b`".into()));
        assert_eq!(name(b"GET /x?a=1 H", b"GET /x?a=1&b= H"), Some("`b`".into()));
        assert_eq!(name(b"A: 1\r\nC: 2\r\n", b"A: 1\r\nB: \r\nC: 2\r\n"), Some("`B`".into()));
        assert_eq!(name(b"GET /x?a=1 H", b"GET /x?a=1&b=2 H"), None);
        assert_eq!(name(b"a=1", b"a=2&b="), None);
    }
}
