//! What the page does.

use samewire::picture::{Expected, Picture};
use samewire::report::{Report, Run};
use samewire::trial::difference::Drawing;
use serde_json::json;

use super::browser::{DOWN, Driver, END, ENTER, ESCAPE, LEFT, Page, RIGHT};
use super::report::{large, small};
use super::says::{add_missing, merged};

pub(crate) type Test = fn(&Driver);

/// Every test, by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("reads_aloud_every_trial_in_a_grid", reads_aloud_every_trial_in_a_grid),
    ("filters_by_what_is_chosen_and_typed", filters_by_what_is_chosen_and_typed),
    ("a_link_brings_back_the_view", a_link_brings_back_the_view),
    ("every_choice_is_in_the_address_and_comes_back_with_it", every_choice_is_in_the_address_and_comes_back_with_it),
    ("folds_groups_and_keeps_the_focus", folds_groups_and_keeps_the_focus),
    ("a_link_opens_a_trial", a_link_opens_a_trial),
    ("the_back_button_closes_a_trial", the_back_button_closes_a_trial),
    ("steps_from_failure_to_failure", steps_from_failure_to_failure),
    ("arrows_move_enter_opens_and_escape_returns", arrows_move_enter_opens_and_escape_returns),
    ("shows_hostile_text_as_text", shows_hostile_text_as_text),
    ("names_the_platforms_of_merged_reports", names_the_platforms_of_merged_reports),
    ("fits_400_pixels", fits_400_pixels),
];

pub(crate) const COUNT: &str = "#count";

fn reads_aloud_every_trial_in_a_grid(driver: &Driver) {
    let page = driver.open(&small(), "");
    let spoken = page.read_aloud();
    let says = |role: &str, name: &str| assert_says(&spoken, role, name);
    says("heading", "12 of 18 trials failed");
    says("grid", "Verdicts of every client on every case");
    says("columnheader", "one-octet-changed");
    says("rowheader", "hello +c-locale");
    says("button", "words");
    says("gridcell", "right words/hello: passed");
    says("gridcell", "one-octet-changed words/hello: differs");
    says("gridcell", "one-octet-changed+c-locale words/hello: differs");
    says("gridcell", "exits-3 streams/two: crashed");
    says("gridcell", "exits-3 words: 4 crashed");
    says("searchbox", "Search");
    says("combobox", "Hazard");
    assert!(spoken.iter().any(|(role, _)| role == "status"), "what changes is announced");
    page.assert_quiet();
}

fn filters_by_what_is_chosen_and_typed(driver: &Driver) {
    let page = driver.open(&small(), "");
    let reset = || page.click("[type=reset]");
    let shows = |count: usize| assert_eq!(page.text(COUNT), format!("{count} of 18 trials shown"));
    shows(18);
    page.click("#verdicts [value=differs]");
    shows(6);
    assert_eq!(page.run("return document.querySelectorAll('td.trial:not(.dim)').length"), 6);
    page.click("#verdicts [value=crashed]");
    shows(12);
    reset();
    shows(18);
    page.type_into("[name=client]", "right");
    shows(6);
    assert_eq!(heads(&page), json!(["Case", "right"]));
    reset();
    page.type_into("[name=case]", "words/*");
    shows(12);
    reset();
    page.type_into("[name=hazard]", "lifecycle");
    shows(6);
    reset();
    page.type_into("[name=profile]", "c-locale");
    shows(3);
    reset();
    page.type_into("[name=text]", "ONE-OCTET number");
    shows(3);
    assert!(page.run("return location.hash").as_str().expect("a hash").contains("text=ONE-OCTET+number"));
    page.type_into("[name=text]", " nowhere");
    shows(0);
    page.assert_quiet();
}

fn a_link_brings_back_the_view(driver: &Driver) {
    let page = driver.open(&small(), "#?client=one-octet-changed&verdict=differs&fold=words");
    assert_eq!(page.text(COUNT), "6 of 18 trials shown");
    assert_eq!(heads(&page), json!(["Case", "one-octet-changed"]));
    assert_eq!(page.run("return document.querySelectorAll('td.trial').length"), 2, "one group is folded");
    assert_eq!(page.run("return document.querySelector('[value=differs]').ariaPressed"), "true");
    page.assert_quiet();
}

