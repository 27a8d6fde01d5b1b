//! What is found, written as cases and read back.

use super::*;
use crate::client::profile::Profile;
use crate::judge::verdict::Verdict;
use crate::run::fuzz::fault::Fault;
use crate::run::fuzz::launch::Launch;
use crate::suite::plan::Draft;
use crate::trial::Trial;

const FILE: &str = "suite/found.toml";

fn finding(plan: &str) -> Finding {
    let draft = Draft { lines: plan.split('\n').map(str::to_owned).collect(), is_ended: true };
    let case = Launch::of("test", std::slice::from_ref(&draft), true).expect("a plan").case;
    Finding {
        client: 0,
        profile: Profile::Default,
        name: "wrong \"one\"".into(),
        fault: Fault::plain(Verdict::WrongEnding),
        plan: 9,
        count: 1,
        draft,
        is_smallest: true,
        case,
        trial: Trial::not_run(Verdict::WrongEnding, String::new()),
        others: Vec::new(),
    }
}

/// A file with what was found behind what it held.
fn with(held: &str, plan: &str) -> Option<String> {
    let added = with_case((Path::new(FILE), held, &Defined::default()), &finding(plan), 7).expect("a case");
    added.map(|(text, _)| text)
}

#[test]
fn whatever_a_plan_holds_is_read_back_as_it_was() {
    let plans = [
        "text é\u{202e}\u{feff}\t\\\"'''\u{7f}",
        "text a\nconnect\nreceive 3\ntext b\nhalf-close\nreceive all",
        "u8 1\nreceive 1\nreset",
        "noise 5000 1",
        "f64be nan",
        "# a comment alone",
    ];
    for plan in plans {
        let text = with("", plan).expect("a new case");
        let cases = cases_of(Path::new(FILE), &text, &Defined::default()).expect("cases");
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].plan.as_ref().map(|plan| plan.text.clone()), Some(format!("{plan}\n")));
        assert_eq!(cases[0].recorder.answers, finding(plan).case.recorder.answers);
        assert!(!text.contains(['\u{202e}', '\u{feff}', '\u{7f}']), "{text}");
    }
}

#[test]
fn who_does_not_wait_for_an_answer_is_seen_whenever_it_comes() {
    let early = Finding { fault: Fault::plain(Verdict::OutOfTurn), ..finding("receive 1\ntext a") };
    let (text, _) = with_case((Path::new(FILE), "", &Defined::default()), &early, 7).expect("a case").expect("a new case");
    assert!(text.contains("{ at = \"connect\", connection = 1, hex = \"00\", delay_ms = 100 }"), "{text}");
    assert!(!with("", "receive 1\ntext a").expect("a new case").contains("delay_ms"));
}

#[test]
fn what_was_there_stays_to_the_octet_and_the_same_plan_is_not_added_twice() {
    let first = with("", "text a").expect("a new case");
    let held = first.trim_end().to_owned() + " # no line feed";
    let second = with(&held, "text b").expect("another case");
    assert!(second.starts_with(&held));
    assert!(second.contains("\"seed-7-plan-9\"") && second.contains("\"seed-7-plan-9-2\""), "{second}");
    assert_eq!(with(&second, "text a"), None);
    let crlf = first.replace('\n', "\r\n");
    let more = with(&crlf, "text b").expect("another case");
    assert!(more.starts_with(&crlf) && !more.replace("\r\n", "").contains('\n'), "{more:?}");
}

#[test]
fn what_is_no_file_of_cases_is_refused() {
    let refused =
        |path: &str, text: &str| with_case((Path::new(path), text, &Defined::default()), &finding("text a"), 7).is_err();
    assert!(refused("found.txt", ""));
    assert!(refused(FILE, "[[case"));
    assert!(refused(FILE, "colour = 'red'"));
}
