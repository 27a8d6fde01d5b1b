//! What is said of a failure: that it is so, that it comes first, and that it is said once.

use predicates::prelude::*;
use predicates::str::contains;

use super::page;
use super::support::{BYTES, HELLO, Project, SAMEWIRE, THREE};

/// The report of the project's last run as a view.
#[track_caller]
pub(super) fn view(project: &Project, format: &str) -> String {
    let output = project.samewire(&["report", "--format", format, "samewire-report"]).assert().code(0);
    let view = String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8");
    if format == "html" { page::inflated(&view) } else { view }
}

/// A client that runs this script of a shell.
pub(super) fn script(script: &str) -> String {
    format!("run = ['sh', '-c', '''{script}''', '{{plan}}']")
}

/// A client that sends as the right sender does, then does this.
pub(super) fn sends_then(more: &str) -> String {
    format!("run = ['sh', '-c', '''{SAMEWIRE} sender right \"$@\"; {more}''', 'sh', '{{host}}', '{{port}}', '{{plan}}']")
}

#[test]
fn what_a_client_refuses_as_it_says_has_no_cause() {
    let project = Project::new();
    let refuses = format!("if grep -q ^text \"$3\"; then exit 77; fi; exec {SAMEWIRE} sender right \"$@\"");
    let run = format!("run = ['sh', '-c', '''{refuses}''', 'sh', '{{host}}', '{{port}}', '{{plan}}']");
    project.client("refuses", &run, "lacks = ['text']").sender("right", "").cases(&format!("{HELLO}{THREE}{BYTES}"));
    project.run(&[]).assert().code(0).stdout(contains("2 unsupported").and(contains("explains").not()));
    assert_eq!(project.trial("refuses", "case/hello")["diagnoses"], serde_json::json!([]));
    assert_eq!(project.report()["causes"], serde_json::json!([]));
}

#[test]
fn clients_that_did_not_do_their_part_agree_on_nothing() {
    let project = Project::new();
    project.client("one", &script("exit 1"), "").client("two", &script("exit 1"), "").cases(HELLO);
    project.run(&[]).assert().code(1).stdout(contains("suspect").not());
    project.sender("one-octet-changed", "").client("wrong", &sends_then(""), "").cases(HELLO);
    project.run(&[]).assert().code(1).stdout(contains("agree").or(contains("suspect")));
}

#[test]
fn a_case_is_named_once_with_its_profiles_behind_it() {
    let project = Project::new();
    project.sender("one-octet-changed", "lacks = ['ipv6']").sender("right", "").client("third", &sends_then(""), "").cases(HELLO);
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(1);
    let said = "one-octet-changed differs from the 2 others: case/hello (default, closed-stdin)\n";
    assert!(view(&project, "text").contains(said), "{}", view(&project, "text"));
}

#[test]
fn one_fault_in_several_profiles_is_told_once_in_every_view() {
    let project = Project::new();
    project.client("fails", &script("echo Error: no luck at port $$ >&2; exit 3"), "lacks = ['ipv6']").cases(HELLO);
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(1).stdout(contains("2 crashed"));
    let text = view(&project, "text");
    assert_eq!(text.matches("stderr: ").count(), 1, "{text}");
    assert!(text.contains("crashed fails::case/hello, also differs, also in closed-stdin\n"), "{text}");
    let markdown = view(&project, "markdown");
    assert_eq!(
        (markdown.matches("<details>").count(), markdown.matches(", also in closed-stdin: ").count()),
        (1, 1),
        "{markdown}"
    );
    let annotations = view(&project, "annotations");
    assert_eq!(annotations.lines().filter(|line| line.starts_with("::error ")).count(), 1, "{annotations}");
    assert!(annotations.contains("case/hello failed with 1 client::"), "{annotations}");
    let junit = view(&project, "junit");
    assert_eq!((junit.matches("<failure ").count(), junit.matches("the same as fails::case/hello").count()), (2, 1), "{junit}");
    assert_eq!(told_in_the_page(&project), ["fails::case/hello"; 2]);
}

/// Cases of which the first runs in every profile, and the others in two.
const ENCODED: &str = r#"
[[case]]
name = "leads"
about = "octets that many faults might have changed"
hazards = ["encoding"]
plan = "text \u00e9\"\u20ac"
expect = { text = "\u00e9\"\u20ac" }

