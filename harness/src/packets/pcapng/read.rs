//! Reading files of packets: pcapng, and pcap in both orders of octets.
//!
//! Streams: holds one block at a time. What cannot be read names the block where it stands.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::Path;

use super::classic::{Classic, HEADER};
use super::head::{Head, Wrong};
use super::octets::Order;
use super::section::Section;
use super::{MAX_BLOCK, block};
use crate::packets::link::LinkType;

/// The packets of a file, one after the other. After the first error there is nothing more.
pub struct PacketReader<R> {
    input: Input<R>,
    format: Format,
    ending: Option<Ending>,
    failed: bool,
    last_ns: i64,
    packets: u64,
    /// Drops of the sections that are over.
    dropped: u64,
}

/// A packet as a file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Counts from 1, as Wireshark counts frames.
    pub number: u64,
    /// When it passed, in nanoseconds since 1970. A packet without a stamp has that of the one before.
    pub stamp_ns: i64,
    /// What it begins with.
    pub link: LinkType,
    /// Its octets, as far as they were captured.
    pub octets: &'a [u8],
    /// How many there were.
    pub original: usize,
}

/// How a file of packets ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Behind a whole block.
    Whole,
    /// In the middle of the block that begins at this offset.
    CutOff {
        /// Octets from the beginning of the file.
        at: u64,
    },
}

/// A file cannot be read, from a block on.
#[derive(Debug, thiserror::Error)]
#[error("the block at octet {at} {wrong}")]
pub struct ReadError {
    /// Where the block begins, in octets from the beginning of the file.
    pub at: u64,
    /// What is wrong with it.
    pub wrong: Wrong,
}

enum Format {
    /// No section yet.
    Fresh,
    Sections(Section),
    Classic(Classic),
}

/// Whether a file that begins with these four octets is one of packets.
#[must_use]
pub fn is_packets(beginning: &[u8]) -> bool {
    beginning == block::SECTION.to_be_bytes() || Classic::magic(beginning).is_some()
}

impl PacketReader<BufReader<std::fs::File>> {
    /// Opens a file of packets.
    ///
    /// # Errors
    /// It cannot be opened, or is none.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file = std::fs::File::open(path).map_err(|error| ReadError { at: 0, wrong: error.into() })?;
        Self::new(BufReader::with_capacity(1 << 18, file))
    }
}

impl<R: Read> PacketReader<R> {
    /// Reads packets from `input`, in small pieces: it should be buffered.
    ///
    /// # Errors
    /// It cannot be read, or begins as no file of packets does.
    pub fn new(mut input: R) -> Result<Self, ReadError> {
        let at_start = |wrong| ReadError { at: 0, wrong };
        let mut magic = Vec::new();
        (&mut input).take(4).read_to_end(&mut magic).map_err(|error| at_start(error.into()))?;
        let mut input = Input { input: Cursor::new(magic.clone()).chain(input), block: Vec::new(), at: 0, begins: 0 };
        let format = input.format(&magic).map_err(at_start)?;
        Ok(Self { input, format, ending: None, failed: false, last_ns: 0, packets: 0, dropped: 0 })
    }

