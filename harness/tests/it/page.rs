//! What a page carries, inflated as a browser does it.

use std::collections::BTreeMap;
use std::io::Read;

use base64_simd::STANDARD;
use flate2::read::ZlibDecoder;
use serde_json::Value;

use super::support::{BYTES, HELLO, Project};

/// How what is deflated begins.
const DEFLATED: &str = "<script type=\"application/octet-stream\" id=\"";

/// The page with what it carries as it is inflated.
#[track_caller]
pub(crate) fn inflated(page: &str) -> String {
    let mut parts = page.split(DEFLATED);
    let head = parts.next().expect("a head").to_owned();
    parts.fold(head, |text, part| {
        let (begun, rest) = part.split_once("\">").expect("an id");
        let (base64, rest) = rest.split_once("</script>").expect("an end");
        format!("{text}{DEFLATED}{begun}\">{}</script>{rest}", inflate(base64))
    })
}

/// What stands deflated in a page, by the id of its element.
#[track_caller]
pub(crate) fn carried(page: &str) -> BTreeMap<String, Value> {
    let parts = page.split(DEFLATED).skip(1).map(|part| {
        let (id, rest) = part.split_once("\">").expect("an id");
        let json = inflate(rest.split_once("</script>").expect("an end").0);
        (id.to_owned(), serde_json::from_str(&json).expect("JSON"))
    });
    parts.collect()
}

/// The trials that a page carries, in the report's order.
#[track_caller]
pub(crate) fn trials(page: &str) -> Vec<Value> {
    let carried = carried(page);
    let mut taken: BTreeMap<u64, usize> = BTreeMap::new();
    let blocks = carried["outline"]["trials"]["block"].as_array().expect("blocks").iter().filter_map(Value::as_u64);
    let trial = |block| {
        let place = taken.entry(block).or_default();
        *place += 1;
        carried[&format!("block-{block}")][*place - 1].clone()
    };
    blocks.map(trial).collect()
}

#[track_caller]
fn inflate(base64: &str) -> String {
    let octets = STANDARD.decode_to_vec(base64).expect("base64");
    let mut json = String::new();
    ZlibDecoder::new(&octets[..]).read_to_string(&mut json).expect("deflated UTF-8");
    json
}

#[test]
fn the_page_carries_what_the_report_has() {
    let project = Project::new();
    project.sender("right", "").sender("one-octet-changed", "").cases(HELLO).run(&[]).assert().code(1);
    let page = std::fs::read_to_string(project.path("samewire-report/report.html")).expect("a page");
    let report = project.report();
    let (carried, trials) = (carried(&page), trials(&page));
    let of_report = report["trials"].as_array().expect("trials");
    assert_eq!(trials.len(), of_report.len());
    for (trial, of_report) in trials.iter().zip(of_report) {
        for (key, value) in of_report.as_object().expect("a trial") {
            assert_eq!(&trial[key], value, "{key}");
        }
    }
    let outline = &carried["outline"];
    for key in ["duration_ms", "began_ms", "run"] {
        let column: Vec<&Value> = of_report.iter().map(|trial| &trial[key]).collect();
        assert_eq!(outline["trials"][key].as_array().expect("a column").iter().collect::<Vec<_>>(), column, "{key}");
    }
    assert_eq!((&outline["clients"], &carried["agreements"]), (&report["clients"], &report["agreements"]));
}

#[test]
fn each_trial_says_when_it_began() {
    let project = Project::new();
    project.sender("right", "").cases(&format!("{HELLO}{BYTES}")).run(&["--jobs", "1"]).assert().code(0);
    let report = project.report();
    let lasted = report["runs"][0]["duration_ms"].as_u64().expect("milliseconds");
    let ran = report["trials"].as_array().expect("trials").iter();
    let ran: Vec<(u64, u64)> =
        ran.map(|trial| (trial["began_ms"].as_u64().expect("when"), trial["duration_ms"].as_u64().expect("how long"))).collect();
    assert!(ran.len() > 1 && ran.iter().all(|(began, took)| began + took <= lasted), "{ran:?} in {lasted}");
    // One after the other, in whatever order; a millisecond is cut off of each number.
    let mut ordered = ran.clone();
    ordered.sort_unstable();
    assert!(ordered.windows(2).all(|two| two[0].0 + two[0].1 <= two[1].0 + 1), "{ordered:?}");
}
