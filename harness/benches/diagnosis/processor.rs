//! How long this thread has run.

use std::time::Duration;

/// Time of the processor.
#[cfg(unix)]
pub(crate) fn time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Time on the wall, where there is no clock for a thread.
#[cfg(not(unix))]
pub(crate) fn time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
