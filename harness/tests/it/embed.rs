//! The same trials as tests: in a crate of somebody else, under cargo and under nextest.

use std::path::Path;
use std::process::Command;

use super::support::{HELLO, Project, THREE};

/// A crate with the README's few lines, built beside this one so that its dependencies are built already.
///
/// Each test has a name of its own: cargo takes crates of one name in one target folder for the same.
fn embedded(name: &str) -> Project {
    let project = Project::new();
    let harness = Path::new(env!("CARGO_MANIFEST_DIR")).display();
    project.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = '{name}'\nedition = '2024'\n[lib]\npath = 'lib.rs'\n\
             [dev-dependencies]\nsamewire = {{ path = '{harness}', default-features = false }}\n\
             [[test]]\nname = 'interop'\nharness = false\n[workspace]\n"
        ),
    );
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, project.path("Cargo.lock")).expect("the lock file");
    project.write("lib.rs", "");
    project.write(
        "tests/interop.rs",
        "fn main() -> std::process::ExitCode {\n    samewire::interop(env!(\"CARGO_MANIFEST_DIR\"))\n}\n",
    );
    project.write("samewire.toml", "suites = ['suite']\n");
    project.cases(&format!("{HELLO}{THREE}"));
    project
}

/// Runs cargo, and returns whether it succeeded and all that it said.
pub(super) fn cargo(project: &Project, arguments: &[&str], require: Option<&str>) -> (bool, String) {
    let mut command = Command::new(env!("CARGO"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded");
    command.current_dir(project.path("")).args(arguments).env("CARGO_TARGET_DIR", target);
    command.env_remove("SAMEWIRE_REQUIRE").env("SAMEWIRE_CACHE", project.path("cache"));
    command.envs(require.map(|names| ("SAMEWIRE_REQUIRE", names)));
    // The nextest or cargo around this test is not the one inside.
    command.env_remove("NEXTEST");
    let output = command.output().expect("cargo");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn a_crate_of_somebody_else_runs_its_own_trials() {
    let project = embedded("embedded");
    project.sender("right", "");
    project.write("suite/x.tml", "");
    let absent = "about = 'x'\nneeds = ['no-such-program']\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']";
    project.write("clients/absent/client.toml", absent);

    let (passed, text) = cargo(&project, &["test", "--test", "interop"], None);
    assert!(passed, "{text}");
    let line = |start: &str, end: &str| text.lines().any(|line| line.starts_with(start) && line.ends_with(end));
    assert!(line("test right::case/hello ", "... ok"), "{text}");
    assert!(line("test absent::case/hello ", "... ignored (missing: no-such-program is not on PATH)"), "{text}");
    let remark = "... ignored (suite/x.tml is not read: the name of a file of cases ends in `.toml`)";
    assert!(line("test samewire::remarks ", remark), "{text}");
    assert!(text.contains("14 passed; 0 failed; 15 ignored"), "{text}");

    let (passed, text) = cargo(&project, &["test", "--test", "interop"], Some("absent"));
    assert!(!passed && text.contains("14 passed; 14 failed"), "{text}");
    let (passed, text) = cargo(&project, &["test", "--test", "interop", "--", "right::case/h"], None);
    assert!(passed && text.contains("1 passed; 0 failed; 0 ignored"), "{text}");

    std::fs::remove_dir_all(project.path("clients")).expect("the clients");
    let (passed, text) = cargo(&project, &["test", "--test", "interop"], None);
    assert!(!passed && text.contains("not a folder of clients"), "{text}");
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn under_nextest_many_processes_build_a_client_once() {
    let installed = Command::new(env!("CARGO")).args(["nextest", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        // Named in CONTRIBUTING.md: this claim is checked where nextest is.
        return;
    }
    let project = embedded("embedded-nextest");
    project.sender("right", "build = ['sh', '-c', 'echo made >> ../../builds']");
    let case = |number: usize| HELLO.replace("hello\"\nabout", &format!("hello-{number}\"\nabout"));
    project.cases(&(0..40).map(case).collect::<String>());
    let (passed, text) = cargo(&project, &["nextest", "run", "--test", "interop", "--test-threads", "8"], None);
    assert!(passed && text.contains("52 passed"), "{text}");
    let builds = std::fs::read_to_string(project.path("builds")).expect("a build");
    assert_eq!(builds.lines().count(), 1);
}
