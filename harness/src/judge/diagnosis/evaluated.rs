//! Text that a shell evaluated: variables, commands and globs, replaced by whatever they gave on that machine.

use memchr::memmem;

use super::Finding;
use super::subject::Subject;
use super::walk::Fit;

/// The most octets on which it is tried.
const MOST: usize = 4096;

/// So many octets, blanks aside, must have been left as they are.
const LEFT: usize = 3;

/// Whether what came is the text with something in the place of whatever can be evaluated, its quotes kept or gone. Text that is
/// there as it should be was not evaluated, whatever else came.
pub(super) fn find(subject: &Subject<'_>) -> Option<Finding> {
    let text = std::str::from_utf8(&subject.expected).ok().filter(|text| text.len() <= MOST)?;
    let came = subject.captured.strip_suffix(b"\n").unwrap_or(subject.captured);
    let unquoted = text.replace(['"', '\''], "");
    if memmem::find(came, text.as_bytes()).is_some() {
        return None;
    }
    // A shell leaves no variable as it is, whatever it makes of globs.
    let is_left = |name: &str| memmem::find(came, name.as_bytes()).is_some();
    if variables(text).into_iter().any(is_left) {
        return None;
    }
    let holds = [text, &unquoted].into_iter().map(left_alone).any(|left| is_telling(&left) && fits(&left, came));
    holds.then(|| Finding::new("variables-expanded").fit(Fit::Loosely).detail("replaced by what they held"))
}

/// The text before, between and behind what can be evaluated.
fn left_alone(text: &str) -> Vec<&str> {
    let mut left = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        match evaluated(&text[at..]) {
            0 => at += text[at..].chars().next().map_or(1, char::len_utf8),
            length => {
                left.push(&text[start..at]);
                at += length;
                start = at;
            }
        }
    }
    left.push(&text[start..]);
    left
}

/// What stands for a variable or for what a command prints.
fn variables(text: &str) -> Vec<&str> {
    let starts = text.match_indices(['$', '`']).map(|(at, _)| &text[at..]);
    starts.filter_map(|rest| rest.get(..evaluated(rest)).filter(|name| name.len() > 2)).collect()
}

/// How much at the start of this text can be evaluated: `$NAME`, `${...}`, `$(...)`, a command in backquotes, a glob, a home.
fn evaluated(text: &str) -> usize {
    let until = |end: char| text[1..].find(end).map_or(0, |length| length + 2);
    match text.as_bytes() {
        [b'*' | b'~', ..] => 1,
        [b'`', ..] => until('`'),
        [b'$', b'{', ..] => until('}'),
        [b'$', b'(', ..] => until(')'),
        [b'$', rest @ ..] => match rest.iter().take_while(|octet| octet.is_ascii_alphanumeric() || **octet == b'_').count() {
            0 => 0,
            name => name + 1,
        },
        _ => 0,
    }
}

fn is_telling(left: &[&str]) -> bool {
    left.len() > 1 && left.iter().flat_map(|text| text.split_ascii_whitespace()).map(str::len).sum::<usize>() >= LEFT
}

/// Whether these pieces are there, in order, the first at the start and the last at the end.
fn fits(left: &[&str], came: &[u8]) -> bool {
    let [first, between @ .., last] = left else { return false };
    let inner = came.strip_prefix(first.as_bytes()).and_then(|rest| rest.strip_suffix(last.as_bytes()));
    let behind = |rest: &'_ [u8], piece: &&str| memmem::find(rest, piece.as_bytes()).map(|at| at + piece.len());
    let Some(mut rest) = inner else { return false };
    for piece in between {
        match behind(rest, piece) {
            Some(length) => rest = &rest[length..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_evaluated_divides_a_text() {
        assert_eq!(left_alone("a $NAME_1 b"), ["a ", " b"]);
        assert_eq!(left_alone("${x}é$(id)`id`*~"), ["", "é", "", "", "", ""]);
        assert_eq!(left_alone("5 $ ${x `id $(y"), ["5 $ ${x `id $(y"], "nothing is closed");
    }

    #[test]
    fn what_was_left_alone_must_be_there_in_order() {
        let left = ["a", "bc", "d"];
        assert!(fits(&left, b"a.bc.d") && fits(&left, b"abcd"));
        assert!(!fits(&left, b"a.d.bc") && !fits(&left, b".abcd") && !fits(&left, b"a.b.c.d") && !fits(&left, b"a"));
        assert!(!fits(&["ab", "b"], b"ab"), "no octet belongs to two pieces");
    }

    #[test]
    fn too_little_that_was_left_alone_tells_nothing() {
        assert!(is_telling(&["ab ", " c"]));
        assert!(!is_telling(&["ab ", " "]) && !is_telling(&["abc"]));
    }
}
