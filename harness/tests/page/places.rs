//! Where the likeliest cause shows: marked in the octets, and linked with its sentence.

use samewire::diagnosis;
use samewire::picture::{Expected, Picture};
use samewire::report::{Drawing, Report};

use super::browser::Driver;
use super::report::small;
use super::tests::Test;

/// Every test, by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    (
        "marks_the_places_of_the_first_cause_and_leads_there_and_back",
        marks_the_places_of_the_first_cause_and_leads_there_and_back,
    ),
    ("what_places_look_like_is_text_whatever_it_is", what_places_look_like_is_text_whatever_it_is),
];

/// A length that counts what grew, and text in other letters.
const EXPECTED: &[u8] = b"\x00\x0eid=sensor-a1;v=1";
const CAPTURED: &[u8] = b"\x00\x0fid=sensor-a1\0;v=1";

const TRIAL: &str = "#one-octet-changed::words/hello";

/// A trial that is drawn and diagnosed anew; its length follows.
fn placed() -> Report {
    let mut report = small();
    for trial in report.trials.iter_mut().filter(|trial| trial.client == "one-octet-changed" && trial.case == "words/hello") {
        let picture = Picture::of(Expected { octets: EXPECTED, ..Expected::default() }, CAPTURED);
        let (expected, captured) = (EXPECTED.len() as u64, CAPTURED.len() as u64);
        trial.drawings = vec![Drawing { connection: Some(1), expected, captured, picture }];
        trial.diagnoses = diagnosis::of(EXPECTED, CAPTURED);
    }
    report
}

fn marks_the_places_of_the_first_cause_and_leads_there_and_back(driver: &Driver) {
    let page = driver.open(&placed(), TRIAL);
    page.until("document.querySelector('dialog').open");
    let spots =
        "return [...document.querySelectorAll('dialog .captured .octets .spot')].map((spot) => spot.textContent).join('|')";
    assert_eq!(page.run(spots), "00 0f|00", "a gap on one side is an octet on the other");
    assert_eq!(page.text("dialog .captured .octets .spot.follows"), "00 0f");
    assert_eq!(page.run("return document.querySelector('dialog .spot.follows').title"), "Offset 0, 2 octets, length");
    page.click("dialog .told button");
    assert_eq!(page.run("return document.activeElement.matches('.spot:not(.follows)')"), true);
    page.click("dialog .captured .octets .spot:not(.follows)");
    assert_eq!(page.run("return document.activeElement.matches('.told')"), true);
    assert_eq!(page.run("return document.querySelector('dialog').open && location.hash"), TRIAL);
    page.assert_quiet();
}

fn what_places_look_like_is_text_whatever_it_is(driver: &Driver) {
    let mut report = placed();
    let hostile = "\"><img src=x onerror=alert(1)>\u{202e}";
    let spots = report.trials.iter_mut().flat_map(|trial| &mut trial.diagnoses).flat_map(|diagnosis| &mut diagnosis.spots);
    spots.for_each(|spot| spot.looks_like = Some(hostile.into()));
    let page = driver.open(&report, TRIAL);
    page.until("document.querySelector('dialog').open");
    let title = "return document.querySelector('dialog .spot:not(.follows)').title";
    assert!(page.run(title).as_str().is_some_and(|title| title.contains("<img src=x") && !title.contains('\u{202e}')));
    assert_eq!(page.run("return document.querySelectorAll('img').length"), 0);
    page.assert_quiet();
}
