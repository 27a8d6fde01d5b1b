//! The secrets of sessions, in the format of NSS's key log: with them Wireshark shows plain octets.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The secrets of the sessions of one recorder, from when it was given these.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<Mutex<Log>>);

#[derive(Debug)]
enum Log {
    Kept(String),
    File(File),
}

impl Default for Log {
    fn default() -> Self {
        Self::Kept(String::new())
    }
}

impl Keys {
    /// Writes each line into this file as soon as it is there, and keeps none.
    #[must_use]
    pub fn into_file(file: File) -> Self {
        Self(Arc::new(Mutex::new(Log::File(file))))
    }

    /// Those so far that were kept, a line each.
    #[must_use]
    pub fn lines(&self) -> String {
        match &*self.log() {
            Log::Kept(lines) => lines.clone(),
            Log::File(_) => String::new(),
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl rustls::KeyLog for Keys {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        match &mut *self.log() {
            Log::Kept(lines) => lines.push_str(&line),
            // Without it one session is not shown; there is nobody here to tell.
            Log::File(file) => drop(file.write_all(line.as_bytes())),
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}
