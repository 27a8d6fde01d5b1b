//! The ways in which the same message becomes other octets, and the cases that provoke each: `suites/hazards.toml`, built in.
//!
//! Owns the list, not the cases. Tests hold it against the wire suite: no hazard is uncovered, no case is named that there is not.

use std::sync::LazyLock;

use serde::Deserialize;

/// A way in which a message becomes other octets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hazard {
    /// Its name, in kebab case.
    pub name: String,
    /// The languages and tools that have it; `any` is all.
    pub languages: Vec<String>,
    /// What goes wrong, for people.
    pub cause: String,
    /// An example of what was to be sent, in hex.
    pub intended: Option<String>,
    /// What was sent instead, in hex; empty where nothing was.
    pub arrived: Option<String>,
    /// The cases of the wire suite that provoke it, by their full names.
    #[serde(default)]
    pub shown_by: Vec<String>,
    /// Why no case can provoke it, where none can.
    pub beyond: Option<String>,
}

/// A tag that cases have in `hazards`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tag {
    /// The tag.
    pub name: String,
    /// What cases with it are about.
    pub about: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    tag: Vec<Tag>,
    hazard: Vec<Hazard>,
}

/// A test proves that the file parses.
static FILE: LazyLock<File> = LazyLock::new(|| toml::from_str(include_str!("../../suites/hazards.toml")).unwrap_or_default());

/// Every hazard.
#[must_use]
pub fn hazards() -> &'static [Hazard] {
    &FILE.hazard
}

/// How like a tag a word must be to be taken for a slip.
const LIKE: f64 = 0.75;

/// The tag that was meant by a word that is none, but is much like one. Words that are like none are a suite's own.
#[must_use]
pub fn meant(word: &str) -> Option<&'static str> {
    let names = tags().iter().map(|tag| tag.name.as_str());
    if names.clone().any(|name| name == word) {
        return None;
    }
    let plain = word.to_lowercase().replace(['_', ' '], "-");
    let likeness = |name: &'static str| (strsim::normalized_damerau_levenshtein(name, &plain), name);
    names.map(likeness).filter(|(like, _)| *like >= LIKE).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name)
}

/// Every tag of a case.
#[must_use]
pub fn tags() -> &'static [Tag] {
    &FILE.tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_word_of_ones_own() {
        for (word, tag) in [("encodng", "encoding"), ("Encoding", "encoding"), ("locales", "locale"), ("line_ends", "line-ends")]
        {
            assert_eq!(meant(word), Some(tag), "{word}");
        }
        for own in ["encoding", "sasl", "broker", "payments", "tls"] {
            assert_eq!(meant(own), None, "{own}");
        }
    }
}
