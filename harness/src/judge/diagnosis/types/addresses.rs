//! Addresses of IP: the same one in another form.

use std::net::{IpAddr, Ipv4Addr};

use super::{as_text, token};
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("address-form", other_form)];

/// What it tells that both are the same address.
const SURE: i32 = 8;

/// IPv4 mapped into IPv6 (RFC 4291, section 2.5.5.2), IPv6 in full or short (RFC 5952), IPv4 as octets or a number.
fn other_form(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = token::around(expected, captured, |octet| octet.is_ascii_hexdigit() || b":.".contains(&octet));
    let read = |octets| as_text(token::within(octets, beside)).and_then(|text| Some((text, text.parse::<IpAddr>().ok()?)));
    if let Some(((wanted, was), (came, is))) = read(expected).zip(read(captured)) {
        let is_same = was.to_canonical() == is.to_canonical() && !wanted.eq_ignore_ascii_case(came);
        return is_same.then(|| told(&format!("`{came}` instead of `{wanted}`"), beside));
    }
    of_four(expected, captured, "text instead of octets").or_else(|| of_four(captured, expected, "octets instead of text"))
}

/// IPv4 as four octets on one side and as text, or the number that they are, on the other.
fn of_four(octets: &[u8], text: &[u8], said: &str) -> Option<Told> {
    let address = Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?);
    let text = as_text(text)?;
    let is_it = text == address.to_string() || text.len() > 8 && text == u32::from(address).to_string();
    is_it.then(|| told(said, (0, 0)))
}

fn told(detail: &str, beside: (usize, usize)) -> Told {
    let looks_like = Some("an IP address".into());
    Told { detail: Some(detail.to_owned()), looks_like, sure: SURE, beside, ..Told::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_several_forms() {
        let held = |was: &[u8], is: &[u8]| other_form(was, is).is_some();
        assert!(held(b"from 10.0.0.7 on", b"from ::ffff:10.0.0.7 on"));
        assert!(held(b"2001:db8::1", b"2001:0db8:0000:0000:0000:0000:0000:0001"));
        assert!(held(b"[2001:db8:0:0:1::1]", b"[2001:db8::1:0:0:1]"));
        assert!(held(b"\xc0\xa8\x01\x07", b"192.168.1.7"));
        assert!(held(b"\xc0\xa8\x01\x07", b"3232235783"));
        assert!(held(b"192.168.1.7", b"\xc0\xa8\x01\x07"));
        assert!(!held(b"10.0.0.7", b"::ffff:10.0.0.8"));
        assert!(!held(b"2001:DB8::1", b"2001:db8::1"), "of letters other causes tell");
        assert!(!held(b"1.2", b"1.3"));
    }
}
