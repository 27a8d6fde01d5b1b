//! An input on which clients part, as a case: that whose input was made at random, with this one and what most made of it. Pure.

use std::path::Path;

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use crate::hex;
use crate::run::fuzz::inputs::Parted;
use crate::run::fuzz::save::cases_of;
use crate::source::FileError;
use crate::suite::writer::lines;
use crate::suite::{Case, Defined, Input};

/// `text`, and behind it a case for what was found with this seed, and its name; nothing where a case of the file has the same input, or
/// nobody can say what is right. `from` is the file in which the case stands whose input is made at random.
///
/// # Errors
/// The file would not hold what was found.
pub(crate) fn with_input(
    (path, text, defined): (&Path, &str, &Defined),
    (case, from): (&Case, &str),
    parted: &Parted,
    seed: u64,
) -> Result<Option<(String, String)>, FileError> {
    let error = |problem: &str| FileError { path: path.to_owned(), line: None, problem: problem.into() };
    let Some((found, ..)) = &parted.shown else { return Ok(None) };
    let cases = cases_of(path, text, defined)?;
    let input = Input::from(parted.input.as_slice());
    if cases.iter().any(|case| case.input.as_ref() == Some(&input)) {
        return Ok(None);
    }
    let short = case.name.rsplit('/').next().unwrap_or_default();
    let name = format!("{short}-seed-{seed}-input-{}", parted.n);
    let mut table =
        table_of(from, short).ok_or_else(|| error("the case whose input is made at random is no longer in its file"))?;
    table.insert("name", Item::Value(name.as_str().into()));
    table.insert("about", Item::Value(format!("Clients parted: {}", case.about).into()));
    table.insert("input", Item::Value(value(&parted.input)));
    for (key, value) in lines(&found.connections, &found.output) {
        table.insert(key, Item::Value(value));
    }
    table
        .decor_mut()
        .set_prefix(format!("# Found by `samewire fuzz --seed {seed} --plans {} --case {}`, and shrunk.\n", parted.n, case.name));
    let mut all = ArrayOfTables::new();
    all.push(table);
    let mut document = DocumentMut::new();
    document.insert("case", Item::ArrayOfTables(all));
    let gap = match text {
        "" => "",
        whole if whole.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let whole = format!("{text}{gap}{document}");
    let group = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    match cases_of(path, &whole, defined)?.pop().filter(|case| case.input.as_ref() == Some(&input)) {
        Some(case) if case.connections.len() == found.connections.len() => Ok(Some((whole, format!("{group}/{name}")))),
        _ => Err(error("it would not hold what was found; save it into another file")),
    }
}

/// The table of a case in its file.
fn table_of(text: &str, name: &str) -> Option<Table> {
    let document: DocumentMut = text.parse().ok()?;
    let cases = document.get("case")?.as_array_of_tables()?;
    cases.iter().find(|case| case.get("name").and_then(Item::as_str) == Some(name)).cloned()
}

/// As text where it is one without control characters but tabs and line ends, else as hex.
fn value(input: &[u8]) -> Value {
    let is_text = |text: &&str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    match std::str::from_utf8(input).ok().filter(is_text) {
        Some(text) => text.into(),
        None => InlineTable::from_iter([("hex", hex::encode(input))]).into(),
    }
}