[[case]]
name = "plain"
about = "octets that few faults change"
hazards = ["encoding"]
plan = "text \u00e9\ntext  b "
expect = { text = "\u00e9 b " }

[[case]]
name = "number"
about = "a number"
hazards = ["locale"]
plan = "u16be 513"
expect = { hex = "0201" }
"#;

/// What is said of a trial, whatever its profile is.
fn said_of(trial: &serde_json::Value) -> [&serde_json::Value; 5] {
    ["verdict", "also", "problem", "exit", "diagnoses"].map(|key| &trial[key])
}

#[test]
fn a_fault_has_the_same_name_in_every_profile() {
    let project = Project::new();
    for fault in ["latin-1", "windows-1252", "json-string", "encoded-twice", "line-feed-added", "nul-added", "silent", "aborts"] {
        project.sender(fault, "");
    }
    project.client("fails", &script("exit 3"), "").client("absent", "run = ['./no-such']", "").cases(ENCODED);
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(1);
    let report = project.report();
    let trials = report["trials"].as_array().expect("trials");
    for of_default in trials.iter().filter(|trial| trial["profile"] == "default") {
        let same = |trial: &&serde_json::Value| ["client", "case"].iter().all(|key| trial[key] == of_default[key]);
        let others: Vec<_> = trials.iter().filter(same).collect();
        assert_eq!(others.len(), if of_default["case"] == "case/leads" { 4 } else { 2 }, "{of_default:#}");
        for other in others {
            assert_eq!(said_of(other), said_of(of_default), "{} and {}", other["name"], of_default["name"]);
        }
    }
}

#[test]
fn what_keeps_a_client_from_all_its_trials_is_told_once_in_the_page() {
    let project = Project::new();
    project
        .client("broken", &script("exit 0"), "lacks = ['ipv6']\nbuild = ['sh', '-c', 'exit 7']")
        .sender("one-octet-changed", "lacks = ['ipv6']")
        .cases(HELLO);
    project.run_all(&["--case", "case/*", "--out", "samewire-report"]).assert().code(1);
    let mut told = told_in_the_page(&project);
    told.sort_unstable();
    let both = |name: &str| [name.to_owned(), name.to_owned()];
    assert_eq!(told, [both("broken::case/hello"), both("one-octet-changed::case/hello")].concat());
}

