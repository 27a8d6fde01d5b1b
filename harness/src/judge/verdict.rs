//! The verdict of a trial, from that trial alone. Pure.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::judge::end::End;
use crate::judge::messages::Decoded;
use crate::judge::observed::{Connection, Observed};
use crate::suite::Case;
use crate::suite::contract::{CANNOT, Contract};
use crate::suite::expectation::{Expectation, ExpectedExit};

/// The outcome of a trial. Where several hold, the first in this order is the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The client could not be built or started, or the recorder failed.
    SetupError,
    /// What the client needs is not on this machine.
    Missing,
    /// The run was stopped first.
    Interrupted,
    /// It sent something to a recorder whose certificate it must refuse.
    AcceptedBadCertificate,
    /// The client's time was up.
    TimedOut,
    /// The client ended in anything but 0; where it had to fail, by a signal or in 77.
    Crashed,
    /// Other octets, or another number of connections.
    Differs,
    /// RST where FIN was expected, and the like; in 0 where it had to fail; or without waiting for the server to close.
    WrongEnding,
    /// What it sent is right, and came before what the plan has it wait for, or as urgent; or while a reply was due, where its case forbids it.
    OutOfTurn,
    /// It printed something else than what it received.
    WrongOutput,
    /// It was expected to fail, and did.
    KnownFailure,
    /// It was expected to fail, and did not.
    UnexpectedPass,
    /// It says that it cannot do this, and `lacks` says so too.
    Unsupported,
    /// It was run several times, and did not end the same each time.
    Flaky,
    /// As expected.
    Passed,
}

impl Verdict {
    /// Every verdict, in order.
    pub const ALL: [Self; 15] = [
        Self::SetupError,
        Self::Missing,
        Self::Interrupted,
        Self::AcceptedBadCertificate,
        Self::TimedOut,
        Self::Crashed,
        Self::Differs,
        Self::WrongEnding,
        Self::OutOfTurn,
        Self::WrongOutput,
        Self::KnownFailure,
        Self::UnexpectedPass,
        Self::Unsupported,
        Self::Flaky,
        Self::Passed,
    ];

    /// The name that stands in reports: `wrong-ending`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SetupError => "setup-error",
            Self::Missing => "missing",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed-out",
            Self::Crashed => "crashed",
            Self::AcceptedBadCertificate => "accepted-bad-certificate",
            Self::Differs => "differs",
            Self::WrongEnding => "wrong-ending",
            Self::OutOfTurn => "out-of-turn",
            Self::WrongOutput => "wrong-output",
            Self::KnownFailure => "known-failure",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Unsupported => "unsupported",
            Self::Flaky => "flaky",
            Self::Passed => "passed",
        }
    }

    /// Whether a run with such a trial has failed. `missing` fails only what is required, so it is none here.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Missing | Self::KnownFailure | Self::Unsupported | Self::Passed)
    }

    /// Whether it says that the client ran and did wrong.
    fn is_bad(self) -> bool {
        let of_octets = matches!(self, Self::Differs | Self::WrongEnding | Self::OutOfTurn | Self::WrongOutput);
        of_octets || matches!(self, Self::AcceptedBadCertificate | Self::TimedOut | Self::Crashed)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The verdict of a trial, and what else was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The outcome.
    pub verdict: Verdict,
    /// What else holds, beside the verdict.
    pub also: Vec<Verdict>,
}

/// Judges a trial. `lacks` is whether the client says that it cannot do this case.
#[must_use]
pub fn judge(case: &Case, observed: &Observed, lacks: bool) -> Judgement {
    if observed.end == End::Interrupted {
        // Whatever else is wrong, it was not given the time to be right.
        return Judgement::plain(Verdict::Interrupted);
    }
    if lacks && observed.end == End::Exit(CANNOT) && observed.connections.is_empty() {
        return Judgement::plain(Verdict::Unsupported);
    }
    if matches!(case.contract, Some(Contract::Lacks(_))) && observed.end == End::Exit(0) {
        return Judgement::plain(Verdict::UnexpectedPass);
    }
    let mut found = findings(case, observed);
    match found.is_empty() {
        true if lacks => Judgement::plain(Verdict::UnexpectedPass),
        true => Judgement::plain(Verdict::Passed),
        false => Judgement { verdict: found.remove(0), also: found },
    }
}

impl Judgement {
    fn plain(verdict: Verdict) -> Self {
        Self { verdict, also: Vec::new() }
    }

    /// Whether nothing else was found.
    #[must_use]
    pub fn is_only(&self, verdict: Verdict) -> bool {
        self.verdict == verdict && self.also.is_empty()
    }

