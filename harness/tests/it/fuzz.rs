//! Fuzzing: wrong senders are found from nothing, shrunk, saved and found again; the right one is never accused.

use std::fs;
#[cfg(unix)]
use std::process::Command;
use std::time::Duration;

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{Project, valid};

/// Longer than searching and shrinking take together.
const PATIENCE: Duration = Duration::from_secs(180);

/// The suite that findings are saved in.
const FOUND: &str = "suite/found.toml";

fn project(senders: &[&str]) -> Project {
    let project = Project::new();
    for sender in senders {
        project.sender(sender, "timeout_ms = 20000");
    }
    fs::create_dir(project.path("suite")).expect("a folder");
    project
}

/// What `samewire fuzz` of seed 7 prints, and its status.
#[track_caller]
fn fuzzed(project: &Project, arguments: &[&str]) -> (String, Option<i32>) {
    let mut command = project.samewire(&["fuzz", "--seed", "7"]);
    let output = command.args(arguments).timeout(PATIENCE).output().expect("fuzzing");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!stdout.is_empty(), "{stderr}");
    (stdout.into_owned(), output.status.code())
}

/// The plans of the cases that were saved.
#[track_caller]
fn saved_plans(project: &Project) -> Vec<String> {
    let text = fs::read_to_string(project.path(FOUND)).unwrap_or_default();
    let file: toml::Table = text.parse().expect("TOML");
    let cases = file.get("case").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    cases.iter().map(|case| case["plan"].as_str().expect("a plan").to_owned()).collect()
}

#[test]
fn a_wrong_sender_is_found_from_nothing_shrunk_and_saved_as_a_case_that_tells_it_from_a_right_one() {
    for wrong in ["latin-1", "zigzag-as-sleb", "crlf-added", "length-and-text"] {
        let project = project(&["right", wrong]);
        let (said, status) = fuzzed(&project, &["--plans", "128", "--save", FOUND]);
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains(&format!("fails: {wrong}; does it right: right")), "{said}");
        assert!(!said.contains("fails: right"), "{said}");
        let plans = saved_plans(&project);
        assert!(!plans.is_empty() && plans.iter().all(|plan| plan.lines().count() <= 2), "{wrong}: {plans:?}");
        let run = |client: &str| project.samewire(&["run", "--suite", "suite", "--case", "found/*", "--client", client]).assert();
        run("right").code(0);
        run(wrong).code(1).stdout(contains("differs"));
    }
}

#[test]
fn the_right_sender_is_never_accused() {
    let project = project(&["right"]);
    let (said, status) = fuzzed(&project, &["--plans", "512", "--save", FOUND]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("plans 1 to 512: 1 client, ") && said.ends_with("nothing found\n"), "{said}");
    assert!(!project.path(FOUND).exists(), "nothing is saved where nothing is found");
}

