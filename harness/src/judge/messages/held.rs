//! The messages of a stream held against what is expected of them.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::matching::{Nearness, Target, has_form};
use super::parting::{Parting, quoted, short, shown_value};
use super::whole::digested;
use super::{Message, Span};
use crate::hex;
use crate::suite::Like;
use crate::suite::messages::{Decoding, Wanted};

/// Differences that are told.
const TOLD: usize = 20;

/// Fields of one message that are told to differ.
const FIELDS_TOLD: usize = 4;

/// The most pairs of messages that are weighed against each other to line them up. Beyond that they are taken one by one.
const MOST_PAIRS: usize = 1 << 20;

/// What came of holding messages against what is expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// All that is different, in order, as far as it is told; empty where all is right.
    pub differences: Vec<MessageDifference>,
    /// How many differences more there are.
    pub more: usize,
    /// Which of the messages were ignored, by their index.
    pub ignored: Vec<bool>,
    /// A digest (SHA-256 in hex) of what counts where messages are compared as a whole: the same for the same messages.
    pub digest: String,
    /// A digest of all that is different: the same where the same is not as it should be, whatever else came. None where all is right.
    pub wrong: Option<String>,
}

/// A message that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDifference {
    /// Its index; none of one that did not come.
    pub message: Option<usize>,
    /// What is to be said of it: `message 2, Publish Message: mqtt.qos is 1, expected 0`.
    pub says: String,
    /// The octets in which that is seen, where they are known; else those of the whole message.
    pub place: Option<Span>,
}

/// What of messages rightly differs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Apart<'a> {
    /// The texts of messages that are left out; never of one that is undecoded.
    pub ignore: &'a [Like],
    /// The fields that do not count where fields are compared as a whole.
    pub ignore_fields: &'a [String],
}

impl<'a> From<&'a Decoding> for Apart<'a> {
    fn from(decoding: &'a Decoding) -> Self {
        Self { ignore: &decoding.ignore, ignore_fields: &decoding.ignore_fields }
    }
}

/// Holds the messages of a stream against those that a case expects.
#[must_use]
pub fn hold(decoding: &Decoding, wanted: &[Wanted], messages: &[Message]) -> Held {
    let ignored = ignored(decoding.into(), messages);
    let syntax = decoding.decoder.syntax();
    let targets: Vec<Target<'_>> = wanted.iter().map(|wanted| Target::wanted(wanted, syntax, &decoding.ignore_fields)).collect();
    let kept: Vec<usize> = (0..messages.len()).filter(|index| !ignored[*index]).collect();
    let digest = digest(&decoding.ignore_fields, kept.iter().map(|index| &messages[*index]));
    if kept.is_empty() && !messages.is_empty() {
        let says = match messages.len() {
            1 => "`ignore` hides the only message, so nothing is compared".into(),
            many => format!("`ignore` hides all {many} messages, so nothing is compared"),
        };
        let hidden = MessageDifference { message: None, says, place: None };
        let wrong = Some(hex::encode(&Sha256::digest(&hidden.says)));
        return Held { differences: vec![hidden], more: 0, ignored, digest, wrong };
    }
    let pairs = if decoding.in_any_order { any_order(&targets, messages, &kept) } else { in_order(&targets, messages, &kept) };
    told(&targets, messages, pairs, ignored, digest)
}

/// Holds the messages of a stream against those of another, which was expected, as a whole.
#[must_use]
pub fn compare(expected: &[Message], messages: &[Message]) -> Held {
    compare_but(Apart::default(), expected, messages)
}

/// The same, but for what rightly differs.
#[must_use]
pub fn compare_but(apart: Apart<'_>, expected: &[Message], messages: &[Message]) -> Held {
    let left_out = ignored(apart, expected).into_iter().zip(expected);
    let targets = left_out.filter(|(is_ignored, _)| !is_ignored);
    let targets: Vec<Target<'_>> =
        targets.map(|(_, message)| Target::Message { message, ignored: apart.ignore_fields }).collect();
    let ignored = ignored(apart, messages);
    let kept: Vec<usize> = (0..messages.len()).filter(|index| !ignored[*index]).collect();
    let digest = digest(apart.ignore_fields, kept.iter().map(|index| &messages[*index]));
    let pairs = in_order(&targets, messages, &kept);
    told(&targets, messages, pairs, ignored, digest)
}

