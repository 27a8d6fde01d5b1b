//! Globs of cases. Pure.

use globset::{Glob, GlobMatcher};

/// Globs of full names of cases; one with `!` before it takes its cases away. Where no other is given, all are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaseGlobs {
    wanted: Vec<GlobMatcher>,
    unwanted: Vec<GlobMatcher>,
}

impl CaseGlobs {
    pub(crate) fn add(&mut self, text: &str) -> Result<(), globset::Error> {
        let (list, glob) = match text.strip_prefix('!') {
            Some(glob) => (&mut self.unwanted, glob),
            None => (&mut self.wanted, text),
        };
        list.push(Glob::new(glob)?.compile_matcher());
        Ok(())
    }

    pub(crate) fn has(&self, case: &str) -> bool {
        let wanted = self.wanted.is_empty() || self.wanted.iter().any(|glob| glob.is_match(case));
        wanted && !self.unwanted.iter().any(|glob| glob.is_match(case))
    }

    /// Whether it takes this case away by a glob with `!`.
    pub(crate) fn takes_away(&self, case: &str) -> bool {
        self.unwanted.iter().any(|glob| glob.is_match(case))
    }

    /// The globs as they were given.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        let unwanted = self.unwanted.iter().map(|glob| format!("!{}", glob.glob().glob()));
        self.wanted.iter().map(|glob| glob.glob().glob().to_owned()).chain(unwanted)
    }

    /// The globs that match none of these cases, as they were given.
    pub(crate) fn useless<'a>(&self, cases: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
        let globs = self.wanted.iter().chain(&self.unwanted);
        let matches: Vec<bool> = globs.map(|glob| cases.clone().any(|case| glob.is_match(case))).collect();
        self.texts().zip(matches).filter(|(_, matches)| !matches).map(|(text, _)| text).collect()
    }

    /// Whether it names the cases that are wanted, and does not only take some away.
    pub(crate) fn names_cases(&self) -> bool {
        !self.wanted.is_empty()
    }
}
