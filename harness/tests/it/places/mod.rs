//! Places: whatever is edited in a real message, the picture says where, and that nothing is wrong elsewhere.

mod drawn;
mod edit;
mod right;
mod spots;

use samewire::hex;
use samewire::judge::align::{self, Pattern};
use samewire::picture::{Expected, Picture, lines};
use serde::Deserialize;

use crate::random::Random;
use drawn::read;
use edit::{Change, EDITS, Edited};
use right::told_otherwise;

const MESSAGES: &str = include_str!("messages.toml");

/// Rounds of edits of each message.
const ROUNDS: u64 = 120;

/// Fewer where each is diagnosed, which takes longer.
const DIAGNOSED: u64 = 2;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    message: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    name: String,
    octets: String,
}

impl Message {
    fn octets(&self) -> Vec<u8> {
        hex::decode(&self.octets.replace('\n', "")).expect("hex")
    }
}

fn messages() -> Vec<Message> {
    toml::from_str::<Messages>(MESSAGES).expect("the messages").message
}

/// The first offset where both are not the same.
fn parting(expected: &[u8], captured: &[u8]) -> Option<usize> {
    let longest = expected.len().max(captured.len());
    (0..longest).find(|at| expected.get(*at) != captured.get(*at))
}

/// One to three edits of random kinds.
fn edited(message: &[u8], seed: u64) -> (Vec<&'static str>, Edited) {
    let mut random = Random(seed);
    let mut edited = Edited::new(message);
    let kinds = (0..=seed % 3).filter(|_| !edited.octets.is_empty()).collect::<Vec<_>>();
    let mut names = Vec::new();
    for _ in kinds {
        let (name, edit) = EDITS[random.below(EDITS.len())];
        if !edited.octets.is_empty() {
            edit(&mut edited, &mut random);
            names.push(name);
        }
    }
    (names, edited)
}

fn aligned(expected: &[u8], captured: &[u8]) -> Vec<Change> {
    let found = align::changes(Pattern { octets: expected, masks: &[], refused: &[] }, captured);
    found.into_iter().map(|change| Change { expected: change.expected, captured: change.captured }).collect()
}

/// What is wrong with the picture of an edited message.
fn complaints(expected: &[u8], edited: &Edited) -> Vec<String> {
    let captured = edited.captured();
    let picture = Picture::of(Expected { octets: expected, ..Expected::default() }, &captured);
    let first = picture.first_difference.as_ref().map(|first| first.offset as usize);
    let (drawn, mut complaints) = read(&picture, expected, &captured);
    if first != parting(expected, &captured) {
        complaints.push(format!("the first difference is not at {first:?}"));
    }
    let aligned = aligned(expected, &captured);
    let shown = &aligned[..aligned.len() - picture.more];
    if !shown.iter().all(|change| drawn.iter().any(|drawn| change.covers(drawn))) {
        complaints.push(format!("not all that was lined up is drawn: {drawn:?}"));
    }
    let strange = drawn.iter().filter(|drawn| !shown.iter().any(|change| change.covers(drawn)));
    complaints.extend(strange.map(|drawn| format!("drawn, and not lined up: {drawn:?}")));
    complaints.extend(right::complaints(expected, &captured, &aligned, &edited.changes()));
    complaints
}

/// Many messages, one after the other.
fn long(random: &mut Random, messages: &[Message]) -> Vec<u8> {
    let several = (0..20 + random.below(60)).map(|_| messages[random.below(messages.len())].octets());
    several.collect::<Vec<_>>().concat()
}

/// Edits a message again and again. How often it is told otherwise, which is to be rare.
#[track_caller]
fn check(name: &str, message: &[u8], seeds: std::ops::Range<u64>) -> usize {
    let mut otherwise = 0;
    for seed in seeds {
        let (names, edited) = edited(message, seed);
        let (captured, right) = (edited.captured(), edited.changes());
        let found = complaints(message, &edited);
        assert!(found.is_empty(), "{name}, seed {seed}, {names:?}: {found:#?}\nedited: {right:?}\n{}", shown(message, &captured));
        let places = told_otherwise(message, &captured, &aligned(message, &captured), &right);
        assert!(
            places.is_empty() || right.len() > 1,
            "{name}, seed {seed}, {names:?}: {places:?}\n{}",
            shown(message, &captured)
        );
        otherwise += usize::from(!places.is_empty());
    }
    otherwise
}

fn shown(expected: &[u8], captured: &[u8]) -> String {
    lines(&Picture::of(Expected { octets: expected, ..Expected::default() }, captured), ["expected", "captured"]).join("\n")
}

#[test]
fn whatever_is_edited_in_a_real_message_is_drawn_where_it_is() {
    let (mut edited, mut otherwise) = (0, 0);
    for (index, message) in (0..).zip(messages()) {
        let seeds = index * ROUNDS..(index + 1) * ROUNDS;
        edited += ROUNDS as usize;
        otherwise += check(&message.name, &message.octets(), seeds);
    }
    assert!(otherwise * 100 <= edited, "{otherwise} of {edited} edited messages are told otherwise");
}

#[test]
fn whatever_is_edited_in_many_messages_at_once_is_drawn_where_it_is() {
    let mut random = Random(5);
    let messages = messages();
    for seed in 0..60 {
        check("many messages", &long(&mut random, &messages), seed..seed + 1);
    }
}

/// Edits messages, each with as many seeds, and says what is wrong with the places of what is diagnosed.
fn misplaced(base: u64, rounds: u64) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, message) in (0..).zip(messages()) {
        for seed in base + index * rounds..base + (index + 1) * rounds {
            let (expected, (names, edited)) = (message.octets(), edited(&message.octets(), seed));
            let captured = edited.captured();
            let wrong = spots::complaints(&expected, &captured);
            complaints.extend(wrong.iter().map(|wrong| format!("{}, seed {seed}, {names:?}: {wrong}", message.name)));
        }
    }
    complaints
}

#[test]
fn diagnoses_say_where_all_is_that_differs_and_nothing_else() {
    let complaints = misplaced(0, DIAGNOSED);
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// The same with as many seeds as somebody has time for: `SEEDS=10000..10050 cargo test --test it -- --ignored places::`.
#[test]
#[ignore = "takes minutes"]
fn diagnoses_say_where_all_is_whatever_the_seed() {
    let seeds = std::env::var("SEEDS").unwrap_or_else(|_| "10000..10002".into());
    let (base, end) = seeds.split_once("..").expect("a range");
    let [base, end] = [base, end].map(|seed| seed.parse::<u64>().expect("a number"));
    let complaints = misplaced(base, end - base);
    assert!(complaints.is_empty(), "{complaints:#?}");
}
