//! Folders of captures and packets, with all that is below them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// How every capture begins.
const CAPTURE_START: &[u8] = b"{\"event\":\"start\"";

/// How every file of packets begins, and how one of ours goes on: with the program that wrote it.
const PACKETS_START: &[u8] = &[0x0a, 0x0d, 0x0d, 0x0a];
const PACKETS_PROGRAM: &[u8] = b"samewire ";

/// Octets up to the end of that.
const PACKETS_HEAD: u64 = 28 + 9;

/// Removes the captures and packets in a folder and below, and the folders that are empty then. What is not ours stays.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    // A link leads to what is not ours.
    if !fs::symlink_metadata(folder).is_ok_and(|there| there.is_dir()) {
        return Ok(());
    }
    let mut is_empty = true;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if fs::symlink_metadata(&path)?.is_dir() {
            clear(&path)?;
        } else if is_capture(&path) || is_packets(&path) {
            fs::remove_file(&path)?;
        }
        is_empty &= fs::symlink_metadata(&path).is_err();
    }
    if is_empty { fs::remove_dir(folder) } else { Ok(()) }
}

/// Moves every file in a folder and below to the same place in another one.
pub(super) fn move_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() || fs::rename(from, to).is_ok() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() { move_all(&entry.path(), &to)? } else { fs::rename(entry.path(), to)? }
    }
    fs::remove_dir(from)
}

fn is_capture(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(CAPTURE_START.len() as u64).read_to_end(&mut head));
    path.extension().is_some_and(|extension| extension == "jsonl") && read.is_ok() && CAPTURE_START.starts_with(&head)
}

/// Whether this is a file of packets that we wrote, or the beginning of one. Its first block says whose it is.
fn is_packets(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(PACKETS_HEAD).read_to_end(&mut head));
    let is_begun = (head.len() as u64) < PACKETS_HEAD && (head.is_empty() || head.starts_with(PACKETS_START));
    let is_whole = head.starts_with(PACKETS_START) && head.ends_with(PACKETS_PROGRAM);
    path.extension().is_some_and(|extension| extension == "pcapng") && read.is_ok() && (is_begun || is_whole)
}
