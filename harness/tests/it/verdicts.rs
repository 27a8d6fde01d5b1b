//! Each verdict and each problem in each view, from real reports: `docs/verdicts.md` shows where the sentence that decides stands.
//!
//! `SAMEWIRE_WRITE_DOCS=1 cargo test --test it -- verdicts::` writes the page anew.

use std::fs;
use std::path::Path;

use super::packets::falsified::CAPTURE;
use super::packets::support::are_there;
use super::page;
use super::support::{BYTES, HELLO, Project, SAMEWIRE, THREE, has_networks};
use super::tls::SENDER;

/// Where the page is, from the package's folder.
const PAGE: &str = "../docs/verdicts.md";

const HEAD: &str = "# What each view says first

One sentence decides each trial, and each view says it first, in the same words. This table is made of real reports by a test
(`harness/tests/it/verdicts.rs`, which also says how to write it anew), and shows where in each view the sentence stands. Where a
trial fails nothing, the terminal, Markdown and annotations only count it.

| outcome | the sentence that decides | text | page | JUnit | Markdown | annotations |
|---|---|---|---|---|---|---|
";

/// A word that the case needs. Another client has it, and this one can do another case, or that would be the problem.
const LACKS: &str = "lacks = ['text']";

/// What a client needs that only a network of its own has.
const HOSTS: &str = "hosts = ['broker.example.com']";

/// The outcome that only a network of its own has: its client has the capture on disk say something else than it sent.
const DISAGREE: &str = "setup-error, packets that disagree";

/// The outcome of a client in Python.
const ACCEPTED: &str = "accepted-bad-certificate";

/// A certificate that a client must refuse.
const EXPIRED: &str = "[[case]]\nname = 'hello'\nabout = 'x'\nhazards = []\nrecorder = { tls = { certificate = 'expired' } }\n";

/// An outcome to be shown.
struct Outcome {
    name: &'static str,
    /// What `client` is started with, and what its client.toml has beside.
    run: String,
    more: &'static str,
    cases: String,
    arguments: &'static [&'static str],
}

impl Outcome {
    fn new(name: &'static str, run: String) -> Self {
        Self { name, run, more: "", cases: HELLO.to_owned(), arguments: &[] }
    }

    /// The line of the table.
    fn row(&self) -> String {
        let project = Project::new();
        project.client("client", &format!("run = {}", self.run), self.more).cases(&self.cases);
        if matches!(self.name, "missing" | "missing, required") || self.name == "nothing was run" {
            let toml =
                "about = 'x'\nversion = ['no-such-program']\nrun = ['no-such-program', '{plan}']\nneeds = ['no-such-program']";
            project.write("clients/client/client.toml", toml);
        }
        if self.name.starts_with("missing") || [LACKS, HOSTS].contains(&self.more) {
            project.sender("right", "");
        }
        let run = project.run(self.arguments).assert();
        assert!(matches!(run.get_output().status.code(), Some(0 | 1)), "{run}");
        let report = samewire::report::Report::read(&project.path("samewire-report")).expect("a report");
        let trial = report.trials.iter().find(|trial| trial.client == "client").expect("a trial");
        let sentence = match report.faults().first() {
            Some(fault) => fault.clone(),
            None => trial.sentence(),
        };
        let views = ["text", "html", "junit", "markdown", "annotations"].map(|format| {
            let file = project.path("view");
            let out = file.display().to_string();
            project.samewire(&["report", "--format", format, "--out", &out, "samewire-report"]).assert().code(0);
            fs::read_to_string(file).expect("a view")
        });
        let [text, page, junit, markdown, annotations] = &views;
        let counts = !trial.failed && report.faults().is_empty();
        let cells = [
            in_text(text, &sentence).or(counts.then(|| "counted".into())),
            in_page(page, &sentence),
            in_junit(junit, &sentence, trial.verdict.name()),
            in_markdown(markdown, &sentence).or(counts.then(|| "counted".into())),
            in_annotations(annotations, &sentence).or(counts.then(|| "none".into())),
        ];
        let cells: Vec<String> = cells
            .into_iter()
            .zip(views.iter())
            .map(|(cell, view)| {
                cell.unwrap_or_else(|| panic!("{}: no view may be silent of {sentence:?}:\n{view:.3000}", self.name))
            })
            .collect();
        format!("| {} | {} | {} |\n", self.name, shown(&project, &sentence), cells.join(" | "))
    }
}

