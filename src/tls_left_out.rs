//! In place of `tls`, where the feature is left out: the same names, of which there is none.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::Path;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::event::{Handshake, Wire};
use crate::stream::Stream;
use crate::tls_options::TlsOptions;

/// A client has so long for its handshake.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[error("TLS is left out of this program: it was built without the feature `tls`")]
#[non_exhaustive]
pub struct TlsError;

/// The recorder's side of TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    none: Infallible,
    pub(crate) handshake: Duration,
}

/// TLS to an upstream.
#[derive(Debug, Clone)]
pub struct UpstreamTls {
    none: Infallible,
    pub(crate) handshake: Duration,
}

/// An authority that signs certificates.
#[derive(Debug)]
pub struct Authority(Infallible);

/// A certificate and its key, as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its key (PKCS #8).
    pub key: String,
}

/// The secrets of the sessions of one recorder.
#[derive(Debug, Clone, Default)]
pub struct Keys;

pub(crate) struct Session(Infallible);

impl Keys {
    /// None.
    #[must_use]
    pub fn into_file(_: File) -> Self {
        Self
    }

    /// None.
    #[must_use]
    pub fn lines(&self) -> String {
        String::new()
    }
}

impl Authority {
    /// None.
    ///
    /// # Errors
    /// Always: the feature is left out.
    pub fn new() -> Result<Self, TlsError> {
        Err(TlsError)
    }

    /// Its certificate.
    #[must_use]
    pub fn pem(&self) -> String {
        match self.0 {}
    }

    /// A certificate for a client.
    ///
    /// # Errors
    /// Never.
    pub fn client(&self) -> Result<Identity, TlsError> {
        match self.0 {}
    }
}

impl Tls {
    /// None.
    ///
    /// # Errors
    /// Never.
    pub fn new(authority: &Authority, _: &[String], _: &TlsOptions) -> Result<Self, TlsError> {
        match authority.0 {}
    }

    /// The same.
    #[must_use]
    pub fn with_handshake(self, handshake: Duration) -> Self {
        Self { handshake, ..self }
    }

    /// The same.
    #[must_use]
    pub fn with_keys(&self, _: &Keys) -> Self {
        match self.none {}
    }

    pub(crate) fn session(&self) -> Result<Session, String> {
        match self.none {}
    }
}

impl UpstreamTls {
    /// None.
    ///
    /// # Errors
    /// Always: the feature is left out.
    pub fn new(_: Option<&Path>) -> Result<Self, TlsError> {
        Err(TlsError)
    }

    /// The same.
    #[must_use]
    pub fn with_handshake(self, handshake: Duration) -> Self {
        Self { handshake, ..self }
    }

    pub(crate) fn session(&self, _: &str) -> Result<Session, String> {
        match self.none {}
    }
}

type Reading = fn(&Stream, &mut [u8]) -> io::Result<usize>;

impl Session {
    pub(crate) fn poll_readable(&self, _: &Stream, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    pub(crate) fn poll_writable(&self, _: &Stream, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    pub(crate) fn shake_hands(&self, _: &Stream, _: Reading) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn read(&self, _: &Stream, _: Reading, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(crate) fn write(&self, _: &Stream, _: &[u8]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(crate) fn say_goodbye(&self, _: &Stream) -> bool {
        match self.0 {}
    }

    pub(crate) fn poll_goodbye(&self, _: &Stream, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    pub(crate) fn is_truncated(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn is_silent(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn failure(&self) -> Option<String> {
        match self.0 {}
    }

    pub(crate) fn on_the_wire(&self) -> Wire<'static> {
        match self.0 {}
    }

    pub(crate) fn handshake(&self) -> Handshake<'static> {
        match self.0 {}
    }
}
