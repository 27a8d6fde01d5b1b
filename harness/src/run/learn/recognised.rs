//! What is of the run and not of the client: its time, the machine's name, the sender's process id, the recorder's port. Found in octets
//! that came, each becomes a part that bends. Pure.

use std::ops::Range;

use super::clock::{self, Span};
use super::known::{Known, What};
use crate::suite::expectation::Content;
use crate::suite::parts::{Expression, Kind, Part, flat};

/// The fewest characters of a machine's name, and digits of a process id, that are taken for one.
const SHORTEST_NAME: usize = 2;
const SHORTEST_ID: usize = 3;

/// How far the ids of a process and of one that it started may be apart.
const RELATIVES: u32 = 100;

/// What is known of one run of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// When it was.
    pub ran: Span,
    /// The names of the machine, the longest first.
    pub names: Vec<String>,
    /// The ids of its processes.
    pub ids: Vec<u32>,
    /// The recorder's port.
    pub port: Option<u16>,
}

impl Facts {
    /// All of it in octets, in order, and apart. `but` is left out.
    pub(crate) fn known(&self, octets: &[u8], but: &[What]) -> Vec<Known> {
        let mut found = clock::clocks(octets, self.ran);
        found.extend(self.names.iter().flat_map(|name| named(octets, name)));
        found.extend(self.ids.iter().flat_map(|id| numbered(octets, &id.to_string(), SHORTEST_ID, What::ProcessId)));
        found.extend(self.ids.iter().flat_map(|id| relatives(octets, *id)));
        let ports = self.port.iter().flat_map(|port| numbered(octets, &port.to_string(), 1, What::Port));
        found.extend(ports.filter(|known| known.place.start > 0 && octets[known.place.start - 1] == b':'));
        found.retain(|known| !but.contains(&known.what));
        // What is written in characters says more than what could be a number in octets.
        found.sort_by_key(|known| (known.how.is_none(), std::cmp::Reverse(known.place.len()), known.place.start));
        let mut apart: Vec<Known> = Vec::new();
        for known in found {
            let overlaps = |other: &Known| other.place.start < known.place.end && known.place.start < other.place.end;
            if !apart.iter().any(overlaps) {
                apart.push(known);
            }
        }
        apart.sort_by_key(|known| known.place.start);
        apart
    }

    /// Octets with a part that bends for each of it, and what there is.
    pub(crate) fn content(&self, octets: &[u8], but: &[What]) -> (Content, Vec<What>) {
        let known = self.known(octets, but);
        let whats = known.iter().map(|known| known.what).collect();
        if known.is_empty() {
            return (Content::exactly(octets.to_vec()), whats);
        }
        let (mut parts, mut at) = (Vec::new(), 0);
        for known in known {
            fixed(&octets[at..known.place.start], &mut parts);
            at = known.place.end;
            parts.extend(known.part());
        }
        fixed(&octets[at..], &mut parts);
        // What is nothing but a clock proves nothing of a client.
        let content = match parts.iter().all(|part| matches!(part.kind, Kind::Any { .. })) {
            true => Content::exactly(octets.to_vec()),
            false => flat(parts),
        };
        (content, whats)
    }

    /// A text with `*` for each of it; nothing where there is none.
    pub(crate) fn like(&self, text: &str, but: &[What]) -> Option<(String, Vec<What>)> {
        let known: Vec<Known> = self.known(text.as_bytes(), but).into_iter().filter(|known| known.how.is_some()).collect();
        let mut like = text.to_owned();
        for known in known.iter().rev() {
            like.replace_range(known.place.clone(), "*");
        }
        (!known.is_empty()).then(|| (like, known.iter().map(|known| known.what).collect()))
    }
}

impl Known {
    fn part(&self) -> Option<Part> {
        let kind = match &self.how {
            Some(how) => Kind::Matches(Expression::new(how).ok()?),
            None => Kind::Any { least: self.place.len(), most: self.place.len() },
        };
        Some(Part { kind, name: Some(self.what.name().into()) })
    }
}

fn fixed(octets: &[u8], parts: &mut Vec<Part>) {
    if !octets.is_empty() {
        parts.push(Part { kind: Kind::Fixed(octets.to_vec()), name: None });
    }
}

/// Where a name stands by itself, in capitals or not.
fn named<'a>(octets: &'a [u8], name: &'a str) -> impl Iterator<Item = Known> + 'a {
    let is_long = name.len() >= SHORTEST_NAME && !name.eq_ignore_ascii_case("localhost");
    let places = 0..(octets.len() + 1).saturating_sub(name.len());
    places.filter(move |_| is_long).map(|at| at..at + name.len()).filter_map(move |place| {
        let is_it = octets[place.clone()].eq_ignore_ascii_case(name.as_bytes());
        let is_more = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        let stands_alone = !octets[..place.start].last().is_some_and(is_more) && !octets.get(place.end).is_some_and(is_more);
        let how = || Some("[A-Za-z0-9._-]+".to_owned());
        (is_it && stands_alone).then(|| Known { place, what: What::Host, how: how() })
    })
}

/// Where a number stands by itself, in digits.
fn numbered(octets: &[u8], digits: &str, shortest: usize, what: What) -> Vec<Known> {
    if digits.len() < shortest {
        return Vec::new();
    }
    let found = memchr::memmem::find_iter(octets, digits.as_bytes()).map(|at| at..at + digits.len());
    found.filter(|place| stands_alone(octets, place)).map(|place| number(place, what)).collect()
}

