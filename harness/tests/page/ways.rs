//! How one gets about in the page: by name, by pattern, by keyboard, and on paper.

use base64_simd::STANDARD;
use serde_json::json;

use super::browser::{Driver, ENTER, ESCAPE, Page};
use super::report::{large, small};
use super::says::merged;
use super::tests::{COUNT, Test, is_open};

/// Every test, by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("a_name_as_every_view_prints_it_finds_its_trial", a_name_as_every_view_prints_it_finds_its_trial),
    ("cases_are_chosen_by_the_patterns_of_the_command", cases_are_chosen_by_the_patterns_of_the_command),
    ("a_step_keeps_the_focus", a_step_keeps_the_focus),
    ("back_works_after_a_trial_was_closed", back_works_after_a_trial_was_closed),
    ("borders_of_controls_stand_out", borders_of_controls_stand_out),
    ("what_is_cut_short_is_told_whole", what_is_cut_short_is_told_whole),
    ("prints_failures_first_and_all_of_them", prints_failures_first_and_all_of_them),
    ("prints_an_open_trial_alone", prints_an_open_trial_alone),
];

fn a_name_as_every_view_prints_it_finds_its_trial(driver: &Driver) {
    let page = driver.open(&merged(), "#one-octet-changed::words/bye on macos-aarch64");
    page.until("document.querySelector('dialog').open");
    assert_eq!(page.text("#trial-name"), "one-octet-changed words/bye (macos-aarch64)");
    page.go("#one-octet-changed::words/bye");
    page.until("!document.querySelector('#trial-name').textContent.includes('macos')");
    page.press(ESCAPE);
    page.type_into("[name=text]", "one-octet-changed::words/bye");
    assert_eq!(page.text(COUNT), "2 of 36 trials shown", "of each platform");
    page.type_into("[name=text]", " on macos-aarch64");
    assert_eq!(page.text(COUNT), "1 of 36 trials shown");
    page.assert_quiet();
}

fn cases_are_chosen_by_the_patterns_of_the_command(driver: &Driver) {
    let page = driver.open(&small(), "");
    for (patterns, count) in [
        ("words/*", 12),
        ("!words/*", 6),
        ("words/* !*/bye", 9),
        ("{words,streams}/[bt]??", 9),
        ("*/[!b]*", 15),
        ("words/bye streams/two", 9),
        ("ello", 9),
        ("[", 0),
    ] {
        page.click("[type=reset]");
        page.type_into("[name=case]", patterns);
        assert_eq!(page.text(COUNT), format!("{count} of 18 trials shown"), "{patterns}");
    }
    page.assert_quiet();
}

fn a_step_keeps_the_focus(driver: &Driver) {
    let page = driver.open(&small(), "#exits-3::words/hello");
    let focused = || page.run("return document.activeElement.ariaLabel ?? document.activeElement.id");
    let next = "dialog [aria-label='Next failure']";
    page.run(&format!("document.querySelector(\"{next}\").focus()"));
    let title = page.text("#trial-name");
    page.press(ENTER);
    assert_ne!(page.text("#trial-name"), title);
    assert_eq!(focused(), "Next failure");
    while page.run(&format!("return !document.querySelector(\"{next}\").disabled")) == true {
        page.press(ENTER);
    }
    assert_eq!(focused(), "trial-name", "behind the last failure, reading begins at the heading");
    page.assert_quiet();
}

fn back_works_after_a_trial_was_closed(driver: &Driver) {
    let page = driver.open(&small(), "#?client=right");
    page.go("#?client=exits-3");
    page.until("document.querySelectorAll('#matrix thead th')[1].textContent === 'exits-3'");
    page.click("[data-link='exits-3::words/hello']");
    page.click("dialog [aria-label='Next failure']");
    page.press(ESCAPE);
    page.until("location.hash === '#?client=exits-3' && document.activeElement.dataset.link?.startsWith('exits-3')");
    assert!(!is_open(&page));
    page.back();
    page.until("location.hash === '#?client=right'");
    page.until("document.querySelectorAll('#matrix thead th')[1].textContent === 'right'");
    page.assert_quiet();
}