fn every_choice_is_in_the_address_and_comes_back_with_it(driver: &Driver) {
    let mut report = merged();
    add_missing(&mut report, "absent", false);
    report.conclude();
    let page = driver.open(&report, "");
    let typed = [
        ("text", "number"),
        ("client", "right"),
        ("case", "words/* !*/bye"),
        ("hazard", "lifecycle"),
        ("cause", "crashed"),
        ("profile", "c-locale"),
        ("platform", "macos-aarch64"),
    ];
    let clicked = ["#verdicts [value=differs]", ".group button[value=words]", "[name=missing]", "#fold"];
    let seen = || (page.run("return location.hash").as_str().expect("a hash").to_owned(), view(&page));
    let (_, whole) = seen();
    let mut views = Vec::new();
    for (field, value) in typed {
        page.type_into(&format!("[name={field}]"), value);
        views.push(seen());
        page.click("[type=reset]");
        assert_eq!(view(&page), whole, "{field} is reset");
    }
    for control in clicked {
        page.click(control);
        views.push(seen());
        page.click("[type=reset]");
        assert_eq!(view(&page), whole, "{control} is reset");
    }
    assert_eq!(views[typed.len()].1[4], json!(["differs"]), "what is chosen is pressed");
    for (hash, seen) in views {
        assert_ne!(seen, whole, "{hash}");
        page.go(&hash);
        page.until(&format!("location.hash === {}", json!(hash)));
        page.refresh();
        assert_eq!(view(&page), seen, "{hash}");
    }
    page.assert_quiet();
}

/// What the page shows, and what is chosen in it.
fn view(page: &Page<'_>) -> serde_json::Value {
    page.run(
        "const all = (css) => [...document.querySelectorAll(css)];
        return [
            document.querySelector('#matrix').innerText,
            document.querySelector('#count').textContent,
            document.querySelector('#fold').textContent,
            all('#filters :is(input, select)').map((control) => (control.type === 'checkbox' ? control.checked : control.value)),
            all('#filters [aria-pressed=true]').map((button) => button.value),
            all('td.trial:not(.dim)').map((cell) => cell.dataset.link),
        ]",
    )
}

fn folds_groups_and_keeps_the_focus(driver: &Driver) {
    let page = driver.open(&small(), "");
    let rows = || page.run("return document.querySelectorAll('#matrix tbody tr:not(.group)').length");
    assert_eq!(rows(), 6);
    page.click(".group button[value=words]");
    assert_eq!(rows(), 2);
    assert_eq!(page.text("[aria-label^='one-octet-changed words']"), "4!", "what is folded away is counted");
    assert_eq!(page.run("return [document.activeElement.value, document.activeElement.ariaExpanded]"), json!(["words", "false"]));
    page.press(ENTER);
    assert_eq!(rows(), 6);
    page.click("#fold");
    assert_eq!(rows(), 0);
    page.click("#fold");
    assert_eq!(rows(), 6);
    page.assert_quiet();
}

