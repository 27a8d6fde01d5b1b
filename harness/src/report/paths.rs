//! How a report says paths: with `/`, whatever machine it is from, seen from the folder of samewire.toml, and with `~` for the home
//! folder of whoever ran it, so that it does not publish their name; with `{tmp}` for the temporary folder of a trial, so that the reports
//! of two runs are alike. Pure.

use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use crate::suite::{BUILTIN, Redaction};

/// Says paths as reports have them: what is below one folder, seen from there; and texts without what is not to be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The folder of samewire.toml.
    base: PathBuf,
    /// The folder that relative paths are relative to.
    current: PathBuf,
    /// The home folder of whoever runs it, where there is one.
    home: Option<PathBuf>,
    /// How the paths of temporary folders begin; nothing where there are none.
    temporary: String,
    /// What is not to be shown.
    redaction: Redaction,
}

impl Told {
    /// Paths seen from `base`; those that are relative are so to `current`. What is in `home` and not below `base` begins with `~`.
    pub(crate) fn from(base: &Path, current: &Path, home: Option<PathBuf>) -> Self {
        Self { base: base.to_owned(), current: current.to_owned(), home, ..Self::default() }
    }

    /// The same, with `{tmp}` for each folder whose path goes on from `prefix` with letters and digits.
    pub(crate) fn with_temporaries(self, prefix: &Path) -> Self {
        Self { temporary: prefix.to_string_lossy().into_owned(), ..self }
    }

    /// The same, with what is not to be shown as so many `*`.
    pub(crate) fn hiding(self, redaction: Redaction) -> Self {
        Self { redaction, ..self }
    }

    /// What is not to be shown.
    pub(crate) fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// A path seen from the folder; one that is not below it is as it was, but for the home folder.
    pub(crate) fn path(&self, path: &Path) -> PathBuf {
        if path.to_string_lossy().starts_with(BUILTIN) {
            return path.to_owned();
        }
        let absolute = self.current.join(path);
        let inside = absolute.strip_prefix(&self.base).map(Path::to_owned);
        inside.unwrap_or_else(|_| self.in_home(path).unwrap_or_else(|| path.to_owned()))
    }

    fn in_home(&self, path: &Path) -> Option<PathBuf> {
        let home = self.home.as_deref().filter(|home| home.parent().is_some())?;
        path.strip_prefix(home).ok().map(|inside| Path::new("~").join(inside))
    }

    /// A text in which paths below the folder are seen from there, other paths in the home folder begin with `~`, and nothing is shown
    /// that is not to be.
    pub(crate) fn text(&self, text: &str) -> String {
        if self.redaction.is_empty() { self.seen_from_there(text) } else { self.redaction.text(&self.seen_from_there(text)) }
    }

    fn seen_from_there(&self, text: &str) -> String {
        let text = without_temporaries(text, &self.temporary);
        let text = replaced(&text, &self.base, |inside| if inside { "" } else { "." });
        match &self.home {
            Some(home) => replaced(&text, home, |inside| if inside { HOME } else { "~" }),
            None => text,
        }
    }

    /// As [`Told::text`], of the arguments of a program: what is not to be shown may begin in one and end in another.
    pub(crate) fn texts(&self, texts: &[String]) -> Vec<String> {
        let seen: Vec<String> = texts.iter().map(|text| self.seen_from_there(text)).collect();
        if self.redaction.is_empty() { seen } else { self.redaction.texts(&seen) }
    }

    /// As [`Told::text`], of a text that may be there.
    pub(crate) fn option(&self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.text(text))
    }
}

/// The temporary folder of a trial.
const TEMPORARY: &str = "{tmp}";

/// The home folder before what is in it.
const HOME: &str = if MAIN_SEPARATOR == '/' { "~/" } else { "~\\" };

/// The text with [`TEMPORARY`] for each folder whose path is `prefix` and letters and digits.
fn without_temporaries(text: &str, prefix: &str) -> String {
    if prefix.is_empty() || !text.contains(prefix) {
        return text.to_owned();
    }
    let mut parts = text.split(prefix);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |told, behind| {
        told + TEMPORARY + behind.trim_start_matches(|character: char| character.is_ascii_alphanumeric())
    })
}

