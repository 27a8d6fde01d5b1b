//! From nothing to a client that passes: `new`, `check` and `doctor`.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE, THREE, run_sender};

/// A second group of cases, after `case`.
const NEXT_GROUP: &str = "[[case]]\nname = 'more'\nabout = 'x'\nhazards = []\nplan = 'text more'\nexpect = { text = 'more' }\n";

fn checked(project: &Project, client: &str) -> assert_cmd::assert::Assert {
    project.samewire(&["check", client, "--suite", "suite"]).assert()
}

#[test]
fn a_new_client_loads_and_says_what_comes_next() {
    let project = Project::new();
    project
        .samewire(&["new", "ocaml"])
        .assert()
        .code(0)
        .stdout(contains("samewire check ocaml").and(contains("samewire serve")).and(contains("samewire run --client ocaml")));
    project.samewire(&["list"]).assert().code(0).stdout(contains("ocaml        missing PROGRAM-FOR-ocaml is not on PATH"));
    project.samewire(&["check", "ocaml"]).assert().code(1).stdout(contains("next: ").and(contains("client.toml")));
    let steps = std::fs::read_to_string(project.path("clients/ocaml/NEXT-STEPS.txt")).expect("the steps");
    assert!(!steps.contains("NAME") && !steps.contains("CORE"), "{steps}");
}

#[test]
fn a_new_client_breaks_no_other() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    project.samewire(&["new", "ocaml"]).assert().code(0);
    project.run(&[]).assert().code(0).stdout(contains("1 passed").and(contains("1 missing")));
}

#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn a_new_client_with_the_right_program_passes() {
    let project = Project::new();
    project.samewire(&["new", "fresh"]).assert().code(0);
    let toml = std::fs::read_to_string(project.path("clients/fresh/client.toml")).expect("a client.toml");
    let (before, after) = toml.split_once("lacks").expect("lacks");
    let argv = before.replace("PROGRAM-FOR-fresh", SAMEWIRE).replace("\"send.EXTENSION\"", "\"sender\", \"right\"");
    let (_, after) = after.split_once(']').expect("the end of the list");
    project.write("clients/fresh/client.toml", &format!("{argv}{after}"));
    project.cases(HELLO);
    checked(&project, "fresh").code(0).stdout(contains("well done"));
}

