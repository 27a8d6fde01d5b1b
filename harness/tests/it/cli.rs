//! The command line: what is asked wrongly gets one clear line and status 2; green by absence is red.

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, THREE, example};

fn project() -> Project {
    let project = Project::new();
    project.sender("right", "").cases(&format!("{HELLO}{THREE}"));
    project
}

fn one_line() -> impl Predicate<str> {
    predicate::function(|text: &str| text.lines().count() == 1 && text.starts_with("samewire: "))
}

#[test]
fn a_run_says_how_many_passed() {
    project().run(&[]).assert().code(0).stdout(contains("2 trials: 2 passed"));
}

#[test]
fn without_a_command_it_runs() {
    project().samewire(&["--suite", "suite", "--case", "case/*"]).assert().code(0).stdout(contains("4 trials: 4 passed"));
}

#[test]
fn a_selection_goes_into_a_folder_of_its_own() {
    let project = project();
    let hello = ["--profile", "default", "--case", "case/h*"];
    project.run_all(&hello).assert().code(0).stdout(contains("1 trial: 1 passed"));
    assert!(project.path("samewire-report/last-selection/report.json").is_file());
    project.run(&["--case", "!case/h*"]).assert().code(0).stdout(contains("1 trial: 1 passed"));
    project.run_all(&[]).assert().code(0);
    assert!(project.path("samewire-report/last-selection/report.json").is_file(), "a full run keeps the last selection");
}

#[test]
fn a_report_has_everything_that_views_need() {
    let project = project();
    project.run(&[]).assert().code(0);
    let report = project.report();
    assert_eq!(report["format"], 2);
    assert_eq!(report["clients"][0]["version"], concat!("samewire ", env!("CARGO_PKG_VERSION")));
    assert_eq!(report["counts"]["passed"], 2);
    let trial = project.trial("right", "case/hello");
    assert_eq!(trial["captured"][0]["length"], 5);
    let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(trial["captured"][0]["sha256"], sha256);
    assert_eq!(trial["expected"], trial["captured"]);
    let capture = trial["capture"].as_str().expect("a capture");
    assert!(project.path("samewire-report").join(capture).is_file());
}

#[test]
fn a_large_capture_is_dropped_unless_all_are_kept() {
    let project = Project::new();
    project.sender("right", "").cases(
        "[[case]]\nname = 'big'\nabout = 'x'\nhazards = []\nplan = 'repeat 100000 61'\n\
         expect = { sha256 = '6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee', bytes = 100000 }",
    );
    project.run(&[]).assert().code(0);
    assert_eq!(project.trial("right", "case/big")["capture_dropped"], true);
    assert!(project.trial("right", "case/big")["capture"].is_null());
    project.run(&["--keep", "all"]).assert().code(0);
    assert_eq!(project.trial("right", "case/big")["capture_dropped"], false);
}

#[test]
fn more_octets_can_be_expected_than_a_number_counts() {
    let project = Project::new();
    project.client("says-hello", &format!("run = ['{}', 'none', '{{host}}', '{{port}}']\ncases = ['*']", example("stray")), "");
    let most = format!("{{ sha256 = '{}', bytes = {} }}", "0".repeat(64), i64::MAX);
    project.cases(&format!("[[case]]\nname = 'most'\nabout = 'x'\nhazards = []\nconnections = [{most}, {most}, {most}]"));
    project.run(&[]).assert().code(1).stdout(contains("expected 9223372036854775807 octets, captured 5"));
}

