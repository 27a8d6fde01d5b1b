//! Why there is no TLS with a peer, in words, and what to do about it. Pure.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

/// Octets that are shown of one who speaks no TLS.
const SHOWN: usize = 32;

/// A record of the handshake, and one of an alert: what a peer that speaks TLS begins with.
const BEGINNINGS: [u8; 2] = [0x16, 0x15];

/// What failed with a client, whose first octets were `first`, before or `after` the handshake.
pub(super) fn of_client(error: &Error, first: &[u8], after: bool) -> String {
    if let Some(said) = no_tls(first) {
        return said;
    }
    match error {
        Error::AlertReceived(alert) if after => format!("the client broke off TLS (alert {})", name(*alert)),
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::NoCertificatesPresented => "it has shown no certificate: give it {cert} and {key}".into(),
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate is not of our authority: give it {cert} and {key}".into()
        }
        Error::InvalidCertificate(error) => format!("its certificate is refused ({}): give it {{cert}} and {{key}}", why(error)),
        Error::NoApplicationProtocol => "it offers no protocol (ALPN) that the recorder speaks".into(),
        Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled | PeerIncompatible::Tls13RequiredForQuic) => {
            "it does not offer TLS 1.2, nor a version that the recorder speaks".into()
        }
        Error::PeerIncompatible(PeerIncompatible::SignatureAlgorithmsExtensionRequired) => {
            "it offers no signature algorithms, as TLS 1.1 and older have none: the recorder speaks TLS 1.2 and 1.3".into()
        }
        other => format!("it breaks TLS: {other}"),
    }
}

/// What failed with an upstream, whose first octets were `first`.
pub(super) fn of_server(error: &Error, first: &[u8]) -> String {
    if let Some(said) = no_tls(first) {
        return said;
    }
    match error {
        Error::InvalidCertificate(error) => {
            let why = why(error);
            format!(
                "its certificate is refused ({why}): name its authority by `upstream_ca`, and the server by a name that it has"
            )
        }
        Error::AlertReceived(alert) => format!("it sent the alert {}", name(*alert)),
        other => format!("TLS failed: {other}"),
    }
}

/// Why a certificate is refused. rustls tells the most of them by the names that they have in its source.
fn why(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "its authority is not known".into(),
        CertificateError::BadEncoding => "it cannot be read".into(),
        CertificateError::BadSignature => "its signature is wrong".into(),
        // Of webpki, which has names alone.
        CertificateError::Other(other) => match other.to_string().as_str() {
            "CaUsedAsEndEntity" => "it is an authority's own, as self-signed ones are, and none of a client or a server".into(),
            named => named.to_owned(),
        },
        other => other.to_string(),
    }
}

/// One that speaks something else.
fn no_tls(first: &[u8]) -> Option<String> {
    let begins_otherwise = first.first().is_some_and(|octet| !BEGINNINGS.contains(octet));
    let shown = &first[..first.len().min(SHOWN)];
    begins_otherwise.then(|| format!("it speaks no TLS: it began with \"{}\"", shown.escape_ascii()))
}

fn of_alert(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    let (name, mend) = (
        name(alert),
        match alert {
            Alert::UnknownCA => "the client does not trust our authority: give it {ca}",
            Alert::BadCertificate | Alert::DecryptError | Alert::CertificateUnknown | Alert::UnsupportedCertificate => {
                "the client refuses our certificate: give it {ca}, and a name that the certificate is for"
            }
            Alert::CertificateExpired | Alert::CertificateRevoked => "the client refuses our certificate, whose time is over",
            Alert::ProtocolVersion => "the client speaks no version that the recorder does",
            Alert::HandshakeFailure | Alert::InsufficientSecurity => "the client and the recorder have no cipher suite in common",
            Alert::NoApplicationProtocol => "the client wants another protocol (ALPN)",
            Alert::UserCanceled | Alert::CloseNotify => "the client gave up",
            _ => "the client refuses the handshake",
        },
    );
    format!("{mend} (alert {name})")
}

/// An alert's name, as RFC 8446 writes it.
pub(super) fn name(alert: AlertDescription) -> String {
    let camel = match alert {
        AlertDescription::UnknownCA => return "unknown_ca".into(),
        AlertDescription::UnrecognisedName => return "unrecognized_name".into(),
        AlertDescription::UserCanceled => return "user_canceled".into(),
        AlertDescription::Unknown(code) => return format!("{code}"),
        known => format!("{known:?}"),
    };
    let mut name = String::new();
    for (index, letter) in camel.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        let names = [AlertDescription::UnknownCA, AlertDescription::BadRecordMac, AlertDescription::CertificateExpired];
        assert_eq!(names.map(name), ["unknown_ca", "bad_record_mac", "certificate_expired"]);
        assert_eq!(name(AlertDescription::Unknown(200)), "200");
    }

    #[test]
    fn what_failed_is_said_with_what_to_do() {
        let said = |error: Error| of_client(&error, b"\x16\x03\x01", false);
        let unknown = Error::AlertReceived(AlertDescription::UnknownCA);
        assert_eq!(said(unknown.clone()), "the client does not trust our authority: give it {ca} (alert unknown_ca)");
        let refused = Error::AlertReceived(AlertDescription::HandshakeFailure);
        assert_eq!(said(refused.clone()), "the client and the recorder have no cipher suite in common (alert handshake_failure)");
        // As after a renegotiation, which nobody gets.
        assert_eq!(of_client(&refused, b"\x16", true), "the client broke off TLS (alert handshake_failure)");
        assert!(
            said(Error::PeerIncompatible(PeerIncompatible::SignatureAlgorithmsExtensionRequired)).contains("TLS 1.1 and older")
        );
        assert_eq!(said(Error::NoCertificatesPresented), "it has shown no certificate: give it {cert} and {key}");
        assert_eq!(of_client(&unknown, b"GET /\r\n\x1b", false), r#"it speaks no TLS: it began with "GET /\r\n\x1b""#);
    }

    fn refused(error: CertificateError) -> String {
        of_client(&Error::InvalidCertificate(error), &[], false)
    }

    #[test]
    fn why_a_certificate_is_refused_is_said_in_words() {
        let of_webpki = |name: &str| CertificateError::Other(OtherError(Arc::new(std::io::Error::other(name.to_owned()))));
        let says = |error, words: &str| {
            let said = refused(error);
            assert!(said.contains(words) && !said.contains("Other("), "{said}");
        };
        says(CertificateError::UnknownIssuer, "not of our authority");
        says(CertificateError::BadSignature, "(its signature is wrong)");
        says(of_webpki("CaUsedAsEndEntity"), "as self-signed ones are");
        says(of_webpki("TrailingData"), "(TrailingData)");
        let server = of_server(&Error::InvalidCertificate(CertificateError::UnknownIssuer), &[]);
        assert!(server.contains("(its authority is not known)"), "{server}");
    }
}
