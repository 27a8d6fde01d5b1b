//! What is not to be shown: `redact`, regular expressions over octets. Pure.
//!
//! What they match is shown as so many `*`, one for each octet, so that offsets and lengths stay what they are. Nothing is judged by it.

mod expression;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Deserializer, de};
use sha2::{Digest, Sha256};

use expression::Expression;

use crate::hex;
#[cfg(feature = "cli")]
use crate::suite::Like;
#[cfg(feature = "cli")]
use crate::suite::expectation::Content;
#[cfg(feature = "cli")]
use crate::suite::messages::{Wanted, WantedText};
#[cfg(feature = "cli")]
use crate::suite::parts::{self, flat};
use crate::suite::parts::{Kind, Part};
use crate::suite::plan::{Field, Plan, encode};

/// What stands for an octet that is not shown.
pub(crate) const HIDDEN: u8 = b'*';

/// The most expressions.
const MOST: usize = 64;

/// What is not to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    expressions: Vec<Expression>,
}

impl Redaction {
    /// Compiles expressions. Unicode is off: `.` is one octet, and `\xff` that octet.
    ///
    /// # Errors
    /// One of them is none, is too large, or matches where there is nothing; or there are too many.
    pub fn new(sources: &[String]) -> Result<Self, String> {
        if sources.len() > MOST {
            return Err(format!("`redact` has {} expressions, but may have at most {MOST}: join some with `|`", sources.len()));
        }
        let expressions = sources.iter().map(|source| Expression::new(source)).collect::<Result<_, _>>()?;
        Ok(Self { expressions })
    }