#[test]
fn where_only_a_digest_is_expected_nothing_is_made_up() {
    let project = Project::new();
    let zeros = "0".repeat(64);
    project.client("says-hello", &format!("run = ['{}', 'none', '{{host}}', '{{port}}']\ncases = ['*']", example("stray")), "");
    project.cases(&format!("[[case]]\nname = 'digest'\nabout = 'x'\nhazards = []\nexpect = {{ sha256 = '{zeros}', bytes = 5 }}"));
    let run = project.run(&[]).assert().code(1);
    let said = "  connection 1: expected 5 octets, captured 5\n    \
                  expected  sha256 0000000000000000000000000000000000000000000000000000000000000000\n    \
                  captured  sha256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n    \
                  where they differ is not known: the case has a digest and no plan\n";
    run.stdout(contains(said));
    let trial = project.trial("says-hello", "case/digest");
    assert_eq!(trial["diagnoses"][0]["name"], "unexplained");
    assert_eq!(trial["drawings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_folder_that_is_no_report_is_left_as_it_is() {
    let project = project();
    project.write("samewire-report/thesis.txt", "years of work");
    project.run(&[]).assert().code(2).stderr(contains("neither empty nor an earlier report"));
    assert!(project.path("samewire-report/thesis.txt").is_file());
    assert!(!project.path("samewire-report/report.json").exists());
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    let project = project();
    project.run(&["--client", "wrong"]).assert().code(2).stderr(one_line().and(contains("there are: right")));
    project.run(&["--require", "wrong"]).assert().code(2).stderr(one_line().and(contains("there are: right")));
    project.samewire(&["run", "--suite", "builtin:wrong"]).assert().code(2).stderr(contains("builtin:wire"));
    project.run(&["--case", "["]).assert().code(2).stderr(one_line().and(contains("not a glob")));
    project.samewire(&["run", "--wrong"]).assert().code(2);
}

/// CI takes the variable from a matrix, which leaves it empty where it has nothing to say.
#[test]
fn an_empty_variable_requires_nothing_less() {
    let project = project();
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    project.write("clients/absent/client.toml", &format!("needs = ['no-such-program']\n{toml}"));
    project.write("samewire.toml", "clients = 'clients'\nsuites = ['suite']\nrequire = ['all']\n");
    for variable in ["", " "] {
        project.run(&[]).env("SAMEWIRE_REQUIRE", variable).assert().code(1);
    }
    project.run(&[]).env("SAMEWIRE_REQUIRE", "right").assert().code(0);
}

#[test]
fn nothing_selected_is_no_success() {
    project().run_all(&["--case", "nothing/*"]).assert().code(1).stdout(contains("no trial was run"));
}

#[test]
fn no_clients_is_an_error() {
    let project = Project::new();
    project.cases(HELLO).run(&[]).assert().code(2).stderr(one_line().and(contains("there is no client here")));
    std::fs::remove_dir_all(project.path("clients")).expect("a folder of clients");
    project.run(&[]).assert().code(2).stderr(one_line().and(contains("not a folder of clients")));
}

#[test]
fn a_broken_client_toml_takes_no_other_client_down() {
    let project = project();
    project.write("clients/broken/client.toml", "about = 'x'\nversion = ['true']\nrun = ['true']\n");
    project.run(&[]).assert().code(1).stdout(
        contains("2 passed").and(contains("2 setup-error")).and(contains("client.toml:3")).and(contains("say which `cases`")),
    );
    project.samewire(&["list", "--suite", "suite"]).assert().code(0).stdout(contains("broken").and(contains("ready samewire ")));
}

#[test]
fn a_missing_toolchain_is_a_skip_unless_it_is_required() {
    let project = project();
    let toml = "about = 'x'\nneeds = ['no-such-program']\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']\ninstall = { apt = 'nsp' }";
    project.write("clients/absent/client.toml", toml);
    project
        .run(&[])
        .assert()
        .code(0)
        .stdout(contains("2 missing").and(contains("missing absent: no-such-program is not on PATH; apt install nsp")));
    project.run(&["--require", "absent"]).assert().code(1);
    project.run(&["--client", "absent"]).assert().code(1);
    project.run(&[]).env("SAMEWIRE_REQUIRE", "all").assert().code(1);
}

#[test]
fn lacks_is_checked_both_ways() {
    let project = Project::new();
    project.sender("right", "lacks = ['u16be']").cases(&format!("{HELLO}{THREE}"));
    project.run(&[]).assert().code(1);
    assert_eq!(project.verdict("right", "case/three"), "unexpected-pass");
    assert_eq!(project.verdict("right", "case/hello"), "passed");
}

#[test]
fn a_client_is_built_once_per_change() {
    let project = Project::new();
    project.sender("right", "build = ['sh', '-c', 'echo made >> ../../builds']").cases(&format!("{HELLO}{THREE}"));
    let builds = || std::fs::read_to_string(project.path("builds")).map_or(0, |text| text.lines().count());
    project.run(&[]).assert().code(0);
    project.run(&[]).assert().code(0);
    assert_eq!(builds(), 1);
    project.write("clients/right/source", "changed");
    project.run(&[]).assert().code(0);
    assert_eq!(builds(), 2);
}

#[test]
fn a_failed_build_fails_its_client_alone_and_is_remembered() {
    let project = project();
    project.write(
        "clients/unbuilt/client.toml",
        "about = 'x'\nversion = ['sh', '-c', 'echo 1']\nbuild = ['sh', '-c', 'echo tried >> ../../builds; echo no such header >&2; exit 1']\nrun = ['sh', '{plan}']",
    );
    for _ in 0..2 {
        project.run(&[]).assert().code(1).stdout(contains("setup-error unbuilt (2 trials)").and(contains("no such header")));
    }
    let builds = std::fs::read_to_string(project.path("builds")).expect("a build");
    assert_eq!(builds.lines().count(), 1);
}

#[test]
fn what_a_client_writes_reaches_the_terminal_escaped() {
    let project = Project::new();
    let toml =
        "about = 'x'\nversion = ['sh', '-c', 'echo 1']\nrun = ['sh', '-c', 'printf \"\\\\033[2Jhi\" >&2; exit 1', '{plan}']";
    project.write("clients/rude/client.toml", toml);
    project.cases(HELLO).run(&[]).assert().code(1).stdout(contains("hi").and(contains("\u{1b}[2J").not()));
}

#[test]
fn the_configuration_is_found_upwards_and_checked() {
    let project = project();
    project.write("samewire.toml", "suites = ['suite']\n");
    std::fs::create_dir_all(project.path("deep/down")).expect("a folder");
    let run = ["run", "--profile", "default", "--case", "case/*"];
    project.samewire(&run).current_dir(project.path("deep/down")).assert().code(0).stdout(contains("2 passed"));
    project.write("samewire.toml", "suits = []\n");
    project.samewire(&["run"]).assert().code(2).stderr(one_line().and(contains("samewire.toml:1")).and(contains("suits")));
}

/// As PowerShell writes what a command prints, and as editors on Windows save it.
#[test]
fn a_file_in_another_encoding_is_named_whatever_it_is() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    project.run(&[]).assert().code(0);
    let utf16 = |text: &str| [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    let report = std::fs::read_to_string(project.path("samewire-report/report.json")).expect("a report");
    let capture = "{\"event\":\"start\",\"format\":1,\"recorder\":\"x\",\"address\":\"x\",\"at\":\"x\"}\n";
    let write = |file: &str, octets: Vec<u8>| std::fs::write(project.path(file), octets).expect("a file");
    for (said, saved) in [
        ("is UTF-16 text, as PowerShell's > writes it", &utf16 as &dyn Fn(&str) -> Vec<u8>),
        ("begins with a byte order mark", &marked),
    ] {
        write("report.json", saved(&report));
        project.samewire(&["diff", "report.json", "report.json"]).assert().code(2).stderr(contains(said));
        write("capture.jsonl", saved(capture));
        project.samewire(&["show", "capture.jsonl"]).assert().code(2).stderr(contains(said));
    }
    let case = std::fs::read_to_string(project.path("suite/case.toml")).expect("a suite");
    write("suite/case.toml", marked(&case));
    project.run(&[]).assert().code(0);
    write("suite/case.toml", utf16(&case));
    project.run(&[]).assert().code(2).stderr(contains("suite/case.toml: is UTF-16 text"));
}
