//! What the page says of a trial and of a run: what a person acts on comes first, and nothing reads better than it is.

use samewire::judge::verdict::Verdict;
use samewire::report::{ClientReport, ClientStatus, MaskReport, Report, Run, TrialReport};
use serde_json::json;

use super::browser::Driver;
use super::report::small;
use super::tests::{COUNT, Test, heads};

/// Every test, by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("the_sentence_that_decides_comes_first", the_sentence_that_decides_comes_first),
    ("what_was_cut_off_is_not_called_a_failure", what_was_cut_off_is_not_called_a_failure),
    ("an_expectation_that_is_the_suspect_is_said_first", an_expectation_that_is_the_suspect_is_said_first),
    ("digests_that_differ_are_not_as_expected", digests_that_differ_are_not_as_expected),
    ("what_may_be_anything_is_shown_as_such", what_may_be_anything_is_shown_as_such),
    ("of_5000_connections_a_few_are_shown_and_carried", of_5000_connections_a_few_are_shown_and_carried),
    ("messages_stand_in_a_table_with_the_differing_one_open", messages_stand_in_a_table_with_the_differing_one_open),
    ("messages_that_differ_are_not_as_expected", messages_that_differ_are_not_as_expected),
    ("packets_are_read_without_scrolling_sideways", packets_are_read_without_scrolling_sideways),
    ("a_connection_that_nobody_expected_is_called_so", a_connection_that_nobody_expected_is_called_so),
    ("what_makes_a_run_fail_is_its_headline", what_makes_a_run_fail_is_its_headline),
    ("who_failed_and_why_stands_above_the_matrix", who_failed_and_why_stands_above_the_matrix),
    ("missing_clients_are_left_out_but_for_required_ones", missing_clients_are_left_out_but_for_required_ones),
    ("equal_failures_are_told_once", equal_failures_are_told_once),
    ("merged_platforms_are_named_wherever_clients_are", merged_platforms_are_named_wherever_clients_are),
];

const WRONG: &str = "one-octet-changed::words/hello";

fn the_sentence_that_decides_comes_first(driver: &Driver) {
    let mut report = small();
    let trial = trial(&mut report, "right::words/bye");
    trial.verdict = Verdict::UnexpectedPass;
    trial.failed = true;
    trial.known = Some("see there".into());
    let sentence = trial.sentence();
    assert!(sentence.contains("remove the entry"), "{sentence}");
    let page = driver.open(&report, "#right::words/bye");
    let first = page.text("dialog > header .badge + .decides");
    assert_eq!(first.to_lowercase(), sentence.to_lowercase());
    assert_eq!(page.text("dialog").matches("see there").count(), 1, "what the sentence says is not said again");
    page.assert_quiet();
}

fn what_was_cut_off_is_not_called_a_failure(driver: &Driver) {
    let mut report = small();
    for name in ["right::words/hello", "right::words/bye"] {
        trial(&mut report, name).verdict = Verdict::Interrupted;
    }
    report.conclude();
    let page = driver.open(&report, "");
    assert_eq!(page.text("[aria-label^='right words']"), "2+2i", "as the terminal counts");
    assert_eq!(page.run("return document.querySelectorAll('td.failed[data-link^=right], .group td.failed').length"), 4);
    page.go("#?client=right");
    page.until("document.querySelectorAll('#matrix thead th').length === 2");
    page.click("[data-link='right::streams/two']");
    let next = "return document.querySelector(\"dialog [aria-label='Next failure']\").disabled";
    assert_eq!(page.run(next), true, "no step leads to it");
    page.assert_quiet();
}

fn an_expectation_that_is_the_suspect_is_said_first(driver: &Driver) {
    let mut report = small();
    let wrong = trial(&mut report, WRONG).clone();
    for name in ["right::words/hello", "exits-3::words/hello"] {
        let other = trial(&mut report, name);
        *other = TrialReport { name: name.into(), client: other.client.clone(), ..wrong.clone() };
    }
    report.conclude();
    let said = "all 3 clients agree with each other and not with the expectation: the expectation is the suspect";
    let page = driver.open(&report, "");
    assert_eq!(page.text(".troubles").matches(said).count(), 3, "of each of them: {}", page.text(".troubles"));
    page.go(&format!("#{WRONG}"));
    page.until("document.querySelector('dialog').open");
    assert_eq!(page.text("dialog > header .decides + .suspicion"), said);
    assert_eq!(page.text("dialog").matches(said).count(), 1, "and once");
    page.assert_quiet();
}

