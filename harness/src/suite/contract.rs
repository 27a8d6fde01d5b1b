//! The contract between the harness and clients that read plans: its rules, as trials check them.
//!
//! What it says is in `clients/README.md`; the cases that check it are made in the room of clients.

/// The status by which a client says that it cannot do a line of the plan.
pub const CANNOT: i32 = 77;

/// A rule of the contract between harness and client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contract {
    /// A word that nobody knows ends in 77, and no connection is made.
    UnknownWord,
    /// The same of a word behind a `connect`: it is looked at before the first connection.
    UnknownWordBehindConnect,
    /// A plan that is not there ends in a failure, and no connection is made.
    MissingPlan,
    /// A refused connection ends in a failure.
    RefusedConnection,
    /// A client reads until the server has closed.
    HeldClose,
    /// It does so however long that takes.
    LongHeldClose,
    /// It does so also before it connects again.
    ConnectAfterClose,
    /// A pause lasts as long as it says.
    LongPause,
    /// A word in `lacks` ends in 77, and no connection is made.
    Lacks(String),
}

impl Contract {
    /// Whether its trials are long and do nothing but wait, so that others may run meanwhile.
    #[must_use]
    pub fn only_waits(&self) -> bool {
        matches!(self, Self::LongHeldClose | Self::LongPause)
    }
}
