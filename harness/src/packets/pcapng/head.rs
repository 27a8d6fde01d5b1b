//! Where in a block a packet lies, and what can be wrong with a block.

use std::io;

use super::MAX_BLOCK;
use crate::packets::link::LinkType;

/// Where in a block a packet lies.
pub(super) struct Head {
    pub(super) link: LinkType,
    pub(super) stamp_ns: i64,
    pub(super) from: usize,
    pub(super) captured: usize,
    pub(super) original: usize,
}

impl Head {
    pub(super) fn new(link: LinkType, stamp_ns: i64, from: usize, captured: usize, original: usize) -> Self {
        Self { link, stamp_ns, from, captured, original }
    }

    /// Itself, where it ends within the first `end` octets.
    pub(super) fn within(self, end: usize) -> Result<Self, Wrong> {
        let ends = self.from.checked_add(self.captured);
        if ends.is_some_and(|ends| ends <= end) { Ok(self) } else { Err(Wrong::Length) }
    }
}

/// What can be wrong with a block.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is another file.
    #[error("is neither pcap nor pcapng; `tcpdump -w FILE` and Wireshark write such files")]
    NotPackets,
    /// It is compressed.
    #[error("is compressed; decompress the file first, with gunzip, unzstd, unxz, lz4 or the like")]
    Compressed,
    /// Its order of octets is none.
    #[error("is a section header with an unknown byte order")]
    Order,
    /// A version of pcapng that is not known.
    #[error("is of pcapng version {0}, and only 1 is known")]
    Version(u16),
    /// Its lengths do not fit.
    #[error("has a length that does not fit what is in it")]
    Length,
    /// It is longer than [`MAX_BLOCK`].
    #[error("claims {0} octets; more than {MAX_BLOCK} are not read")]
    TooLong(usize),
    /// It is of an interface that no block describes.
    #[error("is of interface {0}, which is not described before it")]
    Interface(usize),
    /// There are too many interfaces.
    #[error("describes more interfaces than any file has")]
    Interfaces,
}
