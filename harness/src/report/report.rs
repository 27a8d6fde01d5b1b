//! What a run leaves behind: its types. Every other view is made from this.

use std::collections::BTreeMap;
use std::path::PathBuf;

use samewire_recorder::PeerEnd;
use serde::{Deserialize, Serialize};

use crate::client::profile::Profile;
use crate::judge::agreement::Group;
use crate::judge::conversation::Answered;
use crate::judge::diagnosis::Diagnosis;
use crate::judge::order::Breach;
use crate::judge::verdict::Verdict;
use crate::judge::weighing::CommonCauses;
use crate::report::exit::Exit;
use crate::report::mask::MaskReport;
use crate::report::messages::MessagesReport;
use crate::report::packets::PacketsReport;
use crate::suite::expectation::ExpectedExit;
use crate::trial::difference::Drawing;
use crate::trial::holders::Holders;
use crate::trial::timeline::Timeline;

/// The version of the report's format. Reports of this and of all before it are read, and become this one.
pub const FORMAT: u32 = 2;

/// The file in a report's folder that makes it one.
pub const REPORT_FILE: &str = "report.json";

/// The same as JUnit XML, beside it.
pub const JUNIT_FILE: &str = "junit.xml";

/// The same as a page for a browser, beside it.
pub const PAGE_FILE: &str = "report.html";

/// The views that a run writes beside it.
pub const VIEW_FILES: [&str; 2] = [JUNIT_FILE, PAGE_FILE];

/// A run: its clients, its cases, its trials, its counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of Samewire.
    pub samewire: String,
    /// The run; more than one where reports were merged.
    pub runs: Vec<Run>,
    /// Whether every trial was run to its end.
    pub complete: bool,
    /// The clients that were selected.
    pub clients: Vec<ClientReport>,
    /// The cases of the trials.
    pub cases: Vec<CaseReport>,
    /// Every trial that was selected.
    pub trials: Vec<TrialReport>,
    /// Who agrees with whom, for every case that more than one client was tried on.
    pub agreements: Vec<Agreement>,
    /// What explains the failures of each client that has any.
    pub causes: Vec<CommonCauses>,
    /// What is wrong beside the trials: known failures that are expired, or of no trial; clients and cases of which nothing is left.
    /// Any of them fails the run.
    pub problems: Vec<String>,
    /// What is to be said beside the trials, and fails nothing: patterns that select nothing, known failures of other suites,
    /// what lies beside cases and clients and is none.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// How many trials have each verdict; verdicts that none has are left out.
    pub counts: BTreeMap<String, usize>,
}

/// When, where and what was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// When it began (RFC 3339, UTC).
    pub started: String,
    /// How long it took.
    pub duration_ms: u64,
    /// The machine's name.
    pub machine: String,
    /// The operating system, as Rust names it: `linux`, `macos`, `windows`.
    pub os: String,
    /// The version of its kernel; empty where it would not say.
    pub kernel: String,
    /// The processor's architecture, as Rust names it: `x86_64`, `aarch64`.
    pub arch: String,
    /// How many trials ran at once.
    pub jobs: usize,
    /// What was asked for.
    pub selection: SelectionReport,
    /// A digest of the cases (BLAKE3 in hex): the same for the same suite.
    pub suite: String,
    /// What the suites say of their versions (`version` in `suite.toml`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suite_versions: Vec<String>,
    /// The names of all trials that there are, of every client and every shard: what parts that are merged must add up to.
    pub planned: Vec<String>,
    /// The cases that no client of this run is for; perhaps one of another run is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unclaimed: Vec<String>,
    /// The clients whose toolchain must be there: names, or `all`.
    #[serde(default)]
    pub require: Vec<String>,
    /// Whether something is hidden in this report (`redact`). In captures and packets it is as it came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
}

/// What was asked for; empty lists ask for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SelectionReport {
    /// Clients, some with a variant or a profile.
    pub clients: Vec<String>,
    /// Globs of cases.
    pub cases: Vec<String>,
    /// Profiles.
    pub profiles: Vec<Profile>,
    /// The shard: `2/5`.
    pub shard: Option<String>,
    /// Whether only what failed the last time was asked for.
    #[serde(default)]
    pub failed: bool,
}

/// A client of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClientReport {
    /// Its run: an index into [`Report::runs`].
    pub run: usize,
    /// The name of its folder, and behind an `@` of its variant.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Its folder, seen from the folder of samewire.toml.
    #[serde(with = "crate::report::paths::slashed")]
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub folder: PathBuf,
    /// The file in which its mistakes are: the first of its folder that `run` or `build` names, else its `client.toml`.
    #[serde(with = "crate::report::paths::slashed")]
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub source: PathBuf,
    /// How it is started, with its placeholders.
    pub run_argv: Vec<String>,
    /// Whether it could run.
    pub status: ClientStatus,
    /// What its `version` printed.
    pub version: Option<String>,
    /// Why it could not run.
    pub why: Option<String>,
    /// How to install what it needs, where it is missing.
    pub install: Option<String>,
    /// Whether it may be missing even where all clients are required.
    #[serde(default)]
    pub optional: bool,
    /// A digest of its folder, its `inputs` and all that its `client.toml` says (BLAKE3 in hex): the same for the same client.
    #[serde(default)]
    pub digest: Option<String>,
    /// Files of its folder that were written while it ran, relative to the folder: the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<PathBuf>,
}

/// Whether a client could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ClientStatus {
    /// It could.
    Ready,
    /// What it needs is not on this machine.
    Missing,
    /// Its `client.toml` or its build has an error.
    Broken,
}