/// Says of messages whose octets do not fit from an offset on in which of them, and in which field, that is. What would have been
/// right nobody can say.
#[must_use]
pub fn refused(messages: &[Message], at: u64) -> Held {
    let holds = |place: &Span| place.at <= at && at - place.at < place.octets;
    let difference = messages.iter().enumerate().find(|(_, message)| holds(&message.span())).map(|(index, message)| {
        let fields = message.fields.iter().filter_map(|field| Some((field, field.place.filter(holds)?)));
        let (says, place) = match (fields.min_by_key(|(_, place)| place.octets), &message.undecoded) {
            (Some((field, place)), _) => (format!("{} is {}, which does not fit", field.name, shown_value(&field.value)), place),
            (None, Some(why)) => (format!("{} octets are undecoded ({why}): {}", message.octets, message.text), message.span()),
            (None, None) => (format!("{} does not fit", quoted(&message.text)), message.span()),
        };
        let says = said(message, index, &[Parting { says, place: Some(place), texts: None }]);
        MessageDifference { message: Some(index), says, place: Some(place) }
    });
    let digest = digest(&[], messages.iter());
    // What came in its place is all that is known of it.
    let wrong = difference.is_some().then(|| digest.clone());
    let differences = difference.into_iter().collect();
    Held { differences, ignored: vec![false; messages.len()], digest, more: 0, wrong }
}

fn ignored(apart: Apart<'_>, messages: &[Message]) -> Vec<bool> {
    let is_ignored = |message: &Message| apart.ignore.iter().any(|like| like.matches(&message.text));
    messages.iter().map(|message| message.undecoded.is_none() && is_ignored(message)).collect()
}

fn digest<'a>(ignored: &[String], messages: impl Iterator<Item = &'a Message>) -> String {
    let mut digest = Sha256::new();
    for message in messages {
        let fields = digested(&message.fields, ignored);
        let has_fields = fields != "[]" && message.undecoded.is_none();
        // The text is another form of the fields, or may say what of them is ignored.
        let is_said = has_fields && (has_form(message) || !ignored.is_empty());
        let text = if is_said { "" } else { &message.text };
        digest.update(format!("{text:?}{fields}\n").as_bytes());
        digest.update(message.digest);
    }
    hex::encode(&digest.finalize())
}

/// A target and the message that stands for it; one of both may be missing.
type Pair = (Option<usize>, Option<usize>);

