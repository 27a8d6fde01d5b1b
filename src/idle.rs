//! Whether a connection is idle: nothing moved for too long, and not because the recorder made others wait.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// The clock of one connection.
pub(crate) struct Idle {
    limit: Option<Duration>,
    since: Instant,
    /// When something moved last, in microseconds from `since`.
    moved_us: AtomicU64,
    /// Waits of the recorder's own making that go on: while it makes others wait, nobody is idle.
    own_waits: AtomicUsize,
}

impl Idle {
    /// A connection on which something has moved just now.
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self { limit, since: Instant::now(), moved_us: AtomicU64::new(0), own_waits: AtomicUsize::new(0) }
    }

    /// Something moved.
    pub(crate) fn moved(&self) {
        if self.limit.is_some() {
            let now = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.moved_us.store(now, Ordering::Relaxed);
        }
    }

    /// Waits because the recorder's settings say so. Sleeping for no time would take up to a millisecond.
    pub(crate) async fn wait(&self, time: Duration) {
        if !time.is_zero() {
            self.own_waits.fetch_add(1, Ordering::Relaxed);
            Box::pin(sleep(time)).await;
            self.own_waits.fetch_sub(1, Ordering::Relaxed);
            self.moved();
        }
    }

    /// Ready when nothing has moved for too long.
    pub(crate) async fn is_over(&self) {
        let Some(limit) = self.limit else { return std::future::pending().await };
        loop {
            let moved_us = self.moved_us.load(Ordering::Relaxed);
            sleep_until(self.due(limit)).await;
            if self.moved_us.load(Ordering::Relaxed) == moved_us && !self.waits() {
                return;
            }
        }
    }

    /// When it is over, unless something moves before that.
    fn due(&self, limit: Duration) -> Instant {
        let moved = self.since + Duration::from_micros(self.moved_us.load(Ordering::Relaxed));
        (if self.waits() { Instant::now() } else { moved }) + limit
    }

    fn waits(&self) -> bool {
        self.own_waits.load(Ordering::Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(100);

    #[tokio::test]
    async fn it_is_over_as_long_after_the_last_move_as_the_limit_says() {
        let idle = Idle::new(Some(LIMIT));
        assert_eq!(idle.due(LIMIT), idle.since + LIMIT);
        sleep(LIMIT / 2).await;
        let before = Instant::now();
        idle.moved();
        let due = idle.due(LIMIT);
        assert!(due + Duration::from_micros(1) >= before + LIMIT && due <= Instant::now() + LIMIT);
        idle.is_over().await;
        assert!(Instant::now() >= due);
    }

    #[tokio::test]
    async fn the_recorders_own_waits_are_nobodys_idleness() {
        let (started, idle) = (Instant::now(), Idle::new(Some(LIMIT)));
        tokio::join!(idle.is_over(), idle.wait(LIMIT * 3));
        assert!(started.elapsed() >= LIMIT * 4);
    }

    #[tokio::test]
    async fn without_a_limit_it_is_never_over() {
        let idle = Idle::new(None);
        assert!(tokio::time::timeout(LIMIT, idle.is_over()).await.is_err());
    }
}