fn digests_that_differ_are_not_as_expected(driver: &Driver) {
    let mut report = small();
    let trial = trial(&mut report, WRONG);
    trial.drawings.clear();
    trial.expected[0].base64 = None;
    let digests = [&trial.expected[0], &trial.captured[0]].map(|carried| carried.sha256.clone().expect("a digest"));
    assert_ne!(digests[0], digests[1]);
    let page = driver.open(&report, &format!("#{WRONG}"));
    let text = page.text("dialog");
    assert!(!text.contains("as expected\n"), "{text}");
    assert!(text.contains("Connection 1 expected 7 octets, 7 octets came"), "{text}");
    for (side, digest) in ["expected", "captured"].iter().zip(digests) {
        assert!(text.contains(&format!("{side}\n7 octets, SHA-256 {digest}")), "{text}");
    }
    assert!(text.contains("Where they part is not known"), "{text}");
    page.assert_quiet();
}

fn what_may_be_anything_is_shown_as_such(driver: &Driver) {
    let mut report = small();
    for name in [WRONG, "right::words/hello"] {
        let expected = &mut trial(&mut report, name).expected[0];
        expected.masks = vec![MaskReport { start: 1, length: 2, name: "nonce".into() }];
        expected.sha256 = None;
    }
    let page = driver.open(&report, &format!("#{WRONG}"));
    page.run("document.querySelectorAll('dialog details').forEach((fold) => (fold.open = true))");
    assert_eq!(page.text("[aria-label='All that was expected'] .octets").trim_end(), "68 ?? ?? 6c 6f 02 01");
    assert_eq!(page.text("[aria-label='All that was expected'] .ascii"), "h??lo..");
    assert_eq!(page.text("[aria-label='All that came'] .octets").trim_end(), "68 65 6c 6c 6f 02 00");
    assert!(page.text("dialog").contains("?? may vary: nonce"));
    page.go("#right::words/hello");
    page.until("document.querySelector('#trial-name').textContent.startsWith('right')");
    assert!(page.text("dialog").contains("7 octets, as expected"), "no drawing: nothing differs but what may");
    page.assert_quiet();
}

fn of_5000_connections_a_few_are_shown_and_carried(driver: &Driver) {
    let mut report = small();
    let before = samewire::view::html::render(&report).expect("a page").len();
    let wrong = trial(&mut report, WRONG);
    let (seen, line) = (wrong.captured[0].clone(), wrong.timelines[0].clone());
    wrong.captured.resize(5000, seen);
    wrong.timelines.resize(5000, line);
    report.conclude();
    let page = driver.open(&report, &format!("#{WRONG}"));
    let text = page.text("dialog");
    assert_eq!(text.matches("And 4980 more connections").count(), 2, "of octets, and of the timeline: {text}");
    assert!(text.contains("Connection 20") && !text.contains("Connection 21"), "{text}");
    let size = samewire::view::html::render(&report).expect("a page").len();
    assert!(size < before + 200_000, "{size} octets, and {before} with one connection");
    page.assert_quiet();
}

