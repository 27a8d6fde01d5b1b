//! Why a trial could not be run or judged.

use std::io;

use samewire_recorder::ServeError;

use crate::judge::verdict::Verdict;
use crate::trial::capture::ReadBackError;
use crate::trial::decoded::DecodedError;
use crate::trial::decoder::DecodeError;
use crate::trial::launch::LaunchError;
use crate::trial::server::Broken;

/// Why a trial could not be run or judged.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetupError {
    #[error("cannot {what}: {source}")]
    Io { what: &'static str, source: io::Error },
    #[error("{0}")]
    Listen(io::Error),
    #[error(transparent)]
    Launch(#[from] LaunchError),
    #[error("cannot record: {0}")]
    Serve(#[from] ServeError),
    #[error("cannot create the capture: {0}")]
    Create(#[from] samewire_recorder::WriteError),
    #[error("{0}: nobody was ready to answer the client")]
    Upstream(String),
    #[error(transparent)]
    Server(#[from] Broken),
    #[error("{0}")]
    Tls(String),
    #[error("{0}")]
    Undecided(String),
    #[error(transparent)]
    Observe(#[from] ReadBackError),
    #[error(transparent)]
    Decoded(#[from] DecodedError),
    #[error(transparent)]
    Printed(#[from] DecodeError),
}

impl SetupError {
    /// The verdict of such a trial.
    pub(super) fn verdict(&self) -> Verdict {
        match self {
            Self::Decoded(DecodedError::Decoder(DecodeError::Interrupted)) | Self::Printed(DecodeError::Interrupted) => {
                Verdict::Interrupted
            }
            Self::Server(Broken::Interrupted) => Verdict::Interrupted,
            _ => Verdict::SetupError,
        }
    }
}

/// That something could not be done with a file or a socket.
pub(super) fn io(what: &'static str) -> impl Fn(io::Error) -> SetupError {
    move |source| SetupError::Io { what, source }
}
