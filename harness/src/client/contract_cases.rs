//! The contract's own trials: what every client that reads plans must do, whatever the suite says.
//!
//! They are cases like any other, named `contract/...`, made here because no suite could say them: their plans are none.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use samewire_recorder::{Answers, Faults, PeerEnd, Reply, Settings, Trigger};

use crate::client::{Client, DEFAULT_TIMEOUT, Entry};
use crate::source::Location;
use crate::suite::contract::CANNOT;
use crate::suite::contract::Contract;
use crate::suite::expectation::{Content, Expectation, ExpectedExit};
use crate::suite::plan::{Instruction, Line, Plan};
use crate::suite::tls::CaseTls;
use crate::suite::{Addressing, Case};

/// How long the recorder holds its close: longer than any client takes that does not wait for it.
const HELD: Duration = Duration::from_millis(300);

/// How long it holds it once: longer than anybody's patience with a server that is silent. Five seconds are a usual time limit.
/// A pause of that length is longer than any client takes to start.
const LONG: Duration = Duration::from_millis(5500);

/// The cases of the contract for these clients; none where no client reads plans.
#[must_use]
pub(crate) fn cases(entries: &[Entry]) -> Vec<Case> {
    let clients = || entries.iter().filter_map(|entry| entry.client.as_ref().ok()).filter(|client| client.uses("{plan}"));
    if clients().next().is_none() {
        return Vec::new();
    }
    let mut cases = unknown_words().to_vec();
    cases.extend([missing_plan(), refused_connection()]);
    cases.extend([held_close(), connect_after_close(), long_held_close(), long_pause()]);
    let lacking: BTreeSet<&String> = clients().flat_map(Client::lacked_words).collect();
    cases.extend(lacking.into_iter().map(|word| lacks(word)));
    cases
}

fn unknown_words() -> [Case; 4] {
    let behind = "An unknown word, without an argument and for the second connection: 77, and not even a first connection";
    let plain = case(Contract::UnknownWord, "unknown-word", "An unknown word: 77, and no connection");
    let behind = case(Contract::UnknownWordBehindConnect, "unknown-word-behind-connect", behind);
    let capitals = case(Contract::UnknownWord, "word-in-capitals", "A word in capitals is unknown: 77, and no connection");
    let longer = case(Contract::UnknownWord, "word-too-long", "A word with one more letter is unknown: 77, and no connection");
    let word = nobodys_word();
    [
        refused(&format!("text a\n{word} 1\n"), plain),
        refused(&format!("text a\nconnect\n{word}\n"), behind),
        refused("TEXT a\n", capitals),
        refused("texts a\n", longer),
    ]
}

/// A case whose plan is refused for one of its words.
fn refused(plan: &str, case: Case) -> Case {
    Case { plan: Some(unchecked(plan)), exit: ExpectedExit::Status(CANNOT), ..case }
}

fn missing_plan() -> Case {
    Case {
        plan: Some(unchecked("")),
        exit: ExpectedExit::NonZero,
        ..case(Contract::MissingPlan, "missing-plan", "A plan that does not exist: a failure, and no connection")
    }
}

fn refused_connection() -> Case {
    Case {
        plan: Some(unchecked("")),
        exit: ExpectedExit::NonZero,
        recorder: Settings { faults: Faults { refuse: true, ..Faults::default() }, ..Settings::default() },
        ..case(Contract::RefusedConnection, "refused-connection", "Nobody listens: a failure, and soon")
    }
}

fn held_close() -> Case {
    held(HELD, unchecked(""), case(Contract::HeldClose, "held-close", "A server that closes late is waited for"))
}

fn long_held_close() -> Case {
    let about = "A server that closes after more than five seconds is waited for: silence is not an end";
    held(LONG, unchecked(""), case(Contract::LongHeldClose, "long-held-close", about))
}

fn connect_after_close() -> Case {
    let about = "A server that closes late is waited for before the next connection, too";
    held(HELD, line("connect", "connect", Instruction::Connect), case(Contract::ConnectAfterClose, "connect-after-close", about))
}

fn long_pause() -> Case {
    let plan = line("pause", &format!("pause {}", LONG.as_millis()), Instruction::Pause(LONG));
    let case = case(Contract::LongPause, "long-pause", "A pause of more than five seconds lasts as long");
    Case { timeout: Some(LONG + DEFAULT_TIMEOUT), ..held(Duration::ZERO, plan, case) }
}

/// A case in which the server holds each close for so long; nothing is sent, so that no word is needed for it.
fn held(close_delay: Duration, plan: Plan, case: Case) -> Case {
    let silent = || Expectation { content: Content::exactly(Vec::new()), ending: PeerEnd::Fin.into(), messages: None };
    Case {
        connections: (0..plan.connections()).map(|_| silent()).collect(),
        plan: Some(plan),
        recorder: Settings { faults: Faults { close_delay, ..Faults::default() }, ..Settings::default() },
        ..case
    }
}

fn lacks(word: &str) -> Case {
    let about = format!("`{word}`, which it says it lacks: 77, and no connection");
    Case {
        plan: Some(unchecked(&example_of(word))),
        exit: ExpectedExit::Status(CANNOT),
        // Who can do it all the same is not to wait for an answer.
        recorder: Settings { answers: Answers::Replies(vec![Reply::new(Trigger::Octets(1), "a")]), ..Settings::default() },
        ..case(Contract::Lacks(word.to_owned()), &format!("lacks-{word}"), &about)
    }
}

/// A case in which no connection is made.
fn case(contract: Contract, name: &str, about: &str) -> Case {
    Case {
        name: format!("contract/{name}"),
        about: about.to_owned(),
        hazards: vec!["contract".into()],
        plan: None,
        input: None,
        generate: None,
        connections: Vec::new(),
        output: Content::exactly(Vec::new()),
        connections_in_any_order: false,
        decoding: None,
        output_messages: None,
        says_output: true,
        strict_turns: false,
        exit: ExpectedExit::Zero,
        unwritten: false,
        contract: Some(contract),
        addressing: Addressing::default(),
        tls: CaseTls::default(),
        recorder: Settings::default(),
        server: None,
        timeout: None,
        location: Location { path: PathBuf::from("clients/README.md"), line: 1 },
    }
}

/// A plan that is told as it stands, without the parser's blessing.
fn unchecked(text: &str) -> Plan {
    Plan { text: text.to_owned(), lines: Vec::new() }
}

/// The plan of one line that is valid.
fn line(word: &'static str, text: &str, instruction: Instruction) -> Plan {
    Plan { text: format!("{text}\n"), lines: vec![Line { number: 1, word, instruction }] }
}

/// A word that no client can have heard of: another one each time.
fn nobodys_word() -> String {
    format!("w{:016x}", RandomState::new().hash_one("word"))
}

/// A valid plan with this word.
fn example_of(word: &str) -> String {
    let line = match word {
        "connect" | "half-close" => word,
        "reset" => "receive 1\nreset",
        "frame" => "frame u8 a",
        "repeat" => "repeat 1 00",
        "noise" => "noise 1 1",
        "points" => "points 61",
        "bytes" => "bytes 00",
        _ => return format!("text a\n{word} 1\n"),
    };
    format!("text a\n{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::plan::WORDS;

    #[test]
    fn every_word_has_a_valid_plan_with_it() {
        for word in WORDS {
            assert!(Plan::parse(&example_of(word)).unwrap().uses(word), "{word}");
        }
    }

    #[test]
    fn nobodys_word_is_another_each_time_and_no_word() {
        assert_ne!(nobodys_word(), nobodys_word());
        assert!(!WORDS.contains(&nobodys_word().as_str()));
    }
}
