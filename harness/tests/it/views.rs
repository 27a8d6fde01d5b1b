//! The views of a report: JUnit, Markdown, annotations, text. All of one report, and safe with whatever a client said.

use predicates::prelude::*;
use predicates::str::contains;

use super::support::{HELLO, Project, THREE, run_sender};

/// What a client may say to whoever reads along.
const HOSTILE: &str = r"\033[2J\000\001\013\177\302\205::error::owned\n::add-mask::s\n  ::group::x\n##[error]owned\n</pre><script>alert(1)</script>\n\n```\n@everyone | <b>\357\277\276\357\277\277\n";

/// A right client, a wrong one, one that says hostile things and fails, and one that is missing; two cases.
#[track_caller]
fn project() -> Project {
    let project = Project::new();
    project.sender("right", "").sender("one-octet-changed", "").cases(&format!("{HELLO}{THREE}"));
    let rude = format!("run = ['sh', '-c', '''printf '{HOSTILE}' >&2; exit 1''', '{{plan}}']");
    project.client("rude", &rude, "");
    let absent = "about = 'x'\nneeds = ['no-such-program']\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']";
    project.write("clients/absent/client.toml", absent);
    project
}

/// The report of the project's last run as a view.
#[track_caller]
fn view(project: &Project, format: &str) -> String {
    let output = project.samewire(&["report", "--format", format, "samewire-report"]).assert().code(0);
    String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8")
}

#[test]
fn junit_has_every_trial_and_is_xml_whatever_a_client_says() {
    let project = project();
    project.run(&[]).assert().code(1);
    let text = std::fs::read_to_string(project.path("samewire-report/junit.xml")).expect("junit.xml");
    assert_eq!(text, view(&project, "junit"));
    let document = roxmltree::Document::parse(&text).expect("XML");
    let named = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    assert_eq!((named("testcase").count(), named("failure").count(), named("skipped").count()), (8, 4, 2));
    let suites: Vec<&str> = named("testsuite").filter_map(|suite| suite.attribute("name")).collect();
    assert_eq!(suites, ["absent", "one-octet-changed", "right", "rude"]);
    let failure = named("failure").next().expect("a failure");
    assert_eq!(failure.attribute("type"), Some("differs"));
    let test = failure.parent().expect("a test");
    assert_eq!((test.attribute("name"), test.attribute("classname")), (Some("case/hello"), Some("one-octet-changed.case")));
    assert!(test.attribute("file").expect("a file").ends_with("clients/one-octet-changed/client.toml"));
    assert!(failure.text().expect("text").contains("first difference at offset 4"));
    let said = named("system-err").next().and_then(|node| node.text()).expect("stderr");
    assert!(said.contains("\\u{1b}[2J\\u{0}\\u{1}\\u{b}\\u{7f}\\u{85}") && said.contains("\\u{fffe}\\u{ffff}"), "{said}");
    assert!(named("property").any(|node| node.attribute("value").is_some_and(|version| version.starts_with("samewire "))));
}

#[test]
fn what_explains_most_failures_of_a_client_comes_first_in_all_views() {
    const AMBIGUOUS: &str = "case/line";
    let case = |name: &str, plan: &str, text: &str| {
        format!("[[case]]\nname = '{name}'\nabout = 'x'\nhazards = []\nplan = \"{plan}\"\nexpect = {{ text = \"{text}\" }}\n")
    };
    let plain = ["one", "two", "three"].map(|name| case(name, "text a\\ntext b", "ab")).concat();
    let project = Project::new();
    project.sender("last-line-dropped", "").cases(&(plain + &case("line", "text a\\nbytes 0a", "a\\n")));
    let first = || project.trial("last-line-dropped", AMBIGUOUS)["diagnoses"][0]["name"].clone();

    project.run(&["--case", "!case/one", "--case", "!case/t*"]).assert().code(1).stdout(contains("explains").not());
    assert_eq!(first(), "trailing-line-feeds-stripped");

    let says = "last-line-dropped: truncated explains all 4 trials that differ";
    project.run(&[]).assert().code(1).stdout(contains(says));
    assert_eq!(first(), "truncated");
    let trial = project.trial("last-line-dropped", AMBIGUOUS);
    let explanation: Vec<&str> =
        trial["explanation"].as_array().expect("lines").iter().filter_map(|line| line.as_str()).collect();
    assert!(view(&project, "text").contains("last-line-dropped::case/line: the end is missing"), "{explanation:?}");
    assert!(explanation.iter().any(|line| line.starts_with("or: line feeds at the end were removed")), "{explanation:?}");
    for format in ["text", "markdown", "html"] {
        assert!(view(&project, format).contains(says), "{format}");
    }
}

