//! Waiting for what nothing tells of.

use std::time::Duration;

use rustix::event::{Timespec, poll};

/// How often something is looked at, and how far apart.
pub(crate) struct Patience {
    pub tries: u32,
    pub pause: Duration,
}

impl Patience {
    /// Waits until it is so; false where it is not, after all of this.
    pub(crate) fn until(&self, mut is_so: impl FnMut() -> bool) -> bool {
        for _ in 1..self.tries {
            if is_so() {
                return true;
            }
            let pause = Timespec { tv_sec: 0, tv_nsec: self.pause.subsec_nanos().into() };
            // An interrupted pause is as good.
            let _ = poll(&mut [], Some(&pause));
        }
        is_so()
    }
}