fn messages_stand_in_a_table_with_the_differing_one_open(driver: &Driver) {
    let mut report = small();
    let wrong = trial(&mut report, WRONG);
    wrong.expected.iter_mut().for_each(|expected| (expected.anything, expected.sha256) = (true, None));
    wrong.drawings.clear();
    let long = "<b>".repeat(300);
    let message = |at: u64, text: &str, qos: &str| json!({ "at": at, "octets": 3, "text": text, "fields": [{ "name": "qos", "value": qos }, { "name": "id", "value": long }] });
    wrong.messages = serde_json::from_value(json!([{
        "connection": 1, "decoder": "mqtt", "judges": true, "count": 9, "digest": "", "more": 0,
        "messages": [message(0, "CONNECT", "0"), message(3, &long, "1"), message(6, "BYE", "0")],
        "differences": [
            { "message": 2, "says": format!("message 2, {}...: qos is 1, expected 0", &long[..80]), "picture": { "rows": [{ "octets": {
                "expected": { "offset": 3, "hex": "", "ascii": "" },
                "captured": { "offset": 3, "hex": "31 32 33 34 35 36 37 38 39 30 31 32", "ascii": "123456789012" },
                "marks": "^^",
            } }] } },
            { "message": null, "says": "\"END\" is missing", "picture": { "rows": [] } },
        ],
    }]))
    .expect("messages");
    report.conclude();
    let page = driver.open(&report, &format!("#{WRONG}"));
    let spoken = page.read_aloud();
    assert!(spoken.iter().any(|(role, name)| role == "table" && name == "Messages: Connection 1"), "{spoken:?}");
    let opened =
        "return [...document.querySelectorAll('.messages > tbody > tr')].map((row) => row.querySelector('details').open)";
    assert_eq!(page.run(opened), json!([false, true, false]));
    assert_eq!(page.text(".messages .different .said"), "qos is 1, expected 0");
    assert_eq!(page.text(".messages .different .hex mark"), "31");
    let marked = "return [...document.querySelectorAll('.fields mark')].map((mark) => mark.textContent)";
    assert_eq!(page.run(marked), json!(["1"]), "the field that differs, and no other");
    let text = page.text("dialog");
    assert!(text.contains("\"END\" is missing") && text.contains("And 6 more messages"), "{text}");
    page.click(".messages > tbody > tr:last-child summary");
    page.until("document.querySelector('.messages > tbody > tr:last-child .fields')");
    let size = json!({ "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": true });
    page.tool("Emulation.setDeviceMetricsOverride", size);
    let right = "return Math.max(...[...document.querySelectorAll('.messages *')].filter((each) => !each.closest('.hex > *')).map((each) => each.getBoundingClientRect().right))";
    assert!(page.run(right).as_f64().expect("pixels") <= 400.0, "whatever is in them, messages fit 400 pixels");
    page.tool("Emulation.clearDeviceMetricsOverride", json!({}));
    let lines = "return Math.max(...[...document.querySelectorAll('.fields dt')].map((name) => {
        const text = document.createRange();
        text.selectNodeContents(name);
        return text.getClientRects().length;
    }))";
    assert_eq!(page.run(lines), 1, "no name of a field is broken");
    let wide =
        "return document.querySelector('.messages td:last-child').clientWidth / document.querySelector('.messages').clientWidth";
    assert!(page.run(wide).as_f64().expect("a share") > 0.6, "the text has the room");
    page.tool("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    let shown = "return [...document.querySelectorAll('.message')].every((message) => message.offsetHeight > 0)";
    assert_eq!(page.run(shown), true, "on paper each message is there");
    page.assert_quiet();
}

fn messages_that_differ_are_not_as_expected(driver: &Driver) {
    let mut report = small();
    let wrong = trial(&mut report, WRONG);
    wrong.expected.iter_mut().for_each(|expected| (expected.anything, expected.sha256) = (true, None));
    wrong.drawings.clear();
    wrong.diagnoses.iter_mut().for_each(|diagnosis| diagnosis.name = "unexplained".into());
    assert!(!wrong.diagnoses.is_empty());
    wrong.messages = serde_json::from_value(json!([{
        "connection": 1, "decoder": "lines", "judges": true, "count": 4, "digest": "",
        "differences": [{ "message": 2, "says": "message 2: \"<b>\" was not expected", "picture": { "rows": [{ "octets": {
            "expected": { "offset": 2, "hex": "", "ascii": "" },
            "captured": { "offset": 2, "hex": "0a 3c 62 3e", "ascii": ".<b>" },
            "marks": "   ^^ ^^ ^^",
        } }] } }],
        "more": 2,
    }]))
    .expect("messages");
    report.conclude();
    let page = driver.open(&report, &format!("#{WRONG}"));
    let text = page.text("dialog");
    assert!(!text.contains("as expected, but") && !text.contains("octets, as expected"), "{text}");
    for said in ["Messages", "4 messages, decoded by lines", "message 2: \"<b>\" was not expected", "And 2 more differences."] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("unexplained"), "a difference of messages stands beside no unknown cause: {text}");
    assert_eq!(page.text("dialog .hex.scroll .row mark"), "3c", "the octets of the message are marked");
    page.assert_quiet();
}

