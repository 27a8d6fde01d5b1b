//! Where a recording by hand listens, and what is said of it.

use std::io;

use samewire_recorder::{Address, Listener, Settings, UNIX, listen, listen_on};
use tokio::net::lookup_host;

use crate::cli::CommandError;
use crate::cli::terminal::{SKIPPED, styled};
use crate::trial::launch::OwnNetwork;

/// The addresses that a host has.
pub(super) async fn resolve(host: &str, port: u16) -> Result<Vec<Address>, CommandError> {
    if host.starts_with(UNIX) {
        return Ok(vec![host.parse()?]);
    }
    let found = lookup_host((host, port)).await.map_err(|error| format!("cannot look up the host {host:?}: {error}"))?;
    let mut addresses: Vec<Address> = Vec::new();
    for address in found.map(Address::from) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(format!("cannot look up the host {host:?}: it has no address").into()) } else { Ok(addresses) }
}

/// Listens there, in a network of its own or the machine's. Needs a tokio runtime.
///
/// # Errors
/// What cannot be listened on, why, and what mends it.
pub(super) fn listen_at(
    addresses: &[Address],
    network: Option<&OwnNetwork>,
    settings: &Settings,
) -> Result<Listener, CommandError> {
    let listening = match network {
        Some(network) => listen_in(network, addresses, settings),
        None => listen(addresses, settings),
    };
    Ok(listening.map_err(|error| refusal(addresses, &error))?)
}

/// At all addresses: those that the network does not have it gets. One port for all of them, where any will do.
fn listen_in(network: &OwnNetwork, addresses: &[Address], settings: &Settings) -> io::Result<Listener> {
    let mut sockets: Vec<std::net::TcpListener> = Vec::new();
    for address in addresses {
        let Address::Tcp(mut address) = address.clone() else { return Err(io::ErrorKind::Unsupported.into()) };
        // Where a network has no IPv6, a host has its other address.
        if address.is_ipv6() && !network.has_ipv6() && addresses.len() > 1 {
            continue;
        }
        if let (0, Some(first)) = (address.port(), sockets.first()) {
            address.set_port(first.local_addr()?.port());
        }
        sockets.push(network.bind(address)?);
    }
    listen_on(sockets, settings)
}

/// Why there is no listener.
fn refusal(addresses: &[Address], error: &io::Error) -> String {
    let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let is_path = addresses.iter().all(|address| matches!(address, Address::Unix(_)));
    let cause = if is_path { format!("{error}; name another path") } else { cause(error) };
    format!("cannot listen on {}: {cause}", names.join(", "))
}

/// Where it listens, and who can reach that.
pub(super) fn greeting(listener: &Listener, is_own: bool) -> String {
    let names: Vec<String> = listener.addresses().map(ToString::to_string).collect();
    let whose = if is_own { ", in a network of its own" } else { "" };
    let mut text = format!("listening on {}{whose}\n", names.join(", "));
    if !is_own && listener.addresses().any(Address::is_exposed) {
        let warning = "other machines can reach this; `--host 127.0.0.1` keeps it to this one\n";
        text += &styled(SKIPPED, warning);
    }
    text
}

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use; name another with --port (0 picks a free one) or --host".into(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address; name one of its own with --host".into(),
        io::ErrorKind::PermissionDenied => "not permitted; ports below 1024 need a privilege".into(),
        _ => error.to_string(),
    }
}