#[test]
fn a_client_that_is_there_is_left_as_it_is() {
    let project = Project::new();
    project.sender("right", "");
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client.toml");
    project.samewire(&["new", "right"]).assert().code(2).stderr(contains("exists already"));
    assert_eq!(std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client.toml"), toml);
}

#[test]
fn a_bad_name_is_refused_and_makes_nothing() {
    let project = Project::new();
    for name in ["../out", "a b", "C#", "@"] {
        project.samewire(&["new", name]).assert().code(2).stderr(contains("must consist of a-z"));
    }
    assert_eq!(project.path("clients").read_dir().expect("a folder").count(), 1);
    assert!(!project.path("out").exists());
}

#[test]
fn the_folder_of_clients_is_the_configured_one() {
    let project = Project::new();
    project.write("samewire.toml", "clients = 'senders'\n");
    project.samewire(&["new", "one"]).assert().code(0);
    assert!(project.path("senders/one/client.toml").is_file());
    project.samewire(&["new", "two", "--clients", "others"]).assert().code(0).stdout(contains("check two --clients others"));
    assert!(project.path("others/two/client.toml").is_file());
}

#[test]
fn the_path_goes_from_the_contract_over_hello_to_the_groups() {
    let project = Project::new();
    project.sender("right", "").cases(&format!("{HELLO}{THREE}"));
    project.write("suite/next.toml", NEXT_GROUP);
    let output = checked(&project, "right").code(0).get_output().stdout.clone();
    let output = String::from_utf8(output).expect("text");
    let stages: Vec<&str> =
        output.lines().filter_map(|line| line.strip_prefix("  ok    ")).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(stages, ["ready", "contract", "hello", "closing", "case", "next", "patience"]);
    assert!(output.ends_with("well done: every octet is where it belongs\n"), "{output}");
}

#[test]
fn it_stops_at_the_first_rung_that_fails_and_says_what_to_do() {
    let project = Project::new();
    project.sender("one-octet-changed", "").cases(HELLO);
    project.write("suite/next.toml", NEXT_GROUP);
    checked(&project, "one-octet-changed").code(1).stdout(
        contains(
            "  ok    contract     6 passed\n  fail  hello        0 of 1 passed\n  -     closing\n  -     case\n  -     next\n  -     patience\n",
        )
        .and(contains("differs one-octet-changed::case/hello"))
        .and(contains("next: "))
        .and(contains("::case/more").not()),
    );
}

/// A case that sends a text.
fn says(name: &str, text: &str) -> String {
    format!("[[case]]\nname = '{name}'\nabout = 'x'\nhazards = []\nplan = 'text {text}'\nexpect = {{ text = '{text}' }}\n")
}

#[test]
fn where_octets_differ_the_rest_of_the_rung_says_what_they_have_in_common() {
    let project = Project::new();
    // Of the second alone it cannot be told from Latin-1.
    let cases = [("hello", "a"), ("ambiguous", "é"), ("telling", "š"), ("fine", "b")];
    project.sender("windows-1252", "lacks = ['ipv6']").cases(&cases.map(|(name, text)| says(name, text)).concat());
    let said = contains("fail  case         2 of 4 passed\n")
        .and(contains("differs windows-1252::case/ambiguous\n  text is encoded as windows-1252"))
        .and(contains("windows-1252: windows-1252 explains both trials that differ\n\nnext: "));
    checked(&project, "windows-1252").code(1).stdout(said);
}

#[test]
fn a_rung_is_left_where_a_client_hangs() {
    let jobs = samewire::trial::machine::jobs();
    let project = Project::new();
    let starts = project.path("starts").display().to_string();
    let script = format!(
        "case $4 in */hangs-*) echo started >>'{starts}'; exec sleep 60;; */wrong) fault=nothing-sent;; *) fault=right;; esac; \
         exec '{SAMEWIRE}' sender $fault $1 $2 $3"
    );
    let run =
        format!("run = ['sh', '-c', \"{script}\", 'sh', '{{host}}', '{{port}}', '{{plan}}', '{{case}}']\ntimeout_ms = 2000");
    let hanging: String = (0..2 * jobs).map(|number| says(&format!("hangs-{number}"), "a")).collect();
    project.client("hangs", &run, "").cases(&(says("hello", "a") + &says("wrong", "a") + &hanging));
    project.write("starts", "");
    checked(&project, "hangs").code(1).stdout(contains("fail  case ").and(contains("differs hangs::case/wrong")));
    let starts = std::fs::read_to_string(project.path("starts")).expect("the starts").lines().count();
    assert!((1..=jobs).contains(&starts), "{starts}");
}

#[test]
fn the_contract_comes_first() {
    let project = Project::new();
    project.sender("ignores-unknown-words", "").cases(HELLO);
    checked(&project, "ignores-unknown-words")
        .code(1)
        .stdout(contains("fail  contract").and(contains("-     hello")).and(contains("exit with 77")));
}

#[test]
fn each_failure_has_its_own_next_step() {
    let steps = [
        ("exit 3", "it wrote nothing to stderr"),
        ("echo no >&2; exit 3", "mend what stderr says"),
        ("exit 77", "teach it the word"),
        ("exec sleep 60", "find out what it waits for"),
    ];
    for (instead, step) in steps {
        let project = Project::new();
        let run = format!("if grep -q hello \\\"$3\\\"; then {instead}; fi; exec '{SAMEWIRE}' sender right \\\"$@\\\"");
        let run = format!("run = ['sh', '-c', \"{run}\", 'sh', '{{host}}', '{{port}}', '{{plan}}']");
        project.client("wrong", &run, "timeout_ms = 2000");
        project.cases(HELLO);
        checked(&project, "wrong").code(1).stdout(contains("ok    contract").and(contains(step)));
    }
}

#[test]
fn what_it_lacks_is_said_at_the_end() {
    let project = Project::new();
    let run =
        format!("if grep -q -e reset -e half-close \\\"$3\\\"; then exit 77; fi; exec '{SAMEWIRE}' sender right \\\"$@\\\"");
    let run = format!("run = ['sh', '-c', \"{run}\", 'sh', '{{host}}', '{{port}}', '{{plan}}']");
    project.client("some", &run, "lacks = ['reset', 'half-close']");
    project.cases(HELLO);
    checked(&project, "some").code(0).stdout(
        contains("core words it lacks: half-close\n")
            .and(contains("other words it lacks: reset\n"))
            .and(contains("2 words still lacking")),
    );
}

#[test]
fn programs_that_read_no_plans_have_no_contract_and_their_own_cases_alone() {
    let project = Project::new();
    project.write("plan", "text more\n");
    let run = format!("run = {}", run_sender("right", &project.path("plan").display().to_string()));
    project.client("told", &run, "cases = ['next/*']");
    project.cases(HELLO).write("suite/next.toml", NEXT_GROUP);
    let shown = checked(&project, "told").code(0).get_output().stdout.clone();
    let shown = String::from_utf8(shown).expect("text");
    assert!(!shown.contains("contract") && !shown.contains("  case") && shown.contains("hello"), "{shown}");
}

#[test]
fn only_clients_that_there_are_can_be_checked() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    checked(&project, "left").code(2).stderr(contains("there are: right"));
    checked(&project, "right+c-locale").code(2).stderr(contains("without a profile"));
}

