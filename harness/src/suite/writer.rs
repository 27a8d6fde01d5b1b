//! Expectations as TOML, and a file of cases into which one is written. The rest of the file stays as a person wrote it. Pure.

use samewire_recorder::PeerEnd;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::hex;
use crate::suite::expectation::{Content, Expectation, Mask};
use crate::suite::messages::{Wanted, WantedText};
use crate::suite::parts::{Kind, Part};

/// The most octets that are written as hex; of more, the length and a digest.
const MOST_HEX: usize = 1024;

/// What is to be written: names and values in their order.
pub(crate) type Lines = Vec<(&'static str, Value)>;

/// Why it cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The file is no TOML any more.
    #[error("{0}")]
    Toml(#[from] toml_edit::TomlError),
    /// The case is not there any more.
    #[error("the case {0:?} is no longer in it")]
    Gone(String),
    /// Somebody else was quicker.
    #[error("the case {0:?} has an expectation by now")]
    Written(String),
}

/// What says in a case that these connections and this output are expected.
#[must_use]
pub(crate) fn lines(connections: &[Expectation], output: &Content) -> Lines {
    lines_of(connections, output, MOST_HEX)
}

/// As [`lines`] where nothing is printed, with all octets, however many there are.
#[must_use]
pub(crate) fn lines_in_full(connections: &[Expectation]) -> Lines {
    lines_of(connections, &Content::exactly(Vec::new()), usize::MAX)
}

/// With at most so many octets as hex.
fn lines_of(connections: &[Expectation], output: &Content, most: usize) -> Lines {
    let is_plain = |one: &Expectation| one.ending == PeerEnd::Fin;
    let mut lines: Lines = match connections {
        [one] if is_plain(one) && one.messages.is_some() => {
            vec![("messages", messages(one.messages.as_deref().unwrap_or_default()).into())]
        }
        [one] if one.messages.is_some() => vec![("connections", Array::from_iter([expectation(one, most)]).into())],
        [one] => vec![("expect", expectation(one, most).into())],
        several => vec![("connections", several.iter().map(|one| expectation(one, most)).collect::<Array>().into())],
    };
    if output.length() > 0 || output.parts().is_some() {
        lines.push(("output", content(output, most).into()));
    }
    lines
}

/// `text`, with lines added to the case of that name, which must not say yet what is expected.
///
/// # Errors
/// There is no such case in it.
pub(crate) fn added(text: &str, name: &str, lines: Lines) -> Result<String, WriteError> {
    let mut document: DocumentMut = text.parse()?;
    let case = case_of(&mut document, name).ok_or_else(|| WriteError::Gone(name.to_owned()))?;
    if lines.iter().any(|(key, _)| case.contains_key(key)) {
        return Err(WriteError::Written(name.to_owned()));
    }
    let width = case
        .key("about")
        .map_or(0, |key| key.get().len() + key.leaf_decor().suffix().and_then(|raw| raw.as_str()).map_or(1, str::len));
    for (key, value) in lines {
        case.insert(key, Item::Value(value));
        if let Some(mut key) = case.key_mut(key) {
            let blanks = width.saturating_sub(key.get().len()).max(1);
            key.leaf_decor_mut().set_suffix(" ".repeat(blanks));
        }
    }
    Ok(document.to_string())
}

/// The table of a case, whether its file says `[[case]]` or `case = [{ .. }]`.
fn case_of<'a>(document: &'a mut DocumentMut, name: &str) -> Option<&'a mut dyn TableLike> {
    let has_name = |case: &dyn TableLike| case.get("name").and_then(Item::as_str) == Some(name);
    match document.get_mut("case")? {
        Item::ArrayOfTables(cases) => {
            let case = ArrayOfTables::iter_mut(cases).find(|case: &&mut Table| has_name(*case))?;
            Some(case)
        }
        Item::Value(Value::Array(cases)) => {
            let mut cases = cases.iter_mut().filter_map(Value::as_inline_table_mut);
            let case = cases.find(|case: &&mut InlineTable| has_name(*case))?;
            Some(case)
        }
        _ => None,
    }
}

