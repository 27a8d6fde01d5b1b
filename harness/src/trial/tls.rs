//! TLS of trials: an authority for a whole run, and what one trial has of it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::OnceLock;

use samewire_recorder::{Authority, Keys, Tls, TlsError, UpstreamTls};

use crate::suite::tls::{CaseTls, Trust};
use crate::trial::machine;
use crate::trial::setup_error::{SetupError, io};

/// The authority of a run, made when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct RunAuthority(OnceLock<Result<Authority, String>>);

/// TLS of one trial.
#[derive(Debug, Default)]
pub(super) struct TrialTls {
    pub(super) clients: Option<Tls>,
    pub(super) upstream: Option<UpstreamTls>,
    /// The secrets of its sessions.
    pub(super) keys: Keys,
    /// What its client is told: each placeholder and its path.
    pub(super) told: Vec<(&'static str, OsString)>,
}

impl RunAuthority {
    fn get(&self) -> Result<&Authority, SetupError> {
        let made = self.0.get_or_init(|| Authority::new().map_err(|error| error.to_string()));
        made.as_ref().map_err(|error| SetupError::Tls(error.clone()))
    }
}

impl TrialTls {
    /// What a case asks for; the files for its client are written into `folder`.
    pub(super) fn new(case: &CaseTls, run: &RunAuthority, names: &[String], folder: &Path) -> Result<Self, SetupError> {
        let failed = |error: TlsError| SetupError::Tls(error.to_string());
        let mut made = Self::default();
        if let Some(options) = &case.clients {
            let authority = run.get()?;
            made.clients = Some(Tls::new(authority, names, options).map_err(failed)?.with_keys(&made.keys));
            made.told = write(authority, folder).map_err(io("write the certificates for the client"))?;
        }
        made.upstream = match &case.upstream {
            None => None,
            Some(Trust::Machine) => Some(UpstreamTls::new(None).map_err(failed)?),
            Some(Trust::File(path)) => Some(UpstreamTls::new(Some(path)).map_err(failed)?),
        };
        Ok(made)
    }
}

/// Writes what clients are told of an authority into a folder: each placeholder and its path.
pub(crate) fn write(authority: &Authority, folder: &Path) -> std::io::Result<Vec<(&'static str, OsString)>> {
    let client = authority.client().map_err(std::io::Error::other)?;
    let files =
        [("{ca}", "ca.pem", authority.pem()), ("{cert}", "cert.pem", client.certificate), ("{key}", "key.pem", client.key)];
    let mut told = Vec::new();
    for (placeholder, name, text) in files {
        let path = folder.join(name);
        machine::private_file(&path)?.write_all(text.as_bytes())?;
        told.push((placeholder, path.into()));
    }
    Ok(told)
}

/// What a certificate is for: this machine by all its names, these addresses, and these hosts.
pub(crate) fn names(addresses: impl Iterator<Item = SocketAddr>, hosts: &[String]) -> Vec<String> {
    let loopback = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    let ips: BTreeSet<IpAddr> = addresses.map(|address| address.ip()).filter(|ip| !ip.is_unspecified()).chain(loopback).collect();
    let ips = ips.iter().map(ToString::to_string);
    std::iter::once("localhost".to_owned()).chain(ips).chain(hosts.iter().cloned()).collect()
}
