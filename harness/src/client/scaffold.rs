//! A new client's folder, as text: a `client.toml` that loads, and what to do next. Pure.

use crate::client::CLIENT_FILE;
use crate::source::no_file_name;
use crate::suite::plan::{CORE_WORDS, WORDS};

/// The file that says what to do in which order.
pub(crate) const STEPS_FILE: &str = "NEXT-STEPS.txt";

const CLIENT: &str = include_str!("scaffold/client.toml");
const STEPS: &str = include_str!("scaffold/NEXT-STEPS.txt");

/// Checks the name of a new client.
///
/// # Errors
/// It is no name of a folder that is safe on every system and in the name of a trial, and the mend.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_fine = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if name.bytes().all(is_fine) && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) {
        return no_file_name(name).map_or(Ok(()), |problem| Err(format!("the name {problem}")));
    }
    let tame = tamed(name);
    let mend = if tame.is_empty() { tame } else { format!(": {tame}") };
    Err(format!("the name {name:?} must consist of a-z, 0-9 and -, and begin with a letter or digit{mend}"))
}

/// The nearest to a name that consists of what it may consist of; empty where nothing is left.
pub(crate) fn tamed(name: &str) -> String {
    let tame: String = name.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    tame.trim_matches('-').to_owned()
}

/// The files of a new client of this name, each with its text.
#[must_use]
pub(crate) fn files(name: &str) -> [(&'static str, String); 2] {
    let later: Vec<&str> = WORDS.iter().copied().filter(|word| !CORE_WORDS.contains(word)).collect();
    let later = lines_of(&later, "\", \"", "  \"", "\",\n");
    let filled = |text: &str| text.replace("NAME", name).replace("CORE", &CORE_WORDS.join(" ")).replace("  LATER\n", &later);
    [(CLIENT_FILE, filled(CLIENT)), (STEPS_FILE, filled(STEPS))]
}

/// Words on lines that are not too long.
fn lines_of(words: &[&str], between: &str, before: &str, after: &str) -> String {
    words.chunks(8).map(|words| format!("{before}{}{after}", words.join(between))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_is_refused_with_a_better_one() {
        for name in ["", "-x", "a/b", "..", "C#", "naïve", "a b", "a@b", "OCaml"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("OCaml").unwrap_err().ends_with(": ocaml"));
        assert!(check_name("guile").is_ok() && check_name("f-95").is_ok());
    }
}
