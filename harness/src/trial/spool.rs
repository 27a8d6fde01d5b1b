//! Octets that become a file where they are many, or where somebody keeps them.
//!
//! The packets of most trials are kept by nobody. A file that is made and removed again for each would cost more than all else that is
//! done with packets: file systems make new ones the slower the more were removed just now.

use std::fs::{self, File};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::packets::pcapng::{add_secrets, add_secrets_in};

/// The most octets that are held in memory.
const IN_MEMORY: usize = 1 << 20;

/// Octets on their way to a file. Clones are the same octets.
#[derive(Debug, Clone)]
pub struct Spool {
    path: PathBuf,
    held: Arc<Mutex<Held>>,
}

#[derive(Debug)]
enum Held {
    Memory(Vec<u8>),
    File(File),
}

impl Spool {
    /// None so far, for a file that is not there yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, held: Arc::new(Mutex::new(Held::Memory(Vec::new()))) }
    }

    /// All of them, from their beginning.
    pub(super) fn reader(&self) -> io::Result<Box<dyn Read>> {
        Ok(match &*self.held() {
            Held::Memory(octets) => Box::new(Cursor::new(octets.clone())),
            Held::File(_) => Box::new(File::open(&self.path)?),
        })
    }

    /// Adds the secrets of TLS sessions, where there are any, to packets that are all there.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add_secrets(&self, key_log: &str) -> io::Result<()> {
        if key_log.is_empty() {
            return Ok(());
        }
        match &mut *self.held() {
            Held::Memory(octets) => add_secrets_in(octets, key_log.as_bytes()),
            Held::File(_) => add_secrets(&self.path, key_log.as_bytes()).map_err(io::Error::other),
        }
    }

    /// Makes the file, where it is not there yet; false where there is nothing to be in it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self) -> io::Result<bool> {
        match &*self.held() {
            Held::Memory(octets) if octets.is_empty() => Ok(false),
            Held::Memory(octets) => fs::write(&self.path, octets).map(|()| true),
            Held::File(_) => Ok(true),
        }
    }

    /// Removes the file, where there is one. One that stays costs only its place.
    pub fn give_up(&self) {
        if let Held::File(_) = &*self.held() {
            let _ = fs::remove_file(&self.path);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Spool {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.held().write(octets, &self.path)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Held {
    fn write(&mut self, octets: &[u8], path: &Path) -> io::Result<usize> {
        if let Self::Memory(held) = self {
            if held.len() + octets.len() <= IN_MEMORY {
                held.extend_from_slice(octets);
                return Ok(octets.len());
            }
            let mut file = File::create(path)?;
            file.write_all(held)?;
            *self = Self::File(file);
        }
        match self {
            Self::File(file) => file.write(octets),
            Self::Memory(_) => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(spool: &Spool) -> Vec<u8> {
        let mut octets = Vec::new();
        spool.reader().unwrap().read_to_end(&mut octets).unwrap();
        octets
    }

    #[test]
    fn few_octets_are_a_file_once_they_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("few");
        let mut spool = Spool::new(path.clone());
        assert!(!spool.keep().unwrap() && !path.exists());
        spool.write_all(b"few").unwrap();
        assert_eq!((all(&spool), path.exists()), (b"few".to_vec(), false));
        spool.give_up();
        assert!(spool.keep().unwrap());
        assert_eq!(fs::read(path).unwrap(), b"few");
    }

    #[test]
    fn many_octets_are_a_file_until_they_are_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many");
        let (mut spool, octets) = (Spool::new(path.clone()), vec![7; IN_MEMORY]);
        let mut other = spool.clone();
        spool.write_all(&octets).unwrap();
        assert!(!path.exists());
        other.write_all(b"beyond").unwrap();
        spool.keep().unwrap();
        let expected = [&octets[..], b"beyond"].concat();
        assert!(all(&spool) == expected && fs::read(&path).unwrap() == expected);
        spool.give_up();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path().join("no/such/folder"));
        spool.write_all(b"few").unwrap();
        assert_eq!(spool.keep().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(spool.write_all(&vec![0; IN_MEMORY]).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
