//! What the page opens with: all that its matrix, pictures and filters need of every trial, in columns, so that it is small and quickly read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::make_printable;
use crate::client::profile::Profile;
use crate::report::{Report, TrialReport};

/// An outline that grows by one trial after the other.
pub(super) struct Outline<'a> {
    report: &'a Report,
    trials: Columns,
    texts: Texts<'a>,
    /// The names of trials that are not called after their client, profile and case, by their places.
    names: BTreeMap<usize, &'a str>,
    /// Blocks in which a search finds more.
    searched: BTreeSet<usize>,
}

/// What is known of each trial, in the report's order. A text is its place in [`Texts`].
#[derive(Default, Serialize)]
struct Columns {
    run: Vec<usize>,
    client: Vec<usize>,
    case: Vec<usize>,
    profile: Vec<usize>,
    verdict: Vec<usize>,
    failed: Vec<u8>,
    duration_ms: Vec<u64>,
    began_ms: Vec<Option<u64>>,
    /// The sentence that decides.
    sentence: Vec<usize>,
    /// The name of the cause, where it failed for one.
    cause: Vec<Option<usize>>,
    /// The place of the trial that is told for it.
    told_by: Vec<Option<usize>>,
    /// The number of the block with all that is known of it.
    block: Vec<usize>,
}

#[derive(Default, Serialize)]
struct Texts<'a> {
    client: Kind<'a>,
    case: Kind<'a>,
    profile: Kind<'a>,
    verdict: Kind<'a>,
    sentence: Kind<'a>,
    cause: Kind<'a>,
}

/// Texts of a kind, each once, in the order in which they came.
#[derive(Default, Serialize)]
#[serde(transparent)]
struct Kind<'a> {
    all: Vec<Cow<'a, str>>,
    #[serde(skip)]
    places: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Kind<'a> {
    fn place(&mut self, text: impl Into<Cow<'a, str>>) -> usize {
        let text = text.into();
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        self.all.push(text.clone());
        self.places.insert(text, self.all.len() - 1);
        self.all.len() - 1
    }
}

impl<'a> Outline<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let (trials, texts) = (Columns::default(), Texts::default());
        Self { report, trials, texts, names: BTreeMap::new(), searched: BTreeSet::new() }
    }

    /// Adds the next trial, which is `told_by` another one and in that block, where a search may find more of it.
    pub(super) fn add(&mut self, trial: &'a TrialReport, told_by: Option<usize>, block: usize, is_searched: bool) {
        if trial.name != usual_name(trial) {
            self.names.insert(self.trials.run.len(), &trial.name);
        }
        self.searched.extend(is_searched.then_some(block));
        let (columns, texts) = (&mut self.trials, &mut self.texts);
        let cause = trial.cause().filter(|_| trial.failed && !trial.failed_otherwise());
        columns.run.push(trial.run);
        columns.client.push(texts.client.place(trial.client.as_str()));
        columns.case.push(texts.case.place(trial.case.as_str()));
        columns.profile.push(texts.profile.place(trial.profile.name()));
        columns.verdict.push(texts.verdict.place(trial.verdict.name()));
        columns.failed.push(trial.failed.into());
        columns.duration_ms.push(trial.duration_ms);
        columns.began_ms.push(trial.began_ms);
        columns.sentence.push(texts.sentence.place(trial.sentence()));
        columns.cause.push(cause.map(|cause| texts.cause.place(cause.name.as_str())));
        columns.told_by.push(told_by);
        columns.block.push(block);
    }

    /// As JSON, in which nothing steers or hides.
    pub(super) fn json(self, runs: &Value) -> serde_json::Result<Value> {
        let mut json = json!({
            "runs": runs,
            "clients": serde_json::to_value(&self.report.clients)?,
            "cases": serde_json::to_value(&self.report.cases)?,
            "texts": serde_json::to_value(&self.texts)?,
            "names": serde_json::to_value(&self.names)?,
        });
        leave_out_octets(&mut json["cases"]);
        make_printable(&mut json);
        json["trials"] = serde_json::to_value(&self.trials)?;
        json["searched"] = serde_json::to_value(&self.searched)?;
        Ok(json)
    }
}

/// What trials are called, but for reports that somebody else wrote.
fn usual_name(trial: &TrialReport) -> String {
    match trial.profile {
        Profile::Default => format!("{}::{}", trial.client, trial.case),
        profile => format!("{}+{profile}::{}", trial.client, trial.case),
    }
}

/// What is expected stands in each trial.
fn leave_out_octets(cases: &mut Value) {
    for case in cases.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        case.remove("expected");
        case.remove("output");
    }
}
