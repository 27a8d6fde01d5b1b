//! Sequence numbers: 32 bits that wrap, as offsets in a stream that do not.

/// The offset of the octet with sequence number `number`, in a stream whose first octet has `first`, read as the one of all
/// that is nearest to the offset `near`. Negative where it lies before the stream.
pub(super) fn offset(first: u32, near: u64, number: u32) -> i64 {
    let there = first.wrapping_add(low(near));
    let distance = number.wrapping_sub(there).cast_signed();
    near.cast_signed().saturating_add(i64::from(distance))
}

/// The sequence number of the octet at `offset`.
pub(super) fn number(first: u32, offset: u64) -> u32 {
    first.wrapping_add(low(offset))
}

/// What 32 bits keep of an offset.
#[expect(clippy::cast_possible_truncation, reason = "a sequence number is what 32 bits keep of an offset")]
fn low(offset: u64) -> u32 {
    offset as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_survive_every_wrap() {
        for first in [0, 1, 17, u32::MAX - 1, u32::MAX] {
            for at in [0_u64, 1, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x3_1234_5678] {
                for near in [at.saturating_sub(70_000), at, at + 70_000] {
                    assert_eq!(offset(first, near, number(first, at)), at.cast_signed());
                }
            }
        }
    }

    #[test]
    fn what_lies_before_the_stream_is_negative() {
        assert_eq!(offset(10, 0, 9), -1);
        assert_eq!(offset(0, 0, u32::MAX), -1);
    }
}
