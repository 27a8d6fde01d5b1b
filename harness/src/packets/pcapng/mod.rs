//! Files of packets: pcapng is written and read, pcap is read.
//!
//! Both are plain fields of fixed width, so they are read here, each against the bounds that a hostile file needs: a block is
//! read whole into memory of [`MAX_BLOCK`] octets at most, before anything in it is believed.

mod classic;
mod head;
mod octets;
mod read;
mod secrets;
mod section;
mod write;

pub use head::Wrong;
pub use read::{Ending, Packet, PacketReader, ReadError, is_packets};
pub use secrets::{SecretsError, add_secrets, add_secrets_in};
pub use write::{PacketWriter, Statistics};

/// No block of a file is longer; a longer one is damage, not a reason to run out of memory.
pub const MAX_BLOCK: usize = 16 << 20;

/// Numbers of blocks.
mod block {
    pub(super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(super) const INTERFACE: u32 = 1;
    /// What packets were in before pcapng was what it is.
    pub(super) const OLD_PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const STATISTICS: u32 = 5;
    pub(super) const PACKET: u32 = 6;
    pub(super) const SECRETS: u32 = 10;
}

/// Numbers of options. 1 and up mean something else in every kind of block.
mod option {
    pub(super) const END: u16 = 0;
    pub(super) const SECTION_PROGRAM: u16 = 4;
    pub(super) const INTERFACE_NAME: u16 = 2;
    pub(super) const TIME_RESOLUTION: u16 = 9;
    pub(super) const TIME_OFFSET: u16 = 14;
    pub(super) const STATISTICS_START: u16 = 2;
    pub(super) const STATISTICS_END: u16 = 3;
    pub(super) const RECEIVED: u16 = 4;
    pub(super) const DROPPED_BY_INTERFACE: u16 = 5;
    pub(super) const DROPPED_BY_SYSTEM: u16 = 7;
}