/// The text with another beginning for each path that is a folder (`with(false)`) or in it (`with(true)`, in place of a separator too).
fn replaced(text: &str, folder: &Path, with: impl Fn(bool) -> &'static str) -> String {
    let folder = folder.to_string_lossy();
    let folder = folder.trim_end_matches(MAIN_SEPARATOR);
    if folder.is_empty() || !text.contains(folder) {
        return text.to_owned();
    }
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(folder) {
        let (before, found) = rest.split_at(at);
        let behind = &found[folder.len()..];
        told += before;
        let begins = !told.chars().next_back().is_some_and(is_of_a_path);
        rest = match behind.strip_prefix(MAIN_SEPARATOR) {
            Some(inside) if begins && inside.starts_with(is_of_a_path) => {
                told += with(true);
                inside
            }
            _ => {
                told += if begins && !behind.starts_with(is_of_a_path) { with(false) } else { folder };
                behind
            }
        };
    }
    told + rest
}

fn is_of_a_path(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '/' | '\\' | '.' | '-' | '_')
}

fn slashed_text(path: &Path) -> String {
    let text = path.to_string_lossy();
    if MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(MAIN_SEPARATOR, "/") }
}

/// What another machine wrote with `\` is read as well.
fn from_slashed(text: &str) -> PathBuf {
    text.replace('\\', "/").into()
}

/// A path as text with `/`. What is not UTF-8 is replaced: a report is to be read, and written whatever happens.
pub(super) mod slashed {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::slashed_text(path))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Ok(super::from_slashed(&String::deserialize(deserializer)?))
    }
}

/// The same of a path that may be there.
pub(super) mod slashed_option {
    use std::path::PathBuf;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_deref().map(super::slashed_text).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.as_deref().map(super::from_slashed))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_folder() {
        let told = Told::from(Path::new("/home/someone/sdk"), Path::new("/home/someone/sdk/here"), None);
        let path = |path: &str| told.path(Path::new(path)).display().to_string();
        assert_eq!(path("/home/someone/sdk/clients/a"), "clients/a");
        assert_eq!(path("cases/a.toml"), "here/cases/a.toml");
        assert_eq!(path("/elsewhere/a"), "/elsewhere/a");
        assert_eq!(path("builtin:wire/text.toml"), "builtin:wire/text.toml");
    }

    #[test]
    fn paths_within_texts_are_too_and_nothing_else_is() {
        let told = Told::from(Path::new("/home/someone/sdk"), Path::new("/"), None);
        assert_eq!(told.text("/home/someone/sdk/a/b.toml:6: wrong (/home/someone/sdk/c)"), "a/b.toml:6: wrong (c)");
        assert_eq!(told.text("in /home/someone/sdk: nothing"), "in .: nothing");
        for other in ["/mnt/home/someone/sdk/a", "/home/someone/sdk-2/a", "/home/someone/sdk.old", "nothing"] {
            assert_eq!(told.text(other), other);
        }
        assert_eq!(Told::from(Path::new("/"), Path::new("/"), Some("/".into())).text("/a/b"), "/a/b");
    }

    #[test]
    fn temporary_folders_have_one_name_in_all_runs() {
        let told =
            Told::from(Path::new("/tmp"), Path::new("/"), Some("/tmp".into())).with_temporaries(Path::new("/tmp/samewire-0f-"));
        assert_eq!(told.text("open(\"/tmp/samewire-0f-Ab3/plan\") /tmp/samewire-0f-Cd4"), "open(\"{tmp}/plan\") {tmp}");
        assert_eq!(told.text("/tmp/samewire-1e-Ab3/plan"), "samewire-1e-Ab3/plan", "another's");
    }

    #[test]
    fn what_is_in_the_home_folder_does_not_say_whose_it_is() {
        let told = Told::from(Path::new("/home/someone/sdk"), Path::new("/"), Some("/home/someone".into()));
        let trace = "File \"/home/someone/.pyenv/lib/socket.py\", HOME=/home/someone, in /home/someone/sdk/send.py";
        assert_eq!(told.text(trace), "File \"~/.pyenv/lib/socket.py\", HOME=~, in send.py");
        assert_eq!(told.text("/home/someone-else/a"), "/home/someone-else/a");
        assert_eq!(told.path(Path::new("/home/someone/clients/a")), Path::new("~/clients/a"));
        assert_eq!(told.path(Path::new("/home/someone/sdk/clients/a")), Path::new("clients/a"));
    }
}
