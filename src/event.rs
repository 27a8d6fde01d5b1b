//! The events of a capture, and the one line of JSON that each becomes.
//!
//! Pure: no file, no socket, no clock. What writes the lines is [`crate::CaptureWriter`], what checks them [`crate::CaptureReader`].

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of the capture format. A reader knows this and all before it.
pub const FORMAT: u32 = 2;

/// One line of a capture.
///
/// `at_us` is microseconds since the recorder started, on a monotonic clock. `offset` counts the octets of one connection in
/// one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "lowercase", deny_unknown_fields)]
pub enum Event<'a> {
    /// The first line: who recorded, where, in which format.
    Start {
        /// [`FORMAT`], or an earlier one.
        format: u32,
        /// Name and version of the program that recorded.
        recorder: Cow<'a, str>,
        /// The address that was listened on.
        address: Cow<'a, str>,
        /// Wall-clock time (RFC 3339, UTC) of `at_us` 0.
        at: Cow<'a, str>,
    },
    /// A connection was accepted.
    Open {
        /// Counts from 1, in the order of acceptance.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
        /// The client's address.
        peer: Cow<'a, str>,
        /// The address that it came to, where `start` names several, or one that stands for all of a machine.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<Cow<'a, str>>,
    },
    /// Octets were received.
    Data {
        /// The connection they came on.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
        /// How many octets were received on this connection before these.
        offset: u64,
        /// The offset of the one among them that came as urgent (TCP's URG, `MSG_OOB`), where one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        urgent: Option<u64>,
        /// The octets (base64 in JSON).
        #[serde(rename = "base64", with = "base64_octets")]
        #[cfg_attr(feature = "schema", schemars(with = "String", extend("contentEncoding" = "base64")))]
        octets: Cow<'a, [u8]>,
    },
    /// The recorder answered.
    Sent {
        /// The connection it answered on.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
        /// How many octets were sent on this connection before these.
        offset: u64,
        /// The octets (base64 in JSON).
        #[serde(rename = "base64", with = "base64_octets")]
        #[cfg_attr(feature = "schema", schemars(with = "String", extend("contentEncoding" = "base64")))]
        octets: Cow<'a, [u8]>,
    },
    /// The client's end of stream was read.
    Fin {
        /// The connection that ended.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
    },
    /// The recorder half-closed: it answers no more, and goes on reading.
    Shut {
        /// The connection it half-closed.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
    },
    /// The connection is over. Written just before the recorder closes its socket.
    Close {
        /// The connection that is over.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
        /// How many octets were received in all.
        bytes: u64,
        /// How the client ended.
        peer: PeerEnd,
        /// Who ended it.
        by: EndedBy,
        /// Why, where it was an upstream's doing: what people were told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Cow<'a, str>>,
        /// CRC-32 (that of gzip and PNG) of all octets received, as eight digits of hex.
        crc32: Cow<'a, str>,
    },
    /// All that was waited for has come, or nothing is waited for any more: what follows is recorded, and not judged.
    Enough {
        /// Microseconds since start.
        at_us: u64,
    },
    /// The last line: the recorder finished.
    Stop {
        /// Microseconds since start.
        at_us: u64,
        /// How many connections there were.
        connections: u64,
    },
}

/// How a client ended its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PeerEnd {
    /// An orderly end of stream.
    Fin,
    /// The connection was aborted: a read or a write failed.
    Reset,
    /// It had not ended when the recorder let go.
    Open,
}

/// Who ended a connection, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The client.
    Peer,
    /// The recorder, because its settings say so.
    Recorder,
    /// The recorder, because nothing came for too long.
    IdleTimeout,
    /// The recorder, because a limit was reached.
    Limit,
    /// The recorder, because the server that was to answer could not be reached or went away.
    Upstream,
    /// The recorder, because it was told to stop.
    Stopped,
}

impl fmt::Display for PeerEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fin => "FIN",
            Self::Reset => "RST",
            Self::Open => "still open",
        })
    }
}

impl fmt::Display for EndedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Peer => "the client",
            Self::Recorder => "the recorder",
            Self::IdleTimeout => "the idle timeout",
            Self::Limit => "a limit",
            Self::Upstream => "the upstream",
            Self::Stopped => "the end of the recording",
        })
    }
}