/// Messages, as a person writes them.
#[must_use]
pub(crate) fn messages(wanted: &[Wanted]) -> Array {
    wanted.iter().map(message).collect()
}

fn message(wanted: &Wanted) -> Value {
    let fields = wanted.fields.iter().map(|field| (field.name.as_str(), on_one_line(&field.value)));
    let fields = InlineTable::from_iter(fields);
    let mut table = match &wanted.text {
        Some(WantedText::Exactly(text)) if fields.is_empty() => return on_one_line(text),
        Some(WantedText::Exactly(text)) => InlineTable::from_iter([("text", on_one_line(text))]),
        Some(WantedText::Like(like)) => InlineTable::from_iter([("like", on_one_line(&like.text()))]),
        None => InlineTable::new(),
    };
    if !fields.is_empty() {
        table.insert("fields", fields.into());
    }
    table.into()
}

fn expectation(expected: &Expectation, most: usize) -> InlineTable {
    let mut table = match &expected.messages {
        Some(wanted) => InlineTable::from_iter([("messages", Value::from(messages(wanted)))]),
        None => content(&expected.content, most),
    };
    match (expected.ending.first(), expected.ending.others()) {
        // Both is what is meant where nothing is said, under TLS.
        (PeerEnd::Fin, [] | [PeerEnd::Truncated]) => {}
        (only, []) => drop(table.insert("ending", name(only).into())),
        (first, others) => {
            let names: Array = std::iter::once(&first).chain(others).map(|ending| name(*ending)).collect();
            table.insert("ending", names.into());
        }
    }
    table
}

fn name(ending: PeerEnd) -> &'static str {
    match ending {
        PeerEnd::Fin => "fin",
        PeerEnd::Truncated => "truncated",
        PeerEnd::Reset => "reset",
        PeerEnd::Open => "open",
    }
}

fn content(content: &Content, most: usize) -> InlineTable {
    match content {
        Content::Octets { octets, masks } if !masks.is_empty() => {
            InlineTable::from_iter([("parts", Value::from(parts(octets, masks)))])
        }
        Content::Parts(parts) => InlineTable::from_iter([("parts", Value::from(bending(parts)))]),
        Content::Octets { octets, .. } if octets.len() <= most => octets_in(octets),
        digest => InlineTable::from_iter([
            ("sha256", Value::from(digest.sha256().unwrap_or_default())),
            ("bytes", Value::from(i64::try_from(digest.length()).unwrap_or(i64::MAX))),
        ]),
    }
}

/// As text where it is UTF-8 without control characters but line ends and tabs, else as hex.
pub(crate) fn octets_in(octets: &[u8]) -> InlineTable {
    let is_text = |character: char| !character.is_control() || matches!(character, '\r' | '\n' | '\t');
    match std::str::from_utf8(octets) {
        Ok(text) if !octets.is_empty() && text.chars().all(is_text) => InlineTable::from_iter([("text", on_one_line(text))]),
        _ => InlineTable::from_iter([("hex", Value::from(hex::encode(octets)))]),
    }
}

/// A string on one line, which is all that an inline table may hold in TOML 1.0.
pub(crate) fn on_one_line(text: &str) -> Value {
    let escaped = |character: char| match character {
        '\\' => "\\\\".into(),
        '"' => "\\\"".into(),
        '\r' => "\\r".into(),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        // What cannot be seen, or changes what stands beside it, is written by its number.
        hidden if !hidden.is_ascii() && hidden.escape_debug().len() > 1 => format!("\\U{:08X}", u32::from(hidden)),
        plain => plain.to_string(),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>()).parse().unwrap_or_else(|_| text.into())
}

