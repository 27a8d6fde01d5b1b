//! The messages of a stream that goes on. Pure.

use super::{Direction, Message, decode};
use crate::suite::DecoderKind;

/// Stands for whatever may come next.
const NEXT: u8 = b'x';

/// The messages at the beginning of a stream that stay what they are whatever comes behind them; none where the decoder has to be run.
/// `questions` are as for [`decode`].
#[must_use]
pub fn settled(kind: &DecoderKind, direction: Direction, octets: &[u8], questions: &[Message]) -> Option<Vec<Message>> {
    let with_more = [octets, &[NEXT]].concat();
    let mut messages = decode(kind, direction, &with_more, questions)?;
    // What the next octet is a part of is not whole, or is not known to be.
    let whole = messages.iter().take_while(|message| message.at + message.octets <= octets.len() as u64).count();
    messages.truncate(whole);
    Some(messages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::messages::Direction::{Received, Sent};
    use crate::suite::decoder::{FrameLength, Frames, Lines};
    use crate::suite::plan::Prefix;

    #[track_caller]
    fn texts(kind: &DecoderKind, direction: Direction, octets: &[u8]) -> Vec<String> {
        settled(kind, direction, octets, &[]).unwrap().into_iter().map(|message| message.text).collect()
    }

    #[test]
    fn a_message_is_settled_once_it_is_whole() {
        let lines = DecoderKind::Lines(Lines::default());
        assert_eq!(texts(&lines, Received, b"a\r\nb\n"), ["a", "b"]);
        assert_eq!(texts(&lines, Received, b"a\r\nb"), ["a"]);
        assert_eq!(texts(&lines, Received, b"a\r"), [""; 0], "LF may come");
        let frames = DecoderKind::Frames(Frames { length: FrameLength::Binary(Prefix::Uleb), fields: None });
        assert_eq!(texts(&frames, Received, b"\x02hi\x03a"), ["hi"]);
        let request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(texts(&DecoderKind::Http1, Received, request), ["POST / HTTP/1.1"]);
        assert_eq!(texts(&DecoderKind::Http1, Received, &request[..request.len() - 1]), [""; 0]);
        assert_eq!(texts(&DecoderKind::Http1, Sent, b"HTTP/1.1 200 OK\r\n\r\nto the en"), [""; 0]);
    }

    #[test]
    fn what_is_settled_never_changes() {
        let lines = DecoderKind::Lines(Lines { end: Some(b"xx".to_vec()), fields: None });
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\nrubbish";
        for (kind, octets) in [(lines, &b"axxxxbxxxc"[..]), (DecoderKind::Http1, &chunked[..])] {
            let all = decode(&kind, Received, octets, &[]).unwrap();
            for end in 0..=octets.len() {
                let settled = settled(&kind, Received, &octets[..end], &[]).unwrap();
                assert_eq!(settled, all[..settled.len()], "after {end} octets");
            }
        }
    }
}
