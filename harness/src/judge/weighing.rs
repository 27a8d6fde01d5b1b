//! What explains most of a client's failures. Pure.
//!
//! One octet that is wrong has many explanations, and a hundred trials that differ have few: a mistake that was made once shows
//! wherever a case provokes it. So the trials of one client weigh each other's causes, and the cause that explains most of them
//! comes first in each. It never makes a verdict.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::agreement::Sender;
use crate::judge::diagnosis::{Diagnosis, UNEXPLAINED, is_broad, rank};
use crate::printable::counted;

/// A cause that would explain much else as well must explain this many times as many trials, and more, to come first.
const WORTH: usize = 2;

/// The most causes that are named in a sentence.
const NAMED: usize = 3;

/// The causes of one client's failures, as few as there can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CommonCauses {
    /// The client's name, with its variant.
    pub client: String,
    /// The kind of machine that these trials ran on; none where the report is of one kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// How many of its trials differ from what was expected in their octets.
    pub trials: usize,
    /// What explains them, the cause of most first. A trial counts for the first that explains it.
    pub causes: Vec<Share>,
    /// The same as a sentence; none where there is one trial, which says it itself.
    pub says: Option<String>,
}

/// How many trials a cause explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The name of the diagnosis.
    pub diagnosis: String,
    /// How many trials of the client.
    pub trials: usize,
}

impl CommonCauses {
    /// Of a client's trials that differ (on one platform, which is named where there are several), by the diagnoses of each, most
    /// specific first; nothing where none is explained.
    #[must_use]
    pub(crate) fn of(sender: Sender<'_>, trials: &[&[Diagnosis]]) -> Option<Self> {
        let causes = fewest(trials);
        let says = (trials.len() > 1).then(|| sentence(sender, trials.len(), &causes));
        let (client, platform) = (sender.client.to_owned(), sender.platform.map(str::to_owned));
        (!causes.is_empty()).then_some(Self { client, platform, trials: trials.len(), causes, says })
    }

    /// Whether these are the causes of that client's trials on that platform.
    #[must_use]
    pub fn is_of(&self, client: &str, platform: &str) -> bool {
        self.client == client && self.platform.as_deref().is_none_or(|own| own == platform)
    }

    /// Puts what explains most first, and leaves the others in their order. Says whether that changed anything.
    pub fn weigh(&self, diagnoses: &mut [Diagnosis]) -> bool {
        let place = |diagnosis: &Diagnosis| {
            self.causes.iter().position(|cause| cause.diagnosis == diagnosis.name).unwrap_or(self.causes.len())
        };
        let sorted = diagnoses.is_sorted_by_key(place);
        diagnoses.sort_by_key(place);
        !sorted
    }
}

/// Cause by cause, the one that explains most of the trials that are left.
fn fewest(trials: &[&[Diagnosis]]) -> Vec<Share> {
    let mut left = trials.to_vec();
    let mut causes = Vec::new();
    while let Some(name) = most(&left) {
        let before = left.len();
        left.retain(|diagnoses| diagnoses.iter().all(|diagnosis| diagnosis.name != name));
        causes.push(Share { diagnosis: name, trials: before - left.len() });
    }
    causes
}

/// What explains most; of causes that explain as many, what is named first most often, and then what is most specific.
fn most(trials: &[&[Diagnosis]]) -> Option<String> {
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (place, diagnosis) in trials.iter().flat_map(|diagnoses| diagnoses.iter().enumerate()) {
        let (trials, firsts) = tally.entry(&diagnosis.name).or_default();
        *trials += 1;
        *firsts += usize::from(place == 0);
    }
    let weight = |(name, (trials, firsts)): &(&str, (usize, usize))| {
        (if is_broad(name) { *trials } else { trials * WORTH }, *firsts, Reverse(rank(name)))
    };
    tally.into_iter().filter(|(name, _)| *name != UNEXPLAINED).max_by_key(weight).map(|(name, _)| name.to_owned())
}

