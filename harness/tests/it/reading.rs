//! What a person reads who has two minutes: who is at fault, why, and what to do, in every view and first.

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, SAMEWIRE};
use super::told::{script, sends_then, view};

/// A case of programs that read no plans: nobody can tell from it what they are to send but its author.
const GREETS: &str = "[[case]]\nname = 'greets'\nabout = 'x'\nhazards = []\ninput = 'x'\nexpect = { text = 'hallo' }\n";

const VIEWS: [&str; 5] = ["text", "html", "junit", "markdown", "annotations"];

/// A client that is told the name of a file and sends `hello`.
fn greets() -> String {
    let script = format!("printf 'text hello' > \"$TMPDIR/plan\"; exec {SAMEWIRE} sender right \"$1\" \"$2\" \"$TMPDIR/plan\"");
    format!("run = ['sh', '-c', '''{script}''', 'sh', '{{host}}', '{{port}}', '{{input}}']")
}

#[test]
fn an_expectation_that_is_the_suspect_is_said_of_each_client_that_it_accuses() {
    let project = Project::new();
    project.client("one", &greets(), "").client("two", &greets(), "").cases(GREETS).run(&[]).assert().code(1);
    let said = "both clients agree with each other and not with the expectation: the expectation is the suspect";
    for format in VIEWS {
        let view = view(&project, format);
        assert!(view.matches(said).count() >= 2, "{format}: {view:.3000}");
    }
    let text = view(&project, "text");
    assert!(text.contains(&format!("first difference at offset 1\n  {said}\n")), "behind the sentence that decides: {text}");
    assert!(view(&project, "html").contains(&format!("first difference at offset 1; <strong>{said}</strong></p>")));
}

#[test]
fn a_known_failure_that_failed_otherwise_is_a_reason_of_its_own() {
    let known = "[[known_failure]]\ncase = 'case/other'\nreason = 'x'\ndiagnosis = 'nul-added'";
    let project = Project::new();
    let cases = format!("{HELLO}{}", HELLO.replace("\"hello\"\nabout", "\"other\"\nabout"));
    project.sender("line-feed-added", known).cases(&cases).run(&[]).assert().code(1);
    let page = view(&project, "html");
    assert!(page.contains("case&#x2f;other</a>: known to fail as nul-added ("), "{page:.6000}");
    let annotations = view(&project, "annotations");
    assert!(!annotations.contains("more like it"), "{annotations}");
}

#[test]
fn numbers_of_other_lengths_make_no_other_failure() {
    let project = Project::new();
    let counts = "n=$(ls ../../n 2>/dev/null | wc -l); mkdir -p ../../n/$$; echo Error: attempt $((n * 7 + 5)) >&2; exit 1";
    project.client("fails", &script(counts), "lacks = ['ipv6']").cases(HELLO);
    project.run_all(&["--case", "case/*", "--jobs", "1", "--out", "samewire-report"]).assert().code(1);
    let text = view(&project, "text");
    assert!(text.contains("crashed fails::case/hello, also differs, also in closed-stdin\n"), "{text}");
}

#[test]
fn a_fault_that_shards_part_is_told_once() {
    let project = Project::new();
    project.sender("line-feed-added", "lacks = ['ipv6']").sender("right", "").cases(HELLO);
    for shard in ["1/2", "2/2"] {
        project.run_all(&["--case", "case/*", "--shard", shard, "--out", &shard.replace('/', "-")]).assert().code(1);
    }
    let parted = |shard: &str| project.path(&format!("{shard}/report.json"));
    let failed = |shard| std::fs::read_to_string(parted(shard)).expect("a report").contains("\"verdict\": \"differs\"");
    assert!(failed("1-2") && failed("2-2"), "each has one of the trials that differ");
    project.samewire(&["merge", "--out", "samewire-report", "1-2", "2-2"]).assert().code(1);
    let annotations = view(&project, "annotations");
    assert_eq!(annotations.lines().filter(|line| line.starts_with("::error ")).count(), 1, "{annotations}");
    let text = view(&project, "text");
    assert!(text.contains("line-feed-added::case/hello, also in ") || text.contains("::case/hello, also in default\n"), "{text}");
}

