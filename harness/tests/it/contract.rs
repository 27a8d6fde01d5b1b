//! The contract's own trials, and how clients are run: profiles, variants, shards, repetitions.

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;

use super::support::{BYTES, HELLO, Project, SAMEWIRE, THREE, run_sender};

/// A case that receives before it goes on, and one that waits.
const TURNS: &str = r#"
[[case]]
name    = "asks"
about   = "x"
hazards = []
plan    = "text a\nreceive 2\ntext b"
expect  = { text = "ab" }
output  = { text = "ok" }

[case.recorder]
replies = [{ after_bytes = 1, text = "ok", delay_ms = 100 }]

[[case]]
name    = "waits"
about   = "x"
hazards = []
plan    = "text a\npause 1500\ntext b"
expect  = { text = "ab" }
"#;

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
fn a_client_that_does_not_wait_before_it_connects_again_breaks_the_contract() {
    let project = Project::new();
    project.sender("connects-early", "").sender("opens-all-first", "").sender("right", "").cases(HELLO);
    project
        .run_all(&["--case", "contract/connect-after-close", "--out", "samewire-report"])
        .assert()
        .code(1)
        .stdout(contains("connection 2 was opened before the server had closed the one before"));
    for wrong in ["connects-early", "opens-all-first"] {
        assert_eq!(project.verdict(wrong, "contract/connect-after-close"), "wrong-ending", "{wrong}");
    }
    assert_eq!(project.verdict("right", "contract/connect-after-close"), "passed");
}

#[test]
fn a_server_that_is_silent_for_long_is_waited_for_while_other_trials_run() {
    let project = Project::new();
    project.sender("impatient", "").sender("patient-for-5-s", "").sender("right", "").cases(HELLO);
    let run =
        project.run_all(&["--jobs", "2", "--case", "contract/long-held-close", "--out", "samewire-report"]).assert().code(1);
    assert!(String::from_utf8_lossy(&run.get_output().stdout).contains("left before the server had closed connection 1"));
    for (client, verdict) in [("impatient", "wrong-ending"), ("patient-for-5-s", "wrong-ending"), ("right", "passed")] {
        assert_eq!(project.verdict(client, "contract/long-held-close"), verdict, "{client}");
    }
    // Three times five and a half seconds in two jobs, were they not beside each other.
    let took = project.report()["runs"][0]["duration_ms"].as_u64().expect("a duration");
    assert!(took < 11_000, "{took} ms");
}

#[test]
fn a_client_that_receives_or_pauses_too_late_is_out_of_turn() {
    let project = Project::new();
    project.sender("receives-last", "").sender("does-not-pause", "").sender("right", "").cases(TURNS);
    let run = project.run(&[]).assert().code(1);
    let said = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    assert!(
        said.contains("the octet at offset 1 came before the 2 octets that the plan receives first; 0 had been sent"),
        "{said}"
    );
    assert!(said.contains(" ms, and the plan pauses for 1500 ms before it"), "{said}");
    assert_eq!(project.verdict("receives-last", "case/asks"), "out-of-turn");
    assert_eq!(project.verdict("does-not-pause", "case/waits"), "out-of-turn");
    for case in ["case/asks", "case/waits"] {
        assert_eq!(project.verdict("right", case), "passed");
    }
}

/// What starts a script of bash with host, port and what else the client is told as its arguments.
fn bash(script: &str, told: &str) -> String {
    let script = format!("{script}\n").replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("run = ['bash', '-c', \"{script}\", 'bash', '{{host}}', '{{port}}', '{told}']")
}

#[cfg(target_os = "linux")]
#[test]
fn when_a_client_that_reads_no_plans_ends_is_its_own_affair() {
    let project = Project::new();
    project.client("told", &bash("printf hello >/dev/tcp/$1/$2", "{case}"), "");
    project.cases(&format!("{HELLO}[case.recorder]\nclose_delay_ms = 300\n")).run(&[]).assert().code(0);
}

/// What a client leaves behind that cannot be told to be its own while another runs beside it.
#[cfg(target_os = "linux")]
const UNKNOWN: &str = "env -i setsid bash -c";