/// Pairs of targets and messages, both in their order.
fn in_order(targets: &[Target<'_>], messages: &[Message], kept: &[usize]) -> Vec<Pair> {
    let is_same = |target: usize, place: usize| targets[target].nearness(&messages[kept[place]]) == Nearness::Same;
    let shorter = targets.len().min(kept.len());
    let head = (0..shorter).take_while(|index| is_same(*index, *index)).count();
    let from_end = |index: &usize| is_same(targets.len() - 1 - index, kept.len() - 1 - index);
    let tail = (0..shorter - head).take_while(from_end).count();
    let (targets_left, kept_left) = (head..targets.len() - tail, head..kept.len() - tail);
    let mut pairs: Vec<Pair> = (0..head).map(|index| (Some(index), Some(kept[index]))).collect();
    if targets_left.len() * kept_left.len() <= MOST_PAIRS {
        pairs.extend(lined_up(targets, messages, kept, targets_left, kept_left));
    } else {
        let longer = targets_left.len().max(kept_left.len());
        let nth = |range: &std::ops::Range<usize>, index: usize| Some(range.start + index).filter(|at| range.contains(at));
        pairs.extend((0..longer).map(|index| (nth(&targets_left, index), nth(&kept_left, index).map(|at| kept[at]))));
    }
    let tail = (0..tail).rev().map(|index| (Some(targets.len() - 1 - index), Some(kept[kept.len() - 1 - index])));
    pairs.extend(tail);
    pairs
}

/// What it costs to leave a target or a message alone. Two are left alone for what costs more than this twice, which no pair does.
const GAP: u32 = 30;

/// What it costs to pair a message with a target.
fn distance(target: &Target<'_>, message: &Message) -> u32 {
    match target.nearness(message) {
        Nearness::Same => 0,
        Nearness::Alike => 20 + 3 * target.unlikeness(message),
        Nearness::Other => 50 + target.unlikeness(message),
    }
}

/// The cheapest way to make one list of the other: what is missing or more costs less than two that are wholly other.
fn lined_up(
    targets: &[Target<'_>],
    messages: &[Message],
    kept: &[usize],
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> Vec<Pair> {
    let cost = |row: usize, column: usize| distance(&targets[rows.start + row], &messages[kept[columns.start + column]]);
    let width = columns.len() + 1;
    // The cost of making the first so many of both alike.
    let mut table: Vec<u32> = (0..width).map(|column| column as u32 * GAP).collect();
    let mut costs = Vec::with_capacity(rows.len() * columns.len());
    for row in 0..rows.len() {
        table.push((row as u32 + 1) * GAP);
        for column in 0..columns.len() {
            let pair = cost(row, column);
            costs.push(pair);
            let (above, left) = (table[row * width + column + 1] + GAP, table[(row + 1) * width + column] + GAP);
            table.push(above.min(left).min(table[row * width + column] + pair));
        }
    }
    let (mut row, mut column, mut pairs) = (rows.len(), columns.len(), Vec::new());
    while row > 0 || column > 0 {
        let here = table[row * width + column];
        let is_pair = row > 0
            && column > 0
            && here == table[(row - 1) * width + column - 1] + costs[(row - 1) * columns.len() + column - 1];
        let is_missing = row > 0 && here == table[(row - 1) * width + column] + GAP;
        // Of what is as cheap, the last is missing: whoever was cut off has sent the first.
        let is_pair = is_pair && !(is_missing && costs[(row - 1) * columns.len() + column - 1] > 0);
        let target = (is_pair || is_missing).then(|| rows.start + row - 1);
        let message = (is_pair || !is_missing).then(|| kept[columns.start + column - 1]);
        (row, column) = (row - usize::from(target.is_some()), column - usize::from(message.is_some()));
        pairs.push((target, message));
    }
    pairs.reverse();
    pairs
}

/// Pairs of targets and messages in any order: as many that fit as there can be, then what is left, the most alike first.
fn any_order(targets: &[Target<'_>], messages: &[Message], kept: &[usize]) -> Vec<Pair> {
    // Where there are far more messages than targets, that is wrong already, and which of them are left over need not be exact.
    let weighed = kept.len().min(MOST_PAIRS / targets.len().max(1));
    let fits: Vec<Vec<usize>> = targets
        .iter()
        .map(|target| (0..weighed).filter(|place| target.nearness(&messages[kept[*place]]) == Nearness::Same).collect())
        .collect();
    let assigned = crate::judge::assignment::assigned(&fits, kept.len());
    let open: Vec<usize> = (0..targets.len()).filter(|target| assigned[*target].is_none()).collect();
    let left: Vec<usize> = (0..kept.len()).filter(|place| !assigned.contains(&Some(*place))).collect();
    let mut taken = assigned;
    for (target, place) in nearest_first(&open, &left, |target, place| distance(&targets[target], &messages[kept[place]])) {
        taken[target] = Some(place);
    }
    let more = left.iter().filter(|place| !taken.contains(&Some(**place))).map(|place| (None, Some(kept[*place])));
    let pairs = taken.iter().enumerate().map(|(target, place)| (Some(target), place.map(|place| kept[place])));
    pairs.chain(more).collect()
}

/// Pairs of two lists, those that are nearest first, and of as near ones those that come first.
fn nearest_first(ones: &[usize], others: &[usize], distance: impl Fn(usize, usize) -> u32) -> Vec<(usize, usize)> {
    if ones.len() * others.len() > MOST_PAIRS {
        return ones.iter().copied().zip(others.iter().copied()).collect();
    }
    let each = ones.iter().flat_map(|one| others.iter().map(move |other| (*one, *other)));
    let mut all: Vec<(u32, usize, usize)> = each.map(|(one, other)| (distance(one, other), one, other)).collect();
    all.sort_unstable();
    let (mut taken_ones, mut taken_others) = (HashSet::new(), HashSet::new());
    all.retain(|(_, one, other)| {
        let is_free = !taken_ones.contains(one) && !taken_others.contains(other);
        if is_free {
            taken_ones.insert(*one);
            taken_others.insert(*other);
        }
        is_free
    });
    all.into_iter().map(|(_, one, other)| (one, other)).collect()
}

fn told(targets: &[Target<'_>], messages: &[Message], pairs: Vec<Pair>, ignored: Vec<bool>, digest: String) -> Held {
    let mut held = Held { ignored, digest, ..Held::default() };
    let (mut last, mut wrong) = (None, None);
    for (target, message) in pairs {
        let difference = match (target.map(|index| &targets[index]), message) {
            (Some(target), Some(index)) => parted(target, &messages[index], index),
            (Some(target), None) => Some(missing(target, last)),
            (None, Some(index)) => Some(unexpected(&messages[index], index)),
            (None, None) => None,
        };
        last = message.or(last);
        let Some(difference) = difference else { continue };
        wrong.get_or_insert_with(Sha256::new).update(in_full(target, message.map(|index| &messages[index]), &difference.says));
        if held.differences.len() < TOLD {
            let both = target.zip(message).map(|(target, index)| (&targets[target], &messages[index], index));
            held.differences.push(match both {
                Some(both) => difference.with_causes(both),
                None => difference,
            });
        } else {
            held.more += 1;
        }
    }
    held.wrong = wrong.map(|wrong| hex::encode(&wrong.finalize()));
    held
}

/// A difference in full, however little of it is told; without the number of the message, which counts those that are ignored.
fn in_full(target: Option<usize>, message: Option<&Message>, says: &str) -> String {
    let what = says.split_once(": ").map_or(says, |(_, what)| what);
    // What is cut off where it is told may be anything in the message.
    let is_cut = what.contains("...") || what.ends_with(" more");
    let whole = message.filter(|_| is_cut);
    let whole = whole.map(|message| (&message.text, digested(&message.fields, &[]), message.digest));
    format!("{target:?} {:?} {:?}\n", message.map(|_| what), whole)
}

fn parted(target: &Target<'_>, message: &Message, index: usize) -> Option<MessageDifference> {
    if target.nearness(message) == Nearness::Same {
        return None;
    }
    let partings = target.partings(message);
    let place = partings.iter().find_map(|parting| parting.place).or(Some(message.span()));
    Some(MessageDifference { message: Some(index), says: said(message, index, &partings), place })
}

impl MessageDifference {
    /// The same, with what causes it, field by field.
    fn with_causes(self, (target, message, index): (&Target<'_>, &Message, usize)) -> Self {
        let told = target.partings(message).into_iter().enumerate();
        let partings = told.map(|(nth, parting)| if nth < FIELDS_TOLD { parting.with_cause() } else { parting });
        Self { says: said(message, index, &partings.collect::<Vec<_>>()), ..self }
    }
}

fn said(message: &Message, index: usize, partings: &[Parting<'_>]) -> String {
    let each: Vec<&str> = partings.iter().take(FIELDS_TOLD).map(|parting| parting.says.as_str()).collect();
    let more = match partings.len().saturating_sub(FIELDS_TOLD) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    // What is said of its text names it already.
    let named = partings.first().is_some_and(|parting| parting.place == Some(message.span()));
    let name = if named || message.text.is_empty() { String::new() } else { format!(", {}", short(&message.text)) };
    format!("message {}{name}: {}{more}", index + 1, each.join("; "))
}

fn missing(target: &Target<'_>, behind: Option<usize>) -> MessageDifference {
    let place = match behind {
        Some(index) => format!("behind message {}", index + 1),
        None => "as the first message".into(),
    };
    MessageDifference { message: None, says: format!("{} is missing: it was expected {place}", target.shown()), place: None }
}

fn unexpected(message: &Message, index: usize) -> MessageDifference {
    let what = match &message.undecoded {
        Some(why) => format!("{} octets are undecoded ({why}): {}; they were not expected", message.octets, message.text),
        None => format!("{} was not expected", quoted(&message.text)),
    };
    MessageDifference { message: Some(index), says: format!("message {}: {what}", index + 1), place: Some(message.span()) }
}
