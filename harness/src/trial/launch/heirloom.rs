//! What all that a program starts inherits, whatever it does to its environment, its files and its session. Linux only.
//!
//! It is the soft limit of the resident set, which Linux hands on to every child and has not enforced since 2.4.30. Ours is a number
//! that no other process has, far above the memory of any machine; nobody but `setrlimit` takes it away.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The least number: 2^62 octets and more are no limit to anybody.
const LEAST: u64 = 1 << 62;

/// The number that all descendants of this process's programs have.
pub(super) fn number() -> u64 {
    static NUMBER: OnceLock<u64> = OnceLock::new();
    *NUMBER.get_or_init(|| LEAST | (RandomState::new().hash_one(std::process::id()) >> 2))
}

/// Does `start`; what it starts has our number.
pub(super) fn given<T>(start: impl FnOnce() -> T) -> T {
    with(Some(number()), start)
}

/// Does `start`; what it starts has nobody's number, not that of whoever started us either.
pub(super) fn withheld<T>(start: impl FnOnce() -> T) -> T {
    with(None, start)
}

/// Has the limit for as long as something is started.
fn with<T>(limit: Option<u64>, start: impl FnOnce() -> T) -> T {
    let before = getrlimit(Resource::Rss);
    let current = match (limit, before.maximum) {
        // One that is lower than a number can be is left as it is: then nothing has ours.
        (Some(number), Some(most)) if most < number => before.current,
        (Some(number), _) => Some(number),
        (None, most) => most,
    };
    // A soft limit can always be moved below the hard one.
    let _ = setrlimit(Resource::Rss, Rlimit { current, ..before });
    let _before = Before(before);
    start()
}

/// The limits as they were.
struct Before(Rlimit);

impl Drop for Before {
    fn drop(&mut self) {
        let _ = setrlimit(Resource::Rss, self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_while_something_is_started_and_then_no_more() {
        let before = getrlimit(Resource::Rss);
        assert_eq!(given(|| getrlimit(Resource::Rss).current), Some(number()));
        assert_eq!(withheld(|| getrlimit(Resource::Rss).current), before.maximum);
        assert_eq!(getrlimit(Resource::Rss), before);
    }
}
