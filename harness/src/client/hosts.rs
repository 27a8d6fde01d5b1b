//! Names of hosts. Pure.

use std::net::IpAddr;

/// Whether a text is a name that a host may have.
#[must_use]
pub(crate) fn is_host_name(text: &str) -> bool {
    let is_allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet);
    !text.is_empty() && text.len() <= 253 && text.bytes().all(is_allowed) && text.parse::<IpAddr>().is_err()
}