fn borders_of_controls_stand_out(driver: &Driver) {
    let page = driver.open(&small(), "");
    let contrast = "
        const light = (colour) => {
          const [r, g, b] = colour.match(/\\d+/g).map((value) => value / 255)
            .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const page = light(getComputedStyle(document.body).backgroundColor);
        return [...document.querySelectorAll('#filters :is(button, input:not([type=checkbox]), select)')].map((control) => {
          const border = light(getComputedStyle(control).borderTopColor);
          return (Math.max(border, page) + 0.05) / (Math.min(border, page) + 0.05);
        })";
    for theme in ["light", "dark"] {
        page.tool("Emulation.setEmulatedMedia", json!({ "features": [{ "name": "prefers-color-scheme", "value": theme }] }));
        let found = page.run(contrast);
        let found: Vec<f64> = found.as_array().expect("contrasts").iter().filter_map(serde_json::Value::as_f64).collect();
        assert!(found.len() > 8 && found.iter().all(|contrast| *contrast >= 3.0), "{theme}: {found:?}");
    }
}

fn what_is_cut_short_is_told_whole(driver: &Driver) {
    let page = driver.open(&small(), "");
    let titles = page
        .run("return [...document.querySelectorAll('#matrix :is(tbody th[title], thead th[title])')].map((head) => head.title)");
    let titles: Vec<&str> = titles.as_array().expect("titles").iter().filter_map(|title| title.as_str()).collect();
    for whole in ["words/hello\nA word and a number", "words/hello+c-locale\nA word and a number"] {
        assert!(titles.contains(&whole), "{titles:?}");
    }
    assert!(titles.iter().any(|title| title.starts_with("one-octet-changed\n")), "{titles:?}");
    let named = page.run("return [...document.querySelectorAll('#matrix tbody th')].map((head) => head.textContent)");
    assert_eq!(
        named,
        json!(["streams", "two", "+closed-stdin", "words", "hello", "+closed-stdin", "+c-locale", "bye"]),
        "a case is named once"
    );
    page.assert_quiet();
}

fn prints_failures_first_and_all_of_them(driver: &Driver) {
    let page = driver.open(&large(15, 100), "");
    on_paper(&page);
    let order = "return [...document.querySelectorAll('#printed article, #matrix table')].map((each) => each.localName)";
    let order = page.run(order);
    let order: Vec<&str> = order.as_array().expect("elements").iter().filter_map(|each| each.as_str()).collect();
    assert_eq!(order.iter().filter(|each| **each == "article").count(), 136, "each failure");
    assert_eq!(order.last(), Some(&"table"), "and the matrix behind them");
    let article = page.text("#printed article");
    for part in ["client-11 group-0/case-0", "≠ differs", "First difference at offset 6", "samewire run --client"] {
        assert!(article.contains(part), "{part}: {article}");
    }
    let clipped = "return ['html', '#matrix', '#printed .hex'].filter((of) => {
        const { scrollHeight, clientHeight } = document.querySelector(of);
        return getComputedStyle(document.querySelector(of)).overflowY !== 'visible' && scrollHeight > clientHeight;
    })";
    assert_eq!(page.run(clipped), json!([]));
    let marks = "return getComputedStyle(document.querySelector('td.failed i')).printColorAdjust";
    assert_eq!(page.run(marks), "exact", "a mark that fails is as dark as on a screen");
    assert_eq!(page.run("return getComputedStyle(document.querySelector('#filters')).display"), "none");
    assert!(pages(&page) > 50, "{} pages", pages(&page));
    page.until("document.querySelectorAll('#printed article').length === 0");
    page.assert_quiet();
}

fn prints_an_open_trial_alone(driver: &Driver) {
    let page = driver.open(&small(), "#one-octet-changed::words/hello");
    on_paper(&page);
    assert!(!page.text("body").contains("trials failed"), "{}", page.text("body"));
    assert!(page.text("body").contains("First difference at offset 6"));
    assert!((1..=3).contains(&pages(&page)), "{} pages", pages(&page));
    page.assert_quiet();
}

/// Shows the page as it is printed.
fn on_paper(page: &Page<'_>) {
    page.tool("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    page.run("dispatchEvent(new Event('beforeprint'))");
}

/// How many pages it has when it is printed.
fn pages(page: &Page<'_>) -> usize {
    let printed = page.tool("Page.printToPDF", json!({}));
    let pdf = STANDARD.decode_to_vec(printed["data"].as_str().expect("a file")).expect("base64");
    pdf.windows(12).filter(|window| *window == b"/Type /Page\n").count()
}
