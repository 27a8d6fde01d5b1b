//! `--reply WHEN[+MS]=TEXT`: one reply of `samewire serve`. Pure.
//!
//! The same as a reply of a case, in one line; escapes in TEXT say what a shell cannot.

use std::time::Duration;

use samewire_recorder::{Expression, Reply, Trigger};
use toml_edit::{Array, InlineTable, Value};

use crate::suite::recorder;
use crate::suite::writer::octets_in;

/// Between two pieces of a reply.
const PAUSE: Duration = Duration::from_millis(50);

/// The help on replies.
pub(super) const HELP: &str = "\
Answer TEXT once WHEN has happened; may be repeated, and replies are given in their order

WHEN is
  connect     the client has connected: the server speaks first
  COUNT       this many octets have been received
  /PATTERN/   PATTERN has been received, after what the previous reply matched
  r/REGEX/    this regular expression over octets has matched; in TEXT, {1} is its first group, {0} the whole match, {{} a brace
  fin         the client's end of stream

After WHEN, * repeats the reply each time WHEN happens (with COUNT: after every COUNT octets), once its turn has come; ? makes the reply \
optional, so that later replies do not wait for it; and +MS delays it by this many milliseconds. In TEXT and PATTERN, \\n \\r \\t \\0 \\\\ and \\xHH are \
single octets; \\| splits TEXT into pieces that are sent 50 ms apart. A match that further octets could extend is taken once none has \
arrived for 50 ms.
Examples: connect=hi\\n   3=ok   /QUIT\\r\\n/=bye   /PING\\r\\n/*=+PONG\\r\\n   'r/id=([0-9]+);/*=got {1}'   fin+1200=late   1=\\xc3\\|\\xa9";

/// A flag in its parts.
struct Parts {
    when: Trigger,
    delay: u64,
    pieces: Vec<Vec<u8>>,
    each_time: bool,
    optional: bool,
}

/// Parses the value of a flag.
pub(super) fn parse(value: &str) -> Result<Reply, String> {
    let Parts { when, delay, pieces, each_time, optional } = parts(value)?;
    let reply = Reply {
        pieces: recorder::templates(&when, pieces),
        when,
        delay: Duration::from_millis(delay),
        connection: None,
        pause: PAUSE,
        each_time,
        optional,
    };
    recorder::problem(&reply, false).map_or(Ok(reply), Err)
}

/// The value of a flag as it stands under `replies` of a case.
pub(super) fn in_case(value: &str) -> Result<InlineTable, String> {
    parse(value)?;
    let Parts { when, delay, pieces, each_time, optional } = parts(value)?;
    let number = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
    let after = |octets: &[u8]| octets_in(octets).into_iter().map(|(key, value)| (format!("after_{key}"), value)).collect();
    let mut table: InlineTable = match when {
        Trigger::Connect => InlineTable::from_iter([("at", "connect")]),
        Trigger::Fin => InlineTable::from_iter([("at", "fin")]),
        Trigger::Octets(count) => InlineTable::from_iter([("after_bytes", number(count))]),
        Trigger::Pattern(octets) => after(&octets),
        Trigger::Matches(_) => {
            let source = value.strip_prefix("r/").and_then(split).map(|(source, _)| source).unwrap_or_default();
            InlineTable::from_iter([("after_matches", source)])
        }
    };
    table.extend(octets_in(&pieces.concat()));
    if let [first @ .., _] = pieces.as_slice()
        && !first.is_empty()
    {
        table.insert("pieces", first.iter().map(|piece| number(piece.len() as u64)).collect::<Array>().into());
        table.insert("pause_ms", number(u64::try_from(PAUSE.as_millis()).unwrap_or_default()));
    }
    let more = [("delay_ms", (delay > 0).then(|| number(delay))), ("each_time", each_time.then(|| true.into()))];
    for (key, value) in more.into_iter().chain([("optional", optional.then(|| true.into()))]) {
        value.map(|value| table.insert(key, value));
    }
    Ok(table)
}

fn parts(value: &str) -> Result<Parts, String> {
    let (when, rest) = trigger(value)?;
    let marks = rest.len() - rest.trim_start_matches(['*', '?']).len();
    let (marks, rest) = rest.split_at(marks);
    let (delay, text) = match rest.strip_prefix('+') {
        Some(rest) => rest.split_once('=').ok_or("write `=` and the answer after the milliseconds")?,
        None => ("0", rest.strip_prefix('=').ok_or("write `=` and the answer after WHEN")?),
    };
    let delay = delay.parse().map_err(|_| format!("`+{delay}` is not a number of milliseconds"))?;
    let pieces = text.split("\\|").map(unescaped).collect::<Result<_, _>>()?;
    Ok(Parts { when, delay, pieces, each_time: marks.contains('*'), optional: marks.contains('?') })
}

/// What a reply waits for, and the rest of the text.
fn trigger(value: &str) -> Result<(Trigger, &str), String> {
    if let Some(rest) = value.strip_prefix("r/") {
        let (source, rest) = split(rest).ok_or("a REGEX ends in `/=`, `/*=`, `/?=` or `/+MS=`")?;
        return Ok((Trigger::Matches(Expression::new(source).map_err(|error| error.to_string())?), rest));
    }
    if let Some(rest) = value.strip_prefix('/') {
        let (pattern, rest) = split(rest).ok_or("a PATTERN ends in `/=`, `/*=`, `/?=` or `/+MS=`")?;
        return Ok((Trigger::Pattern(unescaped(pattern)?), rest));
    }
    let (when, rest) = value.split_at(value.find(['=', '+', '*', '?']).unwrap_or(value.len()));
    let when = match when {
        "connect" => Trigger::Connect,
        "fin" => Trigger::Fin,
        count => {
            Trigger::Octets(count.parse().map_err(|_| format!("`{count}` is none of: connect, fin, COUNT, /PATTERN/, r/REGEX/"))?)
        }
    };
    Ok((when, rest))
}

/// A text up to the first slash behind which `=` can follow, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let ends = |at: &usize| {
        let rest = text[at + 1..].trim_start_matches(['*', '?']);
        let rest = rest.strip_prefix('+').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        rest.starts_with('=')
    };
    let end = text.match_indices('/').map(|(at, _)| at).find(ends)?;
    Some((&text[..end], &text[end + 1..]))
}

fn unescaped(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        octets.extend(plain.as_bytes());
        let (octet, length) = escaped(escape).ok_or("an escape is one of: \\n \\r \\t \\0 \\\\ \\xHH, and in a reply \\|")?;
        octets.push(octet);
        rest = &escape[length..];
    }
    octets.extend(rest.as_bytes());
    Ok(octets)
}

/// The octet of an escape, and how long it is behind its backslash.
fn escaped(escape: &str) -> Option<(u8, usize)> {
    let octet = match escape.bytes().next()? {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        b'\\' => b'\\',
        b'x' => {
            let digits = escape.get(1..3).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            return Some((u8::from_str_radix(digits, 16).ok()?, 3));
        }
        _ => return None,
    };
    Some((octet, 1))
}

#[cfg(test)]
mod tests {
    use samewire_recorder::{Answers, Template};

    use super::*;

    fn parsed(value: &str) -> (Trigger, u128, Vec<Template>) {
        let reply = parse(value).unwrap();
        (reply.when, reply.delay.as_millis(), reply.pieces)
    }

    fn pieces<const N: usize>(pieces: [&[u8]; N]) -> Vec<Template> {
        pieces.map(Template::from).to_vec()
    }

    #[test]
    fn a_reply_is_the_same_in_a_case() {
        for value in [
            "connect=hi\\n",
            "3=ok",
            "3*=ok",
            "fin+1200=a=b",
            "/QUIT\\r\\n/=bye",
            "/\\xff\"/?=\\0",
            "/PING\\r\\n/*+5=+PONG\\r\\n",
            "r/id=([0-9]+);\\./*=got {1}{{}",
            "1=\\xc3\\|\\xa9\\|é'\"\\\\",
        ] {
            let case = "[[case]]\nname = 'a'\nabout = 'x'\nhazards = []\ninput = ''\nexpect = { text = 'a' }\n";
            let text = format!("{case}recorder.replies = [{}]", in_case(value).unwrap());
            let suite = crate::suite::Suite::parse("a.toml".as_ref(), &text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let reply = parse(value).unwrap();
            // Of one piece there is nothing to pause between.
            let pause = if reply.pieces.len() > 1 { PAUSE } else { Duration::ZERO };
            assert_eq!(suite.cases[0].recorder.answers, Answers::Replies(vec![Reply { pause, ..reply }]), "{text}");
        }
        assert!(in_case("hi").is_err() && in_case("connect*=hi").is_err());
    }

    #[test]
    fn replies_read_as_the_help_says() {
        assert_eq!(parsed("connect=hi\\n"), (Trigger::Connect, 0, pieces([b"hi\n"])));
        assert_eq!(parsed("3=ok"), (Trigger::Octets(3), 0, pieces([b"ok"])));
        assert_eq!(parsed("fin+1200=a=b"), (Trigger::Fin, 1200, pieces([b"a=b"])));
        assert_eq!(parsed("/a\\r\\n/=+OK"), (Trigger::Pattern(b"a\r\n".to_vec()), 0, pieces([b"+OK"])));
        assert_eq!(parsed("/a/b/+5=/="), (Trigger::Pattern(b"a/b".to_vec()), 5, pieces([b"/="])));
        assert_eq!(parsed("/Accept: */*\\r/=ok"), (Trigger::Pattern(b"Accept: */*\r".to_vec()), 0, pieces([b"ok"])));
        assert_eq!(parsed("1=\\xc3\\|\\xa9\\0\\\\"), (Trigger::Octets(1), 0, pieces([b"\xc3", &[0xa9, 0, b'\\']])));
        assert_eq!(parsed("connect=é"), (Trigger::Connect, 0, pieces(["é".as_bytes()])));
        assert_eq!(parsed("/a/={1}").2, pieces([b"{1}"]));
    }

    #[test]
    fn marks_say_how_often_a_reply_is_given() {
        let marks = |value| parse(value).map(|reply| (reply.each_time, reply.optional, reply.delay.as_millis())).unwrap();
        assert_eq!(marks("/PING/=x"), (false, false, 0));
        assert_eq!(marks("/PING/*=x"), (true, false, 0));
        assert_eq!(marks("/PING/?+7=x"), (false, true, 7));
        assert_eq!(marks("2*+5=x"), (true, false, 5));
        assert_eq!(marks("fin?=x"), (false, true, 0));
    }

    #[test]
    fn a_regular_expression_keeps_its_escapes_and_fills_places() {
        let expression = Expression::new(r"id=(\d+)/\r\n").unwrap();
        let expected = (Trigger::Matches(expression), 0, vec![Template::with_places(b"{1}\n")]);
        assert_eq!(parsed(r"r/id=(\d+)/\r\n/*={1}\n"), expected);
    }

    #[test]
    fn what_is_no_reply_is_refused_with_the_mend() {
        for (value, mend) in [
            ("ok", "none of"),
            ("connect", "`=`"),
            ("soon=x", "none of"),
            ("/a", "ends in"),
            ("fin+x=y", "milliseconds"),
            ("fin+5", "`=`"),
            ("r/a", "ends in"),
            ("r/(/=x", "unclosed group"),
            ("r/(a)/={2}", "a place {2}"),
            ("r/a*/=x", "at least one"),
            ("connect*=x", "happens once"),
            ("fin*=x", "happens once"),
            ("0*=x", "happens once"),
            ("1=\\q", "an escape"),
            ("1=\\x+f", "an escape"),
            ("1=\\xé", "an escape"),
            ("1=\\", "an escape"),
        ] {
            let error = parse(value).unwrap_err();
            assert!(error.contains(mend), "{value}: {error}");
        }
    }
}
