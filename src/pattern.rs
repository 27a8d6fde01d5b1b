//! Finding what replies wait for in a stream, wherever its reads are cut. Pure.
//!
//! Of several patterns that are looked for at once, the one whose match ends first is found; of two that end together, the one that
//! stands first. Behind a match all of them are looked for anew, so that what is found does not depend on how the stream was cut.

use crate::expression::{Expression, Found, Search};

/// The most octets that are kept to say what a match held. One that is longer is none.
const WINDOW: usize = 64 << 10;

/// A pattern to look for.
#[derive(Clone, Copy)]
pub(crate) enum Pattern<'a> {
    Octets(&'a [u8]),
    Expression(&'a Expression),
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The number that the pattern was given.
    pub(crate) pattern: usize,
    /// What its groups held; empty where it has none.
    pub(crate) groups: Vec<Vec<u8>>,
    /// How many octets of the stream came before its end.
    pub(crate) end: u64,
}

/// Looks for patterns in a stream.
#[derive(Default)]
pub(crate) struct Seeker<'a> {
    wanted: Vec<Wanted<'a>>,
    /// What came behind the last match, as far as it is still needed.
    window: Vec<u8>,
    /// How much of the window the patterns have taken.
    taken: usize,
    /// Octets of the stream before the window.
    before: u64,
}

struct Wanted<'a> {
    number: usize,
    /// Octets of the window that came before it was wanted.
    from: usize,
    way: Way<'a>,
}

/// How a pattern is looked for.
enum Way<'a> {
    /// As Knuth, Morris and Pratt do: `borders[i]` is how much of the pattern its first `i` octets also end in.
    Octets {
        pattern: &'a [u8],
        borders: Vec<usize>,
        matched: usize,
    },
    Expression {
        expression: &'a Expression,
        search: Search<'a>,
    },
}

impl<'a> Seeker<'a> {
    /// Looks for this pattern too, from here on.
    pub(crate) fn want(&mut self, number: usize, pattern: Pattern<'a>) {
        let way = match pattern {
            Pattern::Octets(pattern) => Way::Octets { pattern, borders: borders(pattern), matched: 0 },
            Pattern::Expression(expression) => Way::Expression { expression, search: Search::new(expression) },
        };
        let place = self.wanted.partition_point(|wanted| wanted.number < number);
        self.wanted.insert(place, Wanted { number, from: self.taken, way });
    }

    /// Looks for this pattern no longer.
    pub(crate) fn drop(&mut self, number: usize) {
        self.wanted.retain(|wanted| wanted.number != number);
    }

    pub(crate) fn wants(&self, number: usize) -> bool {
        self.wanted.iter().any(|wanted| wanted.number == number)
    }

