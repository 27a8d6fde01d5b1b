//! The contract's own trials, and how clients are run: profiles, variants, shards, repetitions.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE, THREE, run_sender};

fn names(project: &Project) -> Vec<String> {
    let report = project.report();
    let trials = report["trials"].as_array().expect("trials");
    trials.iter().map(|trial| trial["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_client_that_ignores_unknown_words_breaks_the_contract() {
    let project = Project::new();
    project.sender("ignores-unknown-words", "").sender("right", "").cases(HELLO);
    project.run_all(&["--case", "contract/unknown-word", "--out", "samewire-report"]).assert().code(1);
    assert_eq!(project.verdict("ignores-unknown-words", "contract/unknown-word"), "differs");
    assert_eq!(project.verdict("right", "contract/unknown-word"), "passed");
}

#[test]
fn a_client_that_connects_without_a_plan_breaks_the_contract() {
    let project = Project::new();
    project.sender("connects-first", "").sender("right", "").cases(HELLO);
    project.run_all(&["--case", "contract/*", "--out", "samewire-report"]).assert().code(1);
    assert_eq!(project.verdict("connects-first", "contract/missing-plan"), "differs");
    assert_eq!(project.verdict("right", "contract/missing-plan"), "passed");
}

#[test]
fn a_client_that_leaves_before_the_server_closed_breaks_the_contract() {
    let project = Project::new();
    project.sender("leaves-early", "").sender("right", "").cases(HELLO);
    project
        .run_all(&["--case", "contract/held-close", "--out", "samewire-report"])
        .assert()
        .code(1)
        .stdout(contains("the client left before the server had closed"));
    assert_eq!(project.verdict("leaves-early", "contract/held-close"), "wrong-ending");
    assert_eq!(project.verdict("right", "contract/held-close"), "passed");
}

#[test]
fn a_client_that_claims_success_of_a_refused_connection_breaks_the_contract() {
    let project = Project::new();
    project.sender("never-connects", "").sender("hangs", "").sender("right", "").cases(HELLO);
    project.run_all(&["--case", "contract/refused-connection", "--out", "samewire-report"]).assert().code(1);
    assert_eq!(project.verdict("never-connects", "contract/refused-connection"), "wrong-ending");
    assert_eq!(project.verdict("hangs", "contract/refused-connection"), "timed-out");
    assert_eq!(project.verdict("right", "contract/refused-connection"), "passed");
}

#[test]
fn lacks_is_checked_by_the_contract_whatever_the_suite() {
    let project = Project::new();
    project.sender("right", "lacks = ['reset']").cases(HELLO);
    project.run_all(&["--case", "contract/lacks-reset", "--out", "samewire-report"]).assert().code(1);
    assert_eq!(project.verdict("right", "contract/lacks-reset"), "unexpected-pass");
}

#[test]
fn clients_that_read_no_plans_have_no_contract_trials() {
    let project = Project::new();
    let run = run_sender("right", "{case}");
    project.write("clients/told/client.toml", &format!("about = 'x'\nversion = ['{SAMEWIRE}', '--version']\nrun = {run}\n"));
    project.cases(HELLO).run_all(&["--out", "samewire-report"]).assert().code(1);
    assert!(names(&project).iter().all(|name| !name.contains("contract/")));
}

#[test]
fn cases_about_encodings_run_in_the_c_locale_too() {
    let project = Project::new();
    project.sender("right", "").cases(&HELLO.replace("hazards = []", "hazards = ['encoding']"));
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(0);
    assert_eq!(names(&project), ["right::case/hello", "right+c-locale::case/hello", "right+closed-stdin::case/hello"]);
    project.run_all(&["--client", "right+c-locale", "--case", "case/*", "--out", "samewire-report"]).assert().code(0);
    assert_eq!(names(&project), ["right+c-locale::case/hello"]);
    project.run_all(&["--client", "right+moon"]).assert().code(2).stderr(contains("c-locale closed-stdin"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_profile_changes_the_environment_and_nothing_else() {
    let project = Project::new();
    let script =
        "exec 1>&2; echo \"locale=$LC_ALL\"; if [ -e /proc/$$/fd/0 ]; then echo stdin=open; else echo stdin=closed; fi; exit 1";
    project.write(
        "clients/shell/client.toml",
        &format!("about = 'x'\nversion = ['sh', '-c', 'echo 1']\nrun = ['sh', '-c', '''{script}''', '{{plan}}']\n"),
    );
    project.cases(&HELLO.replace("hazards = []", "hazards = ['locale']"));
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(1);
    let report = project.report();
    let stderr = |profile: &str| {
        let trial =
            report["trials"].as_array().expect("trials").iter().find(|trial| trial["profile"] == profile).expect("a trial");
        trial["stderr"].as_str().expect("text").to_owned()
    };
    assert_eq!(stderr("default"), "locale=C.UTF-8\nstdin=open\n");
    assert_eq!(stderr("c-locale"), "locale=C\nstdin=open\n");
    assert_eq!(stderr("closed-stdin"), "locale=C.UTF-8\nstdin=closed\n");
}

#[test]
fn a_variant_is_a_client_of_its_own_from_the_same_folder() {
    let project = Project::new();
    let variants = format!(
        "[[variant]]\nname = 'wrong'\nrun = {}\n\
         [[variant]]\nname = 'absent'\nneeds = ['no-such-program']\noptional = true\n",
        run_sender("one-octet-changed", "{plan}")
    );
    project.sender("right", &variants).cases(HELLO);
    project.run(&["--require", "all"]).assert().code(1);
    assert_eq!(names(&project), ["right::case/hello", "right@wrong::case/hello", "right@absent::case/hello"]);
    assert_eq!(project.verdict("right", "case/hello"), "passed");
    assert_eq!(project.verdict("right@wrong", "case/hello"), "differs");
    assert_eq!(project.verdict("right@absent", "case/hello"), "missing");
    assert_eq!(project.trial("right@absent", "case/hello")["failed"], false);
    project.run(&["--client", "right@absent", "--require", "right@absent"]).assert().code(1);
    project.run(&["--client", "right@other"]).assert().code(2).stderr(contains("right@wrong"));
}

#[test]
fn shards_add_up_to_the_whole() {
    let project = Project::new();
    let case = |number: usize| HELLO.replace("hello\"\nabout", &format!("hello-{number}\"\nabout"));
    project.sender("right", "").cases(&(0..12).map(case).collect::<String>());
    let mut parts = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        project.run(&["--shard", shard]).assert().code(0);
        let planned = project.report()["runs"][0]["planned"].as_array().map(Vec::len);
        assert_eq!(planned, Some(12), "a part knows the whole");
        parts.extend(names(&project));
    }
    parts.sort();
    project.run(&[]).assert().code(0);
    let mut whole = names(&project);
    whole.sort();
    assert_eq!(parts, whole);
    project.run(&["--shard", "4/3"]).assert().code(2).stderr(contains("such as 2/5"));
}

#[cfg(unix)]
#[test]
fn a_trial_that_does_not_end_the_same_each_time_is_flaky() {
    let project = Project::new();
    let flips = format!("if mkdir ../../once 2>/dev/null; then exit 1; else exec '{SAMEWIRE}' sender right \"$@\"; fi");
    project.write(
        "clients/flips/client.toml",
        &format!("about = 'x'\nversion = ['sh', '-c', 'echo 1']\nrun = ['sh', '-c', \"\"\"{}\"\"\", 'sh', '{{host}}', '{{port}}', '{{plan}}']\n", flips.replace('"', "\\\"")),
    );
    project.sender("right", "").cases(&format!("{HELLO}{THREE}"));
    project
        .run(&["--repeat", "3", "--jobs", "1", "--case", "!case/three"])
        .assert()
        .code(1)
        .stdout(contains("flaky flips::case/hello").and(contains("1 flaky")).and(contains("1 passed")));
    let trial = project.trial("flips", "case/hello");
    assert_eq!(trial["verdict"], "flaky");
    assert_eq!(trial["attempts"], serde_json::json!({ "crashed": 1, "passed": 2 }));
}
