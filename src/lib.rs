#![doc = include_str!("README.md")]
//!
//! # Known limitations
//!
//! - Write boundaries are those of the recorder's reads: TCP has none of its own.
//! - A connection that the recorder cut off tells nothing of its client: `peer` is `open`.
//! - A client that closed without reading an answer is seen as `reset` only if its RST arrives before the recorder lets go.

mod address;
mod answering;
mod backlog;
mod channel;
mod checks;
mod connection;
mod damage;
mod descriptors;
mod encoding;
mod event;
mod expression;
mod file;
mod handshake;
mod idle;
mod line;
mod link;
mod notice;
mod outgoing;
mod pattern;
mod reader;
mod received;
mod serve;
mod settings;
mod shared;
mod socket;
#[cfg(unix)]
mod socket_file;
mod stream;
mod switches;
mod template;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "tls_left_out.rs"]
mod tls;
mod tls_options;
mod turns;
mod upstream;
mod urgent;
mod writer;

/// Whether TLS is there: the feature `tls`.
pub const HAS_TLS: bool = cfg!(feature = "tls");

pub use address::{Address, AddressError, UNIX, Upstream};
pub use damage::{CaptureError, Damage, MAX_LINE};
pub use encoding::Encoding;
pub use event::{EndedBy, Event, FORMAT, Handshake, PeerEnd, Wire};
pub use expression::{Expression, ExpressionError};
pub use notice::{Limit, Notice};
pub use reader::{CaptureReader, Completeness};
pub use serve::{Finish, ServeError, serve, serve_marking};
pub use settings::{
    Answers, BYTES_IN_ALL, BYTES_PER_CONNECTION, CONNECTIONS_AT_ONCE, Cut, Faults, IDLE_TIMEOUT, Limits, Reply, SETTLED,
    Settings, SlowRead, Trigger,
};
pub use socket::{Listener, listen, listen_on};
pub use switches::{REFUSED, Refused, comes_too_late, refused};
pub use template::Template;
pub use tls::{Authority, HANDSHAKE, Identity, Keys, Tls, TlsError, UpstreamTls};
pub use tls_options::{Certificate, ClientCertificate, TlsOptions, TlsVersion};
pub use turns::{Due, Turns, Waiting};
pub use writer::{CaptureWriter, Watch, WriteError};