fn parts(octets: &[u8], masks: &[Mask]) -> Array {
    let mut parts = Array::new();
    let mut at = 0;
    for mask in masks {
        if at < mask.start {
            parts.push(octets_in(&octets[at..mask.start]));
        }
        let any = Value::from(i64::try_from(mask.length).unwrap_or(i64::MAX));
        parts.push(InlineTable::from_iter([("any", any), ("name", Value::from(mask.name.as_str()))]));
        at = mask.start + mask.length;
    }
    if at < octets.len() {
        parts.push(octets_in(&octets[at..]));
    }
    parts
}

/// Parts that bend, as a person writes them.
fn bending(parts: &[Part]) -> Array {
    parts.iter().map(bent).collect()
}

fn bent(part: &Part) -> InlineTable {
    let one = |key: &str, value: Value| InlineTable::from_iter([(key, value)]);
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut table = match &part.kind {
        Kind::Fixed(octets) => octets_in(octets),
        Kind::Any { least, most } if least == most => one("any", count(*least).into()),
        Kind::Any { least, most } => one("any", Array::from_iter([count(*least), count(*most)]).into()),
        Kind::Until(octets) => one("until", hex::encode(octets).into()),
        Kind::Matches(expression) => one("matches", on_one_line(expression.source())),
        Kind::Same(name) => one("same", on_one_line(name)),
        Kind::Length { number, plus, of } => {
            let mut table = one("length", number.to_string().into());
            if *plus != 0 {
                table.insert("plus", (*plus).into());
            }
            table.insert("of", bending(of).into());
            table
        }
        Kind::Optional(parts) => one("optional", bending(parts).into()),
        Kind::AnyOrder(alternatives) => {
            one("any_order", alternatives.iter().map(|parts| Value::from(bending(parts))).collect::<Array>().into())
        }
    };
    if let Some(name) = &part.name {
        table.insert("name", on_one_line(name));
    }
    table
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Suite;
    use super::*;
    use crate::suite::expectation::Endings;

    const UNWRITTEN: &str = "# head\n[[case]]\nname    = \"a\" # first\nabout   = 'x'\nhazards = []\n# last\n\n[case.recorder]\necho = true\n\n\
                             [[case]]\nname = 'b'\nabout = 'y'\nhazards = []\nexpect = { hex = \"\" }\n";

    fn fin(content: Content) -> Expectation {
        Expectation { content, ending: PeerEnd::Fin.into(), messages: None }
    }

    fn exactly(octets: &[u8]) -> Expectation {
        fin(Content::exactly(octets.to_vec()))
    }

    /// What stands in the file after it was written and read back.
    #[track_caller]
    fn read_back(connections: &[Expectation], output: &Content) -> String {
        let text = added(UNWRITTEN, "a", lines(connections, output)).unwrap();
        let case = Suite::parse(Path::new("group.toml"), &text).unwrap().cases.remove(0);
        assert_eq!((case.connections.as_slice(), &case.output), (connections, output), "{text}");
        text
    }

    #[test]
    fn a_line_is_added_and_all_else_stays() {
        let text = read_back(&[exactly(b"GET /\r\n")], &Content::exactly(Vec::new()));
        let (before, after) = UNWRITTEN.split_at(UNWRITTEN.find("# last").unwrap());
        assert_eq!(text, format!("{before}expect  = {{ text = \"GET /\\r\\n\" }}\n{after}"));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let nothing = Content::exactly(Vec::new());
        let octets = |count: usize| exactly(&vec![7; count]);
        assert!(read_back(&[exactly(b"\"\\\t'''{}#\n")], &nothing).contains(r#"{ text = "\"\\\t'''{}#\n" }"#));
        assert!(read_back(&[exactly(b"")], &nothing).contains("expect  = { hex = \"\" }"));
        assert!(read_back(&[exactly("é\u{202e}".as_bytes())], &nothing).contains("{ text = \"é\\U0000202E\" }"));
        assert!(read_back(&[exactly("héllo €😀".as_bytes())], &nothing).contains("{ text = \"héllo €😀\" }"));
        assert!(read_back(&[exactly(b"\xe9\x00")], &nothing).contains("{ hex = \"e900\" }"));
        assert!(read_back(&[exactly(b"\x1b[2J")], &nothing).contains("{ hex = \"1b5b324a\" }"));
        assert!(read_back(&[octets(MOST_HEX)], &nothing).contains("{ hex = "));
        let digest = octets(MOST_HEX + 1).content.sha256().unwrap();
        let said = added(UNWRITTEN, "a", lines(&[octets(MOST_HEX + 1)], &nothing)).unwrap();
        assert!(said.contains(&format!("{{ sha256 = \"{digest}\", bytes = 1025 }}")), "{said}");
        let long = fin(Content::Digest { length: MOST_HEX as u64 + 1, sha256: digest });
        assert!(read_back(&[long], &nothing).contains("bytes = 1025 }"));
        let either = Expectation { ending: Endings::of(&[PeerEnd::Fin, PeerEnd::Reset]).unwrap(), ..exactly(b"a") };
        assert!(read_back(&[either], &nothing).contains("{ text = \"a\", ending = [\"fin\", \"reset\"] }"));
        let open = Expectation { ending: PeerEnd::Open.into(), ..exactly(b"b") };
        assert!(
            read_back(&[exactly(b"a"), open], &Content::exactly(b"ok\n".to_vec())).contains(
                "connections = [{ text = \"a\" }, { text = \"b\", ending = \"open\" }]\noutput  = { text = \"ok\\n\" }"
            )
        );
    }

    #[test]
    fn masks_are_parts() {
        let masks = [(1, 2, "nonce"), (4, 1, "varies")];
        let masks = masks.map(|(start, length, name)| Mask { start, length, name: name.into() }).to_vec();
        let content = Content::Octets { octets: b"\x10\0\0x\0".to_vec(), masks };
        let text = read_back(&[fin(content)], &Content::exactly(Vec::new()));
        let parts = r#"[{ hex = "10" }, { any = 2, name = "nonce" }, { text = "x" }, { any = 1, name = "varies" }]"#;
        assert!(text.contains(parts), "{text}");
        let masks = vec![Mask { start: 0, length: 1, name: "id".into() }];
        let content = Content::Octets { octets: b"\0x".to_vec(), masks };
        let text = read_back(&[fin(content)], &Content::exactly(Vec::new()));
        assert!(text.contains(r#"{ parts = [{ any = 1, name = "id" }, { text = "x" }] }"#), "{text}");
    }

    #[test]
    fn parts_that_bend_read_back_the_same() {
        let parts = r#"[{ any = [1, 3], name = "id" }, { until = "0d0a" }, { matches = "[\\x00-\"]+", name = "é" }, { same = "id" }, { length = "u16be", plus = -2, of = [{ optional = [{ hex = "ff" }] }] }, { any_order = [[{ text = "a\n" }], [{ any = 2 }, { text = "b" }]] }]"#;
        let toml = format!("[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nexpect = {{ parts = {parts} }}");
        let case = Suite::parse(Path::new("group.toml"), &toml).unwrap().cases.remove(0);
        let text = read_back(&case.connections, &Content::exactly(Vec::new()));
        assert!(text.contains(&format!("expect  = {{ parts = {parts} }}")), "{text}");
    }

    #[test]
    fn a_case_in_a_list_is_found_too() {
        let text = added("case = [{ name = 'a', about = 'x' }]", "a", lines(&[exactly(b"z")], &Content::exactly(Vec::new())));
        assert_eq!(text.unwrap(), "case = [{ name = 'a', about = 'x' , expect = { text = \"z\" } }]\n");
    }

    #[test]
    fn what_changed_meanwhile_is_refused() {
        let refused = |text: &str, name: &str| {
            added(text, name, lines(&[exactly(b"z")], &Content::exactly(Vec::new()))).unwrap_err().to_string()
        };
        assert!(refused(UNWRITTEN, "c").contains("no longer in it"));
        assert!(refused(UNWRITTEN, "b").contains("an expectation by now"));
        assert!(refused("case = 1", "a").contains("no longer in it"));
        assert!(refused("[[case", "a").contains("TOML parse error"));
    }
}
