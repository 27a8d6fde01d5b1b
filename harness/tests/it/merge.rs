//! `samewire merge`: the parts add up to the whole, or it is refused and the trial is named.

use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};

use super::support::{HELLO, Project, valid};

/// Two right clients on nine cases: 18 trials.
#[track_caller]
fn project() -> Project {
    let project = Project::new();
    project.sender("right", "").cases(&cases(9));
    copy_client(&project, "other");
    project
}

fn cases(count: usize) -> String {
    (0..count).map(|i| HELLO.replace("\"hello\"\nabout", &format!("\"hello-{i}\"\nabout"))).collect()
}

/// The client `right` again, by another name.
#[track_caller]
fn copy_client(project: &Project, name: &str) {
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    project.write(&format!("clients/{name}/client.toml"), &toml);
}

/// Runs a part into a folder of its own.
#[track_caller]
fn part(project: &Project, out: &str, arguments: &[&str]) {
    let output = project.run_all(&["--profile", "default", "--case", "case/*", "--out", out]).args(arguments).assert();
    assert!(matches!(output.get_output().status.code(), Some(0 | 1)), "{output}");
}

#[track_caller]
fn shards(project: &Project) {
    (1..=3).for_each(|i| part(project, &format!("shard-{i}"), &["--shard", &format!("{i}/3")]));
}

#[track_caller]
fn merge(project: &Project, parts: &[&str]) -> assert_cmd::assert::Assert {
    project.samewire(&[&["merge", "--out", "samewire-report"], parts].concat()).assert()
}

/// Makes the report in a folder another one.
#[track_caller]
fn edit(project: &Project, folder: &str, edit: impl FnOnce(&mut Value)) {
    let path = format!("{folder}/report.json");
    let mut report: Value = serde_json::from_str(&std::fs::read_to_string(project.path(&path)).expect("a report")).expect("JSON");
    edit(&mut report);
    project.write(&path, &report.to_string());
}

#[test]
fn shards_add_up_to_the_whole_run() {
    let project = project();
    shards(&project);
    merge(&project, &["shard-1", "shard-2", "shard-3"])
        .code(0)
        .stdout(contains("18 trials: 18 passed").and(contains("in 3 runs")));
    let merged = project.report();
    part(&project, "whole", &[]);
    edit(&project, "whole", |whole| {
        let name = |trial: &Value| trial["name"].as_str().expect("a name").to_owned();
        let mut names: [Vec<String>; 2] =
            [&merged, whole].map(|report| report["trials"].as_array().expect("trials").iter().map(name).collect());
        names.iter_mut().for_each(|names| names.sort());
        assert_eq!(names[0], names[1]);
        assert_eq!(merged["agreements"].as_array().expect("agreements").len(), 9);
    });
    for trial in merged["trials"].as_array().expect("trials") {
        let capture = trial["capture"].as_str().expect("a capture");
        assert!(project.path("samewire-report").join(capture).is_file(), "{capture}");
    }
    assert!(project.path("samewire-report/junit.xml").is_file());
}

#[test]
fn a_shard_that_is_missing_is_refused_and_its_trials_are_named() {
    let project = project();
    shards(&project);
    let lost: Value =
        serde_json::from_str(&std::fs::read_to_string(project.path("shard-2/report.json")).expect("a report")).expect("JSON");
    let name = lost["trials"][0]["name"].as_str().expect("a name").to_owned();
    merge(&project, &["shard-1", "shard-3"])
        .code(2)
        .stdout("")
        .stderr(contains("in no part; is a shard or a client missing?").and(contains(name)));
    assert!(!project.path("samewire-report").exists());
}

#[test]
fn a_shard_that_is_there_twice_is_refused_and_its_trials_are_named() {
    let project = project();
    shards(&project);
    std::fs::rename(project.path("shard-2"), project.path("again")).expect("a folder");
    part(&project, "shard-2", &["--shard", "2/3"]);
    let refused = merge(&project, &["shard-1", "shard-2", "shard-3", "again"]).code(2);
    refused.stderr(
        contains("in more than one part; was a part given twice, or have two clients one name?").and(contains("::case/hello-")),
    );
}

#[test]
fn parts_of_different_suites_are_refused() {
    let project = project();
    shards(&project);
    project.cases(&cases(9).replacen("text hello", "text hallo", 1).replacen("{ text = \"hello\" }", "{ text = \"hallo\" }", 1));
    part(&project, "shard-3", &["--shard", "3/3"]);
    merge(&project, &["shard-1", "shard-2", "shard-3"]).code(2).stderr(contains("shard-1 and shard-3 are of different suites"));
}

