//! An authority of our own, and the certificates that it signs: made anew for each run, and never installed anywhere.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use super::TlsError;
use crate::tls_options::Certificate;

/// A machine's clock may be wrong by so much.
const SLACK: Duration = Duration::days(1);

/// How long certificates hold: as long as any client accepts (Apple's: 398 days).
const LIFETIME: Duration = Duration::days(365);

/// Nobody's name: RFC 2606 reserves it.
const ANOTHER_NAME: &str = "another-name.invalid";

/// An authority that signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// One that no client is told.
    unknown: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its key (PKCS #8).
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random octets.
    pub fn new() -> Result<Self, TlsError> {
        Ok(Self { issuer: issuer("Samewire, run")?, unknown: issuer("Somebody whom nobody knows")? })
    }

    /// Its certificate, as PEM: what clients are to trust.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a client.
    ///
    /// # Errors
    /// The system gives no random octets.
    pub fn client(&self) -> Result<Identity, TlsError> {
        let key = KeyPair::generate()?;
        let certificate =
            leaf("samewire client", Vec::new(), ExtendedKeyUsagePurpose::ClientAuth)?.signed_by(&key, &self.issuer)?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    /// A recorder's certificate, for these names and IP addresses, and its key.
    pub(super) fn server(
        &self,
        names: &[String],
        kind: Certificate,
    ) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
        let names = if kind == Certificate::WrongName { vec![ANOTHER_NAME.to_owned()] } else { names.to_vec() };
        let mut params = leaf("samewire recorder", names, ExtendedKeyUsagePurpose::ServerAuth)?;
        if kind == Certificate::Expired {
            params.not_after = OffsetDateTime::now_utc() - SLACK;
            params.not_before = params.not_after - LIFETIME;
        }
        let key = KeyPair::generate()?;
        let issuer = if kind == Certificate::UnknownAuthority { &self.unknown } else { &self.issuer };
        let certificate = params.signed_by(&key, issuer)?;
        Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
    }

    /// What it signed is trusted.
    pub(super) fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone())?;
        Ok(roots)
    }
}

impl std::fmt::Debug for Authority {
    /// Its key is nobody's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

fn issuer(name: &str) -> Result<CertifiedIssuer<'static, KeyPair>, TlsError> {
    let key = KeyPair::generate()?;
    // Another name for each run: one of another run is then unknown, and not known with a wrong signature.
    let run: String = key.public_key_raw().iter().rev().take(4).map(|octet| format!("{octet:02x}")).collect();
    let mut params = params(&format!("{name} {run}"), Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(CertifiedIssuer::self_signed(params, key)?)
}

fn leaf(name: &str, names: Vec<String>, usage: ExtendedKeyUsagePurpose) -> Result<CertificateParams, TlsError> {
    let mut params = params(name, names)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    // Python wants it (VERIFY_X509_STRICT).
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn params(name: &str, names: Vec<String>) -> Result<CertificateParams, TlsError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::now_utc() - SLACK;
    params.not_after = params.not_before + LIFETIME;
    Ok(params)
}
