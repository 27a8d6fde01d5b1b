//! Smaller lines of a plan: fewer arguments, then plainer ones.

use super::values::{shorter_texts, smaller_floats, smaller_hex, smaller_integers, smaller_points};
use super::without_runs;
use crate::suite::plan::Draft;

/// The plan with each of its lines having fewer arguments, or a shorter text.
pub(super) fn fewer_arguments(draft: &Draft) -> impl Iterator<Item = Draft> {
    with_lines(draft, |line| {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "text" => shorter_texts(rest).into_iter().map(|text| format!("text {text}")).collect(),
            "frame" => {
                let (prefix, text) = rest.split_once(' ').unwrap_or((rest, ""));
                shorter_texts(text).into_iter().map(|text| format!("frame {prefix} {text}")).collect()
            }
            "repeat" | "ramp" | "noise" | "receive" | "pause" => Vec::new(),
            _ => {
                let arguments: Vec<&str> = rest.split(' ').collect();
                let alone = arguments.iter().map(|argument| format!("{word} {argument}"));
                let fewer = without_runs(&arguments).into_iter().filter(|arguments| !arguments.is_empty());
                alone.chain(fewer.map(|arguments| format!("{word} {}", arguments.join(" ")))).collect()
            }
        }
    })
}

/// The plan with one argument of one of its lines plainer.
pub(super) fn plainer_values(draft: &Draft) -> impl Iterator<Item = Draft> {
    with_lines(draft, |line| {
        let Some((word, rest)) = line.split_once(' ') else { return Vec::new() };
        match word {
            // A pause tells who leaves it out from others only while it is longer than a start.
            "text" | "#" | "pause" => Vec::new(),
            "frame" => match rest.split_once(' ') {
                Some((_, text)) => vec![format!("text {text}"), format!("frame u8 {text}")],
                None => Vec::new(),
            },
            _ => plainer(word, &rest.split(' ').collect::<Vec<_>>()),
        }
    })
}

fn plainer(word: &str, arguments: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, argument) in arguments.iter().enumerate() {
        let smaller = match (word, index) {
            ("points", _) => smaller_points(argument),
            ("bytes", _) | ("repeat", 1) => smaller_hex(argument),
            ("f32be" | "f32le" | "f64be" | "f64le", _) => smaller_floats(argument),
            _ => smaller_integers(argument),
        };
        for value in smaller {
            let mut changed = arguments.to_vec();
            changed[index] = &value;
            found.push(format!("{word} {}", changed.join(" ")));
        }
    }
    found
}

/// The plan with one line instead of another; of each line, what comes first is offered before what comes next of any.
fn with_lines(draft: &Draft, smaller: impl Fn(&str) -> Vec<String>) -> impl Iterator<Item = Draft> {
    let places = draft.lines.iter().enumerate().filter(|(_, line)| Draft::word(line).is_some());
    let found =
        places.flat_map(|(place, line)| smaller(line).into_iter().enumerate().map(move |(rank, line)| (rank, place, line)));
    let mut found: Vec<(usize, usize, String)> = found.collect();
    found.sort_by_key(|(rank, ..)| *rank);
    found.into_iter().map(|(_, place, line)| {
        let mut lines = draft.lines.clone();
        lines[place] = line;
        Draft { lines, is_ended: draft.is_ended }
    })
}
