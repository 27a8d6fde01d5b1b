//! TLS under `[case.recorder]`: the TOML, and what it says.

use std::fmt;
use std::path::PathBuf;

use samewire_recorder::{Certificate, ClientCertificate, HAS_TLS, TlsOptions, TlsVersion};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::source::{FileError, Source};

/// What is said where TLS is asked for, and was left out.
pub(crate) const LEFT_OUT: &str = "TLS is left out of this program: build it with the feature `tls`";

/// The TLS of a case's recorder: on the side of clients, and on that of its upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseTls {
    /// What clients must speak, where that is TLS.
    pub clients: Option<TlsOptions>,
    /// Whom the recorder trusts as its upstream, where that speaks TLS.
    pub upstream: Option<Trust>,
}

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The authorities of the machine.
    Machine,
    /// Those in this file (PEM).
    File(PathBuf),
}

impl CaseTls {
    /// What is wrong with the recorder's certificate, where a client must refuse it.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        self.clients.as_ref().and_then(|options| options.certificate.fault())
    }
}

/// `true`, `false`, or what it is to be like.
pub(super) struct TlsSwitch(Option<TlsOptions>);

impl TlsSwitch {
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsTable {
    #[serde(default)]
    alpn: Vec<String>,
    #[serde(default)]
    client_certificate: Asked,
    #[serde(default)]
    certificate: CertificateName,
    version: Option<VersionName>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    #[default]
    None,
    Optional,
    Required,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum CertificateName {
    #[default]
    Good,
    Expired,
    WrongName,
    UnknownAuthority,
}

#[derive(Deserialize)]
enum VersionName {
    #[serde(rename = "1.2")]
    V1_2,
    #[serde(rename = "1.3")]
    V1_3,
}

impl From<TlsTable> for TlsOptions {
    fn from(table: TlsTable) -> Self {
        Self {
            alpn: table.alpn,
            client_certificate: match table.client_certificate {
                Asked::None => ClientCertificate::No,
                Asked::Optional => ClientCertificate::Optional,
                Asked::Required => ClientCertificate::Required,
            },
            certificate: match table.certificate {
                CertificateName::Good => Certificate::Good,
                CertificateName::Expired => Certificate::Expired,
                CertificateName::WrongName => Certificate::WrongName,
                CertificateName::UnknownAuthority => Certificate::UnknownAuthority,
            },
            version: table.version.map(|version| match version {
                VersionName::V1_2 => TlsVersion::V1_2,
                VersionName::V1_3 => TlsVersion::V1_3,
            }),
        }
    }
}

impl<'de> Deserialize<'de> for TlsSwitch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SwitchOrTable;
        impl<'de> Visitor<'de> for SwitchOrTable {
            type Value = TlsSwitch;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "true, false, or a table: { alpn = [\"h2\"], client_certificate = \"required\", certificate = \"expired\" }",
                )
            }

            fn visit_bool<E: de::Error>(self, is_on: bool) -> Result<TlsSwitch, E> {
                Ok(TlsSwitch(is_on.then(TlsOptions::default)))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<TlsSwitch, A::Error> {
                let table = TlsTable::deserialize(MapAccessDeserializer::new(table))?;
                Ok(TlsSwitch(Some(table.into())))
            }
        }
        deserializer.deserialize_any(SwitchOrTable)
    }
}

/// The keys of TLS.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) tls: Option<&'a Spanned<TlsSwitch>>,
    pub(super) upstream_tls: Option<&'a Spanned<bool>>,
    pub(super) upstream_ca: Option<&'a Spanned<String>>,
    /// Whether there is somebody behind the recorder.
    pub(super) has_upstream: bool,
}

/// What they say. A file is seen from the folder of the suite's file.
pub(super) fn of(source: Source<'_>, keys: Keys<'_>) -> Result<CaseTls, FileError> {
    said(source, keys, HAS_TLS)
}

/// The same, of a program that has TLS or does without.
fn said(source: Source<'_>, keys: Keys<'_>, has_tls: bool) -> Result<CaseTls, FileError> {
    let clients = keys.tls.and_then(|tls| Some((tls.span(), tls.get_ref().0.clone()?)));
    let is_upstream = keys.upstream_tls.filter(|switch| *switch.get_ref());
    if let Some(span) = clients.as_ref().map(|(span, _)| span.clone()).or(is_upstream.map(Spanned::span)).filter(|_| !has_tls) {
        return Err(source.error_at(&span, LEFT_OUT));
    }
    if let Some(ca) = keys.upstream_ca.filter(|_| is_upstream.is_none()) {
        return Err(
            source.error_at(&ca.span(), "`upstream_ca` is about TLS to the upstream: add `upstream_tls = true`, or remove it")
        );
    }
    if let Some(switch) = is_upstream.filter(|_| !keys.has_upstream) {
        return Err(source.error_at(&switch.span(), "`upstream_tls` is about an `upstream` or a `server`, and there is none"));
    }
    let folder = source.path.parent().unwrap_or(source.path);
    let file = |ca: &Spanned<String>| Trust::File(folder.join(ca.get_ref()));
    let upstream = is_upstream.map(|_| keys.upstream_ca.map_or(Trust::Machine, file));
    Ok(CaseTls { clients: clients.map(|(_, options)| options), upstream })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[derive(Deserialize)]
    struct Table {
        tls: Option<Spanned<TlsSwitch>>,
        upstream_tls: Option<Spanned<bool>>,
    }

    fn of_program_without_tls(text: &str) -> Result<CaseTls, FileError> {
        let Table { tls, upstream_tls } = toml::from_str(text).unwrap();
        let source = Source { path: Path::new("cases/a.toml"), text };
        let (tls, upstream_tls) = (tls.as_ref(), upstream_tls.as_ref());
        said(source, Keys { tls, upstream_tls, upstream_ca: None, has_upstream: true }, false)
    }

    #[test]
    fn where_tls_is_left_out_its_keys_are_refused_by_the_name_of_the_feature() {
        for key in ["tls = true", "tls = { certificate = 'expired' }", "upstream_tls = true"] {
            let refused = of_program_without_tls(key).unwrap_err().to_string();
            assert!(refused.contains("cases/a.toml:1") && refused.contains("build it with the feature `tls`"), "{refused}");
        }
        assert_eq!(of_program_without_tls("tls = false\nupstream_tls = false").unwrap(), CaseTls::default());
    }
}