fn packets_are_read_without_scrolling_sideways(driver: &Driver) {
    let mut report = small();
    let wrong = trial(&mut report, WRONG);
    let row = json!({
        "at_us": 1, "connection": 1, "direction": "received", "flags": "PSH, ACK", "sequence": 1, "acknowledged": 1,
    "header": 66, "data": 12, "sizes": "78 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps, 12 data",
    });
    wrong.packets = serde_json::from_value(json!({
        "file": "captures/a.pcapng", "agreed": 0, "remarks": [], "rows": { "first": [row], "left_out": 0, "last": [] },
    }))
    .expect("packets");
    report.conclude();
    let page = driver.open(&report, &format!("#{WRONG}"));
    let text = page.text("dialog");
    assert!(text.contains("< was received, > was sent") && !text.contains("0 connections"), "{text}");
    let fits = "const table = document.querySelector('.traffic'); return table.scrollWidth <= table.parentElement.clientWidth";
    assert_eq!(page.run(fits), true);
    page.assert_quiet();
}

fn a_connection_that_nobody_expected_is_called_so(driver: &Driver) {
    let mut report = small();
    let trial = trial(&mut report, WRONG);
    let nothing = samewire::report::Carried { length: 0, ..trial.captured[0].clone() };
    trial.captured.push(nothing);
    let page = driver.open(&report, &format!("#{WRONG}"));
    assert!(page.text("dialog").contains("Connection 2 was not expected; nothing came"), "{}", page.text("dialog"));
    page.assert_quiet();
}

fn what_makes_a_run_fail_is_its_headline(driver: &Driver) {
    let mut report = small();
    report.trials.retain(|trial| trial.client == "right");
    report.problems = vec!["clients/right/client.toml:6: of no trial".into()];
    report.conclude();
    let page = driver.open(&report, "");
    assert_eq!(page.text("h1"), "1 problem, and none of 6 trials failed");
    assert_eq!(page.text("header .problem"), "clients/right/client.toml:6: of no trial");
    page.assert_quiet();
    report.trials.clear();
    report.problems.clear();
    report.conclude();
    let page = driver.open(&report, "");
    assert!(page.text("h1").starts_with("nothing was run"), "{}", page.text("h1"));
    let mut stopped = small();
    stopped.trials.iter_mut().filter(|trial| trial.failed).for_each(|trial| trial.verdict = Verdict::Interrupted);
    stopped.conclude();
    let page = driver.open(&stopped, "");
    assert!(page.text("h1").starts_with("none of 18 trials failed"), "what was cut off did not fail: {}", page.text("h1"));
    assert_eq!(page.run("return document.querySelectorAll('.troubles').length"), 0);
}

fn who_failed_and_why_stands_above_the_matrix(driver: &Driver) {
    let report = small();
    let mut of_it = report.trials.iter().filter(|trial| trial.failed && trial.client == "one-octet-changed");
    let first = of_it.next().expect("a failure");
    let sentence = first.sentence();
    let page = driver.open(&report, "");
    let rows =
        page.run("return [...document.querySelectorAll('.troubles tr')].map((row) => row.innerText.replace(/\\s+/g, ' '))");
    let rows: Vec<&str> = rows.as_array().expect("rows").iter().filter_map(|row| row.as_str()).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].starts_with("exits-3 6 of 6 failed crashed"), "{rows:?}");
    assert!(rows[1].starts_with("one-octet-changed 6 of 6 failed differs"), "{rows:?}");
    assert!(rows[1].contains(&sentence), "{sentence}: {rows:?}");
    page.click(".troubles tr:nth-child(2) a");
    page.until("document.querySelector('dialog').open");
    assert!(page.text("#trial-name").starts_with("one-octet-changed "));
    page.assert_quiet();
}