#[test]
fn the_same_seed_finds_the_same_again() {
    let project = project(&["latin-1"]);
    let found = |plans: &str| {
        let (said, status) = fuzzed(&project, &["--plans", plans]);
        assert_eq!(status, Some(1), "{said}");
        said.lines()
            .filter(|line| line.contains(", plan ") || line.starts_with("    text"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("64"), found("64"));
    let (said, _) = fuzzed(&project, &["--plans", "64"]);
    let again = said.lines().find_map(|line| line.split_once("repeat it: samewire ")).expect("a command").1;
    let arguments: Vec<&str> = again.split(' ').collect();
    project.samewire(&arguments).timeout(PATIENCE).assert().code(1).stdout(contains("fails: latin-1"));
}

#[test]
#[ignore = "it waits for many hangs: ci/slow runs it"]
fn a_crash_and_a_hang_are_told_apart_and_shrunk_to_nothing() {
    let project = project(&["exits-3", "hangs", "right"]);
    project.sender("hangs", "timeout_ms = 2000");
    let (said, status) = fuzzed(&project, &["--plans", "3", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("crashed: status 3 exits-3") && said.contains("timed-out: hangs hangs"), "{said}");
    assert_eq!(said.matches("(an empty plan)").count(), 2, "{said}");
    assert_eq!(saved_plans(&project), [""], "two that fail on the same plan are one case");
}

#[test]
fn what_is_saved_is_tried_first_and_saved_once_and_what_a_file_held_stays() {
    let project = project(&["latin-1", "right"]);
    let held = "# mine\n[[case]]\nname = 'mine' # stays\nabout = 'x'\nhazards = []\nplan = 'text a'\nexpect = { text = 'a' }";
    project.write(FOUND, held);
    let (said, _) = fuzzed(&project, &["--plans", "64", "--save", FOUND]);
    assert!(said.contains("saved as found/seed-7-plan-"), "{said}");
    let first = fs::read_to_string(project.path(FOUND)).expect("the file");
    assert!(first.starts_with(held) && first.contains("# Found by `samewire fuzz --seed 7 --plans "), "{first}");
    assert!(first.contains("expect  = { hex = \""), "{first}");
    let (said, status) = fuzzed(&project, &["--plans", "64", "--save", FOUND]);
    assert_eq!(status, Some(1));
    assert!(said.contains("latin-1, saved as found/seed-7-plan-") && said.ends_with("1 fault found\n"), "{said}");
    assert_eq!(fs::read_to_string(project.path(FOUND)).expect("the file"), first);
    let alone = |client: &str| fuzzed(&project, &["--plans", "0", "--save", FOUND, "--client", client]);
    assert_eq!(alone("right").1, Some(0));
    let (said, status) = alone("latin-1");
    assert_eq!(status, Some(1));
    assert!(said.contains("repeat it: samewire fuzz --plans 0 --save suite/found.toml --client latin-1"), "{said}");
}

#[test]
fn bad_usage_is_2_and_nothing_is_run() {
    let project = project(&["right"]);
    let refused = |arguments: &[&str], why: &str| {
        project.samewire(&[&["fuzz"], arguments].concat()).assert().code(2).stderr(contains(why));
    };
    refused(&["--plans", "0"], "--plans 0");
    refused(&["--plans", "0", "--save", FOUND], "there is none");
    refused(&["--plans", "1", "--seconds", "1"], "cannot be used with");
    refused(&["--plans", "1", "--client", "nobody"], "there is no client");
    refused(&["--plans", "1", "--save", "suite/found.txt"], "ends in `.toml`");
    refused(&["--plans", "1", "--save", "suite"], "it is no file");
    refused(&["--plans", "1", "--save", "nowhere/found.toml"], "there is no folder");
    project.write(FOUND, "[[case");
    refused(&["--plans", "1", "--save", FOUND], "found.toml");
    let nobody = Project::new();
    nobody.samewire(&["fuzz", "--plans", "1"]).assert().code(2).stderr(contains("no client"));
}

#[test]
fn a_client_that_is_missing_or_broken_is_said() {
    let project = project(&["right"]);
    project.sender("absent", "needs = ['no-such-program-here']");
    let run = project.samewire(&["fuzz", "--seed", "7", "--plans", "4"]).timeout(PATIENCE).assert().code(0);
    run.stdout(contains("missing absent: ").and(contains("plans 1 to 4: 1 client, ")));
    project.client("broken", "run = ['/no/such/program', '{plan}', '{host}', '{port}']", "");
    let run = project.samewire(&["fuzz", "--seed", "7", "--plans", "4"]).timeout(PATIENCE).assert().code(1);
    run.stdout(contains("setup-error broken: "));
}

/// A client that does this at one value, beside a right one: what is said, that nothing is left behind, and what was saved.
#[cfg(unix)]
#[track_caller]
fn at_one_value(way: &str, told: &str) {
    let project = project(&["right"]);
    project.stray(way, "timeout_ms = 2000");
    let temporary = project.path("temporary");
    fs::create_dir(&temporary).expect("a folder");
    let mut command = project.samewire(&["fuzz", "--seed", "7", "--plans", "32", "--save", FOUND]);
    let output = command.env("TMPDIR", &temporary).timeout(PATIENCE).output().expect("fuzzing");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("{told} {way}, plan ")) && said.ends_with("1 fault found\n"), "{said}");
    assert!(said.contains(&format!("fails: {way}; does it right: right")), "{said}");
    let plans = saved_plans(&project);
    let is_large = |number: &str| number.trim_end().parse().is_ok_and(|large: u16| large > 0x7fff);
    let is_shrunk = |plan: &str| {
        let numbers: Vec<&str> = plan.strip_prefix("u16be ").unwrap_or_default().split(' ').collect();
        // Each try of one that hangs takes seconds: on a busy machine the time is up first, which is said.
        plan.lines().count() == 1
            && numbers.iter().any(|number| is_large(number))
            && (numbers.len() == 1 || said.contains("may not be the smallest"))
    };
    assert!(matches!(plans.as_slice(), [one] if is_shrunk(one)), "{plans:?}: {said}");
    let left: Vec<_> = fs::read_dir(&temporary).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
    let folder = temporary.display().to_string();
    let processes = Command::new("pgrep").args(["-f", &folder]).output();
    let still = processes.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    assert_eq!(still, "", "processes are left");
}

#[cfg(unix)]
#[test]
fn one_value_that_crashes_a_client_is_shrunk_to_it_and_nothing_is_left_behind() {
    at_one_value("aborts-at-large", "crashed: signal 6");
}

#[cfg(unix)]
#[test]
#[ignore = "takes more than a minute of waiting; ci/slow runs it"]
fn one_value_at_which_a_client_hangs_is_shrunk_to_it_and_nothing_is_left_behind() {
    at_one_value("hangs-at-large", "timed-out: hangs");
}

#[cfg(unix)]
#[test]
fn one_value_at_which_a_client_floods_is_shrunk_to_it_and_nothing_is_left_behind() {
    at_one_value("floods-at-large", "floods");
}

#[test]
fn what_shows_wherever_octets_are_is_one_fault_whatever_else_explains_some_plans() {
    let project = project(&["one-octet-changed"]);
    let (said, status) = fuzzed(&project, &["--plans", "40"]);
    assert_eq!(status, Some(1));
    assert!(
        said.contains("differs: octet-changed one-octet-changed, plan 1, and ") && said.ends_with("1 fault found\n"),
        "{said}"
    );
}

#[test]
fn one_fault_among_many_numbers_is_told_once_and_shrunk_to_a_line() {
    let project = project(&["right", "order-swapped-16"]);
    let (said, status) = fuzzed(&project, &["--plans", "256", "--save", FOUND]);
    let faults: Vec<&str> = said.lines().filter(|line| line.starts_with("differs: ")).collect();
    assert_eq!((status, faults.len()), (Some(1), 1), "{said}");
    assert_eq!(saved_plans(&project), ["i16be 1\n"]);
}

#[test]
#[ignore = "it waits for those that hang, for a minute: ci/slow runs it"]
fn who_opens_other_connections_than_it_should_has_a_fault_or_two_of_two_lines_at_most() {
    for wrong in ["connections-merged", "connections-reversed", "connection-per-write"] {
        let project = project(&["right", wrong]);
        let (said, status) = fuzzed(&project, &["--plans", "128", "--save", FOUND]);
        assert_eq!(status, Some(1), "{said}");
        let plans = saved_plans(&project);
        let is_small = |plan: &String| plan.lines().count() <= 2;
        assert!((1..=2).contains(&plans.len()) && plans.iter().all(is_small), "{wrong}: {plans:?}\n{said}");
    }
}

#[test]
fn with_one_job_no_client_runs_twice_at_once_and_each_of_its_faults_is_told() {
    let project = project(&["right"]);
    project.stray("refuses-company", &format!("timeout_ms = 20000\nenv = {{ PLACE = {:?} }}", project.path("place")));
    let (said, status) = fuzzed(&project, &["--plans", "64", "--jobs", "1"]);
    assert_eq!(status, Some(1), "{said}");
    let told = said.lines().filter(|line| line.contains(" refuses-company, plan "));
    let mut found: Vec<&str> = told.filter_map(|line| line.strip_prefix("differs: ")?.split(' ').next()).collect();
    found.sort_unstable();
    let causes = ["byte-order-swapped", "cut-to-8-bits", "double-for-float", "varint-unsigned", "varint-zigzag"];
    assert_eq!(found, causes, "{said}");
    assert!(said.ends_with(": 5 faults found\n"), "{said}");
}

#[test]
fn what_only_the_last_line_of_a_launch_shows_is_shrunk_alone() {
    let project = project(&["right", "plan-last-line-lost"]);
    let (said, status) = fuzzed(&project, &["--plans", "64", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    let plans = saved_plans(&project);
    assert!(plans.len() == 1 && plans[0].lines().count() == 1, "{plans:?}\n{said}");
}

#[test]
fn a_cause_that_is_all_there_is_of_a_small_plan_is_the_same_fault() {
    let project = project(&["right", "repeats-once-less"]);
    let (said, status) = fuzzed(&project, &["--plans", "64", "--save", FOUND]);
    assert_eq!(status, Some(1), "{said}");
    let plans = saved_plans(&project);
    assert!(!plans.is_empty() && plans.iter().all(|plan| plan.lines().count() == 1), "{plans:?}\n{said}");
}

#[test]
fn plans_that_were_not_judged_are_said() {
    let project = project(&["exits-3"]);
    let (said, _) = fuzzed(&project, &["--plans", "64"]);
    let told = said.lines().find(|line| line.contains(" not judged")).expect("a line that says it");
    assert!(told.starts_with("remark ") && told.contains(" plans of exits-3 not judged: "), "{said}");
}

#[test]
fn programs_get_all_of_it_as_json() {
    let project = project(&["latin-1", "right"]);
    project.sender("absent", "needs = ['no-such-program-here']");
    let json = |arguments: &[&str]| {
        let (said, status) = fuzzed(&project, &[arguments, &["--format", "json", "--save", FOUND]].concat());
        assert_eq!(status, Some(1), "{said}");
        let json: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        valid("fuzz", &json);
        json
    };
    let found = json(&["--plans", "64"]);
    assert_eq!((&found["seed"], &found["plans"], &found["clients"]), (&7.into(), &64.into(), &2.into()));
    let first = &found["found"][0];
    assert_eq!((&first["client"], &first["right"][0]), (&"latin-1".into(), &"right".into()));
    assert_eq!(first["plan"], saved_plans(&project)[0]);
    assert!(first["saved"].as_str().expect("a name").starts_with("found/seed-7-plan-"), "{first}");
    assert_eq!(found["left_out"][0]["verdict"], "missing");
    assert_eq!(json(&["--plans", "0"])["relapses"][0]["case"], first["saved"]);
}

#[test]
fn cases_choose_among_those_that_are_saved() {
    let project = project(&["latin-1"]);
    let case = |name: &str, text: &str| {
        format!("[[case]]\nname = '{name}'\nabout = 'x'\nhazards = []\nplan = 'text {text}'\nexpect = {{ text = '{text}' }}\n")
    };
    project.write(FOUND, &(case("plain", "a") + &case("accent", "é")));
    let status = |case: &str| fuzzed(&project, &["--plans", "0", "--save", FOUND, "--case", case]).1;
    assert_eq!((status("*/plain"), status("!*/plain")), (Some(0), Some(1)));
    let refused = |arguments: &[&str], why: &str| {
        project.samewire(&[&["fuzz", "--plans", "1", "--case"], arguments].concat()).assert().code(2).stderr(contains(why));
    };
    refused(&["*/none", "--save", FOUND], "no case of suite/found.toml matches");
    refused(&["*/plain"], "with --save");
}

/// What is printed where Ctrl-C comes once stderr has a line that begins like this, and the status.
#[cfg(unix)]
#[track_caller]
fn stopped(project: &Project, arguments: &[&str], once: &str) -> (String, Option<i32>) {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let mut fuzz = Command::new(super::support::SAMEWIRE)
        .args(["fuzz", "--seed", "7"])
        .args(arguments)
        .current_dir(project.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("fuzzing");
    let stderr = BufReader::new(fuzz.stderr.take().expect("stderr"));
    let mut lines = stderr.lines().map(|line| line.expect("text"));
    assert!(lines.any(|line| line.starts_with(once)), "it never said {once}");
    let pid = rustix::process::Pid::from_child(&fuzz);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
    let mut said = String::new();
    fuzz.stdout.take().expect("stdout").read_to_string(&mut said).expect("what it says");
    (said, fuzz.wait().expect("its end").code())
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_and_says_how_far_it_came() {
    let project = project(&["right"]);
    let (said, status) = stopped(&project, &["--seconds", "600"], "seed 7: making 1 client ready");
    assert!(said.contains(" (stopped): ") || said.contains("no plan was tried"), "{said}");
    assert!(matches!(status, Some(0 | 1)), "{status:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_faults_are_shrunk_loses_none() {
    let project = project(&["hangs", "right"]);
    project.sender("hangs", "timeout_ms = 2000");
    let (said, status) = stopped(&project, &["--plans", "1"], "seed 7: shrinking 1 fault");
    let shrunk_or_not = said.contains("timed-out: hangs hangs, plan 1") || said.contains("found hangs, plan 1: ");
    assert!(shrunk_or_not && said.contains(" (stopped): ") && said.ends_with(": 1 fault found\n"), "{said}");
    assert_eq!(status, Some(1), "{said}");
}
