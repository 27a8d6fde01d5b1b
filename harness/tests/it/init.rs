//! `init`: a stranger's way from a repository of their own to a run that is green, one that is rightly red, and a workflow.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde::Deserialize;

use super::around::empty;
use super::embed::cargo;
use super::steps::{Machine, Step};
use super::support::{Project, example};

/// Every file of a folder, with its octets.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        match path.is_dir() {
            true => files.extend(self::files(&path).into_iter().map(|(inner, octets)| (format!("{name}/{inner}"), octets))),
            false => drop(files.insert(name, fs::read(&path).expect("a file"))),
        }
    }
    files
}

#[track_caller]
fn init(project: &Project) -> String {
    let output = project.samewire(&["init"]).assert().code(0).get_output().stdout.clone();
    String::from_utf8(output).expect("text")
}

#[track_caller]
fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A change that `init` tells of: the file, what is to be written, and what stands there.
#[track_caller]
fn told_change(said: &str) -> (&str, &str, &str) {
    let (_, said) = said.split_once("to see it fail: in ").expect("how to see it fail");
    let (file, said) = said.split_once(" write `").expect("what to write");
    let (write, said) = said.split_once("` instead of `").expect("instead of what");
    (file, write, said.split_once('`').expect("its end").0)
}

/// Does what `init` says, in its order: green, red where it was told to be, green again. Then once more `init`, which changes nothing.
#[track_caller]
fn followed(project: &Project, clients: &[&str]) -> String {
    let said = init(project);
    let run = || project.samewire(&["run", "--require", "all", "--profile", "default"]);
    let passed = format!("{0} trials: {0} passed", clients.len()).replace("1 trials", "1 trial");
    let green = run().assert().code(0).stdout(contains(&*passed)).get_output().stdout.clone();
    let green = String::from_utf8(green).expect("text");
    assert!(clients.iter().all(|client| green.contains(&format!("\n{client} "))), "{green}");

    let (file, write, instead_of) = told_change(&said);
    let right = read(project, file);
    project.write(file, &right.replace(instead_of, write));
    let client = file.strip_prefix("interop/clients/").and_then(|path| path.split('/').next()).expect("a client");
    let red = contains(format!("differs {client}::greetings/hello")).and(contains("1 differs")).and(contains("expected "));
    run().assert().code(1).stdout(red);
    project.write(file, &right);
    run().assert().code(0);

    let before = files(&project.path(""));
    let again = init(project);
    assert!(again.contains("is there  samewire.toml") && again.contains("nothing is to be added"), "{again}");
    assert_eq!(files(&project.path("")), before, "twice does no harm");
    said
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn a_crate_with_a_binding_has_clients_in_both_languages_and_tests() {
    let project = empty();
    let manifest = "# mine\n[package]\nname = 'init-embedded'\nversion = '0.3.0'\nedition = '2021'\n[lib]\npath = 'lib.rs'\n";
    project.write("Cargo.toml", manifest);
    project.write("lib.rs", "");
    project.write("pyproject.toml", "[build-system]\nrequires = ['maturin']\n");
    project.write(".gitignore", "/target");
    followed(&project, &["python", "rust"]);
    assert_eq!(read(&project, ".gitignore"), "/target\nsamewire-report/\n");
    let with_lines = read(&project, "Cargo.toml");
    assert!(with_lines.starts_with(manifest), "{with_lines}");
    assert!(read(&project, ".github/workflows/samewire.yml").contains("- run: cargo test --test interop\n"));

    // As long as no version is published, it is told where this one is.
    let harness = Path::new(env!("CARGO_MANIFEST_DIR"));
    let patch = format!("[workspace]\n[patch.crates-io]\nsamewire = {{ path = '{}' }}\n", harness.display());
    project.write("Cargo.toml", &format!("{with_lines}{patch}"));
    fs::copy(harness.join("../Cargo.lock"), project.path("Cargo.lock")).expect("the lock file");
    let (passed, text) = cargo(&project, &["test", "--test", "interop"], Some("all"));
    assert!(passed && text.contains("test python::greetings/hello") && text.contains("8 passed"), "{text}");
}

#[test]
fn a_package_of_another_language_has_a_workflow_that_installs_samewire() {
    let project = empty();
    project.write("package.json", r#"{ "name": "x", "main": "index.js" }"#);
    project.write("index.js", "require('net').connect(1)");
    let said = followed(&project, &["node"]);
    assert!(said.contains("new NAME --from-program -- node index.js {host} {port}"), "{said}");
    assert!(!project.path("tests").exists() && !project.path(".gitignore").exists());

    let workflow: Workflow = serde_saphyr::from_str(&read(&project, ".github/workflows/samewire.yml")).expect("a workflow");
    let mut machine = Machine::new();
    machine.work_in(&project.path(""));
    machine.take(&workflow.jobs["samewire"].steps, "");
    assert_eq!(machine.failed, None, "{}", machine.log);
    assert!(machine.read("summary").contains("✅ Samewire: none of 4 trials failed"), "{}", machine.read("summary"));
    let upload = machine.used.iter().find(|step| step.uses.starts_with("actions/upload-artifact@")).expect("an artifact");
    assert!(project.path(&upload.with["path"]).join("report.html").is_file());
    let installed = machine.read("cargo-log");
    assert_eq!(installed, format!("install --locked samewire --version {}\n", env!("CARGO_PKG_VERSION")));
}

#[derive(Deserialize)]
struct Workflow {
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    steps: Vec<Step>,
    defaults: Defaults,
}

#[derive(Deserialize)]
struct Defaults {
    run: Step,
}

#[test]
fn a_folder_of_sources_and_scripts_has_a_client_for_each_and_its_script_is_found() {
    let project = empty();
    project.write("client.c", "int main(void) { return 0; }\n");
    project.write("tools/send.sh", "printf 'HELLO\\n' >\"/dev/tcp/$1/$2\"\n");
    let said = followed(&project, &["c", "shell"]);
    assert!(said.contains("samewire new NAME --from-program -- sh tools/send.sh {host} {port}"), "{said}");
}

#[derive(Deserialize)]
struct Table {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    name: String,
    sources: Vec<String>,
    wrong: Wrong,
}

#[derive(Deserialize)]
struct Wrong {
    file: String,
    write: String,
    instead_of: String,
}

#[test]
fn the_client_of_every_kind_is_right_until_it_is_made_wrong() {
    let table =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client/starter/kinds.toml")).expect("the table");
    let table: Table = toml::from_str(&table).expect("the table");
    let project = empty();
    for kind in &table.kind {
        project.write(&kind.sources[0].replace('*', "x"), "");
    }
    init(&project);
    // In the gate every toolchain has to be there.
    let require = std::env::var(samewire::REQUIRE_VARIABLE).unwrap_or_default();
    let run = || {
        project.samewire(&["run", "--require", &require, "--profile", "default", "--profile", "ipv6", "--out", "samewire-report"])
    };
    run().assert().code(0).stdout(contains(" passed").and(contains("failed").not()));
    for Kind { name, wrong, .. } in &table.kind {
        let file = format!("interop/clients/{name}/{}", wrong.file);
        project.write(&file, &read(&project, &file).replace(&wrong.instead_of, &wrong.write));
    }
    run().assert().code(1);
    for Kind { name, .. } in &table.kind {
        let trial = project.trial(name, "greetings/hello");
        assert!(["differs", "missing"].contains(&trial["verdict"].as_str().expect("a verdict")), "{trial:#}");
    }
}

#[test]
fn a_program_that_is_named_is_the_first_client() {
    let project = empty();
    let arguments = ["init", "--", &example("stray"), "none", "localhost", "3099"];
    let said = contains("recognised 3099 as {port}").and(contains("interop/clients/stray/client.toml"));
    let said = said.and(contains("change an octet of `expect` in interop/cases/stray.toml"));
    project.samewire(&arguments).assert().code(0).stdout(said);
    assert!(!project.path("interop/cases/greetings.toml").exists());
    project.samewire(&["run"]).assert().code(0).stdout(contains(" passed"));
    let case = read(&project, "interop/cases/stray.toml");
    project.write("interop/cases/stray.toml", &case.replace("hello", "hallo"));
    project.samewire(&["run"]).assert().code(1).stdout(contains("differs stray::stray/first"));
    let before = files(&project.path(""));
    project.samewire(&arguments).assert().code(0).stdout(contains("samewire new NAME --from-program -- "));
    assert_eq!(files(&project.path("")), before);

    let fails = empty();
    fails.samewire(&["init", "--", "false", "{host}", "{port}"]).assert().code(2).stderr(contains("nothing was written"));
    assert!(files(&fails.path("")).is_empty());
}

#[test]
fn where_one_file_cannot_be_written_none_is() {
    let project = empty();
    project.write("package.json", "{}");
    project.write(".gitignore", "mine");
    project.write(".github", "no folder");
    let before = files(&project.path(""));
    project.samewire(&["init"]).assert().code(2).stderr(contains(".github").and(contains("nothing was written")));
    assert_eq!(files(&project.path("")), before);
    assert!(!project.path("interop").exists());
}

#[test]
fn what_is_broken_is_said_before_anything_is_written() {
    for (file, text, said) in [
        ("samewire.toml", "clients = 1\n", "samewire.toml:1: "),
        ("Cargo.toml", "[package]\nname = \n", "Cargo.toml:2: "),
        ("Cargo.toml", "test = 1\n[package]\n", "`test` is not a list of tables"),
        ("Cargo.toml/inner", "", "Cargo.toml: cannot be read"),
        ("samewire.toml/inner", "", "samewire.toml: is no file"),
    ] {
        let project = empty();
        project.write(file, text);
        let program = project.path("was-started").display().to_string();
        project.samewire(&["init", "--", "touch", &program, "{port}"]).assert().code(2).stderr(contains(said));
        assert_eq!(files(&project.path("")).len(), 1, "{text}");
    }
}

#[test]
fn what_is_there_stays_as_it_is() {
    let project = empty();
    project.write("Cargo.toml", "[package]\r\nname = 'a'\r\n\r\n[[test]]\r\nname = 'interop'\r\npath = 'mine.rs'\r\n");
    project.write("interop/clients/rust/mine", "mine");
    project.write(".github/workflows/ci.yaml", "jobs: { x: { steps: [{ run: samewire run }] } }\n");
    let said = init(&project);
    assert!(said.contains("is there  interop/clients/rust") && said.contains("ci.yaml"), "{said}");
    assert!(
        !project.path("interop/clients/rust/client.toml").exists() && !project.path(".github/workflows/samewire.yml").exists()
    );
    // Their test has that name.
    assert!(project.path("tests/samewire.rs").is_file() && !project.path("tests/interop.rs").exists());
    let manifest = read(&project, "Cargo.toml");
    assert_eq!(manifest.matches('\n').count(), manifest.matches("\r\n").count(), "{manifest:?}");

    let project = empty();
    project.sender("right", "");
    let said = init(&project);
    assert!(said.contains("is there  clients") && !project.path("interop").exists(), "{said}");
    project.samewire(&["list"]).assert().code(0).stdout(contains("right").and(contains("text/euro")));
}

#[test]
fn a_workspace_without_a_package_is_no_crate() {
    let project = empty();
    project.write("Cargo.toml", "[workspace]\nmembers = []\n");
    let said = init(&project);
    assert!(said.contains("has no [package]") && !project.path("tests").exists(), "{said}");
    assert!(read(&project, ".github/workflows/samewire.yml").contains("cargo install --locked samewire"));
    assert_eq!(read(&project, "Cargo.toml"), "[workspace]\nmembers = []\n");
}

#[test]
fn a_folder_of_a_repository_has_a_workflow_of_its_own_at_the_repository_s_root() {
    let project = empty();
    let name = "a \"b\": ${{ c }}'";
    project.write(".git/HEAD", "");
    project.write(&format!("{name}/setup.py"), "");
    let inner = |arguments: &[&str]| {
        let mut command = project.samewire(arguments);
        command.current_dir(project.path(name));
        command
    };
    inner(&["init"]).assert().code(0).stdout(contains("wrote     ../.github/workflows/samewire-a--b-------c----.yml"));
    let text = read(&project, ".github/workflows/samewire-a--b-------c----.yml");
    let workflow: Workflow = serde_saphyr::from_str(&text).expect("a workflow");
    let job = &workflow.jobs["samewire"];
    let mut machine = Machine::new();
    machine.work_in(&project.path(""));
    assert_eq!(machine.filled(&job.defaults.run.working_directory), name);
    machine.take(&job.steps, &machine.filled(&job.defaults.run.working_directory));
    assert_eq!(machine.failed, None, "{}", machine.log);
    assert!(read(&project, &format!("{name}/.gitignore")).contains("samewire-report/"));
    inner(&["init"]).assert().code(0).stdout(contains("nothing is to be added"));
    // The repository itself may begin too.
    assert!(init(&project).contains("wrote     .github/workflows/samewire.yml"));

    let odd = project.path("").join(std::ffi::OsStr::from_bytes(b"n\xff"));
    fs::create_dir(&odd).expect("a folder");
    let mut command = project.samewire(&["init"]);
    // Around it there is a project by now.
    fs::remove_file(project.path("samewire.toml")).expect("samewire.toml");
    command.current_dir(&odd).assert().code(0).stdout(contains("not UTF-8").and(contains("wrote     samewire.toml")));
}

#[test]
fn two_at_once_leave_what_one_would() {
    let (project, alone) = (empty(), empty());
    let held = fs::File::open(alone.path("")).expect("the folder");
    held.lock().expect("a lock");
    alone.samewire(&["init"]).assert().code(2).stderr(contains("another `samewire init` is at work"));
    assert!(files(&alone.path("")).is_empty());
    drop(held);
    alone.write("package.json", "{}");
    init(&alone);
    project.write("package.json", "{}");
    let start = || {
        let mut command = std::process::Command::new(super::support::SAMEWIRE);
        let command = command.arg("init").current_dir(project.path("")).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::piped()).spawn().expect("samewire")
    };
    let ends = [start(), start()].map(|child| child.wait_with_output().expect("its end"));
    assert!(ends.iter().any(|end| end.status.success()), "{ends:?}");
    for end in ends.iter().filter(|end| !end.status.success()) {
        assert!(String::from_utf8_lossy(&end.stderr).contains("; nothing was written"), "{end:?}");
    }
    assert_eq!(files(&project.path("")), files(&alone.path("")));
}
