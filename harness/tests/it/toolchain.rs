//! How clients are made ready: what they are told, whether what they need is there, when they are built, and where.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::support::{HELLO, PATIENCE, Project, SAMEWIRE, THREE, example, run_sender};

/// Adds a line to `builds`, beside the folder of clients.
const COUNTED: &str = "echo made >> ../../builds";

/// A client that is built by this script.
fn built_by(script: &str, more: &str) -> Project {
    let project = Project::new();
    project.sender("right", &format!("build = ['sh', '-c', '{script}']\n{more}")).cases(HELLO);
    project
}

fn builds(project: &Project) -> usize {
    fs::read_to_string(project.path("builds")).map_or(0, |text| text.lines().count())
}

/// The folders of the builds of `right`.
fn kept(project: &Project) -> Vec<PathBuf> {
    let kept = fs::read_dir(project.path("cache/right")).expect("builds").flatten().map(|entry| entry.path());
    kept.filter(|path| path.is_dir()).collect()
}

#[track_caller]
fn passes(project: &Project) {
    project.run(&[]).assert().code(0).stdout(contains("1 passed"));
}

/// A client that is started through a shell with `script`, and is a right sender with the arguments that it is then given.
#[track_caller]
fn told_by(project: &Project, script: &str, more: &str) {
    project.client("told", &format!("run = ['sh', '-c', 'exec {SAMEWIRE} sender right {script}']"), more);
}

#[test]
fn whatever_a_build_depends_on_makes_it_anew() {
    let project = built_by(COUNTED, "inputs = ['../../sdk/**', '!../../sdk/notes/**']");
    let elsewhere = tempfile::tempdir().expect("a folder");
    fs::write(elsewhere.path().join("linked.c"), "1").expect("a file");
    project.write("sdk/deep/sdk.c", "1");
    symlink(elsewhere.path(), project.path("clients/right/linked")).expect("a link");
    symlink("no-such", project.path("clients/right/dangling")).expect("a link");
    symlink(".", project.path("clients/right/circle")).expect("a link");
    passes(&project);
    passes(&project);
    assert_eq!(builds(&project), 1);
    let source = || fs::metadata(project.path("sdk/deep/sdk.c")).expect("a file").permissions();
    let changes: [&dyn Fn(); 5] = [
        &|| project.write("clients/right/.env", "A=1"),
        &|| fs::write(elsewhere.path().join("linked.c"), "2").expect("a file"),
        &|| project.write("sdk/deep/sdk.c", "2"),
        &|| fs::set_permissions(project.path("sdk/deep/sdk.c"), with_mode(source(), 0o755)).expect("permissions"),
        &|| project.write("sdk/deep/.more.c", ""),
    ];
    for (index, change) in changes.iter().enumerate() {
        change();
        passes(&project);
        assert_eq!(builds(&project), index + 2, "after change {index}");
    }
    project.write("sdk/notes/today", "not of the build");
    project.write("sdk/.git/index", "nor is this");
    passes(&project);
    assert_eq!(builds(&project), 6);
}

#[test]
fn what_tools_leave_in_a_folder_is_not_of_a_build_unless_it_is_named() {
    let project = built_by(&format!("{COUNTED}; echo x >> __pycache__/made"), "");
    project.write("clients/right/__pycache__/made", "");
    project.write("clients/right/.venv/lib/sdk.py", "1");
    passes(&project);
    project.write("clients/right/.venv/lib/sdk.py", "2");
    passes(&project);
    assert_eq!(builds(&project), 1);
    let named = built_by(COUNTED, "inputs = ['.venv/**']");
    named.write("clients/right/.venv/lib/sdk.py", "1");
    passes(&named);
    named.write("clients/right/.venv/lib/sdk.py", "2");
    passes(&named);
    named.write("clients/right/.venv/lib/__pycache__/sdk.pyc", "2");
    passes(&named);
    assert_eq!(builds(&named), 2);
}

fn with_mode(mut permissions: fs::Permissions, mode: u32) -> fs::Permissions {
    permissions.set_mode(mode);
    permissions
}

