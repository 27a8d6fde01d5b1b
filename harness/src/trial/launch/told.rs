//! Signals that end a process, whoever is to hear them.

/// What a process is told by a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// SIGINT, as by Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: its terminal is gone.
    HangUp,
}
