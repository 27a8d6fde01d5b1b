//! `--reply WHEN[+MS]=TEXT`: one reply of `samewire serve`. Pure.
//!
//! The same as a reply of a case, in one line; escapes in TEXT say what a shell cannot.

use std::time::Duration;

use samewire_recorder::{Reply, Trigger};

/// Between two pieces of a reply.
const PAUSE: Duration = Duration::from_millis(50);

/// The help on replies.
pub const HELP: &str = "\
Answer TEXT when WHEN has come to be; may be given again, and the order counts

WHEN is
  connect     the connection: the server speaks first
  COUNT       so many octets received
  /PATTERN/   PATTERN received, behind what the reply before has found
  fin         the client's end of stream

+MS waits so many milliseconds more. In TEXT and PATTERN, \\n \\r \\t \\0 \\\\ and \\xHH are single octets; \\| cuts TEXT into \
pieces that are sent 50 ms apart.
Examples: connect=hi\\n   3=ok   /QUIT\\r\\n/=bye   fin+1200=late   1=\\xc3\\|\\xa9";

/// Parses the value of a flag.
pub fn parse(value: &str) -> Result<Reply, String> {
    let (when, rest) = trigger(value)?;
    let (delay, text) = match rest.strip_prefix('+') {
        Some(rest) => rest.split_once('=').ok_or("write `=` and what is answered after the milliseconds")?,
        None => ("0", rest.strip_prefix('=').ok_or("write `=` and what is answered after WHEN")?),
    };
    let delay = delay.parse().map_err(|_| format!("`+{delay}` is no number of milliseconds"))?;
    let pieces = text.split("\\|").map(unescaped).collect::<Result<_, _>>()?;
    Ok(Reply { when, delay: Duration::from_millis(delay), connection: None, pieces, pause: PAUSE })
}

/// What a reply waits for, and the rest of the text.
fn trigger(value: &str) -> Result<(Trigger, &str), String> {
    if let Some(rest) = value.strip_prefix('/') {
        let end = rest.find("/=").into_iter().chain(rest.find("/+")).min().ok_or("a PATTERN ends in `/=` or `/+`")?;
        return Ok((Trigger::Pattern(unescaped(&rest[..end])?), &rest[end + 1..]));
    }
    let (when, rest) = value.split_at(value.find(['=', '+']).unwrap_or(value.len()));
    let when = match when {
        "connect" => Trigger::Connect,
        "fin" => Trigger::Fin,
        count => Trigger::Octets(count.parse().map_err(|_| format!("`{count}` is none of: connect, fin, COUNT, /PATTERN/"))?),
    };
    Ok((when, rest))
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
    use super::*;

    fn parsed(value: &str) -> (Trigger, u128, Vec<Vec<u8>>) {
        let reply = parse(value).unwrap();
        (reply.when, reply.delay.as_millis(), reply.pieces)
    }

    #[test]
    fn replies_read_as_the_help_says() {
        assert_eq!(parsed("connect=hi\\n"), (Trigger::Connect, 0, vec![b"hi\n".to_vec()]));
        assert_eq!(parsed("3=ok"), (Trigger::Octets(3), 0, vec![b"ok".to_vec()]));
        assert_eq!(parsed("fin+1200=a=b"), (Trigger::Fin, 1200, vec![b"a=b".to_vec()]));
        assert_eq!(parsed("/a\\r\\n/=+OK"), (Trigger::Pattern(b"a\r\n".to_vec()), 0, vec![b"+OK".to_vec()]));
        assert_eq!(parsed("/a/b/+5=/="), (Trigger::Pattern(b"a/b".to_vec()), 5, vec![b"/=".to_vec()]));
        assert_eq!(parsed("1=\\xc3\\|\\xa9\\0\\\\"), (Trigger::Octets(1), 0, vec![vec![0xc3], vec![0xa9, 0, b'\\']]));
        assert_eq!(parsed("connect=é"), (Trigger::Connect, 0, vec!["é".as_bytes().to_vec()]));
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
