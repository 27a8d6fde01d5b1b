//! Targets and hosts of HTTP that mean the same: a port that is the usual one, slashes, an address with the host in it.

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("default-port", ports), ("path-slashes", slashes), ("target-form", targets)];

/// What it tells that all else of a word is the same, in bits.
const SURE: i32 = 8;

/// The most octets.
const MOST: usize = 4096;

/// Ports that need not be said.
const PORTS: [&str; 3] = [":80", ":443", ":5432"];

fn told(detail: String, beside: (usize, usize)) -> Told {
    Told { detail: Some(detail), sure: SURE, beside, ..Told::default() }
}

/// The word that differs: its texts, and what is beside it.
fn word<'a>(expected: &'a [u8], captured: &'a [u8]) -> Option<(&'a str, &'a str, (usize, usize))> {
    if expected.len() == captured.len() || expected.len().max(captured.len()) > MOST {
        return None;
    }
    let beside = token::around(expected, captured, |octet| octet.is_ascii_graphic() && !b"\"'<>,".contains(&octet));
    Some((as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?, beside))
}

/// A host with the usual port behind it, and without.
fn ports(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is, beside) = word(expected, captured)?;
    let (short, long) = if was.len() < is.len() { (was, is) } else { (is, was) };
    let port = PORTS.into_iter().find(|port| {
        let parts = long.match_indices(port).map(|(at, _)| (&long[..at], &long[at + port.len()..]));
        let is_host = |host: &str| host.contains('.') || host.ends_with("localhost");
        parts.into_iter().any(|(host, rest)| {
            short.strip_prefix(host) == Some(rest) && is_host(host) && !rest.starts_with(|next: char| next.is_ascii_digit())
        })
    })?;
    Some(told(format!("`{port}` {}", if is.len() > was.len() { "came" } else { "is missing" }), beside))
}

/// A path with a slash at its end or not, or with two for one.
fn slashes(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is, beside) = word(expected, captured)?;
    let (path, came) = (path(was), path(is));
    let single = |text: &str| text.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    let is_same = single(was) == single(is) && path.contains('/') && came.contains('/');
    let how = if came.contains("//") != path.contains("//") { "two slashes for one" } else { "a slash at its end" };
    let detail = if is.len() > was.len() { format!("{how}, which should not be there") } else { format!("{how} is missing") };
    is_same.then(|| told(detail, beside))
}

/// What is behind the scheme of an address, without its query.
fn path(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    rest.split('?').next().unwrap_or(rest)
}

/// A path alone, and an address with scheme and host.
fn targets(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let (was, is, beside) = word(expected, captured)?;
    let is_whole = |address: &str, path: &str| {
        let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
        let rest = rest.and_then(|rest| rest.find('/').map(|at| &rest[at..]));
        path.starts_with('/') && rest == Some(path)
    };
    if is_whole(is, was) {
        return Some(told("an address with its host instead of a path".to_owned(), beside));
    }
    is_whole(was, is).then(|| told("a path instead of an address with its host".to_owned(), beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_port_need_not_be_said() {
        assert!(ports(b"Host: api.example.org\r\n", b"Host: api.example.org:443\r\n").is_some());
        assert!(ports(b"Host: api.example.org:80\r\n", b"Host: api.example.org\r\n").is_some());
        assert_eq!(ports(b"Host: api.example.org\r\n", b"Host: api.example.org:4430\r\n"), None);
        assert_eq!(ports(b"time 12", b"time 12:80"), None);
    }

    #[test]
    fn slashes_and_hosts_of_a_target() {
        let detail = |was: &str, is: &str| slashes(was.as_bytes(), is.as_bytes()).and_then(|told| told.detail);
        assert_eq!(detail("GET /v1/a/ H", "GET /v1/a H").as_deref(), Some("a slash at its end is missing"));
        assert_eq!(detail("GET /v1/a H", "GET //v1/a H").as_deref(), Some("two slashes for one, which should not be there"));
        assert_eq!(detail("GET /v1/a H", "GET /v1/ab/ H"), None);
        assert_eq!(detail("GET /v1/a H", "GET /v1/a/b H"), None);
        assert!(targets(b"GET /v1/a H", b"GET http://h.org/v1/a H").is_some());
        assert_eq!(targets(b"GET /v1/a H", b"GET http://h.org/v1/b H"), None);
    }
}
