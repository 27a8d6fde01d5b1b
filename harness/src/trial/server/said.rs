//! What a server said in a trial, and how it ended.

use crate::judge::end::End;

/// How many of its last lines are shown.
const LINES: usize = 20;

/// How many characters of them.
const CHARACTERS: usize = 4 << 10;

/// What there is to tell of the server of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSaid {
    /// Its name.
    pub name: String,
    /// What its `version` printed; empty where it has none.
    pub version: String,
    /// How it ended; none where it ran until the trial was over.
    pub ended: Option<End>,
    /// The last lines that it wrote, to stdout and stderr.
    pub last_lines: String,
}

/// The last lines of a text, of which the first may be cut.
pub(super) fn last_lines(text: &str) -> String {
    let text = text.trim_end();
    let lines: Vec<&str> = text.lines().rev().take(LINES).collect();
    let lines = lines.into_iter().rev().collect::<Vec<_>>().join("\n");
    match lines.char_indices().rev().nth(CHARACTERS - 1) {
        Some((start, _)) => lines[start..].to_owned(),
        None => lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_told() {
        assert_eq!((last_lines(""), last_lines("a\nb\n\n")), (String::new(), "a\nb".into()));
        let many: String = (0..100).map(|line| format!("{line}\n")).collect();
        assert!(last_lines(&many).starts_with("80\n") && last_lines(&many).ends_with("\n99"));
        let long = last_lines(&"é".repeat(CHARACTERS * 2));
        assert_eq!(long.chars().count(), CHARACTERS);
    }
}
