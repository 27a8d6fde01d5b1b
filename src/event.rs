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
    /// A TLS handshake is over. All octets of this connection are those within TLS.
    Tls {
        /// The connection it was on.
        connection: u64,
        /// Microseconds since start.
        at_us: u64,
        /// What came of it.
        handshake: Handshake<'a>,
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
        /// Why, where it was an upstream's doing or that of broken TLS: what people were told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Cow<'a, str>>,
        /// CRC-32 (that of gzip and PNG) of all octets received, as eight digits of hex.
        crc32: Cow<'a, str>,
        /// What was on the wire, where that is not what is recorded: under TLS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wire: Option<Wire<'a>>,
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

/// What came of a TLS handshake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Handshake<'a> {
    /// The version: `TLS 1.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'a, str>>,
    /// The cipher suite, by IANA's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cipher_suite: Option<Cow<'a, str>>,
    /// The name that the client asked for (SNI).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<Cow<'a, str>>,
    /// The protocol that was agreed on (ALPN), escaped where it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<Cow<'a, str>>,
    /// Whether the client has shown a certificate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub client_certificate: bool,
    /// The alert by which the client ended it: `unknown_ca`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<Cow<'a, str>>,
    /// Why it failed, and what to do; nothing where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Cow<'a, str>>,
}

/// Octets as they were on the wire, in both directions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Wire<'a> {
    /// How many were received.
    pub received: u64,
    /// Their CRC-32.
    pub received_crc32: Cow<'a, str>,
    /// How many were sent.
    pub sent: u64,
    /// Their CRC-32.
    pub sent_crc32: Cow<'a, str>,
}

impl Handshake<'_> {
    /// The same, of nobody else's text.
    #[must_use]
    pub fn into_owned(self) -> Handshake<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Handshake {
            version: owned(self.version),
            cipher_suite: owned(self.cipher_suite),
            server_name: owned(self.server_name),
            alpn: owned(self.alpn),
            client_certificate: self.client_certificate,
            alert: owned(self.alert),
            failed: owned(self.failed),
        }
    }
}

impl fmt::Display for Handshake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failed) = &self.failed {
            return write!(f, "no TLS: {failed}");
        }
        f.write_str(self.version.as_deref().unwrap_or("TLS"))?;
        let said = [("", &self.cipher_suite), ("to ", &self.server_name), ("ALPN ", &self.alpn)];
        for (name, value) in said.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            write!(f, ", {name}{value}")?;
        }
        if self.client_certificate { f.write_str(", with a certificate of the client's") } else { Ok(()) }
    }
}

/// How a client ended its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum PeerEnd {
    /// An orderly end of stream.
    Fin,
    /// An end of stream without the close_notify that TLS has before it: octets may have been cut off.
    Truncated,
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
    /// The recorder, because there was no TLS, or no more.
    Tls,
    /// The recorder, because it was told to stop.
    Stopped,
}

impl fmt::Display for PeerEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fin => "FIN",
            Self::Truncated => "FIN without close_notify",
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
            Self::Tls => "broken TLS",
            Self::Stopped => "the end of the recording",
        })
    }
}

impl PeerEnd {
    /// Whether the client has ended its stream, whatever TLS makes of it.
    #[must_use]
    pub fn is_fin(self) -> bool {
        matches!(self, Self::Fin | Self::Truncated)
    }
}

impl Event<'_> {
    /// The connection that it is of; none of `start`, `enough` and `stop`.
    #[must_use]
    pub fn connection(&self) -> Option<u64> {
        match self {
            Self::Open { connection, .. }
            | Self::Tls { connection, .. }
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
            wire: None,
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
