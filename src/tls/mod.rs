//! TLS: who the recorder is to its clients, and whom it trusts as an upstream. The octets themselves go through a [`Session`].

mod authority;
mod failure;
mod keys;
mod session;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion, version};

use crate::tls_options::{ClientCertificate, TlsOptions, TlsVersion};

pub use authority::{Authority, Identity};
pub use keys::Keys;
pub(crate) use session::Session;

/// A client has so long for its handshake.
pub const HANDSHAKE: Duration = Duration::from_secs(10);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// What was asked for cannot be set.
    #[error("cannot set up TLS: {0}")]
    Setup(#[from] rustls::Error),
    /// A file holds no certificate of an authority.
    #[error("cannot read an authority's certificates from {}: {source}", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// A file of certificates has none.
    #[error("there is no certificate (PEM) in {}", .0.display())]
    Empty(PathBuf),
    /// Clients that have certificates cannot be checked.
    #[error("cannot check clients' certificates: {0}")]
    Clients(#[from] rustls::server::VerifierBuilderError),
    /// The machine trusts nobody.
    #[error("this machine has no certificates of authorities: name the upstream's (`upstream_ca`)")]
    NobodyTrusted,
}

/// The recorder's side of TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    pub(crate) handshake: Duration,
}

/// TLS to an upstream.
#[derive(Debug, Clone)]
pub struct UpstreamTls {
    config: Arc<ClientConfig>,
    pub(crate) handshake: Duration,
}

impl Tls {
    /// Certificates of `authority` for `names` (host names and IP addresses), and all else as `options` say. Sessions are never
    /// resumed, and no tickets are sent: a client that reads nothing has then left nothing unread, and its close is a FIN.
    ///
    /// # Errors
    /// The system gives no random octets, or a name is none.
    pub fn new(authority: &Authority, names: &[String], options: &TlsOptions) -> Result<Self, TlsError> {
        let (certificate, key) = authority.server(names, options.certificate)?;
        let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions(options.version))?;
        let builder = match options.client_certificate {
            ClientCertificate::No => builder.with_no_client_auth(),
            asked => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authority.roots()?), provider());
                let is_optional = asked == ClientCertificate::Optional;
                let verifier = if is_optional { verifier.allow_unauthenticated() } else { verifier };
                builder.with_client_cert_verifier(verifier.build()?)
            }
        };
        let mut config = builder.with_single_cert(vec![certificate], key)?;
        config.alpn_protocols = options.alpn.iter().map(|name| name.clone().into_bytes()).collect();
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { config: Arc::new(config), handshake: HANDSHAKE })
    }

    /// The same, with so long for a handshake, instead of [`HANDSHAKE`].
    #[must_use]
    pub fn with_handshake(self, handshake: Duration) -> Self {
        Self { handshake, ..self }
    }

    /// The same, and the secrets of all sessions are added to `keys`.
    #[must_use]
    pub fn with_keys(&self, keys: &Keys) -> Self {
        let mut config = ServerConfig::clone(&self.config);
        config.key_log = Arc::new(keys.clone());
        Self { config: Arc::new(config), handshake: self.handshake }
    }

    pub(crate) fn session(&self) -> Result<Session, String> {
        let server = rustls::ServerConnection::new(Arc::clone(&self.config)).map_err(|error| error.to_string())?;
        Ok(Session::new(server.into()))
    }
}

impl UpstreamTls {
    /// Trusts the authorities in this file (PEM), or those that the machine trusts.
    ///
    /// # Errors
    /// The file cannot be read, or nobody would be trusted.
    pub fn new(authorities: Option<&Path>) -> Result<Self, TlsError> {
        let roots = match authorities {
            Some(path) => roots_of(path)?,
            None => roots_of_machine()?,
        };
        let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Self { config: Arc::new(config), handshake: HANDSHAKE })
    }

    /// The same, with so long for a handshake, instead of [`HANDSHAKE`].
    #[must_use]
    pub fn with_handshake(self, handshake: Duration) -> Self {
        Self { handshake, ..self }
    }

    /// To a server of this name or IP address.
    pub(crate) fn session(&self, host: &str) -> Result<Session, String> {
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| format!("{host:?} is no name that a certificate can have"))?;
        let client = rustls::ClientConnection::new(Arc::clone(&self.config), name).map_err(|error| error.to_string())?;
        Ok(Session::new(client.into()))
    }
}

fn roots_of(path: &Path) -> Result<RootCertStore, TlsError> {
    let failed = |source| TlsError::Authority { path: path.to_owned(), source };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(failed)? {
        roots.add(certificate.map_err(failed)?)?;
    }
    if roots.is_empty() { Err(TlsError::Empty(path.to_owned())) } else { Ok(roots) }
}

fn roots_of_machine() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // What this library cannot use is left out, as other clients do.
    let _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(TlsError::NobodyTrusted) } else { Ok(roots) }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn versions(only: Option<TlsVersion>) -> &'static [&'static SupportedProtocolVersion] {
    static V1_2: &[&SupportedProtocolVersion] = &[&version::TLS12];
    static V1_3: &[&SupportedProtocolVersion] = &[&version::TLS13];
    match only {
        None => rustls::DEFAULT_VERSIONS,
        Some(TlsVersion::V1_2) => V1_2,
        Some(TlsVersion::V1_3) => V1_3,
    }
}