#[test]
fn inputs_that_are_not_there_are_an_error() {
    let project = built_by(COUNTED, "inputs = ['../../sdk/*.c']");
    fs::create_dir_all(project.path("sdk")).expect("a folder");
    project.run(&[]).assert().code(1).stdout(contains("`inputs` has \"../../sdk/*.c\", and there is no such file"));
    let made_of = Project::new();
    made_of.sender("right", "inputs = ['../../sdk/*.py']").cases(HELLO);
    made_of.run(&[]).assert().code(1).stdout(contains("`inputs` has \"../../sdk/*.py\", and there is no such file"));
    let unbuilt = Project::new();
    unbuilt.sender("right", "each_run = true").cases(HELLO);
    unbuilt.run(&[]).assert().code(1).stdout(contains("client.toml:4: this needs a `build`, and there is none"));
}

#[test]
fn a_build_with_its_own_idea_of_what_is_new_runs_each_time_in_place() {
    let project = built_by(&format!("echo step >> {{out}}/steps; {COUNTED}"), "each_run = true");
    passes(&project);
    project.write("clients/right/source", "changed");
    passes(&project);
    assert_eq!(builds(&project), 2);
    let [place] = kept(&project).try_into().expect("one folder");
    assert_eq!(fs::read_to_string(place.join("steps")).expect("what was kept"), "step\nstep\n");
}

#[test]
fn files_that_change_while_they_are_built_are_built_again() {
    let project = built_by(&format!("{COUNTED}; echo locked > Some.lock"), "");
    passes(&project);
    assert_eq!(builds(&project), 2);
    let restless = built_by("echo x >> Some.log", "");
    restless.run(&[]).assert().code(1).stdout(contains("Some.log changed during each of 3 builds"));
}

#[test]
fn only_a_build_that_failed_by_itself_is_remembered_and_says_so() {
    for (script, tried) in [("exit 2", 1), ("kill -KILL $$", 2), ("no-such-compiler", 2), ("sh -c \"kill -9 \\$\\$\"", 2)] {
        let project = built_by(&format!("{COUNTED}; {script}"), "");
        project.run(&[]).assert().code(1).stdout(contains("setup-error right"));
        let again = project.run(&[]).assert().code(1).stdout(contains("setup-error right"));
        assert_eq!(builds(&project), tried, "{script}");
        if tried == 1 {
            let [place] = kept(&project).try_into().expect("one folder");
            let name = place.strip_prefix(project.path("")).expect("a folder of the project").display();
            again.stdout(contains(format!("to try it again anyway, remove {name}\n")));
            fs::remove_dir_all(place).expect("to forget it");
            project.run(&[]).assert().code(1);
            assert_eq!(builds(&project), 2);
        }
    }
}

#[test]
fn a_build_that_prints_much_and_fails_is_told_once() {
    let project = built_by("echo first; yes | head -c 1000000; echo last >&2; exit 2", "");
    let case = |number: usize| HELLO.replace("\"hello\"\nabout", &format!("\"hello-{number}\"\nabout"));
    project.cases(&(0..40).map(case).collect::<String>());
    let told = contains("first\n").and(contains(" octets left out]")).and(contains("last\n"));
    project.run(&[]).assert().code(1).stdout(told);
    let report = project.report();
    let problem = report["trials"][0]["problem"].as_str().expect("a problem");
    assert!(
        problem.starts_with("`sh -c ") && problem.ends_with(" exited with status 2: last") && problem.lines().count() == 1,
        "{problem}"
    );
    let size = report.to_string().len();
    assert!(size < 200_000, "{size} octets");
}

#[test]
fn a_folder_of_builds_that_is_relative_is_as_good_as_any() {
    let project = built_by("cp client.toml {out}/", "run = ['sh', '-c', 'test -f {out}/client.toml && exec \"$@\"', 'sh',");
    let run = run_sender("right", "{plan}").replace('[', "");
    let build = "build = ['cp', 'client.toml', '{out}/']";
    let run = format!("run = ['sh', '-c', 'test -f {{out}}/client.toml && exec \"$@\"', 'sh', {run}");
    project.client("right", &run, build);
    for variable in ["SAMEWIRE_CACHE", "XDG_CACHE_HOME"] {
        project.run(&[]).env_remove("SAMEWIRE_CACHE").env(variable, ".builds").assert().code(0);
    }
    project.client("right", &run, "build = ['cp', 'no-such', '{out}/']");
    let shown = contains("`cp no-such .builds/right/");
    project.run(&[]).env("SAMEWIRE_CACHE", ".builds").assert().code(1).stdout(shown.and(contains("{out}").not()));
}

