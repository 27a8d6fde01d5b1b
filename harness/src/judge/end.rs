//! How a program ended. Pure.

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Exit(i32),
    /// By this signal, which was not ours.
    Signal(i32),
    /// It was ended because its time was up.
    TimedOut,
    /// It was told to end, since all that was expected of it had come.
    Enough {
        /// Whether it did not end when it was told to, and was killed.
        was_killed: bool,
    },
    /// Its time was up, and it did not run: this signal had stopped it. A program that asks a terminal which it does not have is
    /// stopped like this.
    Stopped(i32),
    /// It was ended because the run was stopped.
    Interrupted,
    /// Somebody else started it, and nobody told us.
    Unknown,
}