    /// How the file ended; `None` while there is more, and after an error.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// How many packets were not captured, as the file says so far. pcap says nothing of it.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        match &self.format {
            Format::Sections(section) => self.dropped.saturating_add(section.dropped()),
            Format::Fresh | Format::Classic(_) => self.dropped,
        }
    }

    /// The next packet.
    ///
    /// # Errors
    /// A block cannot be read.
    #[expect(clippy::should_implement_trait, reason = "an iterator's items cannot borrow from it")]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, ReadError> {
        if self.failed || self.ending.is_some() {
            return Ok(None);
        }
        match self.read() {
            Ok(head) => Ok(head.map(|head| self.packet(&head))),
            Err(wrong) => {
                self.failed = true;
                Err(ReadError { at: self.input.begins, wrong })
            }
        }
    }

    /// Reads on to the next packet, which is in the block then.
    fn read(&mut self) -> Result<Option<Head>, Wrong> {
        loop {
            let head = match &self.format {
                Format::Classic(classic) => self.input.record(classic)?,
                Format::Fresh | Format::Sections(_) => self.block()?,
            };
            match head {
                Step::Packet(head) => return Ok(Some(head)),
                Step::Other => {}
                Step::End => {
                    let begins = self.input.begins;
                    self.ending = Some(if self.input.block.is_empty() { Ending::Whole } else { Ending::CutOff { at: begins } });
                    return Ok(None);
                }
            }
        }
    }

    fn block(&mut self) -> Result<Step, Wrong> {
        /// Kind and length; a section header has its order of octets behind them.
        const START: usize = 12;
        if !self.input.read(START)? {
            return Ok(Step::End);
        }
        let is_section = self.input.block.starts_with(&block::SECTION.to_le_bytes());
        if is_section {
            self.dropped = self.dropped();
            self.format = Format::Sections(Section::new(order(&self.input.block)?));
        }
        let Format::Sections(section) = &mut self.format else { return Err(Wrong::NotPackets) };
        let order = section.order;
        let length = order.size(&self.input.block, 4).ok_or(Wrong::Length)?;
        if !self.input.read_on(START, length)? {
            return Ok(Step::End);
        }
        if order.size(&self.input.block, length - 4) != Some(length) {
            return Err(Wrong::Length);
        }
        if is_section {
            return version(order, &self.input.block).map(|()| Step::Other);
        }
        let kind = order.u32(&self.input.block, 0).ok_or(Wrong::Length)?;
        let head = section.block(kind, &self.input.block, self.last_ns)?;
        Ok(head.map_or(Step::Other, Step::Packet))
    }

    fn packet(&mut self, head: &Head) -> Packet<'_> {
        self.packets += 1;
        self.last_ns = head.stamp_ns;
        let octets = self.input.block.get(head.from..head.from + head.captured).unwrap_or_default();
        Packet {
            number: self.packets,
            stamp_ns: head.stamp_ns,
            link: head.link,
            octets,
            // A file may say less than it has.
            original: head.original.max(octets.len()),
        }
    }
}

/// What was read.
enum Step {
    Packet(Head),
    Other,
    End,
}

fn order(start: &[u8]) -> Result<Order, Wrong> {
    match Order::Little.u32(start, 8) {
        Some(0x1a2b_3c4d) => Ok(Order::Little),
        Some(0x4d3c_2b1a) => Ok(Order::Big),
        _ => Err(Wrong::Order),
    }
}

fn version(order: Order, header: &[u8]) -> Result<(), Wrong> {
    match order.u16(header, 12) {
        Some(1) => Ok(()),
        Some(other) => Err(Wrong::Version(other)),
        None => Err(Wrong::Length),
    }
}

/// What is read from, and the block that was read last.
struct Input<R> {
    input: Chain<Cursor<Vec<u8>>, R>,
    block: Vec<u8>,
    /// Octets that were read.
    at: u64,
    /// Where the block begins.
    begins: u64,
}

impl<R: Read> Input<R> {
    /// The format of a file that begins so. All of pcap's header is read, and nothing of pcapng.
    fn format(&mut self, magic: &[u8]) -> Result<Format, Wrong> {
        match *magic {
            [0x0a, 0x0d, 0x0d, 0x0a] => Ok(Format::Fresh),
            [0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd] | [0xfd, b'7', b'z', b'X'] | [0x04, 0x22, 0x4d, 0x18] => {
                Err(Wrong::Compressed)
            }
            _ if Classic::magic(magic).is_none() => Err(Wrong::NotPackets),
            _ if !self.read(HEADER)? => Err(Wrong::Length),
            _ => Classic::new(&self.block).map(Format::Classic).ok_or(Wrong::Length),
        }
    }

    /// Reads a new block's first octets; `false` where the file ends before they do.
    fn read(&mut self, count: usize) -> io::Result<bool> {
        self.block.clear();
        self.begins = self.at;
        self.more(count)
    }

    /// Reads on until the block has `length` octets, of which there are `have`.
    fn read_on(&mut self, have: usize, length: usize) -> Result<bool, Wrong> {
        match length {
            length if length > MAX_BLOCK => Err(Wrong::TooLong(length)),
            length if length < have || !length.is_multiple_of(4) => Err(Wrong::Length),
            length => Ok(self.more(length - have)?),
        }
    }

    fn record(&mut self, classic: &Classic) -> Result<Step, Wrong> {
        if !self.read(classic.head())? {
            return Ok(Step::End);
        }
        let head = classic.packet(&self.block)?;
        if head.captured > MAX_BLOCK {
            return Err(Wrong::TooLong(head.captured));
        }
        Ok(if self.more(head.captured)? { Step::Packet(head) } else { Step::End })
    }

    /// Memory is taken as octets come, not as a length claims them.
    fn more(&mut self, count: usize) -> io::Result<bool> {
        let read = (&mut self.input).take(count as u64).read_to_end(&mut self.block)?;
        self.at += read as u64;
        Ok(read == count)
    }
}