#[test]
fn parts_that_plan_other_trials_are_refused() {
    let project = project();
    shards(&project);
    copy_client(&project, "third");
    part(&project, "shard-3", &["--shard", "3/3"]);
    merge(&project, &["shard-1", "shard-2", "shard-3"])
        .code(2)
        .stderr(contains("in no part").and(contains("third::case/hello-")));
    std::fs::remove_dir_all(project.path("clients/third")).expect("a client");
    project.sender("right", "cases = ['!case/hello-4']");
    part(&project, "shard-3", &["--shard", "3/3"]);
    merge(&project, &["shard-1", "shard-2", "shard-3"])
        .code(2)
        .stderr(contains("shard-1 plans right::case/hello-4").and(contains("shard-3 does not")));
}

#[test]
fn parts_of_other_versions_and_trials_that_nobody_planned_are_refused() {
    let project = project();
    part(&project, "whole", &[]);
    part(&project, "old", &[]);
    edit(&project, "old", |report| report["samewire"] = "0.0.9".into());
    merge(&project, &["whole", "old"]).code(2).stderr(contains("old by 0.0.9"));
    edit(&project, "whole", |report| report["trials"][0]["name"] = "nobody::case/hello".into());
    merge(&project, &["whole"]).code(2).stderr(contains("in no part"));
    edit(&project, "whole", |report| {
        let name = report["runs"][0]["planned"][0].clone();
        let mut more = report["trials"][0].clone();
        report["trials"][0]["name"] = name;
        more["name"] = "nobody::case/hello".into();
        report["trials"].as_array_mut().expect("trials").push(more);
    });
    merge(&project, &["whole"]).code(2).stderr(contains("planned by no part").and(contains("nobody::case/hello")));
}

#[test]
fn clients_of_several_machines_add_up_and_a_missing_one_gives_way() {
    let project = project();
    let here = std::fs::read_to_string(project.path("clients/other/client.toml")).expect("a client");
    part(&project, "a", &["--client", "right"]);
    part(&project, "b", &["--client", "other"]);
    merge(&project, &["a", "b"]).code(0).stdout(contains("18 passed"));
    // The same two machines, each with all clients and without the toolchain of one.
    project.write("clients/other/client.toml", &format!("needs = ['no-such-program']\n{here}"));
    part(&project, "a", &[]);
    merge(&project, &["a"]).code(0).stdout(contains("9 missing"));
    merge(&project, &["a", "b"]).code(0).stdout(contains("18 passed").and(contains("missing").not()));
    let clients = project.report()["clients"].as_array().expect("clients").len();
    assert_eq!(clients, 2, "the client that was missing is not told of");
}

#[test]
fn what_is_the_same_in_two_profiles_is_told_once_for_each_platform() {
    let project = Project::new();
    project.sender("one-octet-changed", "lacks = ['ipv6']").cases(HELLO);
    for platform in ["macos", "windows"] {
        project.run_all(&["--case", "case/*", "--out", platform]).assert().code(1);
        edit(&project, platform, |report| report["runs"][0]["os"] = platform.into());
        edit(&project, platform, |report| report["runs"][0]["arch"] = "aarch64".into());
    }
    merge(&project, &["macos", "windows"]).code(1).stdout(contains("4 differs"));
    let junit = std::fs::read_to_string(project.path("samewire-report/junit.xml")).expect("junit.xml");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let failures: Vec<&str> =
        document.descendants().filter(|node| node.has_tag_name("failure")).filter_map(|node| node.text()).collect();
    assert_eq!(failures.len(), 4, "{junit}");
    for platform in ["macos", "windows"] {
        let same = format!("the same as one-octet-changed::case/hello on {platform}-aarch64, which has the details");
        assert_eq!(failures.iter().filter(|text| text.contains(&same)).count(), 1, "{junit}");
    }
}

