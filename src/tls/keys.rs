//! The secrets of sessions, in the format of NSS's key log: with them Wireshark shows plain octets.

use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The secrets of the sessions of one recorder, from when it was given these.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<Mutex<String>>);

impl Keys {
    /// Those so far, a line each.
    #[must_use]
    pub fn lines(&self) -> String {
        self.log().clone()
    }

    fn log(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl rustls::KeyLog for Keys {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let mut log = self.log();
        // Writing to a string does not fail.
        let _ = writeln!(log, "{label} {} {}", hex(client_random), hex(secret));
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