/// The sentence without what is another each time: the folder, and how long it took.
fn shown(project: &Project, sentence: &str) -> String {
    let folder = fs::canonicalize(project.path("")).expect("the folder");
    let plain = [project.path("").display().to_string(), format!("{}/", folder.display())]
        .iter()
        .fold(sentence.to_owned(), |text, folder| text.replace(folder.as_str(), ""));
    let mut words: Vec<String> = plain.split(' ').map(str::to_owned).collect();
    if let Some(seconds) = words.iter().position(|word| word == "s,") {
        words[seconds - 1] = "0.3".into();
    }
    words.join(" ").replace('|', "\\|")
}

fn in_text(text: &str, sentence: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains(sentence))?;
    Some(match lines[at].strip_prefix("  ") {
        Some(_) if at > 0 && !lines[at - 1].starts_with(' ') => "below its headline".into(),
        Some(_) => return None,
        None => format!("behind `{}`", lines[at].split([' ', ',']).next().unwrap_or_default()),
    })
}

fn in_page(page: &str, sentence: &str) -> Option<String> {
    let sentences = page::carried(page)["outline"]["texts"]["sentence"].clone();
    let is_fault =
        || page.replace("&#x27;", "'").replace("&#x2f;", "/").replace("&quot;", "\"").contains(&format!(">{sentence}<"));
    let of_trial = sentences.as_array().expect("sentences").iter().any(|its| its == sentence);
    if of_trial { Some("first of its trial".into()) } else { is_fault().then(|| "at its top".into()) }
}

fn in_junit(junit: &str, sentence: &str, verdict: &str) -> Option<String> {
    let document = roxmltree::Document::parse(junit).expect("XML");
    let says = document.descendants().find(|node| node.attribute("message") == Some(sentence));
    match says {
        Some(node) => Some(format!("message of `<{}>`", node.tag_name().name())),
        None => (verdict == "passed").then(|| "a test case".into()),
    }
}

fn in_markdown(markdown: &str, sentence: &str) -> Option<String> {
    let plain = markdown.replace("<code>", "").replace("</code>", "");
    let plain = (33_u8..127).fold(plain, |text, code| text.replace(&format!("&#{code};"), &char::from(code).to_string()));
    let line = plain.lines().find(|line| line.contains(sentence))?;
    match line {
        line if line.starts_with("## ") => Some("headline".into()),
        line if line.starts_with("- ") => Some("list above the folds".into()),
        line if line.contains("<summary>") => Some("head of its fold".into()),
        _ => None,
    }
}

fn in_annotations(annotations: &str, sentence: &str) -> Option<String> {
    let plain = annotations.replace("%25", "%");
    let line = plain.lines().find(|line| line.contains(&format!("::{sentence}")))?;
    Some(format!("`{}`", line.trim_start_matches(':').split(' ').next().unwrap_or_default()))
}

fn sender(fault: &str) -> String {
    format!("['{SAMEWIRE}', 'sender', '{fault}', '{{host}}', '{{port}}', '{{plan}}']")
}

fn script(script: &str) -> String {
    format!("['sh', '-c', '''{script}''', 'sh', '{{host}}', '{{port}}', '{{plan}}']")
}

