//! Many trials: the page stays small, opens soon, and makes no more than is seen; and where it cannot open, it says so.

use std::io::{self, Write};
use std::time::Instant;

use samewire::report::Report;
use samewire::view::html;
use serde_json::json;

use super::browser::Driver;
use super::report::{large, small};
use super::tests::{COUNT, Test};

/// Every test, by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("opens_5000_trials_within_a_second", opens_5000_trials_within_a_second),
    ("a_search_looks_at_what_is_not_loaded", a_search_looks_at_what_is_not_loaded),
    ("a_page_is_written_in_pieces", a_page_is_written_in_pieces),
    ("without_scripts_the_page_says_so", without_scripts_the_page_says_so),
    ("a_browser_that_cannot_inflate_is_told", a_browser_that_cannot_inflate_is_told),
    ("a_page_that_is_cut_off_says_so", a_page_that_is_cut_off_says_so),
];

/// What is too slow for the gate.
pub(crate) const SLOW: &[(&str, Test)] = &[("opens_20_000_trials", opens_20_000_trials)];

/// Octets of a page for each trial, of which one of eleven failed, when there are many.
const OCTETS_A_TRIAL: usize = 130;

/// Elements of a page, however many trials there are.
const ELEMENTS: u64 = 20_000;

fn opens_5000_trials_within_a_second(driver: &Driver) {
    opens(driver, 25, 200, 1.0);
}

/// What it takes is printed; a machine that is busy takes longer.
fn opens_20_000_trials(driver: &Driver) {
    opens(driver, 40, 500, 10.0);
}

/// Opens a page of that many trials, in so many seconds of a processor, and sees that little of it is drawn.
fn opens(driver: &Driver, clients: usize, cases: usize, most: f64) {
    let (report, trials) = (large(clients, cases), clients * cases);
    let began = Instant::now();
    let text = html::render(&report).expect("a page");
    let written = began.elapsed();
    let each = (text.len() - empty(&report).len()) / trials;
    assert!(each < OCTETS_A_TRIAL, "{each} octets a trial");
    let page = driver.open_page(&text, "");
    // Of the processor, since other tests run beside this one.
    page.tool("Performance.enable", json!({ "timeDomain": "threadTicks" }));
    page.refresh();
    let usable = page.run("return Math.round(performance.getEntriesByName('usable')[0].startTime)");
    let metrics = page.tool("Performance.getMetrics", json!({}));
    let metrics = metrics["metrics"].as_array().expect("metrics");
    let took = metrics.iter().find(|metric| metric["name"] == "TaskDuration").expect("the time of tasks");
    let took = took["value"].as_f64().expect("seconds");
    let cost = format!("written in {written:?}, usable after {usable} ms and {took:.2} s of a processor");
    writeln!(io::stderr(), "{trials} trials: {each} octets each, {cost}").expect("stderr");
    assert!(took < most, "{took} s");
    assert_eq!(page.text(COUNT), format!("{trials} of {trials} trials shown"));
    let elements = page.run("return document.querySelectorAll('*').length").as_u64().expect("a number");
    assert!(elements < ELEMENTS, "{elements}");
    // What comes into view is made, also for the keyboard.
    let rows = 1 + cases + cases / 20;
    assert_eq!(page.run("return document.querySelector('#matrix table').getAttribute('aria-rowcount')"), rows.to_string());
    let last = format!("document.querySelector('[aria-rowindex=\"{rows}\"]')");
    assert_eq!(page.run(&format!("return {last} === null")), true);
    page.run("document.querySelector('#matrix').scrollTo(0, 1e6)");
    page.until(&last);
    page.click("#verdicts [value=differs]");
    assert_eq!(page.text(COUNT), format!("{} of {trials} trials shown", trials / 11));
    page.click("[type=reset]");
    let name = format!("client-1::group-{}/case-{}", (cases - 1) / 20, cases - 1);
    page.go(&format!("#{name}"));
    assert!(page.text("dialog").contains("7 octets"));
    page.click("dialog [value=close]");
    page.until(&format!("document.activeElement.dataset.link === '{name}'"));
    page.assert_quiet();
}