#[test]
fn what_had_to_be_there_is_an_error_in_junit() {
    let project = project();
    project.run(&["--require", "all"]).assert().code(1);
    let text = view(&project, "junit");
    let document = roxmltree::Document::parse(&text).expect("XML");
    let missing = document.descendants().filter(|node| node.has_tag_name("error") && node.attribute("type") == Some("missing"));
    assert_eq!(missing.count(), 2);
}

#[test]
fn markdown_folds_failures_and_shows_what_a_client_says_as_text() {
    let project = project();
    project.run(&[]).assert().code(1);
    let text = view(&project, "markdown");
    assert!(text.starts_with("## ❌ Samewire: 4 of 8 trials failed\n\n| client | <code>case</code> |\n|---|---:|\n"), "{text}");
    assert!(text.contains("| <code>right</code> | 2 |\n") && text.contains("| <code>rude</code> | **0 2!** |\n"), "{text}");
    assert_eq!(text.matches("<details>").count(), 4);
    assert!(text.contains("<b><code>rude::case/hello</code></b>"), "{text}");
    assert!(text.contains("&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;") && !text.contains("<script"), "{text}");
    assert!(!text.contains('\u{1b}') && text.contains("missing <code>absent</code>"));
    assert!(blocks_are_closed(&text), "{text}");
    assert!(!text.contains("\n\n\n"), "one empty line parts blocks: {text}");
}

/// Whether every mention, fence and pipe of a client stands within `<pre>` or `<code>`.
fn blocks_are_closed(text: &str) -> bool {
    let outside = text.split("<pre>").map(|part| part.split_once("</pre>").map_or(part, |(_, rest)| rest));
    outside.collect::<String>().find(['@', '`']).is_none()
}

#[test]
fn markdown_leaves_out_what_github_would_not_take() {
    let project = Project::new();
    let line = "x".repeat(4000);
    let cases: String = (0..100).map(|i| HELLO.replace("hello", &format!("hello-{i}"))).collect();
    let run = format!("run = ['sh', '-c', '''for i in 1 2 3 4 5 6 7 8; do echo {line} >&2; done; exit 1''', '{{plan}}']");
    project.client("long", &run, "").cases(&cases).run(&[]).assert().code(1);
    let text = view(&project, "markdown");
    assert!((900_000..1_000_000).contains(&text.len()), "{}", text.len());
    let shown = text.matches("<details>").count();
    assert!(text.contains(&format!("\n{} failures more, which are in the report.\n", 100 - shown)), "{shown}");
}

#[test]
fn a_run_in_a_step_appends_to_its_summary() {
    let project = project();
    project.write("summary.md", "earlier\n");
    project.run(&[]).env("GITHUB_STEP_SUMMARY", project.path("summary.md")).assert().code(1);
    let summary = std::fs::read_to_string(project.path("summary.md")).expect("a summary");
    assert_eq!(summary, format!("earlier\n{}\n", view(&project, "markdown")));
}

#[test]
fn annotations_point_at_the_client_and_the_case() {
    let project = project();
    project.write("clients/one-octet-changed/send.sh", "");
    let toml = std::fs::read_to_string(project.path("clients/one-octet-changed/client.toml")).expect("a client");
    project.write("clients/one-octet-changed/client.toml", &format!("build = ['true', 'send.sh']\n{toml}"));
    let output = project.run(&[]).env("GITHUB_ACTIONS", "true").assert().code(1);
    let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    assert!(
        text.contains("\n::error file=clients/one-octet-changed/send.sh,title=differs one-octet-changed%3A%3Acase/hello"),
        "{text}"
    );
    assert!(
        text.contains("\n::notice file=suite/case.toml,line=2,title=case/hello failed with 2 clients::five octets: "),
        "{text}"
    );
    let annotations = view(&project, "annotations");
    assert!(text.ends_with(&annotations));
    assert_eq!(annotations.lines().count(), 6);
}

#[test]
fn a_problem_is_annotated_at_the_line_that_it_is_of() {
    let project = Project::new();
    project.sender("right", "[[known_failure]]\ncase = 'case/gone'\nreason = 'x'").cases(HELLO);
    project.run(&[]).assert().code(1);
    let text = view(&project, "annotations");
    assert!(
        text.starts_with("::error file=clients/right/client.toml,line=4,title=problem::clients/right/client.toml:4: "),
        "{text}"
    );
}

