//! Octets cut into chunks, so that large runs can be compared chunk by chunk.

/// Cuts octets where their content says so, which is at the same octets wherever these stand.
pub(super) struct Chunks<'a> {
    /// What is not cut yet.
    pub rest: &'a [u8],
    /// The size of a chunk on average, a power of two of at least 64.
    pub size: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let most = self.rest.len().min(self.size * 4);
        let least = self.size / 4;
        let end = cut(self.rest.get(least - 8..most).unwrap_or_default(), self.size).map_or(most, |at| least + at);
        let (chunk, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!chunk.is_empty()).then_some(chunk)
    }
}

/// The first cut behind a window of eight octets: one in `size` (a power of two) windows is one; which, is decided by Fibonacci
/// hashing (Knuth 6.4).
fn cut(octets: &[u8], size: usize) -> Option<usize> {
    let shift = 64 - size.trailing_zeros();
    let (first, rest) = octets.split_first_chunk::<8>()?;
    let mut window = u64::from_le_bytes(*first);
    // A plain loop: megabytes are cut in tests that are not optimized, too.
    for (at, octet) in rest.iter().enumerate() {
        if window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift == 0 {
            return Some(at);
        }
        window = window >> 8 | u64::from(*octet) << 56;
    }
    (window.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift == 0).then_some(rest.len())
}

/// Where each chunk begins, and the last ends.
pub(super) fn starts(chunks: &[&[u8]], first: usize) -> Vec<usize> {
    let ends = chunks.iter().scan(first, |at, chunk| {
        *at += chunk.len();
        Some(*at)
    });
    std::iter::once(first).chain(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_all_octets_and_the_same_wherever_they_stand() {
        let octets: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(i).wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let chunks: Vec<&[u8]> = Chunks { rest: &octets, size: 256 }.collect();
        assert_eq!(chunks.concat(), octets);
        let shifted: Vec<&[u8]> = Chunks { rest: &octets[1..], size: 256 }.collect();
        assert_eq!(chunks[20..], shifted[shifted.len() - (chunks.len() - 20)..]);
        assert_eq!(Chunks { rest: b"short", size: 256 }.collect::<Vec<_>>(), [b"short"]);
    }
}
