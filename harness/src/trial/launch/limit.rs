//! A time limit that goes on only while this process does.
//!
//! A person who stops a run (Ctrl-Z) and takes it up again (`fg`) stops its recorders too, and a client that waits for one has not
//! been slow. Nothing tells a process afterwards how long it was stopped; but time that is counted in short slices cannot have passed
//! in one that took far too long.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The time that is counted at once.
const SLICE: Duration = Duration::from_millis(100);

/// A slice that takes so much longer was not spent running, however busy the machine is.
const JUMP: Duration = Duration::from_secs(1);

/// How much time something still has.
#[derive(Debug, Clone)]
pub struct TimeLimit {
    left: Duration,
}

impl TimeLimit {
    /// So much time from now on.
    #[must_use]
    pub fn new(left: Duration) -> Self {
        Self { left }
    }

    /// How much of it is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.left
    }

    /// Ready when none is left. Who stops waiting may wait again: a slice that was not waited for to its end does not count.
    pub async fn is_up(&mut self) {
        while !self.left.is_zero() {
            let slice = self.left.min(SLICE);
            let begun = Instant::now();
            sleep(slice).await;
            self.count(slice, begun.elapsed());
        }
    }

    /// Takes a slice away that took so long by the clock.
    fn count(&mut self, slice: Duration, took: Duration) {
        let was_stopped = took > slice + JUMP;
        self.left = self.left.saturating_sub(if was_stopped { slice } else { took });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_which_this_process_was_stopped_does_not_count() {
        let mut limit = TimeLimit::new(Duration::from_secs(10));
        limit.count(SLICE, Duration::from_secs(3600));
        assert_eq!(limit.left(), Duration::from_secs(10) - SLICE);
    }

    #[test]
    fn time_on_a_busy_machine_counts() {
        let mut limit = TimeLimit::new(Duration::from_secs(10));
        limit.count(SLICE, SLICE * 5);
        assert_eq!(limit.left(), Duration::from_secs(10) - SLICE * 5);
    }
}
