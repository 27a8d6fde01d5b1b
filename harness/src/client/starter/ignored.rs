//! The line of a `.gitignore` that keeps reports out of a repository. Pure.

/// The folder that a run leaves.
const FOLDER: &str = "samewire-report";

/// A `.gitignore` with a line more, where none of it speaks of reports yet.
pub(crate) fn with_reports_ignored(text: &str) -> Option<String> {
    let names_it = |line: &str| line.trim().trim_matches('/').trim_start_matches("**/") == FOLDER;
    if text.lines().any(names_it) {
        return None;
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let between = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    Some(format!("{text}{between}{FOLDER}/{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_added_once_and_in_the_file_s_own_line_ends() {
        for (before, after) in [
            ("", Some("samewire-report/\n")),
            ("/target", Some("/target\nsamewire-report/\n")),
            ("a\r\nb\r\n", Some("a\r\nb\r\nsamewire-report/\r\n")),
            ("samewire-report\n", None),
            (" /samewire-report/ \r\n", None),
            ("**/samewire-report/", None),
            ("#samewire-report\n", Some("#samewire-report\nsamewire-report/\n")),
        ] {
            assert_eq!(with_reports_ignored(before).as_deref(), after, "{before:?}");
        }
    }
}
