//! Numbers that look random, and are the same for the same seed on every machine.

/// SplitMix64 (Steele and others 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

/// What SplitMix64 goes on by.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// The numbers of plan `n` of a seed: those of plan `n + 1` have nothing to do with them.
    pub(crate) fn of(seed: u64, n: u64) -> Self {
        Self(mixed(mixed(seed.wrapping_add(STEP)) ^ mixed(n.wrapping_mul(STEP))))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

fn mixed(x: u64) -> u64 {
    let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}