    /// Whether this is among what was found.
    #[must_use]
    pub fn has(&self, verdict: Verdict) -> bool {
        self.verdict == verdict || self.also.contains(&verdict)
    }

    /// The judgement of a trial that is known to fail. `as_known` is whether it fails in the way that is known.
    #[must_use]
    pub fn known_to_fail(mut self, as_known: bool) -> Self {
        match self.verdict {
            Verdict::Passed => Self::plain(Verdict::UnexpectedPass),
            bad if bad.is_bad() && as_known => {
                self.also.insert(0, bad);
                Self { verdict: Verdict::KnownFailure, also: self.also }
            }
            _ => self,
        }
    }
}

/// All that is wrong, in the order of precedence.
fn findings(case: &Case, observed: &Observed) -> Vec<Verdict> {
    let judges_ends = !observed.ends_freely;
    let claims_success = observed.end == End::Exit(0) && case.exit != ExpectedExit::Zero;
    let breaches = |of_ending: bool| observed.breaches.iter().any(|breach| breach.is_of_ending() == of_ending);
    let pairs = || case.connections.iter().zip(&observed.connections);
    let is_other = |seen: &Connection| !seen.content.matches || seen.decoded.as_ref().is_some_and(Decoded::is_wrong);
    let must_refuse = case.tls.fault().is_some();
    let accepted = must_refuse && observed.connections.iter().any(|seen| seen.content.length > 0);
    // One that never saw the certificate has refused nothing.
    let never_saw = must_refuse && !observed.connections.iter().any(|seen| seen.saw_certificate);
    let other_number = !must_refuse && case.connections.len() != observed.connections.len();
    let differs = never_saw || other_number || pairs().any(|(_, seen)| is_other(seen));
    let printed_other = !observed.output.matches || observed.printed.as_ref().is_some_and(Decoded::is_wrong);
    let ends_otherwise = |(expected, seen): (&Expectation, &Connection)| !expected.ending.has(seen.ending);
    let spoke_early = case.strict_turns && observed.connections.iter().any(|seen| seen.answered.early.is_some());
    let wrong = [
        (differs, Verdict::Differs),
        (judges_ends && (claims_success || breaches(true) || pairs().any(ends_otherwise)), Verdict::WrongEnding),
        (breaches(false) || spoke_early, Verdict::OutOfTurn),
        (printed_other && observed.end != End::Unknown, Verdict::WrongOutput),
    ];
    let wrong = wrong.into_iter().filter(|(holds, _)| *holds).map(|(_, verdict)| verdict);
    let accepted = accepted.then_some(Verdict::AcceptedBadCertificate);
    accepted.into_iter().chain(bad_end(case.exit, observed.end).filter(|_| judges_ends)).chain(wrong).collect()
}

/// What is wrong with how the client ended; that it claims success where it must not is found elsewhere.
fn bad_end(expected: ExpectedExit, end: End) -> Option<Verdict> {
    match (end, expected) {
        (End::Interrupted, _) => Some(Verdict::Interrupted),
        (End::TimedOut | End::Stopped(_), _) => Some(Verdict::TimedOut),
        (End::Exit(0) | End::Enough { .. } | End::Unknown, _) => None,
        (End::Exit(status), ExpectedExit::Status(expected)) if status == expected => None,
        (End::Exit(status), ExpectedExit::NonZero) if status != CANNOT => None,
        (End::Exit(_) | End::Signal(_), _) => Some(Verdict::Crashed),
    }
}

#[cfg(test)]
mod tests {
    use samewire_recorder::PeerEnd;

    use super::*;
    use crate::judge::conversation::{Answered, Early};
    use crate::judge::order::{Breach, What};
    use crate::suite::Suite;
    use crate::suite::expectation::{Content, Endings, Match, Matcher};

    const SENT_EARLY: Breach = Breach::NotReceived { connection: 1, what: What::End, asked: 1, sent: 0 };

    /// One connection that carries `a`.
    fn one() -> Case {
        let toml = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\nplan = 'text a'\nexpect = { text = 'a' }";
        Suite::parse("case.toml".as_ref(), toml).unwrap().cases.remove(0)
    }

    fn seen(of: &Content, octets: &[u8]) -> Match {
        let mut matcher = Matcher::new(Some(of));
        matcher.update(octets);
        matcher.finish()
    }

    fn connection(octets: &[u8], ending: PeerEnd) -> Connection {
        Connection {
            content: seen(&Content::exactly(b"a".to_vec()), octets),
            ending,
            saw_certificate: false,
            head: octets.to_vec(),
            answered: Answered::default(),
            decoded: None,
        }
    }

