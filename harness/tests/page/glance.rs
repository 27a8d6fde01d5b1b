//! The run at a glance, failures first, and a failure as Markdown for somebody else's issue.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use samewire::report::Report;
use samewire::view::issue;
use serde_json::json;

use super::browser::{Driver, Page};
use super::report::{large, small};
use super::says::add_missing;
use super::tests::{COUNT, Test, hostile_report};

/// Every test, by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("each_trial_that_ran_is_a_mark_in_its_clients_lane", each_trial_that_ran_is_a_mark_in_its_clients_lane),
    ("a_mark_opens_its_trial", a_mark_opens_its_trial),
    ("a_report_without_times_is_drawn_end_to_end", a_report_without_times_is_drawn_end_to_end),
    ("failures_are_counted_by_cause_which_filters", failures_are_counted_by_cause_which_filters),
    ("the_slowest_trials_are_told", the_slowest_trials_are_told),
    ("what_failed_comes_first", what_failed_comes_first),
    ("a_failure_is_copied_as_markdown", a_failure_is_copied_as_markdown),
    ("where_nothing_may_be_copied_it_is_selected", where_nothing_may_be_copied_it_is_selected),
    ("nothing_hostile_gets_out_of_the_markdown", nothing_hostile_gets_out_of_the_markdown),
];

const WRONG: &str = "one-octet-changed::words/hello";

/// How many marks there are of a kind.
fn marks(css: &str) -> String {
    format!(
        "return [...document.querySelectorAll('{css}')].map((path) => path.getAttribute('d').split('M').length - 1).reduce((a, b) => a + b, 0)"
    )
}

fn each_trial_that_ran_is_a_mark_in_its_clients_lane(driver: &Driver) {
    let mut report = small();
    add_missing(&mut report, "absent", true);
    report.conclude();
    let page = driver.open(&report, "");
    assert_eq!(page.run(&marks(".lane path")), 18, "six trials were not run");
    assert_eq!(page.run(&marks(".lane path.failed")), 12);
    assert_eq!(page.run(&marks(".lane path.pale")), 0);
    let lanes = "return [...document.querySelectorAll('#lanes tbody tr')].map((row) => row.innerText.split('\\t').slice(0, 1).concat(row.cells[2].textContent))";
    assert_eq!(page.run(lanes), json!([["exits-3", "6 of 6"], ["one-octet-changed", "6 of 6"], ["right", "0 of 6"]]));
    page.type_into("[name=case]", "words/hello");
    assert_eq!(page.run(&marks(".lane path.pale")), 9, "what the filters leave out");
    let spoken = page.read_aloud();
    assert!(spoken.iter().any(|(role, name)| role == "image" && name == "Trials of right over time"), "{spoken:?}");
    page.assert_quiet();
}

fn a_mark_opens_its_trial(driver: &Driver) {
    let mut report = small();
    for (place, trial) in report.trials.iter_mut().enumerate() {
        (trial.began_ms, trial.duration_ms) = (Some(10 * place as u64), 10);
    }
    let wanted = report.trials.iter().position(|trial| trial.name == "right::words/bye").expect("a trial");
    let page = driver.open(&report, "");
    let at = (wanted as f64 + 0.5) / report.trials.len() as f64;
    let event = format!(
        "const lane = document.querySelector('[aria-label=\"Trials of right over time\"]').getBoundingClientRect();
        const place = {{ clientX: lane.left + {at} * lane.width, clientY: lane.top + lane.height / 2, bubbles: true }};
        for (const kind of ['pointermove', 'click']) document.querySelector('[aria-label=\"Trials of right over time\"]').dispatchEvent(new MouseEvent(kind, place));
        return document.querySelector('#under').textContent"
    );
    let said = page.run(&event);
    assert_eq!(said, format!("right::words/bye: passed, 10 ms, from {} ms on", 10 * wanted));
    page.until("document.querySelector('#trial-name')?.textContent === 'right words/bye'");
    page.assert_quiet();
}