fn outcomes() -> Vec<Outcome> {
    let known = "[[known_failure]]\ncase = 'case/hello'\nreason = 'not yet'";
    let otherwise = "[[known_failure]]\ncase = 'case/hello'\nreason = 'not yet'\ndiagnosis = 'nul-added'";
    let answered = HELLO.replace("text hello\"", "text hello\\nreceive 2\"")
        + "output = { text = 'ok' }\n[case.recorder]\nreplies = [{ after_bytes = 5, text = 'ok' }]\n";
    let asked = HELLO.replace("text hello\"", "text hel\\nreceive 2\\ntext lo\"")
        + "output = { text = 'ok' }\n[case.recorder]\nreplies = [{ after_bytes = 3, text = 'ok', delay_ms = 300 }]\n";
    let digest = format!(
        "[[case]]\nname = 'blob'\nabout = 'x'\nhazards = []\ninput = 'x'\nexpect = {{ sha256 = '{}', bytes = 5 }}\n",
        "0".repeat(64)
    );
    let sdk = format!("printf 'text hello' > \"$TMPDIR/plan\"; exec {SAMEWIRE} sender right \"$1\" \"$2\" \"$TMPDIR/plan\"");
    let flips = format!(
        "if mkdir ../../once 2>/dev/null; then echo Error: not yet >&2; exit 1; else exec {SAMEWIRE} sender right \"$@\"; fi"
    );
    let stops = format!("kill -INT $PPID; exec {SAMEWIRE} sender hangs \"$@\"");
    let refuses = format!("if grep -q ^text \"$3\"; then exit 77; fi; exec {SAMEWIRE} sender right \"$@\"");
    vec![
        Outcome::new("passed", sender("right")),
        Outcome::new("differs", sender("line-feed-added")),
        Outcome { cases: digest, ..Outcome::new("differs, known by digest", script(&sdk).replace("{plan}", "{input}")) },
        Outcome {
            cases: THREE.to_owned(),
            ..Outcome::new("differs, another number of connections", sender("connections-merged"))
        },
        Outcome::new("differs, a connection more", sender("extra-connection")),
        Outcome { cases: asked, ..Outcome::new("out-of-turn", sender("receives-last")) },
        Outcome::new("crashed", script("echo Error: no luck >&2; exit 3")),
        Outcome { more: "timeout_ms = 300", ..Outcome::new("timed-out", sender("hangs")) },
        Outcome::new("wrong-ending", sender("resets")),
        Outcome {
            more: "cases = ['case/*']",
            cases: EXPIRED.to_owned(),
            ..Outcome::new(
                ACCEPTED,
                format!("['python3', '-c', '''{SENDER}''', '{{host}}', '{{port}}', '{{ca}}', 'everybody', 'notify']"),
            )
        },
        Outcome { cases: answered, ..Outcome::new("wrong-output", sender("prints-nothing")) },
        Outcome { more: known, ..Outcome::new("known-failure", sender("line-feed-added")) },
        Outcome { more: otherwise, ..Outcome::new("known failure that failed otherwise", sender("line-feed-added")) },
        Outcome { more: known, ..Outcome::new("unexpected-pass", sender("right")) },
        Outcome {
            more: LACKS,
            cases: format!("{HELLO}{BYTES}"),
            ..Outcome::new("unexpected-pass, of a word that is lacked", sender("right"))
        },
        Outcome { more: LACKS, cases: format!("{HELLO}{BYTES}"), ..Outcome::new("unsupported", script(&refuses)) },
        Outcome { arguments: &["--repeat", "3", "--jobs", "1"], ..Outcome::new("flaky", script(&flips)) },
        Outcome { more: "build = ['sh', '-c', 'exit 1']", ..Outcome::new("setup-error", sender("right")) },
        Outcome {
            arguments: &["--network", "own", "--packets", "all"],
            ..Outcome::new(DISAGREE, format!("['python3', '-c', '''{CAPTURE}''', '{{host}}', '{{port}}', '../..', '{{plan}}']"))
        },
        Outcome::new("interrupted", script(&stops)),
        Outcome::new("missing", sender("right")),
        Outcome { arguments: &["--require", "all"], ..Outcome::new("missing, required", sender("right")) },
        Outcome {
            more: HOSTS,
            arguments: &["--network", "shared"],
            ..Outcome::new("missing, for want of a network of its own", sender("right"))
        },
        Outcome { arguments: &["--require", "all"], ..Outcome::new("nothing was run", sender("right")) },
        Outcome {
            more: "[[known_failure]]\ncase = 'case/gone'\nreason = 'x'",
            ..Outcome::new("problem: an entry of no trial", sender("right"))
        },
    ]
}

#[test]
fn each_outcome_is_said_in_each_view_and_the_page_of_them_is_up_to_date() {
    let disagrees = has_networks() && are_there(&["python3"]);
    let table: String = outcomes()
        .iter()
        .filter(|outcome| disagrees || ![DISAGREE, ACCEPTED].contains(&outcome.name))
        .map(Outcome::row)
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = format!("{HEAD}{table}");
    if disagrees && std::env::var_os("SAMEWIRE_WRITE_DOCS").is_some() {
        fs::write(&path, &page).expect("the page");
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    let is_of = |line: &str, name: &str| line.starts_with(&format!("| {name} |"));
    let is_shown = |line: &&str| disagrees || ![DISAGREE, ACCEPTED].iter().any(|name| is_of(line, name));
    let checked_in: String = checked_in.split_inclusive('\n').filter(is_shown).collect();
    assert!(checked_in == page, "run: SAMEWIRE_WRITE_DOCS=1 cargo test --test it -- verdicts::\n{page}");
}
