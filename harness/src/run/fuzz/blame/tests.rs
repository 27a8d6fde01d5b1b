//! Which plans of a launch a trial speaks against.

use samewire_recorder::PeerEnd;

use super::*;
use crate::judge::observed::Connection;
use crate::judge::verdict::Judgement;
use crate::suite::expectation::{Content, Match, Matcher};
use crate::suite::plan::Draft;

/// Three plans, of which the second makes two connections, and the third receives.
const PLANS: [&str; 3] = ["text a", "text b\nconnect\ntext c", "receive 2\ntext d"];

fn launch() -> Launch {
    let draft = |plan: &str| Draft { lines: plan.lines().map(str::to_owned).collect(), is_ended: true };
    Launch::of("test", &PLANS.map(draft), true).expect("a launch")
}

fn matched(content: &Content, octets: &[u8]) -> Match {
    let mut matcher = Matcher::new(Some(content));
    matcher.update(octets);
    matcher.finish()
}

/// What came of each plan, where this came on connections and was printed, and the client ended like this.
fn judged(came: &[&[u8]], printed: &[u8], (verdict, end): (Verdict, End)) -> Vec<Outcome> {
    let launch = launch();
    let connections = came.iter().enumerate().map(|(place, octets)| Connection {
        content: matched(launch.case.connections.get(place).map_or(&Content::exactly(Vec::new()), |one| &one.content), octets),
        ending: PeerEnd::Fin,
        head: octets.to_vec(),
        answered: Default::default(),
        saw_certificate: false,
        decoded: None,
    });
    let observed = Observed {
        connections: connections.collect(),
        end,
        breaches: Vec::new(),
        output: matched(&launch.case.output, printed),
        prints_freely: false,
        ends_freely: false,
        printed: None,
    };
    let mut trial = Trial::not_run(verdict, String::new());
    trial.judgement = Judgement { verdict, also: Vec::new() };
    (trial.observed, trial.stdout) = (Some(observed), printed.to_vec());
    let captured: Vec<Vec<u8>> = came.iter().map(|octets| octets.to_vec()).collect();
    outcomes(&launch, &trial, &captured)
}

const WELL: End = End::Exit(0);

fn is_wrong(outcome: &Outcome, verdict: Verdict) -> bool {
    matches!(outcome, Outcome::Wrong(fault) if fault.verdict == verdict)
}

#[test]
fn of_a_launch_that_came_to_its_end_each_plan_is_judged_by_itself() {
    let found = judged(&[b"a", b"b", b"X", b"d"], &[0, 1], (Verdict::Differs, WELL));
    assert!(is_wrong(&found[1], Verdict::Differs), "{found:?}");
    assert_eq!((&found[0], &found[2]), (&Outcome::Right, &Outcome::Right));
    assert_eq!(judged(&[b"a", b"b", b"c", b"d"], &[0, 1], (Verdict::Passed, WELL)), [const { Outcome::Right }; 3]);
}

#[test]
fn behind_a_plan_with_another_number_of_connections_nobody_knows() {
    let found = judged(&[b"a", b"b", b"d"], &[0, 1], (Verdict::Differs, WELL));
    assert_eq!(found[0], Outcome::Right);
    assert!(is_wrong(&found[1], Verdict::Differs), "{found:?}");
    assert_eq!(found[2], Outcome::Unknown);
}

#[test]
fn a_crash_is_of_the_plan_that_was_last_seen_where_that_is_not_whole() {
    let crash = (Verdict::Crashed, End::Signal(6));
    let found = judged(&[b"a", b"b", b""], b"", crash);
    assert_eq!(found[0], Outcome::Right);
    assert!(is_wrong(&found[1], Verdict::Crashed), "{found:?}");
    assert_eq!(found[2], Outcome::Unknown);
    // It fell between two plans: the first that was not seen is not known.
    assert_eq!(judged(&[b"a"], b"", crash), [Outcome::Right, Outcome::Unknown, Outcome::Unknown]);
    assert_eq!(judged(&[], b"", crash), [const { Outcome::Unknown }; 3]);
}

#[test]
fn what_is_printed_wrong_is_of_the_first_plan_that_receives_something_else() {
    let found = judged(&[b"a", b"b", b"c", b"d"], &[0, 9], (Verdict::WrongOutput, WELL));
    assert_eq!(found[..2], [Outcome::Right, Outcome::Right]);
    assert!(is_wrong(&found[2], Verdict::WrongOutput), "{found:?}");
}