fn a_report_without_times_is_drawn_end_to_end(driver: &Driver) {
    let mut report = small();
    report.trials.iter_mut().for_each(|trial| (trial.began_ms, trial.duration_ms) = (None, 10));
    let page = driver.open(&report, "");
    assert!(page.text("#run h2").contains("end to end"), "{}", page.text("#run h2"));
    assert_eq!(page.run(&marks(".lane path")), 18);
    assert_eq!(page.text("#lanes .axis span:last-child"), "60 ms", "six trials of each client, one after the other");
    page.assert_quiet();
}

fn failures_are_counted_by_cause_which_filters(driver: &Driver) {
    let page = driver.open(&small(), "");
    let causes =
        page.run("return [...document.querySelectorAll('#causes tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))");
    let causes: Vec<&str> = causes.as_array().expect("causes").iter().filter_map(|cause| cause.as_str()).collect();
    assert_eq!(causes[0], "crashed 6 trials, 1 client", "what has no cause is counted by its verdict: {causes:?}");
    let cause = "octet-changed";
    let row = causes.iter().find(|row| row.starts_with(cause)).expect("a cause");
    let count = row.split(' ').nth(1).expect("a count");
    let total: usize = causes.iter().filter_map(|row| row.split(' ').nth(1)?.parse::<usize>().ok()).sum();
    assert_eq!(total, 12, "each failure once: {causes:?}");
    let button = format!("#causes [data-cause={cause}]");
    page.click(&button);
    assert_eq!(page.text(COUNT), format!("{count} of 18 trials shown"));
    assert_eq!(page.run("return location.hash"), format!("#?cause={cause}"));
    assert_eq!(page.run(&format!("return document.querySelector('{button}').ariaPressed")), "true");
    page.click(&button);
    assert_eq!(page.text(COUNT), "18 of 18 trials shown");
    page.click("#lanes [data-client=right]");
    assert_eq!(page.text(COUNT), "6 of 18 trials shown");
    page.assert_quiet();
    let mut green = small();
    green.trials.retain(|trial| trial.client == "right");
    green.conclude();
    let page = driver.open(&green, "");
    assert_eq!(page.run("return document.querySelector('#causes').hidden"), true);
    page.assert_quiet();
}

fn the_slowest_trials_are_told(driver: &Driver) {
    let mut report = small();
    report.trials.iter_mut().for_each(|trial| trial.duration_ms = 5);
    report.trials.iter_mut().find(|trial| trial.name == WRONG).expect("a trial").duration_ms = 61_000;
    let page = driver.open(&report, "");
    assert_eq!(page.text("#slowest tr").split_whitespace().collect::<Vec<_>>(), [WRONG, "61.0", "s"]);
    page.click("#slowest button");
    assert_eq!(page.text("#trial-name"), "one-octet-changed words/hello");
    page.assert_quiet();
}

fn what_failed_comes_first(driver: &Driver) {
    let mut report = large(3, 60);
    let wrong = report.trials.iter().find(|trial| trial.failed).cloned().expect("a failure");
    let last = "client-3::group-2/case-50";
    for trial in &mut report.trials {
        let right = trial.name != last;
        (trial.failed, trial.verdict) = (!right, if right { samewire::judge::verdict::Verdict::Passed } else { wrong.verdict });
        trial.diagnoses = if right { Vec::new() } else { wrong.diagnoses.clone() };
    }
    report.conclude();
    let page = driver.open(&report, "");
    let order = "const all = ['.troubles', '#causes', '#lanes', '#matrix'].map((css) => document.querySelector(css));
        return all.every((one, at) => !at || all[at - 1].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)";
    assert_eq!(page.run(order), true);
    let names = page.run("return [...document.querySelectorAll('#matrix tbody th')].slice(0, 3).map((head) => head.textContent)");
    assert_eq!(names, json!(["group-2", "case-50", "case-40"]), "the group that failed, its case that did, and then the others");
    assert_eq!(page.text("#lanes tbody tr th"), "client-3");
    page.assert_quiet();
}

