//! Adding the keys of TLS sessions to a file of packets that is finished.
//!
//! They are known after the packets that they open, and must stand before them: programs that read a file once, as tshark does,
//! know nothing of keys that come later.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::write::{finish, put_secrets};
use super::{MAX_BLOCK, block};

/// Keys could not be added; the file is as it was.
#[derive(Debug, thiserror::Error)]
#[error("cannot add the keys of TLS sessions to {}: {source}", path.display())]
pub struct SecretsError {
    path: PathBuf,
    source: io::Error,
}

/// Puts a key log behind the section header of a file that [`super::PacketWriter`] wrote. The file is replaced at once, or not at all.
///
/// # Errors
/// It is no such file, or cannot be written anew in its folder.
pub fn add_secrets(path: &Path, key_log: &[u8]) -> Result<(), SecretsError> {
    with_secrets(path, key_log).map_err(|source| SecretsError { path: path.to_owned(), source })
}

/// As [`add_secrets`], of a file that is still in memory.
///
/// # Errors
/// It is no such file.
pub fn add_secrets_in(octets: &mut Vec<u8>, key_log: &[u8]) -> io::Result<()> {
    let behind = section_header(&mut io::Cursor::new(octets.as_slice()))?.len();
    octets.splice(behind..behind, secrets(key_log));
    Ok(())
}

fn secrets(key_log: &[u8]) -> Vec<u8> {
    let mut secrets = Vec::new();
    put_secrets(&mut secrets, key_log);
    finish(&mut secrets);
    secrets
}

fn with_secrets(path: &Path, key_log: &[u8]) -> io::Result<()> {
    let mut old = File::open(path)?;
    let header = section_header(&mut old)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().permissions(old.metadata()?.permissions()).tempfile_in(folder)?;
    new.write_all(&header)?;
    new.write_all(&secrets(key_log))?;
    io::copy(&mut BufReader::new(old), new.as_file_mut())?;
    new.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The first block; the file is left behind it.
fn section_header(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    let mut start = [0; 12];
    file.read_exact(&mut start)?;
    let length = u32::from_ne_bytes([start[4], start[5], start[6], start[7]]) as usize;
    let is_ours = start[..4] == block::SECTION.to_ne_bytes() && start[8..] == 0x1a2b_3c4d_u32.to_ne_bytes();
    if !is_ours || !(28..=MAX_BLOCK).contains(&length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a pcapng in this machine's byte order"));
    }
    let mut header = vec![0; length];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut header)?;
    Ok(header)
}