fn a_link_opens_a_trial(driver: &Driver) {
    let mut report = small();
    let trial = report.trials.iter_mut().find(|trial| trial.name == "one-octet-changed::words/hello").expect("a trial");
    trial.stderr = "what it said\n".into();
    let repeat = trial.repeat.clone();
    let page = driver.open(&report, "#one-octet-changed::words/hello");
    let text = page.text("dialog");
    for part in [
        "one-octet-changed words/hello",
        "≠ differs",
        "A word and a number",
        "First difference at offset 6, line 2 of the plan, u16be 513, octet 2 of 2.",
        "argument-differs",
        "what it said",
        "samewire 0.",
        "status 0",
        "(7 octets), FIN at",
        &repeat,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(page.text("dialog .expected .octets"), "68 65 6c 6c 6f 02 01");
    assert_eq!(page.text("dialog .captured .octets"), "68 65 6c 6c 6f 02 00");
    assert_eq!(page.text("dialog .captured .octets mark"), "00");
    assert_eq!(page.text("dialog .guilty"), "u16be 513 ◀ differs here");
    let spoken = page.read_aloud();
    assert_says(&spoken, "dialog", "one-octet-changed words/hello");
    assert_says(&spoken, "image", "Timeline of connections and reads");
    page.go("#right+c-locale::words/hello");
    page.until("document.querySelector('#trial-name').textContent.startsWith('right')");
    assert!(page.text("dialog").contains("7 octets, as expected"));
    assert_eq!(
        page.text("dialog details .octets").trim_end(),
        "68 65 6c 6c 6f 02 01",
        "what came is there also where it is right"
    );
    page.go("#right::words/none");
    page.until("!document.querySelector('dialog').open");
    page.until("document.querySelector('#count').textContent === 'There is no trial right::words/none in this report.'");
    page.assert_quiet();
}

fn the_back_button_closes_a_trial(driver: &Driver) {
    let page = driver.open(&small(), "#?client=right");
    page.click("[data-link='right::words/bye']");
    assert_eq!(page.run("return location.hash"), "#right::words/bye?client=right");
    assert!(is_open(&page));
    page.back();
    page.until("!document.querySelector('dialog').open");
    assert_eq!(page.run("return location.hash"), "#?client=right");
    page.assert_quiet();
}

fn steps_from_failure_to_failure(driver: &Driver) {
    let page = driver.open(&small(), "#?client=one-octet-changed");
    page.click("[data-link='one-octet-changed::streams/two']");
    let next = "dialog [aria-label='Next failure']";
    let title = || page.text("#trial-name");
    let mut seen = vec![title()];
    while page.run(&format!("return !document.querySelector(\"{next}\").disabled")) == true {
        page.click(next);
        seen.push(title());
        assert!(seen.len() < 10, "no end: {seen:?}");
    }
    assert_eq!(seen.len(), 3, "those that are alike in other profiles are one: {seen:?}");
    page.click("dialog [aria-label='Previous failure']");
    assert_eq!(title(), seen[1]);
    page.click("dialog [value=copy]");
    page.until("['Copied', 'Selected'].includes(document.querySelector('dialog [value=copy]').textContent)");
    page.click("dialog [value=close]");
    assert!(!is_open(&page));
    page.assert_quiet();
}

fn arrows_move_enter_opens_and_escape_returns(driver: &Driver) {
    let page = driver.open(&small(), "");
    let focused = || page.run("return document.activeElement.ariaLabel ?? document.activeElement.textContent");
    page.run("document.querySelector('[data-link=\"exits-3::words/hello\"]').focus()");
    page.press(RIGHT);
    page.press(DOWN);
    assert_eq!(focused(), "one-octet-changed+closed-stdin words/hello: differs");
    page.press(ENTER);
    assert!(is_open(&page));
    assert_eq!(page.run("return document.activeElement.id"), "trial-name", "reading begins at the heading");
    page.press(ESCAPE);
    assert!(!is_open(&page));
    assert_eq!(focused(), "one-octet-changed+closed-stdin words/hello: differs");
    page.press(END);
    assert_eq!(focused(), "right+closed-stdin words/hello: passed");
    page.press(&LEFT.repeat(3));
    assert_eq!(focused(), "hello +closed-stdin");
    assert_eq!(page.run("return document.querySelectorAll('table [tabindex=\"0\"]').length"), 1, "one stop for the tab key");
    page.go("#right::words/bye");
    page.until("document.querySelector('dialog').open");
    page.press(ESCAPE);
    page.until("document.activeElement.ariaLabel === 'right words/bye: passed'");
    page.assert_quiet();
}

fn shows_hostile_text_as_text(driver: &Driver) {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u{1b}[31m\u{202e}\u{61c}\u{2060}\u{ad}&lt;";
    let shown = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\\u{1b}[31m\\u{202e}\\u{61c}\\u{2060}\\u{ad}&lt;";
    let page = driver.open(&hostile_report(hostile), "#right::words/hello");
    let text = page.text("dialog");
    // What it is about, its hazard, diagnosis and hint, plan, version, stderr, known failure, problem, command.
    assert!(text.matches(shown).count() >= 10, "{text}");
    assert!(page.text("dialog .hex").contains("</script><sc"), "{text}");
    page.click("[value=close]");
    page.click("header summary");
    assert!(page.text("body > header").matches(shown).count() >= 4, "{}", page.text("body > header"));
    assert_eq!(page.run("return document.querySelectorAll('img, script:not([type])').length"), 1, "the script of the page");
    assert_eq!(page.run("return /[\\x1b\\u202e\\u061c\\u2060\\u00ad]/.test(document.documentElement.textContent)"), false);
    page.type_into("[name=text]", "<img");
    assert_eq!(page.text(COUNT), "18 of 18 trials shown");
    page.assert_quiet();
    page.run("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))");
    assert_eq!(page.run("return window.ran"), json!(null), "the policy of the page lets no other script run");
}

fn names_the_platforms_of_merged_reports(driver: &Driver) {
    let mut report = small();
    let other = Run { os: "macos".into(), arch: "aarch64".into(), ..report.runs[0].clone() };
    report.runs.push(other);
    let mut more = report.clone();
    more.clients.iter_mut().for_each(|client| client.run = 1);
    more.trials.iter_mut().for_each(|trial| trial.run = 1);
    report.clients.extend(more.clients);
    report.trials.extend(more.trials);
    report.conclude();
    let page = driver.open(&report, "#right::words/hello%20on%20macos-aarch64");
    assert_eq!(page.text("#trial-name"), "right words/hello (macos-aarch64)");
    page.press(ESCAPE);
    page.type_into("[name=platform]", "macos-aarch64");
    assert_eq!(page.text(COUNT), "18 of 36 trials shown");
    assert_eq!(heads(&page), json!(["Case", "exits-3macos-aarch64", "one-octet-changedmacos-aarch64", "rightmacos-aarch64"]));
    page.assert_quiet();
}

fn fits_400_pixels(driver: &Driver) {
    let page = driver.open(&large(15, 200), "#client-11::group-0/case-0");
    page.tool(
        "Emulation.setDeviceMetricsOverride",
        json!({ "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": true }),
    );
    page.go("#client-12::group-0/case-1");
    page.until("document.querySelector('#trial-name').textContent.includes('case-1')");
    let wide = |of: &str| page.run(&format!("const of = document.querySelector('{of}'); return of.scrollWidth - of.clientWidth"));
    assert_eq!(wide("html"), 0, "the page does not scroll sideways");
    assert_eq!(wide("dialog"), 0);
    page.press(ESCAPE);
    assert_eq!(
        page.run("const of = document.querySelector('.troubles'); return of.scrollHeight - of.clientHeight"),
        0,
        "who failed is not cut off"
    );
    let place = "const at = document.querySelector('[aria-rowindex=\"90\"] th').getBoundingClientRect();";
    let script = format!("document.querySelector('#matrix').scrollTo(300, 2000); {place} return at.left");
    assert!(page.run(&script).as_f64().expect("pixels") < 20.0, "the names of cases stay in sight");
    let head = "const of = (css) => document.querySelector(css).getBoundingClientRect().top; return of('#matrix thead th:nth-child(2)') - of('#matrix')";
    let gap = page.run(head).as_f64().expect("pixels");
    assert!(gap.abs() < 2.0, "{gap}: the names of clients stay in sight");
    page.assert_quiet();
}

/// A report in which every text that is not the page's own is hostile.
pub(crate) fn hostile_report(text: &str) -> Report {
    let mut report = small();
    report.problems.push(text.into());
    report.runs[0].machine = text.into();
    for client in &mut report.clients {
        client.about = text.into();
        client.version = Some(text.into());
    }
    for case in &mut report.cases {
        case.about = text.into();
        case.hazards = vec![text.into()];
        case.plan = Some(text.into());
    }
    for trial in &mut report.trials {
        let octets = text.as_bytes();
        let picture = Picture::of(Expected { octets: b"<b>", ..Expected::default() }, octets);
        trial.drawings = vec![Drawing { connection: Some(1), expected: 3, captured: octets.len() as u64, picture }];
        trial.stderr = text.into();
        trial.problem = Some(text.into());
        trial.known = Some(text.into());
        trial.repeat = text.into();
        trial.explanation = vec![text.into()];
        trial.diagnoses = vec![samewire::diagnosis::Diagnosis {
            name: text.into(),
            sentence: text.into(),
            hint: Some(text.into()),
            connection: None,
            line: Some(1),
            spots: Vec::new(),
        }];
    }
    for agreement in &mut report.agreements {
        agreement.says = Some(text.into());
    }
    report
}

#[track_caller]
fn assert_says(spoken: &[(String, String)], role: &str, name: &str) {
    let names: Vec<&String> = spoken.iter().filter(|(its, _)| its == role).map(|(_, name)| name).collect();
    assert!(names.iter().any(|its| *its == name), "{role} {name}: {names:?}");
}

/// What stands over the columns.
pub(crate) fn heads(page: &Page<'_>) -> serde_json::Value {
    page.run("return [...document.querySelectorAll('#matrix thead th')].map((head) => head.textContent)")
}

pub(crate) fn is_open(page: &Page<'_>) -> bool {
    page.run("return document.querySelector('dialog').open") == true
}
