//! One suite, and clients in eight repositories of their own: each runs alone with the suite that it has pinned, and all are in one
//! report.

use std::fs;

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;

use super::support::{HELLO, Project, run_sender};

/// The clients, each in a repository of its own; the last of them sends another octet than it should, and that is known.
const NAMES: [&str; 8] = ["one", "two", "three", "four", "five", "six", "seven", "odd"];

/// Beside [`HELLO`].
const READ_AS_A_MESSAGE: &str = r#"
[[case]]
name = "read"
about = "five octets, as a message"
hazards = []
plan = "text hello"
decode = "mine"
messages = ["hello"]
"#;

/// All cases of the suite.
fn cases() -> String {
    format!("{HELLO}{READ_AS_A_MESSAGE}")
}

const SUITE: &str = "version = \"1.0\"\nredact = ['secret']\n[decoder.mine]\nrun = ['sh', 'tools/read.sh']\n";

const READ: &str = r#"# Reads one message.
printf '{"at":0,"octets":5,"text":"%s"}\n' "$(cat)""#;

const KNOWN: &str = "
[[known_failure]]
case = 'case/hello'
reason = 'its users rely on it'
[[known_failure]]
case = 'case/read'
reason = 'its users rely on it'
";

struct Team {
    repositories: Vec<Project>,
    whole: Project,
}

/// Puts the suite into a repository, as a submodule or a script does.
#[track_caller]
fn pin(repository: &Project, (cases, suite, read): (&str, &str, &str)) {
    let folder = fs::read_to_string(repository.path("pinned")).expect("where the suite is");
    repository.write(&format!("{folder}/case.toml"), cases);
    repository.write(&format!("{folder}/suite.toml"), suite);
    repository.write(&format!("{folder}/tools/read.sh"), read);
    repository.write(&format!("{folder}/check.sh"), "");
}

impl Team {
    /// Eight repositories with the suite, all run.
    #[track_caller]
    fn new() -> Self {
        let repositories: Vec<Project> = NAMES.into_iter().map(repository).collect();
        let team = Self { repositories, whole: Project::new() };
        (0..NAMES.len()).for_each(|index| drop(team.run(index).code(0).stdout(contains("remark: suite").not())));
        team
    }

    #[track_caller]
    fn run(&self, index: usize) -> Assert {
        self.repositories[index].samewire(&["run", "--profile", "default", "--case", "case/*", "--out", "report"]).assert()
    }

    /// Merges the reports of these repositories.
    #[track_caller]
    fn merge(&self, out: &str, more: &[&str], of: impl Iterator<Item = usize>) -> Assert {
        let parts: Vec<String> = of.map(|index| self.repositories[index].path("report").display().to_string()).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.whole.samewire(&[&["merge", "--out", out], more, &parts].concat()).assert()
    }

    #[track_caller]
    fn report(&self, out: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.whole.path(out).join("report.json")).expect("a report")).expect("JSON")
    }
}

/// The repository of a client, with the suite in a folder that no other one has it in.
#[track_caller]
fn repository(name: &str) -> Project {
    let project = Project::new();
    let (fault, more) = match name {
        "odd" => ("one-octet-changed", KNOWN),
        _ => ("right", ""),
    };
    project.client(name, &format!("run = {}", run_sender(fault, "{plan}")), more);
    project.write("samewire.toml", &format!("suites = ['of-{name}/suite']\nrequire = ['all']\n"));
    project.write("pinned", &format!("of-{name}/suite"));
    pin(&project, (&cases(), SUITE, READ));
    project
}

#[test]
fn clients_of_eight_repositories_are_held_against_each_other() {
    let team = Team::new();
    let all = NAMES.join(",");
    let merged = team.merge("all", &["--require", &all], 0..8);
    merged
        .code(0)
        .stdout(contains("odd differs from the 7 others").and(contains("16 trials: 14 passed, 2 known-failure in 8 runs")));
    let report = team.report("all");
    assert_eq!(report["problems"], serde_json::json!([]));
    assert_eq!((report["clients"].as_array().map(Vec::len), report["cases"].as_array().map(Vec::len)), (Some(8), Some(2)));
    let text = report.to_string();
    for folder in team.repositories.iter().map(|repository| repository.path("").display().to_string()) {
        assert!(!text.contains(&folder), "{text}");
    }
    team.whole.samewire(&["merge", "--out", "again", "all"]).assert().code(0);
    team.whole.samewire(&["diff", "all", "again"]).assert().code(0);
}

