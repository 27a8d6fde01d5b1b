//! `locate`: the program behind a shim is found once, and started itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE, THREE};

/// A shim on the client's PATH that notes each start, and starts what it is given.
fn project(more: &str, run: &str) -> Project {
    let project = Project::new();
    project.write("bin/shim", &format!("#!/bin/sh\necho \"$1\" >> {}\nexec \"$@\"\n", project.path("starts").display()));
    fs::set_permissions(project.path("bin/shim"), fs::Permissions::from_mode(0o755)).expect("permissions");
    let env = format!("env = {{ PATH = '{}:/usr/bin:/bin' }}\n", project.path("bin").display());
    let run = format!("run = [{run}, 'sender', 'right', '{{host}}', '{{port}}', '{{plan}}']");
    project.client("shimmed", &run, &(env + more));
    project.cases(&format!("{HELLO}{THREE}"));
    project
}

fn locate(script: &str) -> String {
    format!("locate = ['shim', 'sh', '-c', \"{script}\"]\n")
}

#[test]
fn a_program_is_located_once_and_started_without_its_shim() {
    let project = project(&locate(&format!("echo {SAMEWIRE}")), "'{program}'");
    project.run(&[]).assert().code(0);
    assert_eq!(fs::read_to_string(project.path("starts")).expect("starts"), "sh\n");
    for case in ["case/hello", "case/three"] {
        assert_eq!(project.verdict("shimmed", case), "passed");
    }
}

#[test]
fn processes_of_one_run_tell_each_other_what_was_located() {
    let project = project(&locate(&format!("echo {SAMEWIRE}")), "'{program}'");
    project.write("cache/keep", "");
    for _ in 0..2 {
        let mut run = project.run(&[]);
        run.env("NEXTEST_RUN_ID", "0dbc12a8").env("SAMEWIRE_CACHE", project.path("cache")).assert().code(0);
    }
    assert_eq!(fs::read_to_string(project.path("starts")).expect("starts"), "sh\n");
}

#[test]
fn what_is_no_program_is_an_error_that_says_what_locate_is_to_print() {
    for (script, said) in [
        ("echo sh", "printed no path of a file, but \"sh\""),
        ("echo /no/such/file", "printed no path of a file, but \"/no/such/file\""),
        (":", "printed no path of a file, but \"\""),
        ("echo lost >&2; exit 3", "exited with status 3: lost"),
    ] {
        let project = project(&locate(script), "'{program}'");
        project.run(&[]).assert().code(1).stdout(contains(said));
        assert_eq!(project.verdict("shimmed", "case/hello"), "setup-error", "{script}");
    }
}

#[test]
fn locate_and_its_program_need_each_other() {
    let refused = |more: &str, run: &str, said: &str| {
        project(more, run).run(&[]).assert().code(1).stdout(contains("client.toml:").and(contains(said)));
    };
    refused("", "'{program}'", "there is no `locate`");
    refused(&locate("echo /bin/sh"), &format!("'{SAMEWIRE}'"), "nothing uses it");
    refused("locate = []", "'{program}'", "this list of arguments is empty");
}
