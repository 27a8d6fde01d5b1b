//! A TCP server that records every octet it receives as JSON Lines, each event written when it happens.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use samewire_recorder::{CaptureReader, CaptureWriter, Finish, Settings, listen, serve};
//!
//! let listener = listen("127.0.0.1:0".parse()?)?;
//! let capture = CaptureWriter::create("capture.jsonl".as_ref())?;
//! let finish = async {
//!     // ... let clients connect to the listener's address, then:
//!     Finish::now()
//! };
//! let connections = serve(listener, capture, Settings::default(), finish).await?;
//! for event in CaptureReader::open("capture.jsonl".as_ref())? {
//!     println!("{:?}", event?);
//! }
//! # Ok(()) }
//! ```
//!
//! # Known limitations
//!
//! - Write boundaries are those of the recorder's reads: TCP has none of its own.
//! - A client that closed without reading an answer is seen as `reset` only if its RST arrives before the recorder lets go.

mod connection;
mod event;
mod reader;
mod serve;
mod settings;
mod writer;

pub use event::{EndedBy, Event, FORMAT, PeerEnd};
pub use reader::{CaptureError, CaptureReader, Completeness, Damage, MAX_LINE};
pub use serve::{Finish, ServeError, listen, serve};
pub use settings::{Reply, Settings, Trigger};
pub use writer::{CaptureWriter, Watch, WriteError};