/// The trial that the page tells for each that failed, by its name.
#[track_caller]
fn told_in_the_page(project: &Project) -> Vec<String> {
    let run = project.samewire(&["report", "--format", "html", "samewire-report"]).assert().code(0);
    let text = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    let (outline, trials) = (&page::carried(&text)["outline"], page::trials(&text));
    let places = outline["trials"]["told_by"].as_array().expect("places").iter().filter_map(serde_json::Value::as_u64);
    places.map(|place| trials[usize::try_from(place).expect("a place")]["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn the_beginning_and_the_end_of_what_a_client_says_are_shown() {
    let project = Project::new();
    let says = "echo Error: connect ECONNREFUSED 127.0.0.1:3099 >&2; seq 100 | sed s/^/at\\ line\\ / >&2; exit 1";
    project.client("talks", &script(says), "").cases(HELLO).run(&[]).assert().code(1);
    let text = view(&project, "text");
    for line in ["stderr: Error: connect ECONNREFUSED 127.0.0.1:3099\n", "stderr: [91 lines left out]\n", "stderr: at line 100\n"]
    {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn what_a_program_says_of_its_failure_comes_first_and_no_hint_goes_against_it() {
    let project = Project::new();
    let says = "echo Traceback >&2; echo \"UnicodeEncodeError: cannot encode\" >&2; exit 1";
    let fails = sends_nothing_then(says);
    project.client("fails", &fails, "").client("forgets", &sends_nothing_then("exit 0"), "").cases(HELLO);
    project.run(&[]).assert().code(1);
    let text = view(&project, "text");
    let first = "crashed fails::case/hello, also differs\n  the client exited with status 1: UnicodeEncodeError: cannot encode\n";
    assert!(text.contains(first), "{text}");
    let hint = |client| project.trial(client, "case/hello")["diagnoses"][0]["hint"].as_str().map(str::to_owned);
    assert_eq!(hint("fails"), None);
    assert!(hint("forgets").is_some_and(|hint| hint.contains("stayed in a buffer")), "{text}");
}

/// A client that connects, sends nothing and then does this.
fn sends_nothing_then(more: &str) -> String {
    sends_then(more).replace("sender right", "sender nothing-sent")
}

#[test]
fn hints_are_about_the_programs_of_the_client_and_all_where_none_is() {
    let project = Project::new();
    project.sender("line-feed-added", "").cases(HELLO);
    let shell = sends_then("").replace("sender right", "sender line-feed-added");
    project.client("shell", &shell, "needs = ['sh']").run(&[]).assert().code(1);
    let hint = |client| project.trial(client, "case/hello")["diagnoses"][0]["hint"].as_str().expect("a hint").to_owned();
    assert!(hint("shell").contains("Shell: echo") && !hint("shell").contains("Python"), "{}", hint("shell"));
    assert!(hint("line-feed-added").contains("Shell: echo") && hint("line-feed-added").contains("Python"));
}

#[test]
fn a_connection_that_nobody_expected_is_said_to_be_that() {
    let project = Project::new();
    let again = format!(": > \"$TMPDIR/empty\"; {SAMEWIRE} sender right \"$1\" \"$2\" \"$TMPDIR/empty\"");
    project.client("probes", &sends_then(&again), "").cases(HELLO).run(&[]).assert().code(1);
    let text = view(&project, "text");
    let plain = text.replace("\n    ", " ");
    assert!(plain.contains("connection 2 was not expected; it sent nothing"), "{text}");
    assert!(!text.contains("captured 0") && !text.contains("looked at"), "{text}");
}

#[test]
fn what_makes_a_run_fail_beside_its_trials_is_an_error_in_every_view() {
    let project = Project::new();
    project.sender("right", "[[known_failure]]\ncase = 'case/gone'\nreason = 'x'").cases(HELLO);
    project.run(&[]).assert().code(1);
    let in_all = |project: &Project, said: &str| {
        let junit = view(project, "junit");
        let document = roxmltree::Document::parse(&junit).expect("XML");
        let errors = document.descendants().filter(|node| node.has_tag_name("error"));
        assert_eq!(
            errors.filter(|error| error.attribute("message").is_some_and(|text| text.contains(said))).count(),
            1,
            "{junit}"
        );
        let annotations = view(project, "annotations");
        assert!(annotations.lines().any(|line| line.starts_with("::error ") && line.contains(said)), "{annotations}");
        assert!(view(project, "markdown").starts_with("## ❌ ") && view(project, "text").contains(said));
    };
    in_all(&project, "matches no trial");
    assert!(view(&project, "markdown").contains("Samewire: 1 problem, and none of 1 trial failed"));

    project.run_all(&["--case", "nothing/*", "--out", "samewire-report"]).assert().code(1);
    in_all(&project, "nothing was run: no case was selected for any client");

    let absent = "about = 'x'\nneeds = ['no-such-program']\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']";
    let project = Project::new();
    project.cases(HELLO).write("clients/absent/client.toml", absent);
    project.run(&[]).assert().code(1);
    in_all(&project, "nothing was run: absent is missing");
}

#[test]
fn what_is_missing_stands_in_the_matrix_where_it_had_to_be_there_or_is_asked_for() {
    let project = Project::new();
    let absent = "about = 'x'\nneeds = ['no-such-program']\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']";
    project.sender("right", "").cases(HELLO).write("clients/absent/client.toml", absent);
    let row = |text: &str| text.lines().any(|line| line.starts_with("absent  "));
    project.run(&[]).assert().code(0);
    assert!(!row(&view(&project, "text")) && view(&project, "text").contains("missing absent: no-such-program is not on PATH"));
    let asked = project.samewire(&["report", "--show-missing", "samewire-report"]).assert().code(0);
    assert!(row(&String::from_utf8_lossy(&asked.get_output().stdout)));

    project.run(&["--require", "all"]).assert().code(1);
    let text = view(&project, "text");
    assert!(row(&text) && text.contains("M missing, required") && text.contains("missing, required absent (1 trial)"), "{text}");
    assert!(view(&project, "markdown").contains("- missing, required <code>absent</code> (1 trial): "));
    let annotations = view(&project, "annotations");
    assert!(annotations.contains("client.toml,title=missing%2C required absent (1 trial)::no-such-program"), "{annotations}");
}

#[test]
fn the_first_failure_of_each_client_is_explained_however_many_fail_before_it() {
    let project = Project::new();
    let cases: String = (0..25).map(|i| HELLO.replace("\"hello\"\nabout", &format!("\"hello-{i:02}\"\nabout"))).collect();
    project.sender("nothing-sent", "").sender("one-octet-changed", "cases = ['case/hello-24']").cases(&cases);
    project.run(&[]).assert().code(1);
    let text = view(&project, "text");
    assert!(text.contains("repeat it: samewire run --client one-octet-changed --case case/hello-24\n"), "{text}");
    assert!(text.contains("\ndiffers nothing-sent::case/hello-10: nothing was sent"), "{text}");
    let explained = text.matches("repeat it: samewire run --client nothing-sent").count();
    assert_eq!(explained, 1, "a cause is explained once: {text}");
    let annotations = view(&project, "annotations");
    let first: Vec<&str> = annotations.lines().take(2).collect();
    assert!(first[0].contains("nothing-sent%3A%3Acase/hello-00%2C and 24 more like it"), "{first:?}");
    assert!(first[1].contains("one-octet-changed%3A%3Acase/hello-24::"), "{first:?}");
}

#[cfg(unix)]
#[test]
fn how_often_a_flaky_trial_failed_stands_in_every_view_and_in_its_command() {
    let project = Project::new();
    project.client("flips", &sends_then("mkdir ../../once 2>/dev/null && exit 1; exit 0"), "").cases(HELLO);
    project.run(&["--repeat", "3", "--jobs", "1"]).assert().code(1);
    let said = "1 of 3 attempts did not pass (1 crashed, 2 passed)";
    for format in ["text", "markdown", "junit", "annotations"] {
        let view = view(&project, format).replace("\n    ", " ");
        assert!(view.contains(said), "{format}: {view}");
        assert!(view.contains("samewire run --client flips --case case/hello --repeat 3"), "{format}: {view}");
    }
}

#[test]
fn octets_that_are_known_by_digest_are_told_by_length_and_digest_of_both() {
    let project = Project::new();
    let digest = "0".repeat(64);
    let case = format!(
        "[[case]]\nname = 'blob'\nabout = 'x'\nhazards = []\ninput = 'x'\nexpect = {{ sha256 = '{digest}', bytes = 5 }}\n"
    );
    let run =
        "printf 'text hello' > \"$TMPDIR/plan\"; exec ".to_owned() + SAMEWIRE + " sender right \"$1\" \"$2\" \"$TMPDIR/plan\"";
    project
        .client("sdk", &format!("run = ['sh', '-c', '''{run}''', 'sh', '{{host}}', '{{port}}', '{{input}}']"), "")
        .cases(&case);
    project.run(&[]).assert().code(1);
    let said = "5 octets with SHA-256 000000000000... were expected, and 5 with SHA-256 2cf24dba5fb0... came";
    for format in ["text", "markdown", "junit", "annotations", "html"] {
        let view = view(&project, format).replace("\n    ", " ");
        assert!(view.contains(said), "{format}: {view:.4000}");
    }
}

#[test]
fn a_pass_that_nobody_expected_is_mended_in_client_toml() {
    let project = Project::new();
    project.sender("right", "[[known_failure]]\ncase = 'case/hello'\nreason = 'not yet'").cases(HELLO).run(&[]).assert().code(1);
    let line = std::fs::read_to_string(project.path("clients/right/client.toml")).expect("a client");
    let line = 1 + line.lines().position(|line| line.starts_with("[[known_failure]]")).expect("an entry");
    let annotations = view(&project, "annotations");
    assert!(
        annotations.starts_with(&format!("::error file=clients/right/client.toml,line={line},title=unexpected-pass ")),
        "{annotations}"
    );
    assert!(annotations.contains("::it is known to fail (not yet), but passed: remove the entry"), "{annotations}");
}

#[test]
fn a_client_that_is_missing_from_every_shard_is_told_of_once_and_times_add_up() {
    let project = Project::new();
    let absent = "about = 'x'\nneeds = ['no-such-program']\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']";
    let cases: String = (0..9).map(|i| HELLO.replace("\"hello\"\nabout", &format!("\"hello-{i}\"\nabout"))).collect();
    project.sender("right", "").cases(&cases).write("clients/absent/client.toml", absent);
    let shards = ["1/3", "2/3", "3/3"].map(|shard| {
        let out = format!("shard-{}", &shard[..1]);
        let arguments = ["--profile", "default", "--case", "case/*", "--out", &out, "--shard", shard];
        project.run_all(&arguments).assert().code(0);
        out
    });
    let [one, two, three] = &shards;
    project.samewire(&["merge", "--out", "samewire-report", one, two, three]).assert().code(0);
    assert_eq!(view(&project, "text").matches("missing absent").count(), 1, "{}", view(&project, "text"));
    let junit = view(&project, "junit");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let time = |node: roxmltree::Node<'_, '_>| node.attribute("time").expect("a time").parse::<f64>().expect("seconds");
    let suite = document.descendants().find(|node| node.attribute("name") == Some("right")).expect("a suite");
    let cases: f64 = suite.children().filter(|node| node.has_tag_name("testcase")).map(time).sum();
    assert!((time(suite) - cases).abs() < 0.0015, "{junit}");
}

#[test]
fn a_client_that_crashed_is_not_said_to_differ() {
    let project = Project::new();
    project.client("crashes", &script("exit 3"), "").client("sends", &sends_then("exit 3"), "").cases(&format!("{HELLO}{BYTES}"));
    project.sender("never-connects", "");
    project.run(&[]).assert().code(1).stdout(contains("crashes: ").not());
    let of: Vec<String> =
        project.report()["causes"].as_array().expect("causes").iter().map(|of| of["client"].to_string()).collect();
    assert_eq!(of, ["\"never-connects\""], "that one exited with status 0 and sent nothing");
}

#[test]
fn where_octets_part_is_said_once() {
    let project = Project::new();
    project.sender("one-octet-changed", "").sender("last-line-dropped", "").cases(&format!("{HELLO}{BYTES}"));
    project.run(&[]).assert().code(1);
    let text = view(&project, "text").replace("\n    ", " ");
    for failure in text.split("\n\n").filter(|part| part.contains("repeat it: ")) {
        assert_eq!(failure.matches("first difference at offset").count(), 1, "{failure}");
        assert!(failure.contains("  expected  0") && failure.contains("  captured  0"), "the picture stays: {failure}");
    }
    assert!(text.contains("repeat it: "), "{text}");
}

#[test]
fn a_command_that_failed_is_shown_as_a_shell_takes_it() {
    let project = Project::new();
    project.sender("right", "build = ['sh', '-c', 'echo \"a b\" >&2; exit 7', 'its']").cases(HELLO);
    project.run(&[]).assert().code(1).stdout(contains("`sh -c 'echo \"a b\" >&2; exit 7' its` exited with status 7"));
}

#[test]
fn what_nobody_sees_in_a_text_is_an_escape_in_every_view() {
    let project = Project::new();
    let unseen = ['\u{61c}', '\u{2060}', '\u{ad}', '\u{202e}', '\u{feff}'];
    let says = format!("echo 'Error: a{}b' >&2; exit 1", unseen.iter().collect::<String>());
    project.client("talks", &script(&says), "").cases(HELLO).run(&[]).assert().code(1);
    for format in ["text", "markdown", "junit", "annotations", "html"] {
        let view = view(&project, format);
        let plain = view.replace("&#92;", "\\").replace("&#123;", "{").replace("&#125;", "}").replace("\\\\u", "\\u");
        assert!(plain.contains("a\\u{61c}\\u{2060}\\u{ad}\\u{202e}\\u{feff}b"), "{format}: {view:.3000}");
        assert!(!view.contains(unseen), "{format}");
    }
}

#[cfg(unix)]
#[test]
fn no_view_says_whose_home_folder_it_was() {
    let (project, home) = (Project::new(), tempfile::tempdir().expect("a folder"));
    let home = std::fs::canonicalize(home.path()).expect("the folder").display().to_string();
    let toml = "about = 'x'\nneeds = ['sh']\nversion = ['echo', '1.0 from HOME/bin']\n\
                run = ['sh', '-c', 'echo Error: no HOME/lib/x >&2; exit 3', 'sh', '{plan}']";
    project.cases(HELLO).write("clients/homely/client.toml", &toml.replace("HOME", &home));
    project.run(&[]).env("HOME", &home).assert().code(1);
    for format in ["json", "html", "junit", "markdown", "text", "annotations"] {
        let view = view(&project, format);
        assert!(!view.contains(&home), "{format}: {view}");
        assert!(view.replace("&#126;", "~").contains("~/lib/x"), "{format}: {view}");
    }
    assert!(view(&project, "json").contains("1.0 from ~/bin"));
}
