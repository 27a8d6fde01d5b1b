//! Plans that follow each other in one launch of a client, as a case: the reference encoder says what is expected. Pure.

use std::path::PathBuf;
use std::time::Duration;

use samewire_recorder::{Answers, Limits, PeerEnd, Reply, Settings};

use crate::run::fuzz::replies::{answers, printed};
use crate::source::Location;
use crate::suite::expectation::{self, Content, Expectation, ExpectedExit};
use crate::suite::plan::{Draft, Instruction, Plan, PlanError, encode};
use crate::suite::tls::CaseTls;
use crate::suite::{Addressing, Case};

/// What is taken of a client beyond what is expected of it, in octets: enough to tell that it floods.
pub(crate) const FLOOD: u64 = 4 << 20;

/// Plans that follow each other, each on connections of its own.
pub(crate) struct Launch {
    /// Each plan.
    pub plans: Vec<Plan>,
    /// All of them, as a case.
    pub case: Case,
}

impl Launch {
    /// The launch of these plans, named `fuzz/NAME`; `is_held` is whether its client can wait for a close that is held.
    ///
    /// # Errors
    /// One of them is not valid, or cannot be followed by the next.
    pub(crate) fn of(name: &str, drafts: &[Draft], is_held: bool) -> Result<Self, PlanError> {
        let plans = drafts.iter().map(|draft| Plan::parse(&draft.text())).collect::<Result<Vec<_>, _>>()?;
        let whole = Plan::parse(&Draft::joined(drafts).text())?;
        Ok(Self { plans, case: case(name, whole, is_held) })
    }

    /// How long its plans wait together.
    pub(crate) fn pauses(&self) -> Duration {
        let of = |plan: &Plan| -> Duration {
            let pauses = plan.lines.iter().filter_map(|line| match line.instruction {
                Instruction::Pause(pause) => Some(pause),
                _ => None,
            });
            pauses.sum()
        };
        self.plans.iter().map(of).sum()
    }

    /// The places of a plan's connections.
    pub(crate) fn connections(&self, plan: usize) -> std::ops::Range<usize> {
        let start = self.plans[..plan].iter().map(Plan::connections).sum();
        start..start + self.plans[plan].connections()
    }
}

fn case(name: &str, plan: Plan, is_held: bool) -> Case {
    let (answers, printed) = (answers(&plan, is_held), printed(&plan));
    let mut connections: Vec<Expectation> = encode(&plan)
        .into_iter()
        .map(|stream| Expectation { content: Content::exactly(stream.octets), ending: PeerEnd::Fin.into(), messages: None })
        .collect();
    if let Some(last) = connections.last_mut().filter(|_| plan.ends_in_reset()) {
        last.ending = PeerEnd::Reset.into();
    }
    let expected: u64 = expectation::octets(&connections);
    Case {
        name: format!("fuzz/{name}"),
        about: "plans at random".into(),
        hazards: Vec::new(),
        plan: Some(plan),
        input: None,
        generate: None,
        connections,
        connections_in_any_order: false,
        decoding: None,
        output: Content::exactly(printed.concat()),
        output_messages: None,
        says_output: true,
        strict_turns: false,
        exit: ExpectedExit::Zero,
        unwritten: false,
        contract: None,
        addressing: Addressing::default(),
        recorder: settings(answers.iter().map(Reply::from).collect(), expected),
        tls: CaseTls::default(),
        server: None,
        timeout: None,
        location: Location { path: PathBuf::from("fuzz"), line: 1 },
    }
}

fn settings(replies: Vec<Reply>, expected: u64) -> Settings {
    Settings {
        answers: Answers::Replies(replies),
        limits: Limits { bytes_in_all: Some(expected + FLOOD), ..Limits::default() },
        ..Settings::default()
    }
}
