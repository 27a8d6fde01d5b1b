//! Frames of our own, by which a tap knows that it has read all that passed before.
//!
//! The kernel hands over packets in blocks, a block when it is full or some time has gone by. A frame that is nearly as large as a
//! packet can be fills what is left of one: so nobody waits for the time, and whoever reads such a frame back has read all that was
//! before it. Its EtherType is one that is free for experiments, so nothing else takes it.

use std::sync::atomic::{AtomicU32, Ordering};

/// Local Experimental EtherType 1 (IEEE 802).
pub(super) const ETHER_TYPE: [u8; 2] = [0x88, 0xb5];
const MAGIC: &[u8; 8] = b"samewire";
const HEADER: usize = 14;

/// Octets of a whole frame: as many as loopback passes.
pub(super) const LENGTH: usize = HEADER + 65_536;

/// The markers of one tap.
pub(super) struct Markers {
    /// Tells it from other taps of this machine.
    tap: u64,
    last: u64,
}

impl Markers {
    pub(super) fn new() -> Self {
        static TAPS: AtomicU32 = AtomicU32::new(0);
        let tap = u64::from(std::process::id()) << 32 | u64::from(TAPS.fetch_add(1, Ordering::Relaxed));
        Self { tap, last: 0 }
    }

    /// The next one, and its number.
    pub(super) fn next(&mut self) -> (u64, Vec<u8>) {
        self.last += 1;
        let mut frame = vec![0; HEADER - ETHER_TYPE.len()];
        frame.extend_from_slice(&ETHER_TYPE);
        frame.extend_from_slice(MAGIC);
        frame.extend_from_slice(&self.tap.to_ne_bytes());
        frame.extend_from_slice(&self.last.to_ne_bytes());
        frame.resize(LENGTH, 0);
        (self.last, frame)
    }

    /// The number of a frame of this tap.
    pub(super) fn number(&self, frame: &[u8]) -> Option<u64> {
        let text = frame.get(HEADER + MAGIC.len()..HEADER + MAGIC.len() + 16).filter(|_| is_marker(frame))?;
        let (tap, number) = text.split_at(8);
        (tap == self.tap.to_ne_bytes()).then(|| u64::from_ne_bytes(number.try_into().unwrap_or_default()))
    }
}

/// Whether a frame is of any tap.
pub(super) fn is_marker(frame: &[u8]) -> bool {
    frame.get(HEADER - 2..HEADER) == Some(&ETHER_TYPE) && frame.get(HEADER..HEADER + MAGIC.len()) == Some(MAGIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_known_by_its_own_tap_alone() {
        let (mut one, mut other) = (Markers::new(), Markers::new());
        let (number, frame) = one.next();
        assert_eq!(one.number(&frame), Some(number));
        assert!(is_marker(&frame));
        assert_eq!(other.number(&frame), None);
        assert!(other.next().1 != frame);
        assert!(!is_marker(&frame[..20]));
    }
}
