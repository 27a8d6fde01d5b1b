//! What a person asks for: clients, cases, profiles, a shard. Pure.

use crate::suite::globs::CaseGlobs;
use crate::suite::names::{client_of, profile_of};
use std::fmt;
use std::str::FromStr;

use crate::client::profile::Profile;
use crate::suite::names::folder_of;

/// Which trials a person asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Clients as `name`, `name@variant`, each with `+profile` behind it or not; none is all.
    pub clients: Vec<String>,
    /// Globs of full names of cases, `!` before one negates; none is all.
    pub cases: Vec<String>,
    /// Profiles; none is all.
    pub profiles: Vec<Profile>,
    /// One of several equal parts.
    pub shard: Option<Shard>,
}

/// One of several parts of all trials, the same for the same names on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    pub part: u32,
    /// How many parts there are.
    pub of: u32,
}

/// A glob that is none.
#[derive(Debug, thiserror::Error)]
#[error("the case {glob:?} is not a glob: {source}")]
pub struct GlobError {
    glob: String,
    source: globset::Error,
}

/// A [`Selection`] that was checked, ready to be asked.
pub(crate) struct Selector<'a> {
    selection: &'a Selection,
    cases: CaseGlobs,
}

impl Selection {
    /// Whether it asks for less than everything.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.clients.is_empty() || !self.cases.is_empty() || !self.profiles.is_empty()
    }

    pub(crate) fn selector(&self) -> Result<Selector<'_>, GlobError> {
        let mut selector = Selector { selection: self, cases: CaseGlobs::default() };
        for text in &self.cases {
            selector.cases.add(text).map_err(|source| GlobError { glob: text.clone(), source })?;
        }
        Ok(selector)
    }
}

impl Selector<'_> {
    /// The profiles that are asked for.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = Profile> {
        let asked = &self.selection.profiles;
        Profile::ALL.into_iter().filter(|profile| asked.is_empty() || asked.contains(profile))
    }

    pub(crate) fn has_case(&self, case: &str) -> bool {
        self.cases.has(case)
    }

    /// Whether a client is asked for, in whichever profile.
    pub(crate) fn has_client(&self, client: &str) -> bool {
        self.selection.clients.is_empty() || self.selection.clients.iter().any(|asked| is_of(asked, client))
    }

    /// The globs of cases that match none of these.
    pub(crate) fn useless<'b>(&self, cases: impl Iterator<Item = &'b str> + Clone) -> Vec<String> {
        self.cases.useless(cases)
    }

    /// Whether a client's trial of that name, in that profile, is asked for and in the shard.
    pub(crate) fn has(&self, client: &str, trial: &str, profile: Profile) -> bool {
        let asked = |asked: &String| is_of(asked, client) && profile_of(asked).is_none_or(|only| only == profile.name());
        let by_client = self.selection.clients.is_empty() || self.selection.clients.iter().any(asked);
        by_client && self.selection.shard.is_none_or(|shard| shard.has(trial))
    }
}

impl Shard {
    /// Whether the trial of that name belongs to this part.
    #[must_use]
    pub fn has(self, trial: &str) -> bool {
        let hash = blake3::hash(trial.as_bytes());
        let [a, b, c, d, ..] = *hash.as_bytes();
        u32::from_le_bytes([a, b, c, d]) % self.of == self.part - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err("a shard is PART/OF, such as 2/5".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

/// Whether `asked` is this client; a folder's name is also all its variants.
fn is_of(asked: &str, client: &str) -> bool {
    let asked = client_of(asked);
    asked == client || asked == folder_of(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_clients(clients: &[&str]) -> Selection {
        Selection { clients: clients.iter().map(|name| (*name).to_owned()).collect(), ..Selection::default() }
    }

    #[test]
    fn a_folder_is_all_its_variants_and_a_variant_is_itself() {
        let selection = of_clients(&["netcat", "other@one"]);
        let selector = selection.selector().unwrap();
        let has = |client| selector.has(client, "trial", Profile::Default);
        assert!(has("netcat") && has("netcat@ncat") && has("other@one"));
        assert!(!has("other") && !has("other@two") && !has("net"));
    }

    #[test]
    fn a_profile_behind_a_client_is_that_profile_alone() {
        let selection = of_clients(&["one+c-locale", "two"]);
        let selector = selection.selector().unwrap();
        assert!(selector.has("one", "trial", Profile::CLocale) && !selector.has("one", "trial", Profile::Default));
        assert!(selector.has("two", "trial", Profile::CLocale) && selector.has("two", "trial", Profile::Default));
    }

    #[test]
    fn every_trial_is_in_exactly_one_shard() {
        let shards: Vec<Shard> = (1..=5).map(|part| Shard { part, of: 5 }).collect();
        for number in 0..500 {
            let name = format!("client::group/case-{number}");
            assert_eq!(shards.iter().filter(|shard| shard.has(&name)).count(), 1);
        }
        assert!(shards.iter().all(|shard| (0..500).any(|number| shard.has(&format!("client::group/case-{number}")))));
    }

    #[test]
    fn a_shard_is_a_part_of_a_whole() {
        assert_eq!("2/5".parse(), Ok(Shard { part: 2, of: 5 }));
        for wrong in ["0/5", "6/5", "2", "a/b", "1/0", "/"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