fn missing_clients_are_left_out_but_for_required_ones(driver: &Driver) {
    let mut report = small();
    add_missing(&mut report, "absent", false);
    add_missing(&mut report, "needed", true);
    report.conclude();
    let page = driver.open(&report, "");
    assert_eq!(heads(&page), json!(["Case", "exits-3", "one-octet-changed", "right", "needed"]));
    assert_eq!(
        page.run("return document.querySelector(\"[data-link='needed::words/bye']\").ariaLabel"),
        "needed words/bye: missing, required"
    );
    assert_eq!(page.text("#verdicts [value=missing-required]"), "M 6 missing, required");
    assert_eq!(page.text(".switch"), "1 missing client");
    page.click("[name=missing]");
    assert_eq!(heads(&page), json!(["Case", "exits-3", "one-octet-changed", "right", "absent", "needed"]));
    page.refresh();
    assert_eq!(heads(&page).as_array().map(Vec::len), Some(6), "the address says it");
    page.click("[type=reset]");
    page.click("#verdicts [value=missing]");
    assert_eq!(page.text(COUNT), "6 of 30 trials shown", "who asks for them sees them");
    page.click("body > header summary");
    let table = page.text(".clients");
    assert!(table.contains("needed missing, required") && table.contains("absent missing x"), "{table}");
    page.assert_quiet();
}

fn equal_failures_are_told_once(driver: &Driver) {
    let page = driver.open(&small(), &format!("#{WRONG}"));
    assert_eq!(page.text("dialog .alike"), "The same in closed-stdin, c-locale");
    page.click("dialog .alike button");
    page.until("document.querySelector('#trial-name').textContent.includes('closed-stdin')");
    assert_eq!(page.text("dialog .alike"), "The same in default, c-locale");
    assert_eq!(page.run("return location.hash"), "#one-octet-changed+closed-stdin::words/hello");
    page.assert_quiet();
}

fn merged_platforms_are_named_wherever_clients_are(driver: &Driver) {
    let report = merged();
    let here = report.platform_of(0);
    let page = driver.open(&report, "");
    let troubles = page.text(".troubles");
    for platform in [here.as_str(), "macos-aarch64"] {
        assert!(troubles.contains(&format!("one-octet-changed on {platform}")), "{troubles}");
    }
    page.click("body > header summary");
    assert_eq!(page.text("body > header summary"), "3 clients on 2 platforms");
    assert_eq!(page.text(".clients thead").split_whitespace().nth(1), Some("Platform"));
    page.go(&format!("#{WRONG} on macos-aarch64"));
    page.until("document.querySelector('dialog').open");
    assert!(page.text("dialog").contains("one-octet-changed on macos-aarch64"), "who agrees is told with platforms");
    page.assert_quiet();
}

/// The small report of this machine, and of another on which all went the same.
pub(crate) fn merged() -> Report {
    let mut report = small();
    let other = Run { os: "macos".into(), arch: "aarch64".into(), ..report.runs[0].clone() };
    let mut more = report.clone();
    more.clients.iter_mut().for_each(|client| client.run = 1);
    more.trials.iter_mut().for_each(|trial| trial.run = 1);
    report.runs.push(other);
    report.clients.extend(more.clients);
    report.trials.extend(more.trials);
    report.conclude();
    report
}

pub(crate) fn add_missing(report: &mut Report, name: &str, required: bool) {
    let (client, why) = (report.clients[0].clone(), Some("x is not on PATH".to_owned()));
    let (status, version) = (ClientStatus::Missing, None);
    report.clients.push(ClientReport { name: name.into(), about: "x".into(), status, version, why: why.clone(), ..client });
    let right: Vec<TrialReport> = report.trials.iter().filter(|trial| trial.client == "right").cloned().collect();
    report.trials.extend(right.into_iter().map(|trial| TrialReport {
        name: trial.name.replacen("right", name, 1),
        client: name.into(),
        verdict: Verdict::Missing,
        failed: required,
        problem: why.clone(),
        output: None,
        captured: Vec::new(),
        ..trial
    }));
}

#[track_caller]
fn trial<'a>(report: &'a mut Report, name: &str) -> &'a mut TrialReport {
    report.trials.iter_mut().find(|trial| trial.name == name).expect("a trial")
}
