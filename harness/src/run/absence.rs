//! What would be green because it is not there: known failures of no trial, clients without a case, cases without a client,
//! patterns that select nothing. Pure, but for a look at the built-in suite.
//!
//! Where nothing is left of a client or a case, that is a problem, and fails the run. All else is remarked. What belongs to another
//! suite is not missed: clients may be tried on cases that their own people do not know.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use crate::client::profile::Profile;
use crate::client::{Client, Entry, KnownFailure};
use crate::judge::agreement::listed;
use crate::printable::counted;
use crate::run::selection::Selector;
use crate::suite::{BUILTIN, Case, Suite};

/// The names of the cases that are built in.
static BUILT_IN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let suite = Suite::load(&[PathBuf::from(format!("{BUILTIN}wire"))]);
    suite.map(|suite| suite.cases.into_iter().map(|case| case.name).collect()).unwrap_or_default()
});

/// How a sentence begins that is about cases without a client.
const NOBODY: &str = "no client is for ";

/// What is not there.
#[derive(Debug, Default)]
pub(crate) struct Absence {
    /// Sentences that fail a run.
    pub problems: Vec<String>,
    /// Sentences that do not.
    pub remarks: Vec<String>,
    /// The cases that no client is for; one of those sentences is about them.
    pub unclaimed: Vec<String>,
}

impl Absence {
    /// Looks at entries of known failures, whichever trials are selected. `leading` are each client's first cases of groups, by index.
    pub(crate) fn known_failures(&mut self, entries: &[Entry], cases: &[Case], leading: &[BTreeSet<usize>], today: &str) {
        let clients = entries.iter().zip(leading).filter_map(|(entry, leading)| Some((entry.client.as_ref().ok()?, leading)));
        for (client, leading) in clients {
            for known in &client.known_failures {
                let what = format!("{}: the known failure of {} on {}", known.location, client.name, known.case);
                if is_of_another_suite(&known.case, cases) {
                    self.remarks.push(format!("{what} belongs to another suite"));
                } else if !is_of_a_trial(known, client, cases, leading) {
                    self.problems.push(format!("{what} matches no trial; remove the entry, or correct its name"));
                } else if known.is_over(today) {
                    self.problems.push(format!("{what} is over its `until`; mend the client, or set another day"));
                }
            }
        }
    }

    /// Looks at what is selected: each client, each case and each pattern must have something to do with another.
    pub(crate) fn selection(&mut self, selector: &Selector<'_>, entries: &[Entry], cases: &[Case]) {
        let names = || cases.iter().map(|case| case.name.as_str());
        for glob in selector.useless(names()) {
            self.remarks.push(format!("--case {glob:?} matches no case"));
        }
        for entry in entries.iter().filter(|entry| selector.has_client(&entry.name)) {
            self.client(entry, cases);
        }
        let nobody = |case: &&Case| case.contract.is_none() && !entries.iter().any(|entry| entry.is_for(case));
        let left = cases.iter().filter(|case| selector.has_case(&case.name)).filter(nobody);
        // Whoever takes a case away by name knows that it is there.
        let is_meant = |case: &&Case| entries.iter().flat_map(|entry| &entry.client).any(|client| client.takes_away(case));
        let (meant, left): (Vec<&Case>, Vec<&Case>) = left.partition(is_meant);
        self.unclaimed.extend(meant.iter().chain(&left).map(|case| case.name.clone()));
        self.remarks.extend(without_client(meant.iter().map(|case| case.name.as_str())));
        self.problems.extend(without_client(left.iter().map(|case| case.name.as_str())));
        let selected: Vec<&Case> =
            cases.iter().filter(|case| selector.has_case(&case.name)).filter(|case| cannot(entries, case)).collect();
        // Whoever has few clients may leave out some of what is built in.
        let (built_in, own): (Vec<&Case>, Vec<&Case>) = selected.into_iter().partition(|case| BUILT_IN.contains(&case.name));
        self.remarks.extend(beyond_all(&built_in));
        self.problems.extend(beyond_all(&own));
    }

    fn client(&mut self, entry: &Entry, cases: &[Case]) {
        let Ok(client) = &entry.client else { return };
        let own = || cases.iter().filter(|case| case.contract.is_none());
        if own().next().is_some() && !own().any(|case| client.is_for(case)) {
            let count = counted(own().count(), "case");
            self.problems.push(format!("{} is for none of {count}: see its `cases`, and what its `run` reads", client.name));
            return;
        }
        let of_here = |glob: &String| !is_of_another_suite(glob.trim_start_matches('!'), cases);
        let mut able = own().filter(|case| client.is_for(case) && client.lacks_word_of(case).is_none());
        if own().next().is_some() && able.next().is_none() {
            self.problems.push(format!("{} can do none of the cases: see its `lacks`", client.name));
            return;
        }
        for glob in client.useless_globs(own().map(|case| case.name.as_str())).into_iter().filter(of_here) {
            self.remarks.push(format!("{}: {glob:?} in its `cases` matches no case", client.name));
        }
    }
}

/// That no client is for these cases, where there are any.
pub(crate) fn without_client<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    let count = counted(names.len(), "case");
    (!names.is_empty()).then(|| format!("{NOBODY}{count}, by its `cases` or by what it reads: {}", listed(&names)))
}

/// Whether a sentence is one of [`without_client`].
#[cfg(feature = "cli")]
pub(crate) fn is_without_client(sentence: &str) -> bool {
    sentence.starts_with(NOBODY)
}

/// Whether there are clients for a case, and each lacks a word of its plan.
fn cannot(entries: &[Entry], case: &Case) -> bool {
    let mut of_it = entries.iter().filter(|entry| entry.is_for(case)).peekable();
    let lacks = |entry: &Entry| entry.client.as_ref().is_ok_and(|client| client.lacks_word_of(case).is_some());
    case.contract.is_none() && of_it.peek().is_some() && of_it.all(lacks)
}

fn beyond_all(cases: &[&Case]) -> Option<String> {
    let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let count = counted(cases.len(), "case");
    (!cases.is_empty()).then(|| format!("no client can do {count}, each lacks a word of the plan: {}", listed(&names)))
}

/// Whether a case, or a glob of cases, is of a group that is not here, or is built in and those are not here.
fn is_of_another_suite(case: &str, cases: &[Case]) -> bool {
    if cases.iter().any(|here| here.name == case) {
        return false;
    }
    let group = case.split_once('/').map_or(case, |(group, _)| group);
    let is_a_name = !group.contains(['*', '?', '[', '{']);
    (is_a_name && !cases.iter().any(|here| here.group() == group)) || BUILT_IN.contains(case)
}

fn is_of_a_trial(known: &KnownFailure, client: &Client, cases: &[Case], leading: &BTreeSet<usize>) -> bool {
    cases.iter().enumerate().any(|(index, case)| {
        let in_profile = |profile: &Profile| profile.is_for(case, leading.contains(&index)) && known.is_of(case, *profile);
        client.is_for(case) && Profile::ALL.iter().filter(|profile| client.runs_in(**profile)).any(in_profile)
    })
}