    /// Whether all is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expressions.is_empty()
    }

    /// Hides too what the other does.
    pub fn add(&mut self, other: &Self) {
        let new = other.expressions.iter().filter(|expression| !self.expressions.contains(expression));
        let new: Vec<Expression> = new.cloned().collect();
        self.expressions.extend(new);
    }

    /// Where there is something that is not to be shown: in order, and apart from each other.
    #[must_use]
    pub fn hits(&self, octets: &[u8]) -> Vec<Range<usize>> {
        let mut hits: Vec<Range<usize>> = self.expressions.iter().flat_map(|expression| expression.hits(octets)).collect();
        hits.sort_by_key(|hit| hit.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for hit in hits {
            match apart.last_mut() {
                Some(last) if hit.start < last.end => last.end = last.end.max(hit.end),
                _ => apart.push(hit),
            }
        }
        apart
    }

    /// Octets as they are shown.
    #[must_use]
    pub fn octets<'a>(&self, octets: &'a [u8]) -> Cow<'a, [u8]> {
        let hits = self.hits(octets);
        if hits.is_empty() {
            return Cow::Borrowed(octets);
        }
        let mut shown = octets.to_vec();
        hits.into_iter().for_each(|hit| shown[hit].fill(HIDDEN));
        Cow::Owned(shown)
    }

    /// A text as it is shown. Of a character that is hidden in part, nothing is shown.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        for hit in self.hits(text.as_bytes()).iter().rev() {
            let (start, end) = (floor(text, hit.start), ceil(text, hit.end));
            shown.replace_range(start..end, &stars(end - start));
        }
        shown
    }

    /// Texts that are shown with a blank between them, as the arguments of a program are.
    #[must_use]
    pub fn texts(&self, texts: &[String]) -> Vec<String> {
        let joined = texts.join(" ");
        let shown = self.text(&joined);
        let mut at = 0;
        let piece = |text: &String| {
            let range = at..at + text.len();
            at = range.end + 1;
            shown.get(range.clone()).map_or_else(|| stars(range.len()), str::to_owned)
        };
        texts.iter().map(piece).collect()
    }

    /// The SHA-256 of what is shown of octets, in hex; nothing where all of them are shown. That of the octets themselves would let
    /// whoever reads it try secrets until one fits.
    #[must_use]
    pub fn sha256(&self, octets: &[u8]) -> Option<String> {
        match self.octets(octets) {
            Cow::Borrowed(_) => None,
            Cow::Owned(shown) => Some(hex::encode(&Sha256::digest(&shown))),
        }
    }

    /// A plan as it is shown: of a line that sends something which is not to be, its word alone.
    #[must_use]
    pub fn plan(&self, plan: &Plan) -> String {
        if self.is_empty() {
            return plan.text.clone();
        }
        let mut hidden = BTreeSet::new();
        for stream in encode(plan) {
            let hits = self.hits(&stream.octets);
            let is_hit = |field: &&Field| hits.iter().any(|hit| hit.start < field.start + field.length && field.start < hit.end);
            hidden.extend(stream.fields.iter().filter(is_hit).map(|field| field.line));
        }
        let shown = plan.text.split('\n').zip(1..).map(|(line, number)| match line.split_once(' ') {
            Some((word, rest)) if hidden.contains(&number) => format!("{word} {}", stars(rest.len())),
            _ => self.text(line),
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    /// Parts of an expectation, to be described and not to be compared.
    #[must_use]
    pub fn parts(&self, parts: &[Part]) -> Vec<Part> {
        parts.iter().map(|part| self.part(part)).collect()
    }

    fn part(&self, part: &Part) -> Part {
        let kind = match &part.kind {
            Kind::Fixed(octets) => Kind::Fixed(self.octets(octets).into_owned()),
            Kind::Until(octets) => Kind::Until(self.octets(octets).into_owned()),
            Kind::Length { number, plus, of } => Kind::Length { number: *number, plus: *plus, of: self.parts(of) },
            Kind::Optional(parts) => Kind::Optional(self.parts(parts)),
            Kind::AnyOrder(all) => Kind::AnyOrder(all.iter().map(|parts| self.parts(parts)).collect()),
            Kind::Any { .. } | Kind::Matches(_) | Kind::Same(_) => part.kind.clone(),
        };
        Part { kind, name: part.name.as_ref().map(|name| self.text(name)) }
    }

    /// What is expected, as it is written into a case: with parts that take whatever the expression matches, each named by so many `*`.
    /// Nothing where only a digest is known, in which nobody can see what it hides.
    #[cfg(feature = "cli")]
    #[must_use]
    pub(crate) fn content(&self, content: &Content) -> Option<Content> {
        let parts = match content {
            Content::Octets { octets, masks } if masks.is_empty() => match self.hits(octets).is_empty() {
                true => return Some(content.clone()),
                false => self.split(octets),
            },
            Content::Digest { .. } => return None,
            Content::Parts(parts) => parts
                .iter()
                .flat_map(|part| match &part.kind {
                    Kind::Fixed(octets) if !self.hits(octets).is_empty() => self.split(octets),
                    _ => vec![part.clone()],
                })
                .collect(),
            Content::Octets { .. } | Content::Anything => return Some(content.clone()),
        };
        Some(flat(parts))
    }

    /// Octets as parts, with one for each stretch that is not to be shown.
    #[cfg(feature = "cli")]
    fn split(&self, octets: &[u8]) -> Vec<Part> {
        let fixed = |octets: &[u8]| Part { kind: Kind::Fixed(octets.to_vec()), name: None };
        let (mut parts, mut at) = (Vec::new(), 0);
        for hit in self.hits(octets) {
            let of = self.matching(&octets[hit.clone()]).and_then(|source| parts::Expression::new(source).ok());
            let anything = Kind::Any { least: hit.len(), most: hit.len() };
            parts.push(fixed(&octets[at..hit.start]));
            parts.push(Part { kind: of.map_or(anything, Kind::Matches), name: Some(stars(hit.len())) });
            at = hit.end;
        }
        parts.push(fixed(&octets[at..]));
        parts.retain(|part| !matches!(&part.kind, Kind::Fixed(octets) if octets.is_empty()));
        parts
    }

    /// A message that is expected, as it is written into a case: fields in which something is hidden are left out, and a text has `*`, which
    /// stands for anything.
    #[cfg(feature = "cli")]
    #[must_use]
    pub(crate) fn message(&self, wanted: &Wanted) -> Wanted {
        let text = wanted.text.as_ref().map(|text| match text {
            WantedText::Exactly(text) if self.text(text) != *text => WantedText::Like(Like::of(&self.text(text))),
            WantedText::Like(like) => WantedText::Like(Like::of(&self.text(&like.text()))),
            WantedText::Exactly(_) => text.clone(),
        });
        let fields = wanted.fields.iter().filter(|field| self.text(&field.value) == field.value).cloned().collect();
        Wanted { text, fields }
    }

    /// The source of the first expression that matches these octets as a whole.
    #[cfg(feature = "cli")]
    fn matching(&self, octets: &[u8]) -> Option<&str> {
        let whole = |expression: &&Expression| expression.hits(octets).first() == Some(&(0..octets.len()));
        self.expressions.iter().find(whole).map(Expression::source)
    }
}

/// So many `*`.
#[must_use]
pub(crate) fn stars(count: usize) -> String {
    "*".repeat(count)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

impl<'de> Deserialize<'de> for Redaction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redaction(sources: &[&str]) -> Redaction {
        Redaction::new(&sources.iter().map(|source| (*source).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[track_caller]
    fn shown(source: &str, octets: &[u8]) -> String {
        String::from_utf8(redaction(&[source]).octets(octets).into_owned()).unwrap()
    }

    #[test]
    fn what_matches_is_hidden_octet_by_octet() {
        assert_eq!(shown("Bearer [A-Za-z0-9._~-]+", b"A: Bearer abc.d\r\nB: Bearer x"), "A: ************\r\nB: ********");
        assert_eq!(shown("b+", b"abbbabb"), "a***a**");
        assert_eq!(shown("b+?", b"abbba"), "a***a", "one after the other");
        assert_eq!(shown("^a", b"aa"), "*a");
        assert_eq!(shown("a$", b"aa"), "a*");
        assert_eq!(shown("(?-u:\\b)key", b"monkey key"), "monkey ***");
        assert_eq!(shown("sam|samwise", b"samwise"), "***wise", "the first that is written");
        assert_eq!(shown("[\\x80-\\xff]+", b"a\xe9\xffb"), "a**b");
        assert_eq!(shown("x", b"none"), "none");
    }

    #[test]
    fn expressions_hide_each_their_own_also_where_they_overlap() {
        let both = redaction(&["abc", "cde"]);
        assert_eq!(both.octets(b"xabcdex").as_ref(), b"x*****x");
        assert_eq!(both.hits(b"abccde"), [0..3, 3..6]);
    }

    #[test]
    fn texts_keep_their_length_and_never_a_part_of_a_character() {
        assert_eq!(redaction(&["\\xc3"]).text("né"), "n**");
        assert_eq!(redaction(&["\\xa9x?"]).text("néx"), "n***");
        let arguments = ["-H", "Bearer", "abc", "é"].map(str::to_owned);
        assert_eq!(redaction(&["Bearer [a-z]+"]).texts(&arguments), ["-H", "******", "***", "é"]);
    }

    #[test]
    fn what_hides_nothing_or_is_no_expression_is_refused() {
        let refused = |source: &str| Redaction::new(&[source.to_owned()]).unwrap_err();
        for source in ["", "a*", "^", "a?|b", "(?:)"] {
            assert!(refused(source).contains("matches where there is nothing"), "{source}");
        }
        assert!(refused("[").contains("not a regular expression"));
        assert!(refused("[a&&b]").contains("nothing at all"));
        assert!(refused("(?:a{1000}){1000}").contains("too large"), "{}", refused("(?:a{1000}){1000}"));
        assert!(Redaction::new(&vec!["a".to_owned(); MOST + 1]).unwrap_err().contains("may have at most 64"));
    }

    #[test]
    fn what_takes_too_long_is_hidden_and_takes_no_longer() {
        let octets = vec![b'a'; 200_000];
        // Each match looks to the very end for a `b` that never comes.
        let hits = redaction(&["a(?:.*b)?"]).hits(&octets);
        assert!(hits.iter().map(Range::len).sum::<usize>() == octets.len());
    }

    /// Every match of a small expression that anybody can see, against looking for it at each place.
    #[test]
    fn it_finds_what_a_naive_search_finds() {
        let octets = |mut number: u32| {
            std::iter::repeat_with(move || {
                number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"abk-"[(number >> 30) as usize]
            })
        };
        for seed in 0..200 {
            let octets: Vec<u8> = octets(seed).take(40).collect();
            let mut naive = Vec::new();
            let mut at = 0;
            while at < octets.len() {
                let run = octets[at..].iter().skip(1).take_while(|octet| **octet == b'a').count();
                match octets[at] == b'k' && run > 0 {
                    true => {
                        naive.push(at..at + 1 + run);
                        at += 1 + run;
                    }
                    false => at += 1,
                }
            }
            assert_eq!(redaction(&["ka+"]).expressions[0].hits(&octets), naive, "{octets:?}");
        }
    }
}
