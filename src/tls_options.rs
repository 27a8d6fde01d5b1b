//! What a recorder's TLS is to be like. Pure.

/// What a recorder's TLS is to be like. The default is what every client should accept that knows the authority.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// The protocols that are offered by ALPN, the dearest first; none is no ALPN.
    pub alpn: Vec<String>,
    /// Whether the client must show a certificate.
    pub client_certificate: ClientCertificate,
    /// What the recorder's certificate is like.
    pub certificate: Certificate,
    /// The only version that is spoken; `None` is 1.2 and 1.3.
    pub version: Option<TlsVersion>,
}

/// Whether a client must show a certificate of the authority's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It is not asked for one.
    #[default]
    No,
    /// It is asked, and may have none.
    Optional,
    /// Without one the handshake fails.
    Required,
}

/// What the recorder's certificate is like. All but the first are ones that a client must refuse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Certificate {
    /// As it should be.
    #[default]
    Good,
    /// Its time is over.
    Expired,
    /// It is for another name.
    WrongName,
    /// It is of an authority that nobody knows.
    UnknownAuthority,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl Certificate {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Good, Self::Expired, Self::WrongName, Self::UnknownAuthority];

    /// Its name, where it is one that a client must refuse.
    #[must_use]
    pub fn fault(self) -> Option<&'static str> {
        match self {
            Self::Good => None,
            Self::Expired => Some("expired"),
            Self::WrongName => Some("wrong-name"),
            Self::UnknownAuthority => Some("unknown-authority"),
        }
    }
}
