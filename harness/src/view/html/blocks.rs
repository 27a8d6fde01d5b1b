//! Trials in the page, deflated: so many at once that they deflate well, and so few that one block is inflated in no time.

use std::io::{self, Write};

use base64_simd::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::Value;

/// Octets of JSON from which on a block is full.
const FULL: usize = 256 * 1024;

/// How hard it is tried: trials are so alike that more takes time and wins little.
const EFFORT: u32 = 4;

/// Blocks that are written as they are full. Each is a list of trials in the report's order; those of which a search finds more than their
/// outline has stand in blocks of their own, so that a search inflates no others.
pub(super) struct Blocks<'a> {
    to: &'a mut dyn Write,
    /// What says little, and what says much.
    open: [Option<Open>; 2],
    begun: usize,
}

/// A block that takes more.
struct Open {
    /// Which it is.
    number: usize,
    json: Vec<u8>,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, open: [None, None], begun: 0 }
    }

    /// Adds a trial, and tells in which block it is.
    pub(super) fn add(&mut self, trial: &Value, says_much: bool) -> io::Result<usize> {
        let open = &mut self.open[usize::from(says_much)];
        let block = open.get_or_insert_with(|| {
            self.begun += 1;
            Open { number: self.begun - 1, json: Vec::with_capacity(FULL) }
        });
        block.json.push(if block.json.is_empty() { b'[' } else { b',' });
        serde_json::to_writer(&mut block.json, trial)?;
        let number = block.number;
        if block.json.len() >= FULL {
            open.take().map_or(Ok(()), |full| write(full, self.to))?;
        }
        Ok(number)
    }

    /// Writes what is not full.
    pub(super) fn finish(self) -> io::Result<()> {
        self.open.into_iter().flatten().try_for_each(|block| write(block, self.to))
    }
}

fn write(mut block: Open, to: &mut dyn Write) -> io::Result<()> {
    block.json.push(b']');
    let (number, deflated) = (block.number, deflated(&block.json)?);
    writeln!(to, "<script type=\"application/octet-stream\" id=\"block-{number}\">{deflated}</script>")
}

/// Octets as the script inflates them: zlib (RFC 1950), in base64.
pub(super) fn deflated(octets: &[u8]) -> io::Result<String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(EFFORT));
    encoder.write_all(octets)?;
    Ok(STANDARD.encode_to_string(encoder.finish()?))
}
