//! Parts as they stand in a suite file.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::program::refers;
use super::{Expression, Kind, Number, Part};
use crate::hex;
use crate::source::{FileError, Source};
use crate::suite::expectation::{Content, Mask};

/// The most octets that `any` covers in one expectation.
const MAX_MASKED: usize = 1 << 20;

/// The most alternatives of `any_order`.
const MAX_ALTERNATIVES: usize = 32;

/// The most parts that stand inside of each other.
const MAX_DEPTH: usize = 16;

/// What a part may be.
const KINDS: &str = "a part is one of { hex = \"..\" }, { text = \"..\" }, { any = COUNT }, { any = [LEAST, MOST] }, { until = \"HEX\" }, \
                     { matches = \"REGEX\" }, { same = \"NAME\" }, { length = \"u16be\", of = [PARTS] }, { optional = [PARTS] }, \
                     { any_order = [[PARTS], [PARTS], ..] }; `name` may stand beside";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::suite) struct PartTable {
    hex: Option<String>,
    text: Option<String>,
    any: Option<Count>,
    until: Option<String>,
    matches: Option<String>,
    same: Option<String>,
    length: Option<String>,
    of: Option<Vec<Spanned<PartTable>>>,
    plus: Option<i64>,
    optional: Option<Vec<Spanned<PartTable>>>,
    any_order: Option<Vec<Vec<Spanned<PartTable>>>>,
    name: Option<String>,
}

/// A count, or the least and the most.
struct Count {
    least: usize,
    most: usize,
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrTwo;
        impl<'de> Visitor<'de> for OneOrTwo {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("COUNT or [LEAST, MOST]")
            }

            fn visit_i64<E: de::Error>(self, count: i64) -> Result<Count, E> {
                let count = usize::try_from(count).map_err(|_| E::custom("a count of octets is not negative"))?;
                Ok(Count { least: count, most: count })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut counts: A) -> Result<Count, A::Error> {
                let wrong = || de::Error::custom("write [LEAST, MOST]");
                let (least, most) = (counts.next_element()?.ok_or_else(wrong)?, counts.next_element()?.ok_or_else(wrong)?);
                match counts.next_element::<usize>()? {
                    Some(_) => Err(wrong()),
                    None => Ok(Count { least, most }),
                }
            }
        }
        deserializer.deserialize_any(OneOrTwo)
    }
}

/// What parts may refer to: the names of the connections so far, in their order.
#[derive(Default)]
pub(in crate::suite) struct Scope {
    earlier: Vec<Vec<String>>,
    in_any_order: bool,
}

impl Scope {
    /// That of several connections, which may be opened in any order.
    pub(in crate::suite) fn of_connections(in_any_order: bool) -> Self {
        Self { earlier: Vec::new(), in_any_order }
    }
}

/// Reads the parts of one connection; `scope` has the names of those before, and then of this one too.
pub(in crate::suite) fn parts(
    source: Source<'_>,
    span: &Range<usize>,
    tables: &[Spanned<PartTable>],
    scope: &mut Scope,
) -> Result<Vec<Part>, FileError> {
    let mut all = Vec::new();
    names(tables, &mut all);
    let mut reader = Reader { source, scope, all: &all, masked: 0 };
    let mut visible = Vec::new();
    let parts = reader.parts(tables, &mut visible, 0)?;
    if parts.iter().all(is_any) {
        return Err(source.error_at(span, "any octets would fit, so this proves nothing; give some of the octets"));
    }
    scope.earlier.push(all);
    Ok(parts)
}

/// Parts that bend by masks alone are octets with masks, but where another connection refers to one.
pub(in crate::suite) fn content(parts: Vec<Part>, referred: &BTreeSet<String>) -> Content {
    let is_plain = |part: &Part| match &part.kind {
        Kind::Fixed(_) => true,
        Kind::Any { least, most } => least == most && part.name.as_ref().is_none_or(|name| !referred.contains(name)),
        _ => false,
    };
    if !parts.iter().all(is_plain) {
        return Content::Parts(parts);
    }
    let (mut octets, mut masks) = (Vec::new(), Vec::new());
    for part in parts {
        match part.kind {
            Kind::Fixed(fixed) => octets.extend(fixed),
            _ => {
                let length = part.least();
                masks.push(Mask { start: octets.len(), length, name: part.name.unwrap_or_else(|| "any".into()) });
                octets.resize(octets.len() + length, 0);
            }
        }
    }
    Content::Octets { octets, masks }
}

/// The names that parts refer to.
pub(in crate::suite) fn referred<'a>(parts: impl Iterator<Item = &'a Part>) -> BTreeSet<String> {
    let mut names = Vec::new();
    parts.for_each(|part| refers(part, &mut names));
    names.into_iter().map(str::to_owned).collect()
}

/// Whether nothing of it is given.
fn is_any(part: &Part) -> bool {
    match &part.kind {
        Kind::Any { .. } => true,
        Kind::Matches(expression) => expression.is_any(),
        Kind::Optional(parts) => parts.iter().all(is_any),
        Kind::AnyOrder(alternatives) => alternatives.iter().flatten().all(is_any),
        _ => false,
    }
}

fn names(tables: &[Spanned<PartTable>], found: &mut Vec<String>) {
    for table in tables {
        let table = table.get_ref();
        found.extend(table.name.clone());
        for inside in table.of.iter().chain(&table.optional).chain(table.any_order.iter().flatten()) {
            names(inside, found);
        }
    }
}

struct Reader<'a> {
    source: Source<'a>,
    scope: &'a Scope,
    /// Every name in this connection.
    all: &'a [String],
    masked: usize,
}