    fn right() -> Observed {
        let output = seen(&Content::exactly(Vec::new()), b"");
        let connections = vec![connection(b"a", PeerEnd::Fin)];
        Observed {
            connections,
            end: End::Exit(0),
            breaches: Vec::new(),
            output,
            prints_freely: false,
            ends_freely: false,
            printed: None,
        }
    }

    fn wrong_output() -> Match {
        seen(&Content::exactly(Vec::new()), b"x")
    }

    #[track_caller]
    fn found(observed: &Observed) -> Vec<Verdict> {
        let judgement = judge(&one(), observed, false);
        [vec![judgement.verdict], judgement.also].concat()
    }

    #[test]
    fn each_thing_that_is_wrong_has_its_verdict() {
        use Verdict::{Crashed, Differs, Interrupted, Passed, TimedOut, WrongEnding, WrongOutput};
        let two = vec![connection(b"a", PeerEnd::Fin), connection(b"", PeerEnd::Fin)];
        assert_eq!(found(&right()), [Passed]);
        assert_eq!(found(&Observed { connections: vec![connection(b"b", PeerEnd::Fin)], ..right() }), [Differs]);
        assert_eq!(found(&Observed { connections: two, ..right() }), [Differs]);
        assert_eq!(found(&Observed { connections: Vec::new(), ..right() }), [Differs]);
        assert_eq!(found(&Observed { connections: vec![connection(b"a", PeerEnd::Reset)], ..right() }), [WrongEnding]);
        assert_eq!(found(&Observed { output: wrong_output(), ..right() }), [WrongOutput]);
        assert_eq!(found(&Observed { end: End::TimedOut, ..right() }), [TimedOut]);
        assert_eq!(found(&Observed { end: End::Stopped(21), ..right() }), [TimedOut]);
        assert_eq!(found(&Observed { end: End::Interrupted, ..right() }), [Interrupted]);
        for end in [End::Exit(1), End::Exit(CANNOT), End::Signal(13), End::Signal(6)] {
            assert_eq!(found(&Observed { end, ..right() }), [Crashed], "{end:?}");
        }
    }

    #[test]
    fn of_one_that_never_ends_by_itself_no_end_is_judged() {
        let open = || vec![connection(b"a", PeerEnd::Open)];
        let freely = |connections, end| found(&Observed { connections, end, ends_freely: true, ..right() });
        let ends = [End::Enough { was_killed: true }, End::TimedOut, End::Stopped(21), End::Exit(1), End::Signal(11)];
        for end in ends {
            assert_eq!(freely(open(), end), [Verdict::Passed], "{end:?}");
            assert_eq!(freely(vec![connection(b"ab", PeerEnd::Open)], end), [Verdict::Differs], "{end:?}");
        }
        assert_eq!(freely(open(), End::Interrupted), [Verdict::Interrupted]);
    }

    #[test]
    fn what_was_interrupted_did_nothing_wrong() {
        let nothing = Observed { connections: Vec::new(), end: End::Interrupted, ..right() };
        assert_eq!(found(&nothing), [Verdict::Interrupted]);
    }

    #[test]
    fn what_is_wrong_besides_is_said_in_order() {
        use Verdict::{Differs, OutOfTurn, TimedOut, WrongEnding, WrongOutput};
        let connections = vec![connection(b"b", PeerEnd::Reset)];
        let (end, breaches) = (End::TimedOut, vec![SENT_EARLY]);
        let all = Observed {
            connections,
            end,
            breaches,
            output: wrong_output(),
            prints_freely: false,
            ends_freely: false,
            printed: None,
        };
        assert_eq!(found(&all), [TimedOut, Differs, WrongEnding, OutOfTurn, WrongOutput]);
    }

    #[test]
    fn a_failure_that_is_asked_for_must_come_by_a_status_of_its_own() {
        let asked = Case { exit: ExpectedExit::NonZero, ..one() };
        let ended = |end| judge(&asked, &Observed { end, ..right() }, false).verdict;
        assert_eq!([ended(End::Exit(1)), ended(End::Exit(0))], [Verdict::Passed, Verdict::WrongEnding]);
        assert_eq!([ended(End::Exit(CANNOT)), ended(End::Signal(13))], [Verdict::Crashed; 2]);
        let asked = Case { exit: ExpectedExit::Status(CANNOT), ..one() };
        let ended = |end| judge(&asked, &Observed { end, ..right() }, false).verdict;
        assert_eq!([ended(End::Exit(CANNOT)), ended(End::Exit(1))], [Verdict::Passed, Verdict::Crashed]);
        assert_eq!(ended(End::Exit(0)), Verdict::WrongEnding);
    }