/// The page of a report without its trials.
fn empty(report: &Report) -> String {
    let none = Report { trials: Vec::new(), agreements: Vec::new(), ..report.clone() };
    html::render(&none).expect("a page")
}

fn a_search_looks_at_what_is_not_loaded(driver: &Driver) {
    let mut report = small();
    let quiet = report.trials.iter_mut().find(|trial| trial.name == "right::words/bye").expect("a trial");
    quiet.stderr = "a Word <that> nobody else says\n".into();
    let page = driver.open(&report, "#?text=nobody+%3Cthat%3E");
    assert_eq!(page.text(COUNT), "1 of 18 trials shown");
    page.type_into("[name=text]", " right");
    assert_eq!(page.text(COUNT), "1 of 18 trials shown");
    page.assert_quiet();
}

/// Counts what is written at once.
struct Pieces {
    largest: usize,
    whole: usize,
}

impl Write for Pieces {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.largest = self.largest.max(octets.len());
        self.whole += octets.len();
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A block is written once it is full: that of trials which deflate badly too.
fn a_page_is_written_in_pieces(_: &Driver) {
    let mut report = small();
    let mut noise = 1_u64;
    let mut text = || {
        let letters = (0..60_000).map(|_| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'a' + (noise >> 59) as u8 % 26)
        });
        letters.collect::<String>()
    };
    report.trials.iter_mut().for_each(|trial| trial.stderr = text());
    let mut pieces = Pieces { largest: 0, whole: 0 };
    html::write(&report, &mut pieces).expect("a page");
    assert!(pieces.whole > 700_000 && pieces.largest < 400_000, "{} octets, {} at once", pieces.whole, pieces.largest);
}

fn without_scripts_the_page_says_so(driver: &Driver) {
    let page = driver.open(&small(), "");
    page.tool("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    page.tool("Page.reload", json!({}));
    let said = |text: &str| page.read_aloud().iter().any(|(_, name)| name.contains(text));
    // Nothing can tell from within that the page is there again; reloading is soon done.
    let began = Instant::now();
    while !said("scripts are off") {
        assert!(began.elapsed().as_secs() < 60, "{:?}", page.read_aloud());
    }
    assert!(said("12 of 18 trials failed") && said("one octet differs"), "{:?}", page.read_aloud());
    assert!(!said("Search"), "what needs a script is not there");
}

fn a_browser_that_cannot_inflate_is_told(driver: &Driver) {
    let page = driver.open(&small(), "");
    page.tool("Page.addScriptToEvaluateOnNewDocument", json!({ "source": "delete globalThis.DecompressionStream" }));
    page.refresh();
    let said = page.text("#state");
    assert!(said.contains("cannot inflate") && said.contains("report.json"), "{said}");
    assert_eq!(page.run("return document.querySelector('main').hidden"), true);
    assert!(page.text("h1").contains("12 of 18 trials failed"));
}

fn a_page_that_is_cut_off_says_so(driver: &Driver) {
    let text = html::render(&small()).expect("a page");
    let at = text.find("id=\"outline\">").expect("the outline") + 200;
    let end = at + text[at..].find("</script>").expect("its end");
    let page = driver.open_page(&format!("{}{}", &text[..at], &text[end..]), "");
    let said = page.text("#state");
    assert!(said.starts_with("This page did not open: ") && said.contains("report.json"), "{said}");
    // A block of trials alone: the page opens, and says so of a trial.
    let mut parts = text.split("id=\"block-");
    let head = parts.next().expect("a head").to_owned();
    let cut = parts
        .fold(head, |cut, part| format!("{cut}id=\"block-{}{}", &part[..100], &part[part.find("</script>").expect("an end")..]));
    let page = driver.open_page(&cut, "");
    assert_eq!(page.text(COUNT), "18 of 18 trials shown");
    page.click("[data-link='right::words/hello']");
    let said = page.text(COUNT);
    assert!(said.starts_with("What is known of right::words/hello cannot be read from this page"), "{said}");
}
