//! The flags of TLS, and what a recording by hand makes of them.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use samewire_recorder::{
    Address, Authority, Certificate, ClientCertificate, HAS_TLS, Keys, Settings, Tls, TlsOptions, TlsVersion, UpstreamTls,
};
use tempfile::TempDir;

use crate::cli::CommandError;
use crate::printable::line;
use crate::suite::tls::LEFT_OUT;
use crate::trial::machine::{private_file, private_folder};
use crate::trial::tls::{names, write};

/// What clients and the upstream speak.
#[derive(Debug, Args)]
pub(super) struct TlsArgs {
    /// Speak TLS with clients; what is recorded is what was in it. The authority that they are to trust is made anew
    #[arg(long)]
    tls: bool,
    /// Write the authority (ca.pem), and a certificate for clients (cert.pem, key.pem), into this folder [default: a temporary one]
    #[arg(long, value_name = "FOLDER", requires = "tls")]
    tls_files: Option<PathBuf>,
    /// Another name that the recorder's certificate is for; may be repeated
    #[arg(long, value_name = "NAME", requires = "tls")]
    hosts: Vec<String>,
    /// Offer this protocol by ALPN; may be repeated
    #[arg(long, value_name = "PROTOCOL", requires = "tls")]
    alpn: Vec<String>,
    /// Ask clients for a certificate
    #[arg(long, value_enum, value_name = "WHETHER", requires = "tls")]
    client_certificate: Option<Asked>,
    /// Show a certificate that clients must refuse
    #[arg(long, value_enum, value_name = "WHICH", requires = "tls")]
    certificate: Option<Fault>,
    /// Speak this version of TLS alone
    #[arg(long, value_enum, value_name = "VERSION", requires = "tls")]
    tls_version: Option<Version>,
    /// Speak TLS with the upstream
    #[arg(long, requires = "upstream")]
    upstream_tls: bool,
    /// Trust the authorities in this file (PEM) for the upstream [default: those that the machine trusts]
    #[arg(long, value_name = "FILE", requires = "upstream_tls")]
    upstream_ca: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Asked {
    /// They may have none
    Optional,
    /// Without one the handshake fails
    Required,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Fault {
    /// Its time is over
    Expired,
    /// It is for another name
    WrongName,
    /// It is of an authority that nobody knows
    UnknownAuthority,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Version {
    #[value(name = "1.2")]
    V1_2,
    #[value(name = "1.3")]
    V1_3,
}

/// Where the secrets of sessions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Nowhere: packets are not recorded.
    Nowhere,
    /// Into the file of packets, before them, when the recording is over.
    Packets,
    /// Into a file of their own, as they come: the packets are in a stream, which has passed by then.
    File,
}

/// What a recording has of TLS.
#[derive(Debug, Default)]
pub(super) struct Secured {
    /// The secrets of its sessions.
    pub(super) keys: Keys,
    /// The file that they go into, where that is their own.
    key_file: Option<PathBuf>,
    /// What a program is told: each placeholder and its path.
    pub(super) told: Vec<(&'static str, OsString)>,
    /// Where that is, for as long as the recording lasts.
    temporary: Option<TempDir>,
}

impl TlsArgs {
    /// Whether clients are to speak TLS.
    pub(super) fn is_on(&self) -> bool {
        self.tls
    }

    /// Sets TLS up, for a recorder at these addresses.
    pub(super) fn set_up(
        &self,
        settings: &mut Settings,
        addresses: &[Address],
        secrets: Secrets,
    ) -> Result<Secured, CommandError> {
        let mut secured = Secured::default();
        if (self.tls || self.upstream_tls) && !HAS_TLS {
            return Err(LEFT_OUT.into());
        }
        if self.upstream_tls {
            settings.upstream_tls = Some(UpstreamTls::new(self.upstream_ca.as_deref())?);
        }
        if self.tls {
            let authority = Authority::new()?;
            let addresses = addresses.iter().filter_map(tcp);
            let tls = Tls::new(&authority, &names(addresses, &self.hosts), &self.options())?;
            let folder = secured.folder(self.tls_files.as_deref())?;
            if secrets == Secrets::File {
                secured.write_keys(folder.join("keys.log"))?;
            }
            settings.tls = Some(if secrets == Secrets::Nowhere { tls } else { tls.with_keys(&secured.keys) });
            secured.told = write(&authority, &folder)
                .map_err(|error| format!("cannot write certificates into {}: {error}", folder.display()))?;
        }
        Ok(secured)
    }

    fn options(&self) -> TlsOptions {
        TlsOptions {
            alpn: self.alpn.clone(),
            client_certificate: match self.client_certificate {
                None => ClientCertificate::No,
                Some(Asked::Optional) => ClientCertificate::Optional,
                Some(Asked::Required) => ClientCertificate::Required,
            },
            certificate: match self.certificate {
                None => Certificate::Good,
                Some(Fault::Expired) => Certificate::Expired,
                Some(Fault::WrongName) => Certificate::WrongName,
                Some(Fault::UnknownAuthority) => Certificate::UnknownAuthority,
            },
            version: self.tls_version.map(|version| match version {
                Version::V1_2 => TlsVersion::V1_2,
                Version::V1_3 => TlsVersion::V1_3,
            }),
        }
    }
}

impl Secured {
    fn folder(&mut self, named: Option<&Path>) -> Result<PathBuf, CommandError> {
        if let Some(folder) = named {
            let failed = |error| format!("cannot make the folder {}: {error}", folder.display());
            std::fs::create_dir_all(folder).map_err(failed)?;
            return Ok(folder.to_owned());
        }
        let folder = self.temporary.insert(private_folder(OsStr::new("samewire-tls-"), &std::env::temp_dir())?);
        Ok(folder.path().to_owned())
    }

    fn write_keys(&mut self, path: PathBuf) -> Result<(), CommandError> {
        let file = private_file(&path).map_err(|error| format!("cannot write secrets into {}: {error}", path.display()))?;
        self.keys = Keys::into_file(file);
        self.key_file = Some(path);
        Ok(())
    }

    /// What is said of it before anybody connects; empty where clients speak no TLS.
    pub(super) fn greeting(&self) -> String {
        let ca = self.told.iter().find(|(name, _)| *name == "{ca}");
        let trust = |path: &OsString| format!("clients speak TLS, and are to trust {}\n", line(&path.to_string_lossy()));
        let secrets = |path: &PathBuf| {
            let path = line(&path.display().to_string());
            format!(
                "secrets of sessions go into {path}: a stream of packets holds none (`wireshark -o tls.keylog_file:{path}`)\n"
            )
        };
        let said = [ca.map(|(_, path)| trust(path)), self.key_file.as_ref().map(secrets)];
        said.into_iter().flatten().collect()
    }
}

fn tcp(address: &Address) -> Option<SocketAddr> {
    match address {
        Address::Tcp(address) => Some(*address),
        Address::Unix(_) => None,
    }
}