#[test]
fn a_folder_of_builds_that_others_may_write_to_is_not_used() {
    let project = built_by("true", "");
    let refused = |folder: &Path, why: &str| {
        let name = folder.strip_prefix(project.path("")).unwrap_or(folder).display();
        let refusal = contains(format!("the build folder {name} is not used: {why}"));
        project.run(&[]).env("SAMEWIRE_CACHE", folder).assert().code(1).stdout(refusal);
    };
    let theirs = tempfile::tempdir_in(project.path("")).expect("a folder");
    fs::set_permissions(theirs.path(), fs::Permissions::from_mode(0o770)).expect("permissions");
    refused(theirs.path(), "others can write to it (mode 0770)");
    let link = project.path("link");
    symlink(project.path("clients"), &link).expect("a link");
    refused(&link, "it is a link");
    if geteuid().is_root() {
        std::os::unix::fs::chown(theirs.path(), Some(65534), None).expect("to give it away");
        fs::set_permissions(theirs.path(), fs::Permissions::from_mode(0o700)).expect("permissions");
        refused(theirs.path(), "it belongs to user 65534, and you are user 0");
    }
    let open = project.path("open");
    fs::create_dir(&open).expect("a folder");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("permissions");
    refused(&open.join("builds"), "anyone could rename it");
}

#[test]
fn without_a_home_of_ones_own_builds_are_kept_where_nobody_else_gets() {
    let project = built_by("true", "");
    let temporary = project.path("temporary");
    fs::create_dir(&temporary).expect("a folder");
    // A home that cannot be written to, whoever we are.
    let run = |project: &Project| {
        let mut run = project.run(&[]);
        run.env_remove("SAMEWIRE_CACHE").env_remove("XDG_CACHE_HOME").env("HOME", "/dev/null").env("TMPDIR", &temporary);
        run.assert()
    };
    run(&project).code(0);
    let folder = temporary.join(format!("samewire-{}", geteuid().as_raw()));
    let mode = fs::metadata(&folder).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // Somebody was quicker.
    fs::remove_dir_all(&folder).expect("to remove it");
    symlink(project.path("clients"), &folder).expect("a link");
    run(&project).code(1).stdout(contains("is not used: it is a link"));
}

#[test]
fn missing_is_what_says_so_itself() {
    let found = |more: &str, version: &str| {
        let project = Project::new();
        let toml = format!("about = 'x'\nversion = {version}\nrun = ['true', '{{plan}}']\n{more}\n");
        project.write("clients/asked/client.toml", &toml);
        let _ = project.cases(HELLO).run(&[]).assert();
        project.verdict("asked", "case/hello")
    };
    let one = "['echo', 'one 1.0']";
    assert_eq!(found("needs = ['no-such-program']", one), "missing");
    assert_eq!(found("", "['no-such-program']"), "missing");
    assert_eq!(found("", "['/no/such/program']"), "missing");
    assert_eq!(found("check = ['false']", one), "missing");
    assert_eq!(found("check = ['false']", "['true']"), "missing");
    // What stands on PATH for a program that is not installed.
    assert_eq!(found("check = ['false']", "['false']"), "missing");
    assert_eq!(found("at_least = '1.1'", one), "missing");
    for broken in ["['false']", "['sh', '-c', 'kill -9 $$']", "['sh', '-c', 'echo none']"] {
        assert_eq!(found("at_least = '1.0'", broken), "setup-error", "{broken}");
    }
    assert_eq!(found("check = ['sh', '-c', 'kill -9 $$']", one), "setup-error");
    assert_eq!(found("", "['./client.toml']"), "setup-error");
}