/// A case, and what is expected of every client that is tried on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CaseReport {
    /// Its full name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// The hazards it provokes.
    pub hazards: Vec<String>,
    /// What clients that read plans are told.
    pub plan: Option<String>,
    /// The file that it is written in, seen from the folder of samewire.toml.
    #[serde(with = "crate::report::paths::slashed")]
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub file: PathBuf,
    /// Its line in that file.
    pub line: usize,
    /// What each connection must carry.
    pub expected: Vec<Carried>,
    /// What the client must print.
    pub output: Carried,
    /// A digest of all of it that decides a trial, what decodes and answers included (BLAKE3 in hex); none of a case of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A trial of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrialReport {
    /// Its run: an index into [`Report::runs`].
    pub run: usize,
    /// Its name: `netcat@ncat+c-locale::text/euro`.
    pub name: String,
    /// The client's name, with its variant.
    pub client: String,
    /// The environment.
    pub profile: Profile,
    /// The case's full name.
    pub case: String,
    /// The outcome.
    pub verdict: Verdict,
    /// What else was found.
    pub also: Vec<Verdict>,
    /// Whether this makes the run fail.
    pub failed: bool,
    /// Why the trial did not come about, where it did not.
    pub problem: Option<String>,
    /// Why it is known to fail, where it is.
    pub known: Option<String>,
    /// Where that is written, and how it is to fail; of a trial that is known to fail, or would be were its client of another version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<KnownEntry>,
    /// The word that its client says it lacks, and that the trial is about or its plan needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
    /// How often it had which verdict, where it was repeated.
    pub attempts: BTreeMap<String, usize>,
    /// Why octets differ, most specific first.
    pub diagnoses: Vec<Diagnosis>,
    /// Where octets differ, drawn: of the first connections that do, and of what the client printed.
    pub drawings: Vec<Drawing>,
    /// How many more connections differ, behind the last that is drawn.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undrawn: usize,
    /// What was expected of each connection.
    pub expected: Vec<Carried>,
    /// What came on each connection.
    pub captured: Vec<Carried>,
    /// When each connection did what.
    pub timelines: Vec<Timeline>,
    /// What is wrong with the recorder's certificate (`expired`), where the client had to refuse it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_certificate: Option<String>,
    /// What came of its packets; none where they were not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<PacketsReport>,
    /// Which processes held each connection; empty where nobody can say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<Holders>,
    /// The server that answered, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerReport>,
    /// How the client went on too early, where it is held to the order of a plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<Breach>,
    /// What there is to say of the recorder's answers on each connection; empty where there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answered>,
    /// Octets in messages, where the case says how they are decoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessagesReport>,
    /// What the client should have printed.
    pub expected_output: Carried,
    /// What it printed.
    pub output: Option<Carried>,
    /// The capture, relative to the report's folder.
    #[serde(with = "crate::report::paths::slashed_option")]
    #[cfg_attr(feature = "cli", schemars(with = "Option<String>"))]
    pub capture: Option<PathBuf>,
    /// Whether there was a capture that was not kept.
    pub capture_dropped: bool,
    /// How long the client ran.
    pub duration_ms: u64,
    /// How long after its run it began; none where it was not run, or in reports of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_ms: Option<u64>,
    /// How the client ended.
    pub exit: Option<Exit>,
    /// Whether it never ends by itself: then neither that nor how its connections ended was judged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_freely: bool,
    /// How it had to end.
    #[serde(default, skip_serializing_if = "ExpectedExit::is_zero")]
    pub expected_exit: ExpectedExit,
    /// The beginning and the end of what it wrote to stderr.
    pub stderr: String,
    /// For people, behind the sentence that decides: what was expected, what came, and where they part.
    pub explanation: Vec<String>,
    /// The command that repeats this trial alone.
    pub repeat: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The server behind the recorder of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ServerReport {
    /// Its name.
    pub name: String,
    /// What its `version` printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How it ended, where it did before the trial was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// The last lines that it wrote; of a trial that failed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub last_lines: String,
}

/// The entry of a known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownEntry {
    /// The file that it is written in, seen from the folder of samewire.toml.
    #[serde(with = "crate::report::paths::slashed")]
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub file: PathBuf,
    /// Its line in that file.
    pub line: usize,
    /// The diagnosis that the failure must have, where one is named.
    pub diagnosis: Option<String>,
    /// The version of the client below which it fails, where one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<String>,
    /// Why it does not excuse this trial, where the client is of another version, or of one that cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<String>,
}

/// The clients of one case in groups from which the same came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The case's full name.
    pub case: String,
    /// The environment.
    pub profile: Profile,
    /// The groups, the largest first.
    pub groups: Vec<Group>,
    /// Who is the odd one out, or that the expectation is the suspect; none where all agree, also with the expectation.
    pub says: Option<String>,
}

/// Octets, by length and digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// How many octets.
    pub length: u64,
    /// Their SHA-256 in hex; none where they may vary.
    pub sha256: Option<String>,
    /// How the client ended the connection; none of what it printed.
    pub ending: Option<PeerEnd>,
    /// Of what is expected: other endings that are as good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or_endings: Vec<PeerEnd>,
    /// The octets themselves (base64), where they are at most 4096.
    pub base64: Option<String>,
    /// The octets that may be anything.
    pub masks: Vec<MaskReport>,
    /// Of what is expected and bends: its parts in words, each with its number. `length` is the least that they have then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Of what is expected: whether it may be any octets, since messages are judged and not these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anything: bool,
}

impl Report {
    /// The report as JSON, as it stands in its file.
    ///
    /// # Errors
    /// Something in it cannot be said in JSON.
    pub fn json(&self) -> std::io::Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }
}
