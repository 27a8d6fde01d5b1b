//! Numbers in either order of octets.

/// Which end of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    pub(super) fn u16(self, octets: &[u8], at: usize) -> Option<u16> {
        let octets = array(octets, at)?;
        Some(if self == Self::Little { u16::from_le_bytes(octets) } else { u16::from_be_bytes(octets) })
    }

    pub(super) fn u32(self, octets: &[u8], at: usize) -> Option<u32> {
        let octets = array(octets, at)?;
        Some(if self == Self::Little { u32::from_le_bytes(octets) } else { u32::from_be_bytes(octets) })
    }

    pub(super) fn u64(self, octets: &[u8], at: usize) -> Option<u64> {
        let octets = array(octets, at)?;
        Some(if self == Self::Little { u64::from_le_bytes(octets) } else { u64::from_be_bytes(octets) })
    }

    /// A number that is to be a length or an index.
    pub(super) fn size(self, octets: &[u8], at: usize) -> Option<usize> {
        usize::try_from(self.u32(octets, at)?).ok()
    }

    /// A stamp, of which the upper half comes first in either order.
    pub(super) fn stamp(self, octets: &[u8], at: usize) -> Option<u64> {
        Some(u64::from(self.u32(octets, at)?) << 32 | u64::from(self.u32(octets, at + 4)?))
    }
}

fn array<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..at.checked_add(N)?)?.try_into().ok()
}