/// Lets the page copy into `window.copied`.
const CLIPBOARD: &str =
    "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void (window.copied = text) } })";

#[track_caller]
fn issue_of(report: &Report, name: &str) -> String {
    issue::render(report, report.trials.iter().find(|trial| trial.name == name).expect("a trial"))
}

/// What the button of the open trial copies.
fn copied(page: &Page<'_>) -> String {
    page.run(CLIPBOARD);
    page.click("dialog [value=issue]");
    page.until("window.copied");
    page.run("return window.copied").as_str().expect("a text").to_owned()
}

fn a_failure_is_copied_as_markdown(driver: &Driver) {
    let report = small();
    let page = driver.open(&report, &format!("#{WRONG}"));
    let copied = copied(&page);
    assert_eq!(copied, issue_of(&report, WRONG), "what every view says");
    let trial = report.trials.iter().find(|trial| trial.name == WRONG).expect("a trial");
    let version = report.clients[0].version.as_deref().expect("a version");
    let repeat = format!("```sh\n{}\n```\n", trial.repeat);
    let parts = [
        "### ` one-octet-changed::words/hello `: differs\n",
        "- Case: ` words/hello `, ` A word and a number `\n",
        "- Cause: ` octet-changed `",
        "\n```text\n",
        "68 65 6c 6c 6f 02 01",
        "^^",
        version,
        report.samewire.as_str(),
        report.runs[0].suite.as_str(),
        &repeat,
    ];
    for part in parts {
        assert!(copied.contains(part), "{part}: {copied}");
    }
    assert_eq!(page.text("dialog [value=issue]"), "Copied");
    page.go("#right::words/hello");
    page.until("document.querySelector('#trial-name').textContent.startsWith('right')");
    assert_eq!(page.run("return document.querySelectorAll('dialog [value=issue]').length"), 0, "what passed is no issue");
    page.assert_quiet();
}

fn where_nothing_may_be_copied_it_is_selected(driver: &Driver) {
    let report = small();
    let page = driver.open(&report, &format!("#{WRONG}"));
    page.run("Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } })");
    page.click("dialog [value=issue]");
    page.until("document.querySelector('dialog [value=issue]').textContent === 'Selected'");
    let selected = page.run("return getSelection().toString()");
    assert_eq!(selected.as_str().expect("a text").trim_end(), issue_of(&report, WRONG).trim_end());
    page.assert_quiet();
}

fn nothing_hostile_gets_out_of_the_markdown(driver: &Driver) {
    let hostile = "</script>```\n````` @everyone #1 <img src=x> [a](b)\u{202e}\u{1b}[31m`";
    let mut report = hostile_report(hostile);
    for trial in &mut report.trials {
        trial.explanation = vec![hostile.into(), "``````".into(), "<img src=y> @everyone #1 [c](d)".into()];
    }
    let page = driver.open(&report, &format!("#{WRONG}"));
    let copied = copied(&page);
    assert_eq!(copied, issue_of(&report, WRONG));
    assert!(!copied.contains(['\u{202e}', '\u{1b}']) && copied.contains("\\u{202e}\\u{1b}[31m"), "{copied}");
    let plain = outside_of_code(&copied);
    assert!(
        copied.matches("@everyone").count() >= 6 && !plain.contains(['<', '@', '[', '`']) && !plain.contains("#1"),
        "{plain}"
    );
    page.assert_quiet();
}

/// What of Markdown is not code; nothing in it is HTML, a link or a picture.
#[track_caller]
fn outside_of_code(markdown: &str) -> String {
    let (mut plain, mut is_code) = (String::new(), false);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Text(text) if !is_code => plain += &text,
            Event::Html(_) | Event::InlineHtml(_) | Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                panic!("{event:?} in {markdown}")
            }
            _ => {}
        }
    }
    plain
}
