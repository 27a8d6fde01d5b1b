//! What clients that do not send the same messages have in common, and where they part: in messages and fields. Pure.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::judge::agreement::listed;
use crate::printable::line;
use crate::suite::messages::{Wanted, WantedField, WantedText};

/// The most lines of differences, in all and between two of many, and characters of a value, that are said.
const MOST: usize = 60;
const MOST_OF_PAIR: usize = 12;
const SHOWN: usize = 120;

/// Clients that send the same, and what: the messages of each connection.
pub(crate) struct Side<'a> {
    pub clients: Vec<&'a str>,
    pub connections: Vec<&'a [Wanted]>,
}

/// Where sides part, in lines: field by field where all have as many messages, else message by message, each against the first.
pub(crate) fn partings(sides: &[Side<'_>]) -> Vec<String> {
    let mut lines: Vec<String> = match (is_of_one_shape(sides), sides) {
        (true, _) => places(sides).flat_map(|(connection, index)| of_message(sides, connection, index)).collect(),
        (false, [first, others @ ..]) => others.iter().flat_map(|other| of_pair(first, other)).collect(),
        (false, []) => Vec::new(),
    };
    let more = lines.len().saturating_sub(MOST);
    if more > 0 {
        lines.truncate(MOST);
        lines.push(format!("... and {more} more"));
    }
    lines
}

/// What is the same in all: the messages of the one connection; nothing where they have too little in common.
pub(crate) fn common(sides: &[Side<'_>]) -> Option<Vec<Wanted>> {
    let is_one = is_of_one_shape(sides) && sides.first().is_some_and(|side| side.connections.len() == 1);
    let first = is_one.then(|| sides[0].connections[0])?;
    let of = |(index, wanted): (usize, &Wanted)| {
        let all = || sides.iter().map(|side| &side.connections[0][index]);
        let text = wanted.text.clone().filter(|text| all().all(|other| other.text.as_ref() == Some(text)));
        let is_in_all = |field: &&WantedField| all().all(|other| value(other, &field.name) == Some(&field.value));
        let fields: Vec<WantedField> = wanted.fields.iter().filter(is_in_all).cloned().collect();
        (text.is_some() || !fields.is_empty()).then_some(Wanted { text, fields })
    };
    first.iter().enumerate().map(of).collect()
}

fn is_of_one_shape(sides: &[Side<'_>]) -> bool {
    let shape = |side: &Side<'_>| side.connections.iter().map(|messages| messages.len()).collect::<Vec<_>>();
    sides.iter().all(|side| shape(side) == shape(&sides[0]))
}

/// Each message of the first: its connection, and its index there.
fn places(sides: &[Side<'_>]) -> impl Iterator<Item = (usize, usize)> {
    let connections = sides.first().map(|side| side.connections.as_slice()).unwrap_or_default();
    connections.iter().enumerate().flat_map(|(connection, messages)| (0..messages.len()).map(move |index| (connection, index)))
}

/// A line for the text and each field that is not the same in all sides of a message.
fn of_message(sides: &[Side<'_>], connection: usize, index: usize) -> Vec<String> {
    let all: Vec<(&[&str], &Wanted)> =
        sides.iter().map(|side| (side.clients.as_slice(), &side.connections[connection][index])).collect();
    let place = match sides[0].connections.len() {
        1 => format!("message {}", index + 1),
        _ => format!("connection {}, message {}", connection + 1, index + 1),
    };
    in_fields(&all).into_iter().map(|said| format!("{place}: {said}")).collect()
}

/// Where messages part that are one and the same of several sides.
fn in_fields(all: &[(&[&str], &Wanted)]) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for field in all.iter().flat_map(|(_, wanted)| &wanted.fields) {
        if !names.contains(&field.name.as_str()) {
            names.push(&field.name);
        }
    }
    let clients: Vec<&[&str]> = all.iter().map(|(clients, _)| *clients).collect();
    let texts: Vec<Option<String>> = all.iter().map(|(_, wanted)| wanted.text.as_ref().map(text)).collect();
    let of_fields = names.into_iter().map(|name| (name, all.iter().map(|(_, wanted)| value(wanted, name).cloned()).collect()));
    let mut lines = Vec::new();
    let mut alone: Vec<Vec<String>> = vec![Vec::new(); all.len()];
    for (name, values) in std::iter::once(("its text", texts)).chain(of_fields) {
        match only(&values) {
            Some((index, value)) => alone[index].push(format!("{} {:?}", line(name), cut(value))),
            None => lines.extend(parted(&clients, &values).map(|said| format!("{}: {said}", line(name)))),
        }
    }
    let alone = clients.iter().zip(&alone).filter(|(_, fields)| !fields.is_empty());
    lines.extend(alone.map(|(clients, fields)| format!("only of {}: {}", line(&listed(clients)), fields.join(", "))));
    lines
}

/// The one side of several that has a value.
fn only(values: &[Option<String>]) -> Option<(usize, &String)> {
    let mut there = values.iter().enumerate().filter_map(|(index, value)| Some((index, value.as_ref()?)));
    let first = there.next()?;
    (values.len() > 1 && there.next().is_none()).then_some(first)
}

/// `"4" of a and b; "6" of c; not of d`, the value of most first; nothing where all have the same.
fn parted(clients: &[&[&str]], values: &[Option<String>]) -> Option<String> {
    let mut groups: Vec<(&Option<String>, Vec<&str>)> = Vec::new();
    for (clients, value) in clients.iter().zip(values) {
        match groups.iter_mut().find(|(other, _)| *other == value) {
            Some((_, all)) => all.extend(*clients),
            None => groups.push((value, clients.to_vec())),
        }
    }
    if groups.len() < 2 {
        return None;
    }
    groups.sort_by_key(|(value, clients)| (value.is_none(), std::cmp::Reverse(clients.len())));
    let said = groups.iter().map(|(value, clients)| match value {
        Some(value) => format!("{:?} of {}", cut(value), line(&listed(clients))),
        None => format!("not of {}", line(&listed(clients))),
    });
    Some(said.collect::<Vec<_>>().join("; "))
}

/// What each side has otherwise than the first, in the order of its messages.
fn of_pair(one: &Side<'_>, other: &Side<'_>) -> Vec<String> {
    let (ones, others) = (one.connections.len(), other.connections.len());
    let mut lines = Vec::new();
    if ones != others {
        lines.push(format!("{others} connections, not {ones}"));
    }
    for (index, (before, after)) in one.connections.iter().zip(&other.connections).enumerate() {
        let place = if ones.max(others) == 1 { String::new() } else { format!("connection {}, ", index + 1) };
        let differs = of_messages((&one.clients, before), (&other.clients, after));
        lines.extend(differs.into_iter().map(|said| format!("{place}{said}")));
    }
    let more = lines.len().saturating_sub(MOST_OF_PAIR);
    lines.truncate(MOST_OF_PAIR);
    lines.extend((more > 0).then(|| format!("... and {more} more")));
    let names = |side: &Side<'_>| line(&listed(&side.clients));
    let head = format!("{}, unlike {}:", names(other), names(one));
    std::iter::once(head).chain(lines.into_iter().map(|said| format!("  {said}"))).collect()
}

/// `- 1: EHLO a` of the one side, `+ 1: EHLO b` of the other, and where both have a message of one text, its fields.
fn of_messages((clients, one): (&[&str], &[Wanted]), (others, other): (&[&str], &[Wanted])) -> Vec<String> {
    let texts = |messages: &[Wanted]| messages.iter().map(|wanted| line(&titled(wanted)) + "\n").collect::<String>();
    let (before, after) = (texts(one), texts(other));
    let input = InternedInput::new(before.as_str(), after.as_str());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut gone = (0..one.len()).filter(|index| diff.is_removed(*index as u32)).peekable();
    let mut lines = Vec::new();
    let mut at = 0;
    for index in 0..=other.len() {
        let is_added = index < other.len() && diff.is_added(index as u32);
        while let Some(index) = gone.next_if_eq(&at) {
            lines.push(format!("- {}: {}", index + 1, cut(&said(&one[index]))));
            at += 1;
        }
        if is_added {
            lines.push(format!("+ {}: {}", index + 1, cut(&said(&other[index]))));
        } else if let (Some(one), Some(other)) = (one.get(at), other.get(index)) {
            let differs = in_fields(&[(clients, one), (others, other)]);
            lines.extend(differs.into_iter().map(|said| format!("message {}: {said}", index + 1)));
            at += 1;
        }
    }
    lines
}

/// The text of a message; empty of one that is known by its fields alone.
fn titled(wanted: &Wanted) -> String {
    wanted.text.as_ref().map(text).unwrap_or_default()
}

/// A message on one line.
fn said(wanted: &Wanted) -> String {
    let fields = wanted.fields.iter().map(|field| format!("{} {:?}", field.name, field.value));
    line(&wanted.text.as_ref().map(text).into_iter().chain(fields).collect::<Vec<_>>().join(", "))
}

fn text(wanted: &WantedText) -> String {
    match wanted {
        WantedText::Exactly(text) => text.clone(),
        WantedText::Like(like) => like.text(),
    }
}

fn value<'a>(wanted: &'a Wanted, name: &str) -> Option<&'a String> {
    wanted.fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str, fields: &[(&str, &str)]) -> Wanted {
        let field = |(name, value): &(&str, &str)| WantedField { name: (*name).into(), value: (*value).into() };
        let text = Some(text).filter(|text| !text.is_empty()).map(|text| WantedText::Exactly(text.into()));
        Wanted { text, fields: fields.iter().map(field).collect() }
    }

    fn side<'a>(client: &'a str, messages: &'a [Wanted]) -> Side<'a> {
        Side { clients: vec![client], connections: vec![messages] }
    }

    #[test]
    fn what_one_side_alone_has_is_told_in_one_line() {
        let a = [wanted("", &[("text", "full"), ("line", "7"), ("file", "a.py")])];
        let b = [wanted("", &[("text", "full")])];
        assert_eq!(partings(&[side("a", &a), side("b", &b)]), ["message 1: only of a: line \"7\", file \"a.py\""]);
    }

    #[test]
    fn fields_that_are_not_the_same_in_all_are_told_the_value_of_most_first() {
        let a = [wanted("", &[("level", "6"), ("text", "full")])];
        let b = [wanted("", &[("text", "full"), ("level", "4"), ("stack", "null")])];
        let sides = [side("a", &a), side("b", &b), side("c", &b)];
        let said = ["message 1: level: \"4\" of b and c; \"6\" of a", "message 1: stack: \"null\" of b and c; not of a"];
        assert_eq!(partings(&sides), said);
        assert_eq!(common(&sides), Some(vec![wanted("", &[("text", "full")])]));
    }

    #[test]
    fn where_one_has_more_messages_those_of_it_alone_are_told() {
        let a = ["EHLO a", "DATA", "QUIT"].map(|text| wanted(text, &[]));
        let b = ["EHLO b", "DATA", "more", "QUIT"].map(|text| wanted(text, &[]));
        let sides = [side("a", &a), side("b", &b)];
        assert_eq!(partings(&sides), ["b, unlike a:", "  - 1: EHLO a", "  + 1: EHLO b", "  + 3: more"]);
        assert_eq!(common(&sides), None);
        let [a, b] = ["1", "2"].map(|value| vec![wanted("CONNECT", &[("lang", value), ("echo", "true")]), wanted("PUB", &[])]);
        let said = ["b, unlike a:", "  message 1: lang: \"1\" of a; \"2\" of b", "  - 2: PUB"];
        assert_eq!(partings(&[side("a", &a), side("b", &b[..1])]), said);
    }

    #[test]
    fn what_has_nothing_in_common_is_no_proposal_and_long_lists_are_cut() {
        let [a, b] = ["a", "b"].map(|letter| vec![wanted(letter, &[]); MOST + 6]);
        let sides = [side("a", &a), side("b", &b)];
        assert_eq!((common(&sides), partings(&sides).len()), (None, MOST + 1));
        assert_eq!(partings(&sides)[MOST], "... and 6 more");
    }
}