#[test]
fn a_repository_without_a_run_is_missed_by_whoever_requires_its_client() {
    let team = Team::new();
    team.merge("all", &[], 0..8).code(0);
    team.merge("few", &["--require", "one,three"], [0, 1, 3].into_iter())
        .code(1)
        .stdout(contains("problem no part has the client three, which is required").and(contains("6 trials: 6 passed")));
    team.whole.samewire(&["diff", "all", "few"]).assert().code(1).stdout(contains("three: the client, with 2 trials"));
    // One that could not run where it had been is there, and missing.
    let here = fs::read_to_string(team.repositories[2].path("clients/three/client.toml")).expect("a client");
    team.repositories[2].write("clients/three/client.toml", &format!("needs = ['no-such-program']\n{here}"));
    team.repositories[2].write("samewire.toml", "suites = ['of-three/suite']\n");
    team.run(2).code(1).stdout(contains("nothing was run: three is missing"));
    team.merge("few", &[], 0..4).code(0);
    team.merge("few", &["--require", "one,three"], 0..4).code(1).stdout(contains("2 missing"));
    team.merge("few", &["--require", "all"], 0..4).code(1);
}

#[test]
fn another_suite_is_told_by_its_version_and_its_cases() {
    let team = Team::new();
    let other = cases().replacen("hello", "hallo", 1).replacen("text hello", "text hallo", 1).replacen(
        "= \"hello\" }",
        "= \"hallo\" }",
        1,
    );
    let other = other.replacen("\"hallo\"\nabout", "\"hello\"\nabout", 1);
    let refused = |pinned: (&str, &str, &str), said: &str| {
        pin(&team.repositories[1], pinned);
        team.run(1);
        team.merge("all", &[], 0..8).code(2).stderr(contains(said).and(contains("run both with the same suite")));
    };
    let newer = SUITE.replace("1.0", "1.1");
    refused((&other, &newer, READ), "version 1.0 and version 1.1; not the same in both: case/hello;");
    let more = format!("{}{}", cases(), cases().replace("\"hello\"\nabout", "\"hi\"\nabout").replace("\"read\"", "\"seen\""));
    refused((&more, SUITE, READ), "report has trials of case/hi and case/seen;");
    // What decodes is of the suite too.
    refused((&cases(), SUITE, &format!("{READ}; :")), "are of different suites: not the same in both: case/read;");
    pin(&team.repositories[1], (&cases(), &newer, &READ.replace('\n', "\r\n")));
    team.run(1);
    team.merge("all", &[], 0..8).code(0);
}

#[test]
fn two_clients_of_one_name_are_refused() {
    let team = Team::new();
    let repository = &team.repositories[1];
    fs::rename(repository.path("clients/two"), repository.path("clients/one")).expect("another name");
    repository.write("clients/one/source", "another program");
    team.run(1);
    team.merge("all", &[], 0..8).code(2).stderr(contains("one on ").and(contains("give one another name where they are two")));
}

#[test]
fn a_case_that_one_repository_has_no_client_for_is_for_the_others() {
    let team = Team::new();
    let leaves_out = |index: usize, cases: &str| {
        let path = format!("clients/{}/client.toml", NAMES[index]);
        let here = fs::read_to_string(team.repositories[index].path(&path)).expect("a client");
        team.repositories[index].write(&path, &format!("cases = ['{cases}']\n{here}"));
        team.run(index)
    };
    leaves_out(0, "case/hello").code(1).stdout(contains("problem no client is for 1 case").and(contains("case/read")));
    leaves_out(1, "!case/read").code(0).stdout(contains("remark: no client is for 1 case").and(contains("case/read")));
    team.merge("all", &[], 0..8).code(0).stdout(contains("no client is for").not());
    team.merge("two", &[], 0..2).code(1).stdout(contains("problem no client is for 1 case").and(contains("case/read")));
    team.merge("one", &[], 1..2).code(0).stdout(contains("remark: no client is for 1 case"));
}