#[test]
fn annotations_name_no_file_for_a_case_that_is_built_in() {
    let project = Project::new();
    project.sender("one-octet-changed", "");
    let arguments = ["run", "--suite", "builtin:wire", "--case", "text/euro", "--profile", "default", "--out", "samewire-report"];
    project.samewire(&arguments).assert().code(1);
    let text = view(&project, "annotations");
    let notice = text.lines().find(|line| line.starts_with("::notice ")).expect("a notice");
    assert!(notice.starts_with("::notice title=text/euro failed with 1 client::"), "{notice}");
    assert!(notice.contains("one-octet-changed (builtin:wire/text.toml:"), "{notice}");
}

#[test]
fn a_client_cannot_command_a_workflow() {
    let project = project();
    let output = project.run(&[]).env("GITHUB_ACTIONS", "true").assert().code(1);
    let output = output.get_output();
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let commands: Vec<&str> = text.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    assert!(text.contains("owned") && commands.len() == 6, "{commands:?}");
    assert!(commands.iter().all(|line| line.starts_with("::error file=") || line.starts_with("::notice file=")));
    assert!(!text.lines().filter(|line| !line.starts_with("::")).any(|line| line.contains("##[")), "{text}");
}

#[test]
fn of_many_annotations_the_last_says_how_many_more() {
    let project = Project::new();
    let cases: String = (0..12).map(|i| HELLO.replace("\"hello\"\nabout", &format!("\"hello-{i}\"\nabout"))).collect();
    project.sender("nothing-sent", "").cases(&cases).run(&[]).assert().code(1);
    let text = view(&project, "annotations");
    for kind in ["error", "notice"] {
        assert_eq!(text.lines().filter(|line| line.starts_with(&format!("::{kind} "))).count(), 10, "{text}");
        assert!(text.contains(&format!("::{kind} title=samewire::and 3 more, which are in the report\n")), "{text}");
    }
}

#[test]
fn views_are_written_beside_a_report_and_stay_until_the_next_is_whole() {
    let project = Project::new();
    // Ends in 1 where there is no view of the run before.
    let looks = "run = ['sh', '-c', 'cd ../../samewire-report; test -e report.html && test -e junit.xml', '{plan}']";
    project.client("looks", looks, "").cases(HELLO);
    for verdict in ["crashed", "differs"] {
        project.run(&[]).assert().code(1);
        assert_eq!(project.verdict("looks", "case/hello"), verdict);
        let page = std::fs::read_to_string(project.path("samewire-report/report.html")).expect("a page");
        assert_eq!(page, view(&project, "html"));
    }
}

#[test]
fn a_report_shows_what_its_run_showed() {
    let project = project();
    let run = project.run(&[]).assert().code(1);
    let said = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    let text = view(&project, "text");
    assert_eq!(said, format!("\n{}; report: samewire-report/report.html\n", text.trim_end()));
    let file = ["report", "--out", "view.txt", "samewire-report/report.json"];
    project.samewire(&file).assert().code(0).stdout("");
    assert_eq!(std::fs::read_to_string(project.path("view.txt")).expect("a file"), text);
}

#[test]
fn the_matrix_of_many_clients_and_groups_fits_the_width() {
    let project = Project::new();
    let clients = (0..15).map(|i| format!("client-{i:02}"));
    clients.for_each(|name| {
        project.client(&name, &format!("run = {}", run_sender("right", "{plan}")), "");
    });
    let groups: Vec<String> = (0..12).map(|i| format!("group-{i:02}")).collect();
    groups.iter().for_each(|group| project.write(&format!("suite/{group}.toml"), HELLO));
    let arguments = ["--profile", "default", "--case", "group-*", "--out", "samewire-report"];
    project.run_all(&arguments).assert().code(0);
    let text = view(&project, "text");
    assert!(text.lines().take_while(|line| !line.contains(':')).all(|line| line.chars().count() <= 80), "{text}");
    assert!(groups.iter().all(|group| text.matches(group.as_str()).count() == 1), "{text}");
    assert_eq!(text.matches("client-07").count(), 2, "two blocks: {text}");
}

#[test]
fn what_is_no_report_is_refused() {
    let project = project();
    project.run(&[]).assert().code(1);
    let refused = |text: &str, why: &str| {
        project.write("other/report.json", text);
        project.samewire(&["report", "other"]).assert().code(2).stdout("").stderr(contains(why.to_owned()));
    };
    refused("{", "is not a report");
    refused("{\"format\": 7, \"samewire\": \"9.9\", \"new\": 1}", "has format 7, which samewire 9.9 wrote");
    let report = std::fs::read_to_string(project.path("samewire-report/report.json")).expect("a report");
    refused(&report.replace("\"run\": 0", "\"run\": 9"), "is of run 9");
    refused(&report.replace("captures/right", "../../right"), "outside the report's folder");
    project.samewire(&["report", "nowhere"]).assert().code(2).stderr(contains("nowhere").and(contains("read the report")));
}