/// `python: latin-1 explains 23 of 25 trials that differ, line-feed-added 1 more`
fn sentence(sender: Sender<'_>, trials: usize, causes: &[Share]) -> String {
    let of = |(index, cause): (usize, &Share)| match index {
        0 if cause.trials == trials && trials == 2 => format!("{} explains both trials that differ", cause.diagnosis),
        0 if cause.trials == trials => format!("{} explains all {trials} trials that differ", cause.diagnosis),
        0 => format!("{} explains {} of {trials} trials that differ", cause.diagnosis, cause.trials),
        _ => format!("{} {} more", cause.diagnosis, cause.trials),
    };
    let named: Vec<String> = causes.iter().enumerate().take(NAMED).map(of).collect();
    let others = causes.len().saturating_sub(NAMED);
    let others = if others > 0 { format!(", and {} the others", counted(others, "cause")) } else { String::new() };
    format!("{sender}: {}{others}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(names: &[&str]) -> Vec<Diagnosis> {
        let named = |name: &&str| Diagnosis {
            name: (*name).to_owned(),
            sentence: String::new(),
            hint: None,
            connection: None,
            line: None,
            spots: Vec::new(),
        };
        names.iter().map(named).collect()
    }

    /// The sentence, and the first diagnosis of each trial afterwards.
    fn weighed(trials: &[&[&str]]) -> (Option<String>, Vec<String>) {
        let mut trials: Vec<Vec<Diagnosis>> = trials.iter().map(|names| trial(names)).collect();
        let borrowed: Vec<&[Diagnosis]> = trials.iter().map(Vec::as_slice).collect();
        let common = CommonCauses::of("c".into(), &borrowed).unwrap();
        for diagnoses in &mut trials {
            common.weigh(diagnoses);
        }
        (common.says, trials.iter().map(|diagnoses| diagnoses[0].name.clone()).collect())
    }

    #[test]
    fn what_explains_most_comes_first() {
        let (says, firsts) = weighed(&[
            &["json-string", "octets-literal-as-text"],
            &["octets-literal-as-text"],
            &["octets-literal-as-text", "quotes-added"],
            &["line-feed-added"],
        ]);
        let expected = "c: octets-literal-as-text explains 3 of 4 trials that differ, line-feed-added 1 more";
        assert_eq!(says.as_deref(), Some(expected));
        let literal = "octets-literal-as-text";
        assert_eq!(firsts, [literal, literal, literal, "line-feed-added"]);
    }

    #[test]
    fn a_broad_cause_needs_many_more() {
        let (cut, truncated) = (["cut-at-nul", "truncated"], ["truncated"]);
        let (_, firsts) = weighed(&[&cut, &cut, &truncated]);
        assert_eq!(firsts, ["cut-at-nul", "cut-at-nul", "truncated"]);
        let (_, firsts) = weighed(&[&cut, &cut, &cut, &cut, &truncated, &truncated, &truncated]);
        assert_eq!(firsts[..4], ["cut-at-nul"; 4]);
        let (_, firsts) = weighed(&[&cut, &truncated, &truncated]);
        assert_eq!(firsts, ["truncated"; 3]);
    }

    #[test]
    fn to_explain_more_counts_for_more_than_to_be_named_first() {
        let both = ["json-string", "latin-1"];
        let (_, firsts) = weighed(&[&both, &both, &["latin-1"]]);
        assert_eq!(firsts, ["latin-1"; 3]);
    }

    #[test]
    fn a_sentence_names_few_and_counts_the_others() {
        let causes: [&[&str]; 5] = [&["latin-1"], &["latin-1"], &["crlf-added"], &["nul-added"], &["bom-added"]];
        let says = |causes| weighed(causes).0.unwrap();
        let three = "c: latin-1 explains 2 of 4 trials that differ, crlf-added 1 more, nul-added 1 more";
        assert_eq!(says(&causes[..4]), three);
        assert_eq!(says(&causes), three.replace("of 4", "of 5") + ", and 1 cause the others");
    }

    #[test]
    fn of_equals_the_first_stays_first() {
        let (says, firsts) = weighed(&[&["windows-1252", "latin-1"], &["windows-1252", "latin-1"]]);
        assert_eq!(firsts, ["windows-1252"; 2]);
        assert_eq!(says.as_deref(), Some("c: windows-1252 explains both trials that differ"));
    }

    #[test]
    fn what_is_not_explained_explains_nothing() {
        let unexplained = trial(&[UNEXPLAINED]);
        assert_eq!(CommonCauses::of("c".into(), &[&unexplained, &unexplained]), None);
    }

    #[test]
    fn one_trial_needs_no_sentence() {
        let (says, firsts) = weighed(&[&["json-string", "octets-literal-as-text"]]);
        assert_eq!((says, firsts), (None, vec!["json-string".to_owned()]));
    }
}
