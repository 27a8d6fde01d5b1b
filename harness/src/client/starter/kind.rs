//! The kinds of programs that a repository is made of, known by the names of its files. A table, `kinds.toml`: nothing here knows any.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Deserializer, de};

use crate::client::CLIENT_FILE;

static TABLE: LazyLock<Result<Table, String>> =
    LazyLock::new(|| toml::from_str(include_str!("kinds.toml")).map_err(|error| error.to_string()));

#[derive(Deserialize)]
struct Table {
    kind: Vec<Kind>,
}

/// A kind of programs, and a client of it that sends what it is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kind {
    /// What its client is called.
    pub name: String,
    /// Files that say that a repository is of this kind.
    manifests: Vec<NameGlob>,
    /// Files that say so where no manifest does.
    sources: Vec<NameGlob>,
    /// Words of which one is in each source that connects to somewhere.
    #[serde(default)]
    speaks: Vec<String>,
    /// How such a source is started; empty where that takes more.
    #[serde(default)]
    start: Vec<String>,
    /// How to see it fail.
    pub wrong: Wrong,
    /// The files of its client, by their paths in its folder.
    pub files: BTreeMap<String, String>,
}

/// A change of a client after which it sends something else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrong {
    /// The file.
    pub file: String,
    /// What is written.
    pub write: String,
    /// What stood there; once.
    pub instead_of: String,
}

/// A pattern for the name of a file.
#[derive(Debug)]
struct NameGlob(GlobMatcher);

impl<'de> Deserialize<'de> for NameGlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let glob = Glob::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)?;
        Ok(Self(glob.compile_matcher()))
    }
}

impl Kind {
    /// The programs that its client needs.
    pub(crate) fn needs(&self) -> Vec<String> {
        let client = self.files.get(CLIENT_FILE).and_then(|text| toml::from_str::<toml::Table>(text).ok()).unwrap_or_default();
        let needs = client.get("needs").and_then(toml::Value::as_array).into_iter().flatten();
        needs.filter_map(toml::Value::as_str).map(str::to_owned).collect()
    }
}

/// All kinds, the one first that is the best where nothing says which it is.
///
/// # Errors
/// The table is not as it should be, which a test would have said.
pub(crate) fn kinds() -> Result<&'static [Kind], String> {
    TABLE.as_ref().map(|table| table.kind.as_slice()).map_err(Clone::clone)
}

/// The kinds that the names of files speak for: by their manifests, or where there is none by their sources.
pub(crate) fn found<'a>(kinds: &'a [Kind], names: &[String]) -> Vec<&'a Kind> {
    let by = |globs: fn(&Kind) -> &[NameGlob]| -> Vec<&'a Kind> {
        kinds.iter().filter(|kind| names.iter().any(|name| is_any(globs(kind), name))).collect()
    };
    let by_manifests = by(|kind| &kind.manifests);
    if by_manifests.is_empty() { by(|kind| &kind.sources) } else { by_manifests }
}

/// How the source of this name and text is started, where it is a program that connects to somewhere; `file` is its path.
pub(crate) fn programs(kinds: &[Kind], name: &str, text: &str, file: &str) -> Option<Vec<String>> {
    let speaks = |kind: &&Kind| is_any(&kind.sources, name) && kind.speaks.iter().any(|word| text.contains(word));
    let kind = kinds.iter().filter(|kind| !kind.start.is_empty()).find(speaks)?;
    Some(kind.start.iter().map(|argument| argument.replace("{file}", file)).collect())
}

fn is_any(globs: &[NameGlob], name: &str) -> bool {
    globs.iter().any(|NameGlob(glob)| glob.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::scaffold::check_name;

    #[track_caller]
    fn names_of(files: &[&str]) -> Vec<&'static str> {
        let files: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
        found(kinds().unwrap(), &files).into_iter().map(|kind| kind.name.as_str()).collect()
    }

    #[test]
    fn every_kind_has_a_client_that_can_be_made_to_fail() {
        for kind in kinds().unwrap() {
            check_name(&kind.name).unwrap();
            let (file, text) = (&kind.wrong.file, &kind.files[&kind.wrong.file]);
            assert_eq!(text.matches(&kind.wrong.instead_of).count(), 1, "{file}");
            assert!(!kind.needs().is_empty(), "{}", kind.name);
            assert_eq!(kind.start.is_empty(), kind.speaks.is_empty(), "{}", kind.name);
        }
    }

    #[test]
    fn manifests_speak_before_sources() {
        let kinds = kinds().unwrap();
        let of = |name: &str| kinds.iter().position(|kind| kind.name == name);
        assert!(names_of(&["README", "x.unknown"]).is_empty());
        for kind in kinds.iter().filter(|kind| !kind.manifests.is_empty()) {
            let manifest = kind.manifests[0].0.glob().glob().replace('*', "x");
            let source = kinds[0].sources[0].0.glob().glob().replace('*', "x");
            assert_eq!(names_of(&[&source, &manifest]), [kind.name.as_str()]);
            assert!(of(&kind.name).is_some());
        }
    }
}