#[test]
fn a_version_may_end_in_the_status_that_it_says() {
    let project = Project::new();
    let run = format!("run = {}", run_sender("right", "{plan}"));
    let asked = |more: &str| {
        let toml = format!("about = 'x'\nversion = ['sh', '-c', 'echo tool 2.0; exit 1']\n{run}\n{more}\n");
        project.write("clients/right/client.toml", &toml);
        project.run(&[])
    };
    project.cases(HELLO);
    asked("").assert().code(1).stdout(contains("set `version_status = 1`"));
    asked("version_status = 1").assert().code(0);
    assert_eq!(project.report()["clients"][0]["version"], "tool 2.0");
    asked("version_status = 2").assert().code(1);
}

/// A parent that ignores SIGCHLD passes that on, and then no process learns how its children ended.
#[test]
fn whoever_starts_us_clients_are_run_and_judged() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    project.client("fails", "run = ['sh', '-c', 'exit 3', '{plan}']", "");
    // Not every shell passes this on.
    let mut run = assert_cmd::Command::new("bash");
    run.args(["-c", "trap '' CHLD; exec \"$@\"", "sh", SAMEWIRE, "run", "--suite", "suite", "--case", "case/*"]);
    run.args(["--profile", "default", "--out", "samewire-report"]).current_dir(project.path("")).assert().code(1);
    assert_eq!([project.verdict("right", "case/hello"), project.verdict("fails", "case/hello")], ["passed", "crashed"]);
}

#[test]
fn nothing_of_our_environment_reaches_a_client() {
    let project = Project::new();
    let script =
        "[ -z \"$SECRET$HTTP_PROXY$SSH_AUTH_SOCK\" ] && [ \"$GIVEN\" = given ] && [ \"$HOME\" != /home/own ] && exec \"$@\"";
    let sends = run_sender("right", "{plan}").replace('[', "");
    project.client("says", &format!("run = ['sh', '-c', '{script}', 'sh', {sends}"), "pass_env = ['GIVEN']").cases(HELLO);
    let mut run = project.run(&[]);
    run.envs(["SECRET", "HTTP_PROXY", "SSH_AUTH_SOCK"].map(|name| (name, "secret")))
        .env("GIVEN", "given")
        .env("HOME", "/home/own");
    run.assert().code(0);
}

#[test]
fn a_question_that_could_not_be_put_is_an_error() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    let mut run = assert_cmd::Command::new("/bin/sh");
    run.args(["-c", "ulimit -n 14; exec \"$@\"", "sh", SAMEWIRE, "run", "--suite", "suite", "--case", "case/*", "--jobs", "1"]);
    let run = run.args(["--profile", "default"]).current_dir(project.path("")).assert();
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(!text.contains("missing") && run.get_output().status.code() != Some(0), "{text}");
}

#[test]
fn programs_are_looked_for_where_they_will_be_started() {
    let project = Project::new();
    project.write("clients/right/bin/own-tool", "#!/bin/sh\n");
    fs::set_permissions(project.path("clients/right/bin/own-tool"), fs::Permissions::from_mode(0o755)).expect("permissions");
    let own = project.path("clients/right/bin").display().to_string();
    project.cases(HELLO).sender("right", &format!("needs = ['own-tool']\nenv = {{ PATH = '{own}:/usr/bin:/bin' }}"));
    passes(&project);
    project.sender("right", &format!("needs = ['own-tool', 'cat']\nenv = {{ PATH = '{own}' }}"));
    project.run(&[]).assert().code(1).stdout(contains("cat is not on PATH"));
}

#[test]
fn placeholders_are_filled_in_in_variables_too() {
    let project = Project::new();
    let split = "\"${URL%:*}\" \"${URL##*:}\" \"$PLAN\"";
    told_by(&project, split, "env = { URL = '{url}', PLAN = '{plan}' }");
    project.cases(HELLO);
    passes(&project);
}

#[test]
fn a_client_may_be_told_through_its_stdin() {
    let project = Project::new();
    told_by(&project, "{host} {port} /dev/stdin", "stdin = '{plan}'");
    project.cases(HELLO);
    // None with a closed stdin.
    project.run_all(&["--case", "case/*"]).assert().code(0).stdout(contains("2 trials: 2 passed"));
}