#[test]
fn a_build_that_failed_says_first_what_its_tools_said() {
    let both = "build = ['sh', '-c', 'echo compiling; echo x.c:3: error: no semicolon >&2; exit 2']";
    let many = "build = ['sh', '-c', 'echo x.c: In function main >&2; echo x.c:3: error: no semicolon >&2; exit 2']";
    for build in [both, many] {
        let project = Project::new();
        project.client("unbuilt", &sends_then(""), build).cases(HELLO).run(&[]).assert().code(1);
        for format in VIEWS {
            let view = view(&project, format).replace("\n    ", " ");
            assert!(view.contains("exited with status 2: x.c:3: error: no semicolon"), "{format}: {view:.3000}");
            assert!(!view.contains("semicolon: compiling"), "{format}: {view:.3000}");
        }
    }
}

#[test]
fn what_a_client_should_have_printed_is_said_once_and_hints_stand_behind_their_cause() {
    let answered = HELLO.replace("text hello\"", "text hello\\nreceive 2\"")
        + "output = { text = 'ok' }\n[case.recorder]\nreplies = [{ after_bytes = 5, text = 'ok' }]\n";
    let project = Project::new();
    project.sender("prints-nothing", "").sender("hangs", "timeout_ms = 300").cases(&answered).run(&[]).assert().code(1);
    let text = view(&project, "text");
    assert_eq!(text.matches("expected 2 octets, printed 0").count(), 2, "once for each client: {text}");
    assert!(text.contains("(never-connected)\n    A client that connects only when"), "{text}");
    assert!(text.contains("  what it received and printed:\n  expected "), "{text}");
}

#[test]
fn the_connection_that_carries_nothing_is_named() {
    let project = Project::new();
    project.sender("extra-connection", "").cases(HELLO).run(&[]).assert().code(1);
    let said = "there are extra connections, which carry nothing: connection 1 (extra-empty-connection)";
    assert!(view(&project, "text").contains(said), "{}", view(&project, "text"));
}

#[test]
fn what_is_missing_and_required_is_called_so_with_what_to_install() {
    let absent = "about = 'x'\nneeds = ['no-such-program']\ninstall = { apt = 'such' }\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']";
    let project = Project::new();
    project.sender("right", "").cases(HELLO).write("clients/absent/client.toml", absent);
    project
        .run(&["--require", "all"])
        .assert()
        .code(1)
        .stdout(contains("1 missing (required)").or(contains("1 missing, required")));
    let install = project.report()["clients"][0]["install"].as_str().expect("how to install it").to_owned();
    for format in VIEWS {
        assert!(view(&project, format).contains(&install), "{format}: {install}");
    }
    assert!(view(&project, "html").contains("<p>missing, required <a href"));
}

#[cfg(unix)]
#[test]
fn what_was_cut_off_neither_fails_newly_nor_is_mended() {
    let project = Project::new();
    project
        .sender("right", "")
        .cases(HELLO)
        .run_all(&["--profile", "default", "--case", "case/*", "--out", "whole"])
        .assert()
        .code(0);
    let stops = format!("kill -INT $PPID; exec {SAMEWIRE} sender hangs \"$@\"");
    let run = format!("run = ['sh', '-c', '''{stops}''', 'sh', '{{host}}', '{{port}}', '{{plan}}']");
    project.client("right", &run, "").run_all(&["--profile", "default", "--case", "case/*", "--out", "stopped"]).assert().code(1);
    project
        .client("right", &script("exit 1"), "")
        .run_all(&["--profile", "default", "--case", "case/*", "--out", "failing"])
        .assert()
        .code(1);
    let diff = |old, new, code, said: &'static str| {
        project.samewire(&["diff", old, new]).assert().code(code).stdout(contains(said));
    };
    diff("whole", "stopped", 1, "lost coverage (1)\n  right::case/hello: passed before, interrupted now");
    diff("stopped", "failing", 1, "newly failing (1)\n  right::case/hello: interrupted before, crashed now");
    diff("stopped", "whole", 0, "new coverage (1)\n  right::case/hello: interrupted before, passed now");
    diff("stopped", "stopped", 0, "1 trial unchanged");
}
