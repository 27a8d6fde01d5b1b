//! Senders that read the plan wrongly, or break the contract around it.

use super::How::{self, Plan};
use super::{Fault, Habit, Step};
use crate::judge::verdict::Verdict;
use crate::suite::contract::CANNOT;
use crate::suite::plan::WORDS;

const UNKNOWN_WORD: &[&str] = &["contract/unknown-word"];
const MISSING_PLAN: &[&str] = &["contract/missing-plan"];

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("plan-as-latin-1", "double-encoded-latin-1", Plan(as_latin_1), "opens the plan in the C locale's encoding"),
    Fault::new("plan-split-anywhere", "cut-at-unicode-line-end", Plan(split_anywhere), "splits lines as Unicode does")
        .only(&["text/unicode-line-ends", "text/unicode-line-ends-inside"]),
    Fault::new("plan-trimmed", "blanks-trimmed", Plan(|plan| by_text(plan, |text| text.trim().to_owned())), "strips each line"),
    Fault::new("plan-split-at-blanks", "blanks-collapsed", Plan(split_at_blanks), "joins what it split at blanks"),
    Fault::new("plan-last-line-lost", "nothing-sent", Plan(last_line_lost), "reads lines that end in a line feed only"),
    Fault::new("comments-sent", "comment-sent", Plan(comments_sent), "takes a comment for text"),
    Fault::new("empty-lines-sent", "line-feed-added", Plan(empty_lines_sent), "takes an empty line for one to send")
        .only(&["behaviour/comments-and-empty-lines"]),
    Fault::judged(
        "ignores-unknown-words",
        Verdict::Differs,
        How::Habit(Habit::IgnoresUnknownWords),
        "skips what it does not know",
    )
    .only(UNKNOWN_WORD),
    Fault::judged(
        "fails-at-unknown-words",
        Verdict::Crashed,
        How::Habit(Habit::FailsAtUnknownWords),
        "fails where it should say no",
    )
    .only(UNKNOWN_WORD),
    Fault::judged(
        "checks-as-it-goes",
        Verdict::Differs,
        How::Habit(Habit::ChecksAsItGoes),
        "looks at a connection's words when it comes to it",
    )
    .only(&["contract/unknown-word-behind-connect"]),
    Fault::judged("words-in-any-case", Verdict::Differs, Plan(in_small_letters), "compares words as people do")
        .only(&["contract/word-in-capitals"]),
    Fault::judged("words-by-their-beginning", Verdict::Differs, Plan(by_beginning), "matches a word by a pattern without an end")
        .only(&["contract/word-too-long"]),
    Fault::judged("ignores-bare-words", Verdict::Differs, Plan(without_bare_words), "skips what it does not take for a line")
        .only(&["contract/unknown-word-behind-connect"]),
    Fault::judged("connects-first", Verdict::Differs, How::Habit(Habit::ConnectsFirst), "reads the plan too late")
        .only(&["contract/unknown-word", "contract/missing-plan"]),
    Fault::judged("needs-no-plan", Verdict::WrongEnding, How::Habit(Habit::NeedsNoPlan), "takes an error for an empty file")
        .only(MISSING_PLAN),
    Fault::judged("cannot-without-plan", Verdict::Crashed, How::Habit(Habit::CannotWithoutPlan), "ends in 77 for any failure")
        .only(MISSING_PLAN),
    Fault::judged("refuses-what-it-can", Verdict::Crashed, How::Steps(|_| vec![Step::Exit(CANNOT)]), "skips what it can do")
        .only(&["text/ascii"]),
    Fault::judged("claims-success", Verdict::WrongEnding, How::Habit(Habit::ClaimsSuccess), "ends in 0 whatever went wrong")
        .only(&[
            "contract/refused-connection",
            "faults/closed-early",
            "faults/closed-before-the-reply",
            "faults/reset-early",
            "faults/reset-before-the-reply",
            "faults/refused",
        ]),
];

fn by_line(plan: &str, read: impl Fn(&str) -> String) -> String {
    plan.split('\n').map(read).collect::<Vec<_>>().join("\n")
}

/// The word of each line.
fn by_word(plan: &str, read: impl Fn(&str) -> String) -> String {
    by_line(plan, |line| match line.split_once(' ') {
        Some((word, rest)) => format!("{} {rest}", read(word)),
        None => read(line),
    })
}

fn in_small_letters(plan: &str) -> String {
    by_word(plan, str::to_lowercase)
}

fn by_beginning(plan: &str) -> String {
    let known = |word: &str| WORDS.iter().filter(|known| word.starts_with(**known)).max_by_key(|known| known.len());
    by_word(plan, |word| known(word).map_or_else(|| word.to_owned(), |known| (*known).to_owned()))
}

fn without_bare_words(plan: &str) -> String {
    by_line(plan, |line| if line.contains(' ') || WORDS.contains(&line) { line.to_owned() } else { String::new() })
}

/// What stands behind `text`.
fn by_text(plan: &str, read: impl Fn(&str) -> String) -> String {
    by_line(plan, |line| match line.strip_prefix("text ") {
        Some(text) => format!("text {}", read(text)),
        None => line.to_owned(),
    })
}

fn as_latin_1(plan: &str) -> String {
    plan.bytes().map(char::from).collect()
}

/// What comes behind such a line end is a line without a word; it is left out.
fn split_anywhere(plan: &str) -> String {
    by_line(plan, |line| line.split(['\u{85}', '\u{2028}', '\u{2029}']).next().unwrap_or_default().to_owned())
}

fn split_at_blanks(plan: &str) -> String {
    by_text(plan, |text| text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

fn last_line_lost(plan: &str) -> String {
    plan.rsplit_once('\n').map(|(lines, _)| lines.to_owned()).unwrap_or_default()
}

fn comments_sent(plan: &str) -> String {
    by_line(plan, |line| if line.starts_with('#') { format!("text {line}") } else { line.to_owned() })
}

/// But for the one behind the last line feed.
fn empty_lines_sent(plan: &str) -> String {
    let (lines, last) = plan.rsplit_once('\n').unwrap_or(("#", plan));
    let lines = by_line(lines, |line| if line.is_empty() { "bytes 0a".to_owned() } else { line.to_owned() });
    format!("{lines}\n{last}")
}