#[test]
fn platforms_stand_beside_each_other_and_are_held_against_each_other() {
    let project = project();
    part(&project, "linux", &[]);
    part(&project, "mac", &[]);
    edit(&project, "mac", |report| {
        report["runs"][0]["os"] = "macos".into();
        report["runs"][0]["arch"] = "aarch64".into();
        let trial = &mut report["trials"][0];
        trial["verdict"] = "differs".into();
        trial["failed"] = true.into();
        trial["captured"][0]["sha256"] = "00".into();
    });
    merge(&project, &["linux", "mac"]).code(1).stdout(
        contains("right on macos-aarch64")
            .and(contains("other on macos-aarch64 differs from the 3 others: case/hello-0"))
            .and(contains("35 passed, 1 differs")),
    );
    assert!(project.path("samewire-report/captures/macos-aarch64/right/case/hello-0.jsonl").is_file());
    // A merged report is a part like any other.
    std::fs::rename(project.path("samewire-report"), project.path("merged")).expect("a folder");
    merge(&project, &["merged"]).code(1);
    assert!(project.path("samewire-report/captures/macos-aarch64/right/case/hello-0.jsonl").is_file());
    valid("report", &project.report());
}

/// The same client goes wrong in another way on each platform: neither explains what the other did.
#[test]
fn causes_are_those_of_one_client_on_one_platform() {
    let project = Project::new();
    project.cases(&cases(2).replace("hello\"\nexpect", "h\u{e9}llo\"\nexpect").replace("text = \"hello", "text = \"h\u{e9}llo"));
    let other = |fault: &str| {
        project.sender(fault, "");
        let toml = std::fs::read_to_string(project.path(&format!("clients/{fault}/client.toml"))).expect("a client");
        std::fs::remove_dir_all(project.path("clients")).expect("clients");
        project.write("clients/odd/client.toml", &toml);
    };
    other("latin-1");
    part(&project, "mac", &[]);
    edit(&project, "mac", |report| report["runs"][0]["os"] = "macos".into());
    edit(&project, "mac", |report| report["runs"][0]["arch"] = "aarch64".into());
    other("utf-16le");
    part(&project, "here", &[]);
    merge(&project, &["mac", "here"]).code(1).stdout(
        contains("odd on macos-aarch64: latin-1 explains both trials that differ").and(contains(": utf-16le explains both")),
    );
    let report = project.report();
    for trial in report["trials"].as_array().expect("trials") {
        let first =
            if report["runs"][trial["run"].as_u64().expect("a run") as usize]["os"] == "macos" { "latin-1" } else { "utf-16le" };
        assert_eq!(trial["diagnoses"][0]["name"], first);
    }
    valid("report", &report);
    let annotations = project.samewire(&["report", "--format", "annotations", "samewire-report"]).assert().code(0);
    let said = String::from_utf8_lossy(&annotations.get_output().stdout).into_owned();
    assert!(said.contains("case/hello-0 failed with 1 client::"), "a client counts once, whatever its platforms: {said}");
    let both = [said.contains("odd on macos-aarch64 and "), said.contains(": odd on ") && said.contains(" and macos-aarch64")];
    assert!(both.contains(&true), "both platforms behind its name: {said}");
}

#[test]
fn captures_that_did_not_come_along_were_not_kept() {
    let project = project();
    part(&project, "whole", &[]);
    std::fs::remove_dir_all(project.path("whole/captures/right")).expect("captures");
    merge(&project, &["whole"]).code(0);
    assert_eq!(project.trial("right", "case/hello-0")["capture_dropped"], true);
    assert_eq!(project.trial("other", "case/hello-0")["capture_dropped"], false);
}

#[test]
fn no_part_is_cleared_away() {
    let project = project();
    part(&project, "samewire-report", &[]);
    merge(&project, &["samewire-report"]).code(2).stderr(contains("would be replaced"));
    assert!(project.path("samewire-report/captures/right/case/hello-0.jsonl").is_file());
    merge(&project, &["nowhere"]).code(2).stderr(contains("nowhere"));
}

#[test]
fn what_a_verdict_means_is_worked_out_anew() {
    let project = project();
    part(&project, "whole", &["--require", "right"]);
    edit(&project, "whole", |report| report["trials"][0]["verdict"] = "differs".into());
    merge(&project, &["whole"]).code(1).stdout(contains("1 differs"));
    edit(&project, "whole", |report| {
        report["trials"][0]["verdict"] = "passed".into();
        for trial in report["trials"].as_array_mut().expect("trials").iter_mut().filter(|trial| trial["client"] == "right") {
            trial["verdict"] = "missing".into();
        }
    });
    merge(&project, &["whole"]).code(1).stdout(contains("9 missing"));
    edit(&project, "whole", |report| report["trials"][1]["also"] = vec!["differs"].into());
    edit(&project, "whole", |report| report["trials"][1]["verdict"] = "passed".into());
    merge(&project, &["whole"]).code(2).stderr(contains("is damaged"));
}