#[cfg(target_os = "linux")]
#[test]
fn that_a_client_waited_is_asked_when_it_ends_whatever_it_leaves_and_whatever_runs_beside_it() {
    let project = Project::new();
    let leaves = format!("{UNKNOWN} 'sleep 2' & exec '{SAMEWIRE}' sender leaves-early \"$@\"");
    project.client("leaves", &bash(&leaves, "{plan}"), "").sender("right", "").cases(HELLO);
    project.run_all(&["--jobs", "4", "--case", "contract/*held-close", "--out", "samewire-report"]).assert().code(1);
    for case in ["contract/held-close", "contract/long-held-close"] {
        assert_eq!(project.verdict("leaves", case), "wrong-ending");
        assert_eq!(project.verdict("right", case), "passed");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_sent_after_a_client_has_ended_is_not_its_own_whatever_runs_beside_it() {
    let project = Project::new();
    let later = format!("exec 3<>/dev/tcp/$1/$2; printf hell >&3; {UNKNOWN} 'sleep 1.5; printf o >&3' & sleep 0.2");
    project.client("later", &bash(&later, "{plan}"), "").sender("right", "").cases(HELLO);
    let selected = ["--case", "case/*", "--case", "contract/long-held-close", "--profile", "default"];
    project.run_all(&[&selected[..], &["--jobs", "4", "--out", "samewire-report"]].concat()).assert().code(1);
    let beside = project.trial("later", "case/hello");
    assert_eq!(beside["failed"], true, "{beside}");
    assert_eq!(beside["breaches"], serde_json::json!([{ "left-early": { "connection": 1 } }]), "{beside}");
    project.run(&["--client", "later"]).assert().code(1);
}

#[cfg(unix)]
#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn a_start_up_may_take_as_long_as_the_client_says() {
    let project = Project::new();
    let slow = format!("sleep 5.3; exec '{SAMEWIRE}' sender right \"$@\"");
    project.client("slow", &bash(&slow, "{plan}"), "timeout_ms = 20000");
    project.cases(HELLO);
    project.run_all(&["--jobs", "8", "--case", "contract/*", "--out", "samewire-report"]).assert().code(0);
}

#[cfg(unix)]
#[test]
fn a_client_without_text_is_held_to_what_needs_none() {
    let project = Project::new();
    let lacks = "if grep -q '^text' \"$3\"; then exit 77; fi";
    let script = format!("{lacks}; exec '{SAMEWIRE}' sender right \"$@\"");
    project.client("textless", &bash(&script, "{plan}"), "lacks = ['text']");
    project.cases(BYTES).run_all(&["--jobs", "8", "--case", "contract/*", "--out", "samewire-report"]).assert().code(0);
    for case in ["refused-connection", "held-close", "lacks-text", "unknown-word"] {
        assert_eq!(project.verdict("textless", &format!("contract/{case}")), "passed", "{case}");
    }
}

#[test]
fn the_closed_stdin_is_of_the_first_case_of_a_group_that_is_for_a_client() {
    let project = Project::new();
    let both = format!("{HELLO}{}", HELLO.replace("hello\"\nabout", "other\"\nabout"));
    project.sender("right", "cases = ['!case/hello']").cases(&both);
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(0);
    assert_eq!(names(&project), ["right::case/other", "right+closed-stdin::case/other", "right+ipv6::case/other"]);
}

#[cfg(unix)]
#[test]
fn a_client_that_writes_into_its_folder_is_remarked() {
    let project = Project::new();
    let writes = format!("echo x >log; exec '{SAMEWIRE}' sender right \"$@\"");
    project.client("writes", &bash(&writes, "{plan}"), "").sender("right", "").cases(HELLO);
    let remark = contains("remark writes: written in its folder while it ran: log");
    project.run(&[]).assert().code(0).stdout(remark.and(contains("remark right").not()));
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "it takes long: ci/slow runs it"]
fn a_client_that_reads_the_suite_is_remarked() {
    let project = Project::new();
    let reads = format!("cat ../../suite/case.toml >/dev/null; exec '{SAMEWIRE}' sender right \"$@\"");
    project.client("reads", &bash(&reads, "{plan}"), "").sender("right", "").cases(HELLO);
    let remark =
        "remark: suite/case.toml: opened while reads ran, each time; a client that reads its expectations proves nothing";
    project.run(&["--jobs", "1"]).assert().code(0).stdout(contains(remark));
    assert_eq!(project.report()["remarks"].as_array().map(Vec::len), Some(1), "and the report has it");
    project.samewire(&["check", "reads", "--suite", "suite"]).assert().code(0).stdout(contains(remark));
    project.run(&["--client", "right"]).assert().code(0).stdout(contains("remark").not());
}

#[test]
fn a_client_that_claims_success_of_a_refused_connection_breaks_the_contract() {
    let project = Project::new();
    project.sender("never-connects", "").sender("hangs", "timeout_ms = 1000").sender("right", "").cases(HELLO);
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
    let profiles = ["", "+c-locale", "+closed-stdin", "+ipv6"].map(|profile| format!("right{profile}::case/hello"));
    assert_eq!(names(&project), profiles);
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