#[test]
fn an_input_is_stdin_and_where_there_is_none_it_is_empty() {
    let project = Project::new();
    let case = |name: &str, rest: &str| format!("[[case]]\nname = '{name}'\nabout = 'x'\nhazards = []\n{rest}\n");
    let cases = case("input", "input = 'text hello'\nexpect = { text = 'hello' }")
        + &case("none", "expect = { text = '' }")
        + &case("plan", "plan = 'text a'\nexpect = { text = 'a' }");
    project.cases(&cases);
    told_by(&project, "{host} {port} /dev/stdin", "stdin = '{input}'");
    project.sender("right", "cases = ['case/plan']");
    project.run(&[]).assert().code(0).stdout(contains("3 trials: 3 passed"));
    assert_eq!(project.verdict("told", "case/none"), "passed");
}

#[test]
fn a_profile_changes_one_thing() {
    let project = Project::new();
    let says =
        format!("run = ['sh', '-c', 'echo $LC_ALL >&2; exec \"$@\"', 'sh', {}", run_sender("right", "{plan}").replace('[', ""));
    project.client("says", &says, "env = { LC_ALL = 'own' }");
    project.cases(&HELLO.replace("hazards = []", "hazards = ['encoding']"));
    let _ = project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert();
    let report = project.report();
    let said: Vec<&str> =
        report["trials"].as_array().expect("trials").iter().filter_map(|trial| trial["stderr"].as_str()).collect();
    assert_eq!(said, ["own\n", "C\n", "own\n", "own\n"]);
}

#[test]
fn a_client_toml_that_leads_nowhere_is_a_client_that_is_broken() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    fs::create_dir(project.path("clients/linked")).expect("a folder");
    symlink("no-such.toml", project.path("clients/linked/client.toml")).expect("a link");
    project.run(&[]).assert().code(1).stdout(contains("1 passed").and(contains("setup-error linked")));
}

#[test]
fn a_trial_that_cannot_be_written_down_loses_no_other() {
    let project = Project::new();
    let long = "n".repeat(245);
    project.cases(HELLO).sender("right", "");
    project.client(&long, &format!("run = {}", run_sender("right", "{plan}")), "");
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(1);
    assert_eq!(project.verdict("right", "case/hello"), "passed");
    let refused = project.trial(&long, "case/hello");
    assert_eq!(refused["verdict"], "setup-error");
    let problem = refused["problem"].as_str().expect("a problem");
    assert!(problem.contains("the name of the client's folder has 245 octets, and 100 is the most"), "{problem}");
    let report = project.report();
    let closed = report["trials"]
        .as_array()
        .expect("trials")
        .iter()
        .find(|trial| trial["client"] == *long && trial["profile"] == "closed-stdin");
    let closed = closed.expect("a trial");
    assert_eq!(closed["verdict"], "setup-error");
    assert!(closed["problem"].as_str().is_some_and(|problem| problem.contains("File name too long")), "{}", closed["problem"]);
}

#[test]
fn names_that_no_file_can_have_everywhere_are_refused_when_they_are_read() {
    let project = Project::new();
    let variant = |name: &str| format!("[[variant]]\nname = '{name}'");
    let (variants, long) = (["Ncat", "ncat"].map(variant).join("\n"), variant(&"n".repeat(100)));
    for (name, more) in
        [("con", ""), ("dot.", ""), ("twin", ""), ("Twin", ""), ("pair", &*variants), ("long", &long), ("fine", "")]
    {
        project.sender(name, more);
    }
    let entries = samewire::client::load(&project.path("clients"), &samewire::diagnosis::names()).expect("clients");
    let problem = |name: &str| {
        let entry = entries.iter().find(|entry| entry.name == name).expect("an entry");
        entry.client.as_ref().err().map(ToString::to_string).unwrap_or_default()
    };
    let refused = [
        ("con", "a device on Windows"),
        ("dot.", "ends in a dot"),
        ("twin", "twin and Twin name the same file"),
        ("pair", "ncat and Ncat name the same file"),
        ("long", "has 105 octets, and 100 is the most"),
    ];
    for (name, why) in refused {
        assert!(problem(name).contains(why), "{name}: {}", problem(name));
    }
    assert_eq!((problem("fine"), problem("Twin")), (String::new(), String::new()));
    let new = project.samewire(&["new", "nul"]).assert();
    new.code(2).stderr(contains("a device on Windows"));
}

