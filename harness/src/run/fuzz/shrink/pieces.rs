//! A plan taken apart: each line that sends something, and of numbers each alone, or few together where there are many.

use std::ops::Range;

use super::MOST;
use crate::suite::plan::Draft;

/// Words that send nothing, or wait.
const SILENT: [&str; 5] = ["connect", "half-close", "pause", "receive", "reset"];

/// Words whose arguments belong together.
const WHOLE: [&str; 5] = ["frame", "noise", "ramp", "repeat", "text"];

/// A line of a plan, or some of its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    line: usize,
    /// Which of its arguments; nothing where it is all of the line.
    arguments: Option<Range<usize>>,
    /// It alone, as a plan.
    pub draft: Draft,
}

/// The pieces of a plan; none where it has more lines than can share a launch.
pub(crate) fn pieces(draft: &Draft) -> Vec<Piece> {
    let lines = draft.lines.iter().enumerate().filter_map(|(line, text)| Some((line, text.as_str(), Draft::word(text)?)));
    let sends: Vec<_> = lines.filter(|(_, _, word)| !SILENT.contains(word)).collect();
    let numbers: usize =
        sends.iter().map(|(_, text, word)| listed(text, word).map_or(1, |(_, rest)| rest.split(' ').count())).sum();
    let room = MOST.saturating_sub(sends.len()).max(1);
    let together = numbers.div_ceil(room).max(1);
    let found: Vec<Piece> = sends.into_iter().flat_map(|(line, text, word)| of_line(line, (text, word), together)).collect();
    if found.len() > MOST { Vec::new() } else { found }
}

/// The word and the arguments of a line of which each argument stands for itself.
fn listed<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(' ').filter(|_| !WHOLE.contains(&word))
}

fn of_line(line: usize, (text, word): (&str, &str), together: usize) -> Vec<Piece> {
    let piece = |arguments, text: String| Piece { line, arguments, draft: Draft { lines: vec![text], is_ended: true } };
    let Some((word, rest)) = listed(text, word) else { return vec![piece(None, text.to_owned())] };
    let all: Vec<&str> = rest.split(' ').collect();
    let runs = all.chunks(together).enumerate();
    runs.map(|(run, some)| {
        let start = run * together;
        piece(Some(start..start + some.len()), format!("{word} {}", some.join(" ")))
    })
    .collect()
}

/// The plan without some of its pieces.
pub(crate) fn without_pieces(draft: &Draft, out: &[&Piece]) -> Draft {
    let kept = |(line, text): (usize, &String)| {
        let of_line: Vec<&&Piece> = out.iter().filter(|piece| piece.line == line).collect();
        if of_line.iter().any(|piece| piece.arguments.is_none()) {
            return None;
        }
        let Some((word, rest)) = text.split_once(' ').filter(|_| !of_line.is_empty()) else { return Some(text.clone()) };
        let is_out =
            |place: usize| of_line.iter().any(|piece| piece.arguments.as_ref().is_some_and(|some| some.contains(&place)));
        let arguments: Vec<&str> =
            rest.split(' ').enumerate().filter(|(place, _)| !is_out(*place)).map(|(_, argument)| argument).collect();
        (!arguments.is_empty()).then(|| format!("{word} {}", arguments.join(" ")))
    };
    Draft { lines: draft.lines.iter().enumerate().filter_map(kept).collect(), is_ended: draft.is_ended }.without(|_| false)
}