    /// The next octets of the stream; [`Seeker::next`] says what they hold.
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.window.extend_from_slice(octets);
    }

    /// The next match in what was pushed that no more octets can change.
    pub(crate) fn next(&mut self) -> Option<Hit> {
        if self.wanted.is_empty() {
            self.forget(self.window.len());
            return None;
        }
        while self.taken < self.window.len() {
            let octet = self.window[self.taken];
            self.taken += 1;
            if self.take(octet)
                && let Some((index, end)) = self.first()
            {
                return Some(self.hit(index, end));
            }
        }
        let ends = self.found().into_iter().filter_map(|(index, found, end)| Some((index, found, end?)));
        match ends.min_by_key(|(_, _, end)| *end) {
            // One that grows for ever is taken as long as it is by now.
            Some((index, found, end)) if matches!(found, Found::Whole(_)) || self.window.len() > WINDOW => {
                Some(self.hit(index, end))
            }
            Some(_) => None,
            None => {
                self.forget(self.window.len().saturating_sub(self.needed()));
                None
            }
        }
    }

    /// How much of the window may yet be asked for.
    fn needed(&self) -> usize {
        let has_groups = self.wanted.iter().any(|wanted| matches!(wanted.way, Way::Expression { .. }));
        if has_groups { WINDOW } else { 0 }
    }

    /// Whether there is a match that more octets could make longer.
    pub(crate) fn is_growing(&mut self) -> bool {
        self.found().iter().any(|(_, found, _)| matches!(found, Found::Growing(_)))
    }

    /// The next match in what was pushed, where nothing more comes for now.
    pub(crate) fn settle(&mut self) -> Option<Hit> {
        if let Some(hit) = self.next() {
            return Some(hit);
        }
        let (index, end) = self.first()?;
        Some(self.hit(index, end))
    }

    /// Gives an octet to each pattern, and says whether one of them knows all of its match.
    fn take(&mut self, octet: u8) -> bool {
        let taken = self.taken;
        let mut over = false;
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.from < taken) {
            match &mut wanted.way {
                Way::Octets { pattern, borders, matched } => {
                    *matched = longer(pattern, borders, *matched, octet);
                    over |= *matched == pattern.len();
                }
                Way::Expression { search, .. } => {
                    search.take(octet);
                    over |= search.knows();
                }
            }
        }
        over
    }

    /// What each pattern has found so far, with the place in the window where it ends.
    fn found(&mut self) -> Vec<(usize, Found, Option<usize>)> {
        let (window, taken) = (&self.window, self.taken);
        let of = |(index, wanted): (usize, &mut Wanted<'a>)| {
            let found = match &mut wanted.way {
                Way::Octets { pattern, matched, .. } if *matched == pattern.len() => Found::Whole(taken - wanted.from),
                Way::Octets { .. } => Found::Nothing,
                Way::Expression { search, .. } => search.found(&window[wanted.from.min(taken)..taken]),
            };
            let end = match found {
                Found::Nothing => None,
                Found::Growing(end) | Found::Whole(end) => Some(wanted.from + end),
            };
            (index, found, end)
        };
        self.wanted.iter_mut().enumerate().map(of).collect()
    }

    /// The match that ends first, and which it is.
    fn first(&mut self) -> Option<(usize, usize)> {
        let ends = self.found().into_iter().filter_map(|(index, _, end)| Some((index, end?)));
        ends.min_by_key(|(_, end)| *end)
    }

    /// Takes a match out of the window, and begins behind it.
    fn hit(&mut self, index: usize, end: usize) -> Hit {
        let Wanted { number, from, way } = &self.wanted[index];
        let groups = match way {
            Way::Octets { .. } => Vec::new(),
            Way::Expression { expression, .. } => expression.found_in(&self.window[*from..], end - from).unwrap_or_default(),
        };
        let hit = Hit { pattern: *number, groups, end: self.before + end as u64 };
        self.window.drain(..end);
        self.before += end as u64;
        self.taken = 0;
        for wanted in &mut self.wanted {
            wanted.from = wanted.from.saturating_sub(end);
            match &mut wanted.way {
                Way::Octets { matched, .. } => *matched = 0,
                Way::Expression { search, .. } => search.restart(),
            }
        }
        hit
    }

    /// Takes the first octets out of the window, since no match needs them.
    fn forget(&mut self, count: usize) {
        self.window.drain(..count);
        self.before += count as u64;
        self.taken = self.taken.saturating_sub(count);
        for wanted in &mut self.wanted {
            if let Way::Expression { search, .. } = &mut wanted.way {
                search.forget(count.saturating_sub(wanted.from));
            }
            wanted.from = wanted.from.saturating_sub(count);
        }
    }
}

/// For each length, how much of the pattern its first octets also end in.
fn borders(pattern: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; pattern.len() + 1];
    let mut matched = 0;
    for (index, octet) in pattern.iter().enumerate().skip(1) {
        matched = longer(pattern, &borders, matched, *octet);
        borders[index + 1] = matched;
    }
    borders
}