/// A run that prints events, once it has printed the first that begins like this.
#[track_caller]
fn started(project: &Project, event: &str) -> Child {
    let mut command = std::process::Command::new(SAMEWIRE);
    command.args(["run", "--suite", "suite", "--case", "case/*", "--profile", "default", "--out", "samewire-report"]);
    command.args(["--format", "json"]).current_dir(project.path("")).env_remove("SAMEWIRE_REQUIRE");
    command.env("SAMEWIRE_CACHE", project.path("cache")).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("samewire");
    let mut lines = BufReader::new(child.stdout.as_mut().expect("stdout")).lines();
    assert!(lines.any(|line| line.expect("a line").contains(event)), "it ended without {event}");
    child
}

/// Stops a run, and says how long it took to end. Everything in it was interrupted, and nobody's fault.
#[track_caller]
fn stopped(project: &Project, mut run: Child) -> Duration {
    let since = Instant::now();
    let id = i32::try_from(run.id()).ok().and_then(Pid::from_raw).expect("an id");
    kill_process(id, Signal::INT).expect("to signal");
    // Nobody reads its events any more, and it ends all the same.
    drop(run.stdout.take());
    run.wait().expect("its end");
    let report = project.report();
    let trial = &report["trials"][0];
    assert_eq!((&trial["verdict"], &trial["diagnoses"]), (&"interrupted".into(), &serde_json::json!([])), "{trial:#}");
    assert_eq!(report["causes"], serde_json::json!([]));
    since.elapsed()
}

#[test]
fn a_run_that_waits_for_the_lock_of_a_build_is_stopped_at_once() {
    let project = built_by("true", "");
    passes(&project);
    let [place] = kept(&project).try_into().expect("one folder");
    fs::remove_dir_all(&place).expect("to forget it");
    let other = fs::File::open(place.with_extension("lock")).expect("the lock");
    other.lock().expect("to be another process");
    let run = started(&project, "run-started");
    assert!(stopped(&project, run) < Duration::from_secs(20));
    drop(other);
    passes(&project);
}

#[test]
fn a_run_that_still_reads_what_was_sent_is_stopped_at_once() {
    let project = Project::new();
    let run = format!("run = ['sh', '-c', '{} none {{host}} {{port}}; exec touch ../../ended']", example("stray"));
    project.client("ends", &run, "timeout_ms = 60000\ncases = ['case/*']");
    project.cases(&format!("{HELLO}[case.recorder]\nread_delay_ms = 40000\n"));
    let run = started(&project, "trial-started");
    let since = Instant::now();
    while !project.path("ended").exists() {
        assert!(since.elapsed() < PATIENCE, "the client does not end");
        std::thread::yield_now();
    }
    assert!(stopped(&project, run) < Duration::from_secs(20));
}

#[test]
fn processes_of_one_run_ask_for_a_version_once() {
    let project = Project::new();
    let version = "version = ['sh', '-c', 'echo asked >> ../../builds; echo one 1.0']";
    let run = format!("run = {}", run_sender("right", "{plan}"));
    let asked = |more: &str| project.write("clients/right/client.toml", &format!("about = 'x'\n{version}\n{run}\n{more}\n"));
    asked("");
    project.cases(&format!("{HELLO}{THREE}"));
    let run_of = |id: &str| project.run(&[]).env("NEXTEST_RUN_ID", id).assert().code(0);
    run_of("one");
    run_of("one");
    assert_eq!(builds(&project), 1);
    run_of("two");
    assert_eq!(builds(&project), 2);
    asked("env = { OTHER = '1' }");
    run_of("two");
    assert_eq!(builds(&project), 3);
    run_of("../two");
    run_of("../two");
    assert_eq!(builds(&project), 5);
}