#[test]
fn cases_can_be_taken_away_from_a_client() {
    let project = Project::new();
    project.sender("right", "cases = ['!case/three']").cases(&format!("{HELLO}{THREE}"));
    project.run(&[]).assert().code(0).stdout(contains("1 trial: 1 passed"));
    project.sender("right", "[[variant]]\nname = 'other'\ncases = ['!case/three']\n");
    project.run(&[]).assert().code(0).stdout(contains("3 trials: 3 passed"));
}

#[test]
fn the_doctor_says_which_program_is_missing_and_how_to_get_it() {
    let project = Project::new();
    project.sender("right", "");
    let managers = "apt = 'nsp', brew = 'nsp', winget = 'nsp', dnf = 'nsp', apk = 'nsp', pacman = 'nsp'";
    let absent = "about = 'x'\nneeds = ['no-such-program']\nversion = ['x']\nrun = ['x', '{plan}']\n";
    project.samewire(&["doctor"]).assert().code(0).stdout(contains("right              ready    samewire "));
    project.write("clients/absent/client.toml", &format!("{absent}install = {{ {managers} }}\n"));
    project
        .samewire(&["doctor"])
        .assert()
        .code(1)
        .stdout(contains("absent             missing  no-such-program is not on PATH").and(contains("this machine")));
    project.write("clients/absent/client.toml", "about = 'x'");
    project.samewire(&["doctor"]).assert().code(1).stdout(contains("absent             broken"));
}

#[test]
fn what_is_too_old_is_missing() {
    let project = Project::new();
    project.sender("right", "at_least = '0.1'").cases(HELLO);
    project.run(&[]).assert().code(0).stdout(contains("1 passed"));
    project.sender("right", "at_least = '99.1'");
    project.run(&["--require", "all"]).assert().code(1).stdout(contains("is too old: 99.1 or newer is needed"));
    project.samewire(&["doctor"]).assert().code(1).stdout(contains("missing  0."));
    project.sender("right", "at_least = 'new'");
    project.run(&[]).assert().code(1).stdout(contains("a version is numbers separated by dots"));
}

#[test]
fn a_variant_that_is_optional_does_not_worry_the_doctor() {
    let project = Project::new();
    project.sender("right", "[[variant]]\nname = 'absent'\nneeds = ['no-such-program']\noptional = true\n");
    project.samewire(&["doctor"]).assert().code(0).stdout(contains("(optional)"));
}
