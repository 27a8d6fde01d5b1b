//! Rules on the arguments of a plan: what came in place of its numbers, and of the lengths before its text.

use super::rule::Variants;
use super::subject::{Piece, Subject, Value};
use super::walk::{Touched, touched_pieces};
use super::{Finding, lengths, numbers, structs, varints};
use crate::suite::plan::{Prefix, Varint};

/// Every cause that explains a connection by its numbers.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let simple = numbers::RULES.iter().chain(varints::RULES).chain(lengths::RULES);
    let mut found: Vec<Finding> =
        simple.filter_map(|(name, rule)| Some(finding(subject, name, held(subject, name, rule)?))).collect();
    subject.watch.tries("native-struct");
    found.extend(structs::find(subject));
    found
}

fn held(subject: &Subject<'_>, name: &'static str, rule: &fn(&Value<'_>) -> Variants) -> Option<Touched> {
    subject.watch.tries(name);
    touched_pieces(subject, |piece| if may_hold(subject, piece, rule) { tried(&piece.value, rule) } else { Vec::new() })
}

/// A length before text is a number too.
fn tried(value: &Value<'_>, rule: &fn(&Value<'_>) -> Variants) -> Variants {
    let number = match *value {
        Value::Length(Prefix::Fixed(fixed), text) => Value::Integer(fixed, text.len() as i128),
        Value::Length(Prefix::Uleb, text) => Value::Varint(Varint::Unsigned, text.len() as i128),
        _ => return rule(value),
    };
    [rule(value), rule(&number)].concat()
}

/// Whether working a rule out is worth it: for megabytes that a generator makes, only where it is right for the first octets.
fn may_hold(subject: &Subject<'_>, piece: &Piece<'_>, rule: &fn(&Value<'_>) -> Variants) -> bool {
    const FIRST: u64 = 4096;
    let first = match piece.value {
        Value::Repeat(count, octet) if count > FIRST => Value::Repeat(FIRST, octet),
        Value::Ramp(count) if count > FIRST => Value::Ramp(FIRST),
        Value::Noise(count, seed) if count > FIRST => Value::Noise(FIRST, seed),
        _ => return true,
    };
    let came = subject.captured.get(piece.range.start..).unwrap_or_default();
    rule(&first).iter().any(|octets| came.starts_with(octets))
}

fn finding(subject: &Subject<'_>, name: &'static str, touched: Touched) -> Finding {
    let line = touched.first.unwrap_or_default();
    let others = if touched.parts > 1 { format!(", and {} more", touched.parts - 1) } else { String::new() };
    // What is first touched may send what it should, and differ only with what follows: then its line alone can be told.
    let first = subject.piece_at(subject.common_start).filter(|(found, _)| found.number == line);
    let first = first.map(|(_, piece)| format!("`{}` in ", piece.what)).unwrap_or_default();
    Finding::new(name).line(touched.first).fit(touched.fit).detail(format!("{first}line {line} of the plan{others}"))
}