/// How much of the pattern is matched once this octet has come too.
fn longer(pattern: &[u8], borders: &[usize], mut matched: usize, octet: u8) -> usize {
    while matched > 0 && pattern.get(matched) != Some(&octet) {
        matched = borders[matched];
    }
    matched + usize::from(pattern.get(matched) == Some(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in reads, as `number@end(groups)`; patterns that begin and end in `/` are expressions.
    fn found(patterns: &[&str], reads: &[&[u8]]) -> Vec<String> {
        let expressions: Vec<Option<Expression>> = patterns
            .iter()
            .map(|text| text.strip_prefix('/')?.strip_suffix('/').map(|source| Expression::new(source).unwrap()))
            .collect();
        let mut seeker = Seeker::default();
        for (number, (text, expression)) in patterns.iter().zip(&expressions).enumerate() {
            seeker.want(number, expression.as_ref().map_or(Pattern::Octets(text.as_bytes()), Pattern::Expression));
        }
        let mut hits = Vec::new();
        for octets in reads {
            seeker.push(octets);
            hits.extend(std::iter::from_fn(|| seeker.next()));
        }
        hits.extend(std::iter::from_fn(|| seeker.settle()));
        let said = hits.into_iter().map(|hit| {
            let groups: Vec<String> = hit.groups.iter().skip(1).map(|group| String::from_utf8_lossy(group).into()).collect();
            format!("{}@{}({})", hit.pattern, hit.end, groups.join(","))
        });
        said.collect()
    }

    /// The same wherever the stream is cut in two, and octet by octet.
    #[track_caller]
    fn always(patterns: &[&str], stream: &[u8], expected: &[&str]) {
        for cut in 0..=stream.len() {
            let (one, other) = stream.split_at(cut);
            assert_eq!(found(patterns, &[one, other]), expected, "cut at {cut}");
        }
        let octets: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(found(patterns, &octets), expected, "octet by octet");
    }

    #[test]
    fn a_pattern_is_found_wherever_its_reads_are_cut() {
        always(&["abac"], b"xababac", &["0@7()"]);
        always(&["aa"], b"aaaaa", &["0@2()", "0@4()"]);
        always(&["PING\r\n"], b"PING\r\nPIPING\r\n", &["0@6()", "0@14()"]);
    }

    #[test]
    fn what_ends_first_is_found_first_and_then_what_stands_first() {
        always(&["abcdef", "cd"], b"abcdef", &["1@4()"]);
        always(&["\r\n", "QUIT\r\n"], b"QUIT\r\n", &["0@6()"]);
        always(&["QUIT\r\n", "\r\n"], b"a\r\nQUIT\r\n", &["1@3()", "0@9()"]);
        always(&["/id=([0-9]+)\r\n/", "\r\n"], b"id=7\r\n\r\n", &["0@6(7)", "1@8()"]);
    }

    #[test]
    fn an_expression_takes_what_it_can_and_says_what_its_groups_held() {
        always(&["/id=([0-9]+)/"], b"id=12;id=3", &["0@5(12)", "0@10(3)"]);
        always(&["/([a-z]+)=([0-9]+)\r\n/"], b"?a=1\r\nbc=23\r\n", &["0@6(a,1)", "0@13(bc,23)"]);
        always(&["/^HELO (.*)\r\n/"], b"HELO a\r\nHELO b\r\n", &["0@8(a)", "0@16(b)"]);
        // It has a shorter match while it hopes for a longer one; what it took in vain is looked at again.
        always(&["/a(b*c)?/", "b"], b"abbb", &["0@1()", "1@2()", "1@3()", "1@4()"]);
    }

    #[test]
    fn a_match_that_can_grow_waits_for_the_stream_to_settle() {
        let expression = Expression::new("id=([0-9]+)").unwrap();
        let mut seeker = Seeker::default();
        seeker.want(0, Pattern::Expression(&expression));
        seeker.push(b"id=1");
        assert_eq!((seeker.next(), seeker.is_growing()), (None, true));
        seeker.push(b"2");
        assert_eq!((seeker.next(), seeker.is_growing()), (None, true));
        assert_eq!(seeker.settle().map(|hit| hit.groups), Some(vec![b"id=12".to_vec(), b"12".to_vec()]));
        assert_eq!((seeker.settle(), seeker.is_growing()), (None, false));
    }

    #[test]
    fn what_is_kept_does_not_grow_with_the_stream() {
        let expression = Expression::new("<([a-z]+)>").unwrap();
        let mut seeker = Seeker::default();
        seeker.want(0, Pattern::Expression(&expression));
        seeker.want(1, Pattern::Octets(b"end"));
        for _ in 0..40 {
            seeker.push(&[b'.'; 10_000]);
            assert_eq!(seeker.next(), None);
            assert!(seeker.window.len() <= WINDOW);
        }
        seeker.push(b"<ab>end");
        let hits: Vec<Hit> = std::iter::from_fn(|| seeker.next()).collect();
        let groups = vec![b"<ab>".to_vec(), b"ab".to_vec()];
        let expected = [Hit { pattern: 0, groups, end: 400_004 }, Hit { pattern: 1, groups: Vec::new(), end: 400_007 }];
        assert_eq!(hits, expected);
    }

    #[test]
    fn what_is_wanted_later_is_found_from_then_on() {
        let mut seeker = Seeker::default();
        seeker.want(1, Pattern::Octets(b"ab"));
        seeker.push(b"a");
        assert_eq!(seeker.next(), None);
        seeker.want(0, Pattern::Octets(b"b"));
        seeker.push(b"b");
        assert_eq!(seeker.next().map(|hit| (hit.pattern, hit.end)), Some((0, 2)));
    }
}