    #[test]
    fn who_goes_on_too_early_is_judged_by_what_was_to_be_waited_for() {
        let early = |breach| found(&Observed { breaches: vec![breach], ..right() });
        assert_eq!(early(Breach::LeftEarly { connection: 1 }), [Verdict::WrongEnding]);
        assert_eq!(early(Breach::ConnectedEarly { connection: 2 }), [Verdict::WrongEnding]);
        assert_eq!(early(SENT_EARLY), [Verdict::OutOfTurn]);
    }

    #[test]
    fn talking_out_of_turn_is_wrong_where_a_case_says_so() {
        let early = Early { octets: 1, at_us: 1, reply: 1, of: 1, sent_us: None };
        let answered = Answered { early: Some(early), ..Answered::default() };
        let spoke = Connection { answered, ..connection(b"a", PeerEnd::Fin) };
        let observed = Observed { connections: vec![spoke], ..right() };
        let strict = Case { strict_turns: true, ..one() };
        assert_eq!(judge(&strict, &observed, false).verdict, Verdict::OutOfTurn);
        assert_eq!(judge(&one(), &observed, false).verdict, Verdict::Passed);
    }

    #[test]
    fn an_ending_that_may_vary_is_right_either_way() {
        let expected =
            Expectation { ending: Endings::of(&[PeerEnd::Fin, PeerEnd::Reset]).unwrap(), ..one().connections.remove(0) };
        let case = Case { connections: vec![expected], ..one() };
        let ended = |ending| judge(&case, &Observed { connections: vec![connection(b"a", ending)], ..right() }, false).verdict;
        assert_eq!([ended(PeerEnd::Fin), ended(PeerEnd::Reset)], [Verdict::Passed; 2]);
        assert_eq!(ended(PeerEnd::Open), Verdict::WrongEnding);
    }

    #[test]
    fn what_a_client_lacks_it_refuses_before_it_connects() {
        let lacking = |observed: &Observed| judge(&one(), observed, true);
        let refused = || Observed { connections: Vec::new(), end: End::Exit(CANNOT), ..right() };
        assert_eq!(lacking(&refused()), Judgement::plain(Verdict::Unsupported));
        assert_eq!(judge(&one(), &refused(), false).verdict, Verdict::Crashed);
        assert_eq!(lacking(&Observed { connections: right().connections, ..refused() }).verdict, Verdict::Crashed);
        assert_eq!(lacking(&Observed { end: End::Exit(1), ..refused() }).verdict, Verdict::Crashed);
        assert_eq!(lacking(&right()).verdict, Verdict::UnexpectedPass);
    }

    #[test]
    fn a_contract_of_words_that_are_lacked_takes_success_for_a_pass_that_nobody_expected() {
        let word = Case { contract: Some(Contract::Lacks("reset".into())), exit: ExpectedExit::Status(CANNOT), ..one() };
        assert_eq!(judge(&word, &right(), true), Judgement::plain(Verdict::UnexpectedPass));
        let done = Observed { connections: Vec::new(), ..right() };
        assert_eq!(judge(&word, &done, true), Judgement::plain(Verdict::UnexpectedPass));
    }

    #[test]
    fn a_known_failure_excuses_what_went_wrong_and_nothing_else() {
        let known = |verdict, as_known| Judgement::plain(verdict).known_to_fail(as_known).verdict;
        for verdict in Verdict::ALL {
            let excused = match verdict {
                bad if bad.is_bad() => Verdict::KnownFailure,
                Verdict::Passed => Verdict::UnexpectedPass,
                other => other,
            };
            assert_eq!(known(verdict, true), excused);
            assert_eq!(known(verdict, false), if verdict == Verdict::Passed { excused } else { verdict });
        }
        let both = Judgement { verdict: Verdict::Differs, also: vec![Verdict::WrongOutput] };
        assert_eq!(both.known_to_fail(true).also, [Verdict::Differs, Verdict::WrongOutput]);
    }

    #[test]
    fn the_verdicts_that_fail_a_run_are_all_but_four() {
        let harmless: Vec<&str> =
            Verdict::ALL.iter().filter(|verdict| !verdict.is_failure()).map(|verdict| verdict.name()).collect();
        assert_eq!(harmless, ["missing", "known-failure", "unsupported", "passed"]);
        assert_eq!(format!("{:>6}", Verdict::Flaky), " flaky");
    }
}