impl Reader<'_> {
    fn parts(&mut self, tables: &[Spanned<PartTable>], visible: &mut Vec<String>, depth: usize) -> Result<Vec<Part>, FileError> {
        tables.iter().map(|table| self.part(table, visible, depth)).collect()
    }

    fn part(&mut self, table: &Spanned<PartTable>, visible: &mut Vec<String>, depth: usize) -> Result<Part, FileError> {
        let source = self.source;
        let error = |problem: &str| source.error_at(&table.span(), problem);
        let PartTable { hex, text, any, until, matches, same, length, of, plus, optional, any_order, name } = table.get_ref();
        let kinds = [hex, text, until, matches, same, length].iter().filter(|kind| kind.is_some()).count()
            + usize::from(any.is_some())
            + usize::from(optional.is_some())
            + usize::from(any_order.is_some());
        if kinds != 1 {
            return Err(error(KINDS));
        }
        if depth > MAX_DEPTH {
            return Err(error("parts are nested more than 16 deep; make them flatter"));
        }
        if length.is_none() && (of.is_some() || plus.is_some()) {
            return Err(error("`of` and `plus` go with `length = \"u16be\"`, which counts the octets of the parts in `of`"));
        }
        let octets = |digits: &str| hex::decode(digits).ok_or_else(|| error("hex is pairs of lower-case hex digits"));
        let kind = if let Some(digits) = hex {
            Kind::Fixed(octets(digits)?)
        } else if let Some(text) = text {
            Kind::Fixed(text.clone().into_bytes())
        } else if let Some(count) = any {
            self.any(table, count)?
        } else if let Some(digits) = until {
            match octets(digits)? {
                empty if empty.is_empty() => return Err(error("`until` needs octets to look for, such as \"0d0a\"")),
                octets => Kind::Until(octets),
            }
        } else if let Some(expression) = matches {
            let refused = |why: String| error(&format!("`matches` is not a regular expression over octets, or too large: {why}"));
            Kind::Matches(Expression::new(expression).map_err(refused)?)
        } else if let Some(name) = same {
            self.refer(table, name, visible)?;
            Kind::Same(name.clone())
        } else if let Some(word) = length {
            let number = Number::of(word)
                .ok_or_else(|| error(&format!("there is no length {word:?}; one of: {}", Number::WORDS.join(", "))))?;
            let of = of.as_ref().ok_or_else(|| error("`length` counts the octets of parts: add `of = [PARTS]`"))?;
            Kind::Length { number, plus: plus.unwrap_or(0), of: self.parts(of, visible, depth + 1)? }
        } else if let Some(parts) = optional {
            if parts.is_empty() {
                return Err(error("`optional` needs parts that may be missing"));
            }
            Kind::Optional(self.parts(parts, visible, depth + 1)?)
        } else {
            self.any_order(table, any_order.as_deref().unwrap_or_default(), visible, depth)?
        };
        visible.extend(name.clone());
        Ok(Part { kind, name: name.clone() })
    }

    fn any(&mut self, table: &Spanned<PartTable>, count: &Count) -> Result<Kind, FileError> {
        let Count { least, most } = *count;
        let refused = |problem: &str| Err(self.source.error_at(&table.span(), problem));
        if least > most {
            return refused(&format!("`any = [{least}, {most}]` has the greater number first; write [LEAST, MOST]"));
        }
        if most == 0 || most > MAX_MASKED - self.masked {
            return refused("`any` has a COUNT from 1, and those of an expectation are together at most 1048576");
        }
        self.masked += most;
        Ok(Kind::Any { least, most })
    }

    fn any_order(
        &mut self,
        table: &Spanned<PartTable>,
        alternatives: &[Vec<Spanned<PartTable>>],
        visible: &mut Vec<String>,
        depth: usize,
    ) -> Result<Kind, FileError> {
        if !(2..=MAX_ALTERNATIVES).contains(&alternatives.len()) || alternatives.iter().any(Vec::is_empty) {
            let problem = "`any_order` is a list of 2 to 32 lists of parts, none of them empty: [[PARTS], [PARTS], ..]";
            return Err(self.source.error_at(&table.span(), problem));
        }
        let before = visible.clone();
        let mut read = Vec::new();
        for parts in alternatives {
            // Which of two comes first is not known, so none can refer to the other.
            let mut inside = before.clone();
            read.push(self.parts(parts, &mut inside, depth + 1)?);
            visible.extend(inside.drain(before.len()..));
        }
        Ok(Kind::AnyOrder(read))
    }

    /// Whether there is one part of that name, and it comes before.
    fn refer(&self, table: &Spanned<PartTable>, name: &String, visible: &[String]) -> Result<(), FileError> {
        let of = |names: &[String]| names.iter().filter(|other| *other == name).count();
        let (before, here) = (of(visible), of(self.all));
        let earlier = self.scope.earlier.iter().rev().map(|names| of(names)).find(|count| *count > 0).unwrap_or(0);
        let problem = match (before, here, earlier) {
            (0, 0, 1..) if self.scope.in_any_order => format!(
                "{name:?} is a part of another connection, and `connections_in = \"any\"` does not say which of them is earlier: \
                 remove `connections_in`, or name a part of this connection"
            ),
            (1, 1, _) | (0, 0, 1) => return Ok(()),
            (_, 2.., _) | (0, 0, 2..) => format!("several parts are named {name:?}: give them different names"),
            (_, 1.., _) => format!(
                "`same` refers to a part that has come before it, and {name:?} is this part itself, or comes later or in any order with it"
            ),
            _ => format!(
                "no part before this one has `name = {name:?}`, in this connection or an earlier one: correct the spelling"
            ),
        };
        Err(self.source.error_at(&table.span(), problem))
    }
}