#[test]
fn shards_of_different_clients_of_one_name_are_refused() {
    let project = project();
    shards(&project);
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    let other = |what: &str| {
        part(&project, "shard-3", &["--shard", "3/3"]);
        merge(&project, &["shard-1", "shard-2", "shard-3"]).code(2).stderr(contains("right on ").and(contains(what.to_owned())));
    };
    project.write("clients/right/client.toml", &format!("timeout_ms = 9000\n{toml}"));
    other("its folder, its inputs or its client.toml was changed");
    project.write("clients/right/client.toml", &toml);
    project.write("clients/right/source", "another version");
    other("its folder, its inputs or its client.toml was changed");
    std::fs::remove_file(project.path("clients/right/source")).expect("a file");
    let version = toml.lines().find(|line| line.starts_with("version")).expect("a version").to_owned();
    project.write("clients/right/client.toml", &toml.replace(&version, "version = ['echo', 'another']"));
    if cfg!(unix) {
        other("another");
    }
}

#[test]
fn a_client_of_which_one_part_does_not_say_what_it_is_made_of_is_refused() {
    let project = project();
    shards(&project);
    let path = project.path("shard-3/report.json");
    let mut report: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a report")).expect("JSON");
    report["clients"][0]["digest"] = Value::Null;
    std::fs::write(path, report.to_string()).expect("a file");
    merge(&project, &["shard-1", "shard-2", "shard-3"]).code(2).stderr(contains("only one of them says what it was made of"));
}

#[cfg(unix)]
#[test]
fn hidden_files_links_and_inputs_are_of_a_client_too() {
    let project = project();
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::write(elsewhere.path().join("linked"), "1").expect("a file");
    std::os::unix::fs::symlink(elsewhere.path(), project.path("clients/right/linked")).expect("a link");
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    project.write("clients/right/client.toml", &format!("inputs = ['../../sdk/**']\n{toml}"));
    project.write("sdk/part", "1");
    project.write("clients/right/.hidden", "1");
    shards(&project);
    merge(&project, &["shard-1", "shard-2", "shard-3"]).code(0);
    let linked = elsewhere.path().join("linked");
    for path in [project.path("sdk/part"), project.path("clients/right/.hidden"), linked] {
        std::fs::write(&path, "2").expect("a file");
        part(&project, "shard-3", &["--shard", "3/3"]);
        merge(&project, &["shard-1", "shard-2", "shard-3"]).code(2).stderr(contains("inputs or its client.toml was changed"));
        std::fs::write(&path, "1").expect("a file");
    }
}

