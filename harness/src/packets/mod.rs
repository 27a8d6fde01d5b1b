//! Packets: a second witness, that knows nothing of the recorder.
//!
//! ```text
//! pcap, pcapng ── PacketReader ── Segment ── Assembler ── Assembly ──┬── Witness: held against the events of a capture
//!                                                                    ├── Table: Connection::rows for people
//! a capture ───── Maker ───────── PacketWriter                       └── streams, and what the other side had by then
//! ```
//!
//! Owns the files of packets, what a segment is, how segments become streams, and what it means that two witnesses agree.
//! Owns no socket, no clock and no printing. All that is read here is taken for hostile: memory is bounded by [`Limits`], and
//! nothing panics.
//!
//! Known limitations: IP fragments are counted and not joined. Checksums are not verified, since loopback does not fill them in.
//! Tunnels (GRE, VXLAN, PPPoE, MPLS) are not opened.

pub mod pcapng;

mod assembly;
mod clock;
mod connection;
mod direction;
mod exchange;
mod finding;
mod frames;
mod limits;
mod link;
mod made;
mod passed;
mod rows;
mod segment;
mod sequence;
mod sizes;
mod staged;
mod stream;
mod table;
mod witness;

pub use assembly::{Assembler, Assembly, Unread, assemble, assemble_so_far};
pub use clock::{Clock, ClockError, seconds};
pub use connection::{Connection, End, Problem};
pub use direction::Direction;
pub use exchange::{Exchange, MOST_DATA};
pub use finding::{Disagreement, Finding, Held, Remark};
pub use frames::Endpoints;
pub use limits::Limits;
pub use link::LinkType;
pub use made::{MadeError, Maker, make};
pub use passed::Passed;
pub use rows::{Row, Rows};
pub use segment::{Flags, NotTcp, Segment};
pub use sizes::Sizes;
pub use staged::{Carried, stage};
pub use stream::{Conflict, Mark, Stream};
pub use table::Table;
pub use witness::{Witness, hold};
