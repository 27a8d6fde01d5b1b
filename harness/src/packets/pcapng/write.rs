//! Writing pcapng: one section, in this machine's order of octets, stamps in nanoseconds.

use std::io::{self, Write};

use super::{block, option};
use crate::packets::link::LinkType;

/// Writes packets. Each block is handed on in one write, so what a crash leaves ends with a whole one.
pub struct PacketWriter<W> {
    out: W,
    block: Vec<u8>,
    interfaces: u32,
}

/// What the kernel counted while packets were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// When reading began, in nanoseconds since 1970.
    pub start_ns: i64,
    /// When it ended.
    pub end_ns: i64,
    /// Packets that were read.
    pub received: u64,
    /// Packets that passed and were not read.
    pub dropped: u64,
}

impl<W: Write> PacketWriter<W> {
    /// Begins a file that says that `program` wrote it.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn new(out: W, program: &str) -> io::Result<Self> {
        let mut writer = Self { out, block: Vec::new(), interfaces: 0 };
        let block = &mut writer.block;
        begin(block, block::SECTION);
        block.extend_from_slice(&0x1a2b_3c4d_u32.to_ne_bytes());
        block.extend_from_slice(&1_u16.to_ne_bytes());
        block.extend_from_slice(&0_u16.to_ne_bytes());
        // How long the section is: not said.
        block.extend_from_slice(&u64::MAX.to_ne_bytes());
        put_option(block, option::SECTION_PROGRAM, program.as_bytes());
        end_options(block);
        writer.finish_block()?;
        Ok(writer)
    }

    /// Adds an interface, and returns its number.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn interface(&mut self, link: LinkType, name: &str) -> io::Result<u32> {
        let block = &mut self.block;
        begin(block, block::INTERFACE);
        let number = u16::try_from(link.number()).map_err(|_| invalid("a link type of more than 16 bits"))?;
        block.extend_from_slice(&number.to_ne_bytes());
        block.extend_from_slice(&0_u16.to_ne_bytes());
        // No packet is cut.
        block.extend_from_slice(&0_u32.to_ne_bytes());
        put_option(block, option::INTERFACE_NAME, name.as_bytes());
        // 10 to the power of -9.
        put_option(block, option::TIME_RESOLUTION, &[9]);
        end_options(block);
        self.finish_block()?;
        self.interfaces += 1;
        Ok(self.interfaces - 1)
    }

    /// Writes a packet: `octets` of it were captured, `original` there were.
    ///
    /// # Errors
    /// It cannot be written, or is of an interface that was not added.
    pub fn packet(&mut self, interface: u32, stamp_ns: i64, octets: &[u8], original: usize) -> io::Result<()> {
        if interface >= self.interfaces {
            return Err(invalid("a packet of an interface that is not there"));
        }
        let block = &mut self.block;
        begin(block, block::PACKET);
        block.extend_from_slice(&interface.to_ne_bytes());
        put_stamp(block, stamp_ns);
        block.extend_from_slice(&count(octets.len()).to_ne_bytes());
        block.extend_from_slice(&count(original).to_ne_bytes());
        block.extend_from_slice(octets);
        pad(block);
        self.finish_block()
    }

    /// Writes what the kernel counted at an interface.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn statistics(&mut self, interface: u32, statistics: &Statistics) -> io::Result<()> {
        let block = &mut self.block;
        begin(block, block::STATISTICS);
        block.extend_from_slice(&interface.to_ne_bytes());
        put_stamp(block, statistics.end_ns);
        for (number, stamp) in [(option::STATISTICS_START, statistics.start_ns), (option::STATISTICS_END, statistics.end_ns)] {
            let mut halves = Vec::new();
            put_stamp(&mut halves, stamp);
            put_option(block, number, &halves);
        }
        put_option(block, option::RECEIVED, &statistics.received.to_ne_bytes());
        put_option(block, option::DROPPED_BY_SYSTEM, &statistics.dropped.to_ne_bytes());
        end_options(block);
        self.finish_block()
    }

    /// Writes the keys of TLS sessions, in the form of a key log file. Programs that read once need it before their packets.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn secrets(&mut self, key_log: &[u8]) -> io::Result<()> {
        put_secrets(&mut self.block, key_log);
        self.finish_block()
    }

    /// Hands on what is buffered below.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn finish_block(&mut self) -> io::Result<()> {
        finish(&mut self.block);
        self.out.write_all(&self.block)
    }
}

/// A whole block of secrets, but for its lengths.
pub(super) fn put_secrets(block: &mut Vec<u8>, key_log: &[u8]) {
    /// A key log file, as NSS and browsers write it.
    const KEY_LOG: u32 = 0x544c_534b;
    begin(block, block::SECRETS);
    block.extend_from_slice(&KEY_LOG.to_ne_bytes());
    block.extend_from_slice(&count(key_log.len()).to_ne_bytes());
    block.extend_from_slice(key_log);
    pad(block);
}

fn begin(block: &mut Vec<u8>, kind: u32) {
    block.clear();
    block.extend_from_slice(&kind.to_ne_bytes());
    block.extend_from_slice(&[0; 4]);
}

/// The length, at both ends.
pub(super) fn finish(block: &mut Vec<u8>) {
    let length = count(block.len() + 4).to_ne_bytes();
    block.extend_from_slice(&length);
    block[4..8].copy_from_slice(&length);
}

/// An option; one that is longer than 65 535 octets is cut.
fn put_option(block: &mut Vec<u8>, number: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    block.extend_from_slice(&number.to_ne_bytes());
    block.extend_from_slice(&length.to_ne_bytes());
    block.extend_from_slice(&value[..usize::from(length)]);
    pad(block);
}

fn end_options(block: &mut Vec<u8>) {
    put_option(block, option::END, &[]);
}

fn put_stamp(block: &mut Vec<u8>, stamp_ns: i64) {
    let stamp = u64::try_from(stamp_ns).unwrap_or(0);
    for half in [stamp >> 32, stamp & 0xffff_ffff] {
        block.extend_from_slice(&u32::try_from(half).unwrap_or(u32::MAX).to_ne_bytes());
    }
}

fn pad(block: &mut Vec<u8>) {
    block.resize(block.len().next_multiple_of(4), 0);
}

/// A length as a file has it. No block comes near 4 GiB.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
