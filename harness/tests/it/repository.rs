//! What this repository says of itself is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use samewire::plan::{Plan, WORDS, encode};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[track_caller]
fn read(relative: &str) -> String {
    fs::read_to_string(root().join(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// The scripts below ci/ that a text calls.
fn scripts(text: &str) -> BTreeSet<String> {
    let words = text.lines().filter(|line| !line.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    words.filter(|word| word.starts_with("ci/")).map(str::to_owned).collect()
}

#[test]
fn the_workflow_calls_the_scripts_of_the_gate_and_nothing_else() {
    let text = read(".github/workflows/ci.yml");
    let steps: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("- run: ")).collect();
    let ran = text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("run: ")).count();
    assert_eq!(steps.len(), ran, "a step is written in a way that this test does not see");
    for step in &steps {
        assert!(step.starts_with("ci/"), "a step that no laptop has: {step}");
    }
    let (workflow, gate) = (scripts(&text), scripts(&read(".ci/run")));
    assert!(gate.contains("ci/check") && gate.is_subset(&workflow), "{gate:?} {workflow:?}");
    for script in workflow {
        assert!(root().join(&script).is_file(), "{script} is not there");
    }
}

#[test]
fn the_workflow_of_a_release_calls_scripts_and_nothing_else() {
    let text = read(".github/workflows/release.yml");
    let ran: Vec<&str> = text.lines().filter_map(|line| line.split_once("run: ")).map(|(_, command)| command).collect();
    assert!(ran.iter().all(|command| command.starts_with("ci/")), "{ran:?}");
    assert!(ran.contains(&"ci/release"), "{ran:?}");
    for script in scripts(&text) {
        assert!(root().join(&script).is_file(), "{script} is not there");
    }
}

/// What a system alone has is told apart in one file, with what all others do instead.
#[test]
fn nothing_is_of_one_system_without_its_counterpart() {
    // What is told apart elsewhere: a file, what it has, and where what others do instead is.
    const ELSEWHERE: [(&str, &str, &str); 4] = [
        ("src/lib.rs", "unix", "a module, which stream.rs and socket.rs do without elsewhere"),
        ("harness/src/trial/mod.rs", "target_os = \"linux\"", "a module, which no other system's code uses"),
        ("harness/src/trial/launch/roster.rs", "target_os = \"linux\"", "what orphans.rs alone asks"),
        ("harness/src/trial/network/reason.rs", "target_os = \"linux\"", "of failures that only Linux knows"),
    ];
    let mut alone = BTreeSet::new();
    for folder in ["src", "harness/src"] {
        for source in sources(&root().join(folder)) {
            let text = fs::read_to_string(&source).expect("a source");
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let attributes = code.lines().filter_map(|line| line.trim_start().strip_prefix("#[cfg("));
            let of: Vec<&str> = attributes.filter(|attribute| !attribute.contains("test")).collect();
            let relative = source.strip_prefix(root()).expect("a source").to_string_lossy().replace('\\', "/");
            for system in ["unix", "windows", "target_os = \"linux\"", "target_os = \"macos\""] {
                let without = format!("not({system})");
                let has = |wanted: bool| of.iter().any(|one| one.contains(system) && one.contains(&without) != wanted);
                if has(true) != has(false) {
                    alone.insert((relative.clone(), system));
                }
            }
        }
    }
    let known: BTreeSet<(String, &str)> = ELSEWHERE.iter().map(|(file, system, _)| ((*file).to_owned(), *system)).collect();
    assert_eq!(alone, known, "each `cfg` of a system stands beside `cfg(not(..))` of it in the same file");
}

#[test]
fn every_client_says_how_it_is_installed_and_is_in_the_readme() {
    let readme = read("README.md");
    for entry in samewire::client::load(&root().join("clients"), &samewire::diagnosis::names()).expect("the clients") {
        let client = entry.client.expect("a client.toml that loads");
        assert!(!client.install.is_empty(), "{} has no `install`", client.name);
        let folder = samewire::suite::folder_of(&client.name);
        assert!(readme.contains(&format!("(clients/{folder})")), "{folder} is not in the README's list");
    }
}

#[test]
fn the_words_of_a_new_client_are_those_of_the_contract() {
    let core = samewire::plan::CORE_WORDS.join(" ");
    assert!(read("clients/README.md").contains(&format!("`{core}`")), "{core}");
}

#[test]
fn the_example_plan_in_the_contract_makes_the_octets_beside_it() {
    let contract = read("clients/README.md");
    let (_, section) = contract.split_once("## Every word, and its octets").expect("the section");
    let table = section.split("```").nth(1).and_then(|block| block.strip_prefix("text\n")).expect("the table");
    let mut words = BTreeSet::from(["reset"]);
    let mut plan = String::new();
    let mut octets = String::new();
    for row in table.lines() {
        let (line, hex) = row.split_once("  ").unwrap_or((row, ""));
        plan += &format!("{line}\n");
        octets += hex.trim();
        words.extend(line.split(' ').next());
    }
    let plan = Plan::parse(&plan).expect("a valid plan");
    assert_eq!(samewire::hex::encode(&encode(&plan)[0].octets), octets);
    assert_eq!(words, WORDS.iter().copied().collect());
}

#[test]
fn the_embedding_lines_in_the_readme_are_those_of_our_own_test() {
    let ours = read("harness/tests/interop.rs");
    let (_, main) = ours.split_once("\n\n").expect("a comment and a main");
    assert!(read("README.md").contains(main));
}

#[test]
fn existing_programs_are_judged_without_reading_plans() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let mut command = assert_cmd::Command::new(super::support::SAMEWIRE);
    command.current_dir(root().join("examples/greetings")).args(["run", "--out"]).arg(out.path().join("report"));
    // With SAMEWIRE_REQUIRE, as in the gate, both must be there.
    command.assert().code(0).stdout(predicates::str::contains(" passed"));
}

/// The Rust files in a folder and below.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let of = |path: PathBuf| match path.is_dir() {
        true => sources(&path),
        false => Vec::from_iter(path.extension().is_some_and(|extension| extension == "rs").then_some(path)),
    };
    paths.flat_map(of).collect()
}

/// What is built into a crate has to be in the package of it. `ci/package` builds what is packaged, and takes minutes.
#[test]
fn each_file_that_is_built_in_is_packaged() {
    for folder in ["", "harness"] {
        let manifest: toml::Table = read(&format!("./{folder}/Cargo.toml")).parse().expect("TOML");
        let package = &manifest["package"];
        let included: Vec<&str> = package["include"].as_array().expect("a list").iter().filter_map(toml::Value::as_str).collect();
        let is_packaged = |file: &Path| included.iter().any(|part| file.starts_with(part.trim_start_matches('/')));
        let readme = Path::new(package["readme"].as_str().expect("a path"));
        assert!(is_packaged(readme) && root().join(folder).join(readme).is_file(), "{readme:?}");
        let all = root().join(folder).canonicalize().expect("a folder");
        let mut built_in = 0;
        for source in sources(&all.join("src")) {
            let text = fs::read_to_string(&source).expect("a source");
            for file in text.split("include_str!(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let file =
                    all.join(&source).with_file_name(file).canonicalize().unwrap_or_else(|error| panic!("{file}: {error}"));
                let is_inside = file.strip_prefix(&all).is_ok_and(is_packaged);
                assert!(is_inside, "{}: {} is not in the package", source.display(), file.display());
                built_in += 1;
            }
        }
        assert!(built_in > 0, "nothing was found in {folder:?}");
    }
}
