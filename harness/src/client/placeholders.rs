//! What stands in braces in a `client.toml`, and what is filled in for it. Pure.

use std::ffi::OsString;

/// What is known of a trial alone: `version`, `check` and `build` are not told.
pub(crate) const OF_A_TRIAL: [&str; 11] =
    ["{plan}", "{case}", "{input}", "{host}", "{port}", "{url}", "{ca}", "{cert}", "{key}", "{out}", PROGRAM];

/// The program that `locate` found.
pub(crate) const PROGRAM: &str = "{program}";

/// What is told of TLS.
pub(crate) const OF_TLS: [&str; 3] = ["{ca}", "{cert}", "{key}"];

/// What says what to send.
pub(crate) const TELLING: [&str; 3] = ["{plan}", "{case}", "{input}"];

/// Whether a text has a placeholder that only a trial fills in.
pub(crate) fn is_of_a_trial(text: &str) -> bool {
    OF_A_TRIAL.iter().any(|placeholder| text.contains(placeholder))
}

/// A text with its placeholders filled in, each once: what was filled in is not looked at again.
pub(crate) fn filled(text: &str, values: &[(&str, OsString)]) -> OsString {
    let mut whole = OsString::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = values.iter().filter_map(|value| Some((rest.find(value.0)?, value))).min_by_key(|(at, _)| *at);
        let Some((at, (placeholder, value))) = next else { break };
        whole.push(&rest[..at]);
        whole.push(value);
        rest = &rest[at + placeholder.len()..];
    }
    whole.push(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in_once() {
        let values = [("{case}", OsString::from("{port}")), ("{port}", OsString::from("99"))];
        assert_eq!(filled("--at={port},{case}!", &values), OsString::from("--at=99,{port}!"));
        assert_eq!(filled("nothing", &values), OsString::from("nothing"));
    }
}
