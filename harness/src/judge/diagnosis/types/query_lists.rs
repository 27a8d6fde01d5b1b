//! Lists among the parameters of a query: each value as a parameter of its own, joined, with brackets, or only one of them.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("query-lists", lists)];

/// What it tells that all values are the same in another form, in bits.
const SURE: i32 = 14;

/// The most octets of a query.
const MOST: usize = 4096;

/// How values are joined.
const BETWEEN: [&str; 4] = [",", "%2C", "%2c", "|"];

/// A parameter: its name without brackets, and its values.
type Parameter<'a> = (&'a str, Vec<&'a str>);

fn lists(expected: &[u8], captured: &[u8]) -> Option<Told> {
    if expected.len().max(captured.len()) > MOST || !expected.contains(&b'=') || !captured.contains(&b'=') {
        return None;
    }
    let beside = token::around(expected, captured, |octet| octet.is_ascii_graphic() && !b"\"'<>#?".contains(&octet));
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let detail = BETWEEN.iter().find_map(|between| otherwise(was, is, between))?;
    Some(Told { detail: Some(detail.to_owned()), sure: SURE, beside, ..Told::default() })
}

/// How the same lists came, where values may be joined so.
fn otherwise(was: &str, is: &str, between: &str) -> Option<&'static str> {
    let (wanted, came) = (read(was, between)?, read(is, between)?);
    if wanted.iter().chain(&came).all(|(_, values)| values.len() < 2) {
        return None;
    }
    let fields = |text: &str| text.split('&').count();
    if wanted == came {
        return match fields(is).cmp(&fields(was)) {
            std::cmp::Ordering::Less => Some("its values joined"),
            std::cmp::Ordering::Greater => Some("a parameter for each value"),
            std::cmp::Ordering::Equal if brackets(is) > brackets(was) => Some("with brackets behind its name"),
            std::cmp::Ordering::Equal if brackets(is) < brackets(was) => Some("without brackets behind its name"),
            std::cmp::Ordering::Equal => None,
        };
    }
    let is_cut = |((name, all), (other, one)): (&Parameter<'_>, &Parameter<'_>)| {
        name == other && (all == one || one.len() == 1 && (all.last() == one.first() || all.first() == one.first()))
    };
    (wanted.len() == came.len() && wanted.iter().zip(&came).all(is_cut)).then_some("only one of its values")
}

/// How many names have brackets.
fn brackets(text: &str) -> usize {
    text.split('&').filter(|field| field.split('=').next().is_some_and(|name| bare(name) != name)).count()
}

/// All parameters, those of one name behind each other as one.
fn read<'a>(text: &'a str, between: &str) -> Option<Vec<Parameter<'a>>> {
    let mut read: Vec<Parameter<'a>> = Vec::new();
    for field in text.split('&') {
        let (name, value) = field.split_once('=')?;
        let values = value.split(between);
        match read.last_mut().filter(|(last, _)| *last == bare(name)) {
            Some((_, all)) => all.extend(values),
            None => read.push((bare(name), values.collect())),
        }
    }
    Some(read)
}

/// A name without what stands for a list behind it: `[]`, `[0]`.
fn bare(name: &str) -> &str {
    let inner = |open: &str, close: &str| {
        let (bare, index) = name.strip_suffix(close)?.rsplit_once(open)?;
        index.bytes().all(|digit| digit.is_ascii_digit()).then_some(bare)
    };
    inner("[", "]").or_else(|| inner("%5B", "%5D")).or_else(|| inner("%5b", "%5d")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(was: &str, is: &str) -> Option<String> {
        lists(was.as_bytes(), is.as_bytes())?.detail
    }

    #[test]
    fn a_list_has_many_forms() {
        let repeated = "GET /x?id=1&id=2&id=3&a=b HTTP";
        assert_eq!(told(repeated, "GET /x?id=1,2,3&a=b HTTP").as_deref(), Some("its values joined"));
        assert_eq!(told(repeated, "GET /x?id=1%2C2%2C3&a=b HTTP").as_deref(), Some("its values joined"));
        assert_eq!(told("GET /x?id=1,2,3&a=b HTTP", repeated).as_deref(), Some("a parameter for each value"));
        assert_eq!(told(repeated, "GET /x?id[]=1&id[]=2&id[]=3&a=b HTTP").as_deref(), Some("with brackets behind its name"));
        assert_eq!(
            told(repeated, "GET /x?id%5B0%5D=1&id%5B1%5D=2&id%5B2%5D=3&a=b HTTP").as_deref(),
            Some("with brackets behind its name")
        );
        assert_eq!(told(repeated, "GET /x?id=3&a=b HTTP").as_deref(), Some("only one of its values"));
    }

    #[test]
    fn other_values_are_no_other_form() {
        let repeated = "GET /x?id=1&id=2&id=3&a=b HTTP";
        for other in ["GET /x?id=1,2,4&a=b HTTP", "GET /x?id=4&a=b HTTP", "GET /x?id=1&id=2&id=3&a=c HTTP", "GET /x?a=b HTTP"] {
            assert_eq!(told(repeated, other), None, "{other}");
        }
        assert_eq!(told("GET /x?a=1 HTTP", "GET /x?a=2 HTTP"), None);
    }
}