#[test]
fn what_machines_put_into_a_folder_for_themselves_is_of_no_client() {
    let project = project();
    let toml = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    project.write("clients/right/client.toml", &format!("build = ['true']\ninputs = ['../../sdk/**']\n{toml}"));
    project.write("sdk/part", "1");
    project.write("clients/right/node_modules/dependency/index.js", "1");
    shards(&project);
    let litter =
        [".venv/lib/a.py", "own-venv/pyvenv.cfg", "__pycache__/a.pyc", ".DS_Store", ".idea/a.xml", "node_modules/.cache/a"];
    for litter in litter {
        project.write(&format!("clients/right/{litter}"), "of one machine");
        project.write(&format!("sdk/deep/{litter}"), "of one machine");
    }
    project.write("clients/right/made/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
    part(&project, "shard-3", &["--shard", "3/3"]);
    merge(&project, &["shard-1", "shard-2", "shard-3"]).code(0);
    project.write("clients/right/node_modules/dependency/index.js", "2");
    part(&project, "shard-3", &["--shard", "3/3"]);
    merge(&project, &["shard-1", "shard-2", "shard-3"]).code(2).stderr(contains("inputs or its client.toml was changed"));
}

#[test]
fn an_empty_shard_fails_nothing_and_adds_up() {
    let project = Project::new();
    project.sender("right", "").cases(HELLO);
    let shards: Vec<String> = (1..=3).map(|shard| format!("shard-{shard}")).collect();
    for (index, out) in (1..).zip(&shards) {
        let shard = format!("{index}/3");
        project.run_all(&["--profile", "default", "--case", "case/*", "--out", out, "--shard", &shard]).assert().code(0);
    }
    let parts: Vec<&str> = shards.iter().map(String::as_str).collect();
    merge(&project, &parts).code(0).stdout(contains("1 trial: 1 passed"));
}

#[test]
fn packets_come_along_and_what_is_lost_is_said() {
    let project = project();
    part(&project, "here", &[]);
    part(&project, "there", &[]);
    edit(&project, "there", |report| report["runs"][0]["os"] = "windows".into());
    for name in ["here", "there"] {
        project.write(&format!("{name}/captures/right/case/hello-0.pcapng"), name);
        let packets = json!({"file": "captures/right/case/hello-0.pcapng", "agreed": 1, "remarks": []});
        edit(&project, name, |report| report["trials"][0]["packets"] = packets.clone());
    }
    merge(&project, &["here", "there"]).code(0).stderr("");
    let of_windows = format!("samewire-report/captures/windows-{}/right/case/hello-0.pcapng", std::env::consts::ARCH);
    assert_eq!(std::fs::read_to_string(project.path(&of_windows)).expect("packets"), "there");
    std::fs::remove_file(project.path("here/captures/right/case/hello-0.pcapng")).expect("packets");
    merge(&project, &["here", "there"]).code(0).stderr(contains("1 packet file").and(contains("hello-0.pcapng")));
    edit(&project, "here", |report| report["trials"][0]["packets"]["file"] = "../secret".into());
    merge(&project, &["here", "there"]).code(2).stderr(contains("outside the report's folder"));
}

#[test]
fn captures_are_found_however_their_paths_are_written_and_what_is_lost_is_said() {
    let project = project();
    part(&project, "here", &[]);
    part(&project, "there", &[]);
    edit(&project, "there", |report| {
        report["runs"][0]["os"] = "windows".into();
        for trial in report["trials"].as_array_mut().expect("trials") {
            let capture = trial["capture"].as_str().expect("a capture").replace('/', "\\");
            trial["capture"] = capture.into();
        }
    });
    merge(&project, &["here", "there"]).code(0).stderr("");
    let arch = std::env::consts::ARCH;
    assert!(project.path(&format!("samewire-report/captures/windows-{arch}/right/case/hello-0.jsonl")).is_file());
    std::fs::remove_file(project.path("here/captures/right/case/hello-0.jsonl")).expect("a capture");
    merge(&project, &["here", "there"]).code(0).stderr(contains("1 capture").and(contains("hello-0.jsonl")));
    assert_eq!(project.trial("right", "case/hello-0")["capture_dropped"], true);
}

#[test]
fn a_report_names_no_place_of_its_own_for_what_is_merged() {
    let project = project();
    part(&project, "whole", &[]);
    let outside = project.path("outside").display().to_string();
    for system in ["../../outside", &outside, "..\\outside"] {
        edit(&project, "whole", |report| report["runs"][0]["os"] = system.into());
        merge(&project, &["whole"]).code(2).stderr(contains("files are named after that"));
    }
}

#[cfg(unix)]
#[test]
fn a_capture_that_leads_elsewhere_is_not_followed() {
    let project = project();
    project.write("private/key", "secret");
    part(&project, "whole", &[]);
    let capture = project.path("whole/captures/right/case/hello-0.jsonl");
    let private = project.path("private/key");
    for (elsewhere, said) in [(private.as_path(), "leads to"), (std::path::Path::new("/dev/zero"), "leads to")] {
        std::fs::remove_file(&capture).expect("a capture");
        std::os::unix::fs::symlink(elsewhere, &capture).expect("a link");
        merge(&project, &["whole"]).code(2).stderr(contains(said));
    }
    std::fs::remove_dir_all(project.path("whole/captures/right")).expect("a folder");
    std::os::unix::fs::symlink(project.path("private"), project.path("whole/captures/right")).expect("a link");
    project.write("private/case/hello-0.jsonl", "secret");
    merge(&project, &["whole"]).code(2).stderr(contains("leads to"));
}

#[test]
fn a_command_to_repeat_a_trial_does_nothing_else() {
    let project = project();
    part(&project, "whole", &[]);
    for hostile in ["samewire run; reboot", "reboot", "samewire run --client $(reboot)", "samewire run\nreboot"] {
        edit(&project, "whole", |report| report["trials"][0]["repeat"] = hostile.into());
        project.samewire(&["report", "--format", "text", "whole"]).assert().code(2).stderr(contains("is damaged"));
    }
}