impl Event<'_> {
    /// The connection that it is of; none of `start`, `enough` and `stop`.
    #[must_use]
    pub fn connection(&self) -> Option<u64> {
        match self {
            Self::Open { connection, .. }
            | Self::Data { connection, .. }
            | Self::Sent { connection, .. }
            | Self::Fin { connection, .. }
            | Self::Shut { connection, .. }
            | Self::Close { connection, .. } => Some(*connection),
            Self::Start { .. } | Self::Enough { .. } | Self::Stop { .. } => None,
        }
    }

    /// Appends the event's line, line feed included.
    ///
    /// Octets are by far the most of a capture, so the two events that carry them are written without serde; a test holds both
    /// ways equal.
    ///
    /// # Errors
    /// Whatever serde_json says; no event of this type makes it fail.
    pub fn write_line(&self, line: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match self {
            Self::Data { connection, at_us, offset, urgent, octets } => {
                let urgent = urgent.map(|urgent| format!(r#","urgent":{urgent}"#)).unwrap_or_default();
                let place = format_args!(r#""data","connection":{connection},"at_us":{at_us},"offset":{offset}{urgent}"#);
                octets_line(line, place, octets);
            }
            Self::Sent { connection, at_us, offset, octets } => {
                let place = format_args!(r#""sent","connection":{connection},"at_us":{at_us},"offset":{offset}"#);
                octets_line(line, place, octets);
            }
            other => serde_json::to_writer(&mut *line, other)?,
        }
        line.push(b'\n');
        Ok(())
    }
}

/// `place` is all between the name of the event and its octets.
fn octets_line(line: &mut Vec<u8>, place: fmt::Arguments<'_>, octets: &[u8]) {
    let head = format!(r#"{{"event":{place},"base64":""#);
    line.reserve(head.len() + octets.len().div_ceil(3) * 4 + 3);
    line.extend_from_slice(head.as_bytes());
    base64_simd::STANDARD.encode_append(octets, line);
    line.extend_from_slice(b"\"}");
}

mod base64_octets {
    //! Octets as base64 (RFC 4648, section 4, padded).

    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64_simd::STANDARD.encode_to_string(octets))
    }

    pub(super) fn deserialize<'a, 'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, [u8]>, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let octets =
            base64_simd::STANDARD.decode_to_vec(text.as_bytes()).map_err(|_| de::Error::custom("base64 is malformed"))?;
        Ok(Cow::Owned(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &Event) -> String {
        let mut line = Vec::new();
        event.write_line(&mut line).unwrap();
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn the_fast_line_is_the_line_serde_would_write() {
        for length in 0..70 {
            let octets: Vec<u8> = (0..length).map(|i: u8| i.wrapping_mul(7)).collect();
            let urgent = (length % 2 == 1).then_some(9);
            let data = Event::Data { connection: 3, at_us: 17, offset: 9, urgent, octets: octets.clone().into() };
            let sent = Event::Sent { connection: 3, at_us: 17, offset: 9, octets: octets.into() };
            for event in [data, sent] {
                assert_eq!(line(&event), serde_json::to_string(&event).unwrap() + "\n");
                assert_eq!(serde_json::from_str::<Event>(&line(&event)).unwrap(), event);
            }
        }
    }

    #[test]
    fn lines_read_as_the_format_says() {
        let close = Event::Close {
            connection: 1,
            at_us: 1201,
            bytes: 2,
            peer: PeerEnd::Fin,
            by: EndedBy::IdleTimeout,
            reason: None,
            crc32: "00c0ffee".into(),
        };
        assert_eq!(
            line(&close),
            "{\"event\":\"close\",\"connection\":1,\"at_us\":1201,\"bytes\":2,\"peer\":\"fin\",\"by\":\"idle-timeout\",\"crc32\":\"00c0ffee\"}\n"
        );
        let data = Event::Data { connection: 1, at_us: 7, offset: 0, urgent: None, octets: b"\x0c\x22"[..].into() };
        assert_eq!(line(&data), "{\"event\":\"data\",\"connection\":1,\"at_us\":7,\"offset\":0,\"base64\":\"DCI=\"}\n");
    }

    #[test]
    fn a_field_nobody_knows_is_refused() {
        assert!(serde_json::from_str::<Event>(r#"{"event":"fin","connection":1,"at_us":1,"colour":"red"}"#).is_err());
    }
}