/// Where a number stands by itself that may be the id of a process that this one started, or that started it.
fn relatives(octets: &[u8], id: u32) -> Vec<Known> {
    let is_near = |digits: &[u8]| {
        let other = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u32>().ok());
        digits.len() >= SHORTEST_ID
            && digits[0] != b'0'
            && other.is_some_and(|other| (1..=RELATIVES).contains(&other.abs_diff(id)))
    };
    let mut found = Vec::new();
    let mut at = 0;
    for run in octets.chunk_by(|one, next| one.is_ascii_digit() && next.is_ascii_digit()) {
        let place = at..at + run.len();
        at = place.end;
        if run[0].is_ascii_digit() && is_near(run) && stands_alone(octets, &place) {
            found.push(number(place, What::RelativeId));
        }
    }
    found
}

fn number(place: Range<usize>, what: What) -> Known {
    Known { place, what, how: Some("[0-9]+".into()) }
}

/// Whether digits are no piece of a longer word or number.
fn stands_alone(octets: &[u8], place: &Range<usize>) -> bool {
    let is_more = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'.';
    !octets[..place.start].last().is_some_and(is_more) && !octets.get(place.end).is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::parts::descriptions;

    /// 2026-11-27 12:23:36.5 UTC.
    const NOW: i128 = 1_795_782_216_500_000;

    fn facts() -> Facts {
        let names = vec!["web-7.example.com".into(), "web-7".into()];
        Facts { ran: Span { from: NOW, to: NOW + 200_000 }, names, ids: vec![4242, 12], port: Some(45623) }
    }

    /// What is known of octets, as `what octets`.
    fn known(octets: &[u8]) -> Vec<String> {
        let known = facts().known(octets, &[]);
        known.iter().map(|known| format!("{} {}", known.what.name(), octets[known.place.clone()].escape_ascii())).collect()
    }

    #[test]
    fn a_clock_is_known_in_every_form() {
        for form in [
            "1795782216",
            "1795782217",
            "1795782216.5",
            "1795782216.500123",
            "1795782216512",
            "1795782216512.25",
            "1795782216512345",
            "1795782216512345678",
            "2026-11-27T12:23:36Z",
            "2026-11-27 12:23:36.5Z",
            "2026-11-27T12:23:36.500123Z",
            "2026-11-27T13:23:36+01:00",
            "2026-11-27T07:53:36-0430",
            "2026-11-27T12:23:36",
            "2026-11-27 13:23:36,5",
            "Nov 27 12:23:36",
            "Nov 27 07:23:36",
            "Fri, 27 Nov 2026 12:23:36 GMT",
            "Fri, 27 Nov 2026 13:23:36 +0100",
            "Fri Nov 27 12:23:36 2026",
            "Nov 27, 2026 12:23:36.500123000 UTC",
            "Nov 27, 2026 13:23:36.500123000",
        ] {
            assert_eq!(known(format!("at [{form}]").as_bytes()), [format!("clock {form}")], "{form}");
            let (content, _) = facts().content(format!("at [{form}]").as_bytes(), &[]);
            assert!(content.matches(format!("at [{form}]").as_bytes()), "{content:?}");
        }
    }

    #[test]
    fn a_clock_is_known_in_octets() {
        let seconds = 1_795_782_216_u32;
        let millis = u64::from(seconds) * 1000 + 512;
        let octets = [
            seconds.to_be_bytes().to_vec(),
            seconds.to_le_bytes().to_vec(),
            millis.to_be_bytes().to_vec(),
            (millis * 1000).to_le_bytes().to_vec(),
            (millis * 1_000_000).to_be_bytes().to_vec(),
            (f64::from(seconds) + 0.5).to_be_bytes().to_vec(),
            (millis as f64).to_le_bytes().to_vec(),
        ];
        for octets in octets {
            let whole = [b"\x01t", octets.as_slice(), b"\xff"].concat();
            let (content, whats) = facts().content(&whole, &[]);
            let Content::Octets { masks, .. } = &content else { panic!("{content:?}") };
            assert_eq!((masks[0].start, masks[0].length, whats), (2, octets.len(), vec![What::Clock]), "{octets:x?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_clock_is_none() {
        for other in [
            "1795782116",
            "21795782216",
            "x1795782216",
            "1795782216x",
            "2025-11-27T12:23:36Z",
            "2026-11-27T12:43:36Z",
            "2026-11-27T12:30:36",
            "Nov 26 12:23:36",
            "Nov 27 12:29:36",
            "Foo 27 12:23:36",
            "17957822161",
        ] {
            assert_eq!(known(format!("at [{other}]").as_bytes()), [""; 0], "{other}");
        }
    }

    #[test]
    fn names_ids_and_ports_are_known_where_they_stand_alone() {
        let octets = b"<13>Nov 27 12:23:36 web-7 app[4242]: to 127.0.0.1:45623 from WEB-7.example.com";
        let found = [
            "clock Nov 27 12:23:36",
            "host name web-7",
            "process id 4242",
            "recorder's port 45623",
            "host name WEB-7.example.com",
        ];
        assert_eq!(known(octets), found);
        assert_eq!(known(b"web-77 aweb-7 14242 4242.5x 4242a 12 45623"), ["process id 4242"]);
    }

    #[test]
    fn parts_are_called_what_they_are() {
        let (content, _) = facts().content(b"app[4242]: 1795782216 up", &[]);
        let said = [
            "part 1: text \"app[\"",
            "part 2, \"process id\": matches \"[0-9]+\"",
            "part 3: text \"]: \"",
            "part 4, \"clock\": matches \"[0-9]{10}\"",
            "part 5: text \" up\"",
        ];
        assert_eq!(descriptions(content.parts().unwrap()), said);
        assert_eq!(facts().content(b"app[4242]", &[What::ProcessId]).0, Content::exactly(b"app[4242]".to_vec()));
        assert_eq!(facts().like("run 4242 at 1795782216", &[]).unwrap().0, "run * at *");
    }
}
