//! Addresses of IP: the same one in another form.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    if let Some(told) = in_brackets(expected, captured) {
        return Some(told);
    }
    of_four(expected, captured, "text instead of octets").or_else(|| of_four(captured, expected, "octets instead of text"))
}

/// IPv6 with brackets around it, as what has a port behind it needs (RFC 3986), and without.
fn in_brackets(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let beside = token::around(expected, captured, |octet| octet.is_ascii_hexdigit() || b"[]:.%".contains(&octet));
    let (was, is) = (as_text(token::within(expected, beside))?, as_text(token::within(captured, beside))?);
    let is_bare = |whole: &str, bare: &str| {
        let (address, port) = whole.strip_prefix('[')?.split_once(']')?;
        let holds = address.parse::<Ipv6Addr>().is_ok() && bare.strip_prefix(address) == Some(port);
        holds.then_some(())
    };
    let detail = match (is_bare(was, is), is_bare(is, was)) {
        (Some(()), _) => "without its brackets",
        (_, Some(())) => "in brackets",
        _ => return None,
    };
    Some(told(&format!("`{is}` instead of `{was}`, {detail}"), beside))
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
        assert!(held(b"Host: [2001:db8::7]:3000\r\n", b"Host: 2001:db8::7:3000\r\n") && held(b"from ::1 on", b"from [::1] on"));
        assert!(!held(b"Host: [2001:db8::7]:3000", b"Host: 2001:db8::8:3000") && !held(b"a[1]:2", b"a1:2"));
        assert!(held(b"\xc0\xa8\x01\x07", b"192.168.1.7"));
        assert!(held(b"\xc0\xa8\x01\x07", b"3232235783"));
        assert!(held(b"192.168.1.7", b"\xc0\xa8\x01\x07"));
        assert!(!held(b"10.0.0.7", b"::ffff:10.0.0.8"));
        assert!(!held(b"2001:DB8::1", b"2001:db8::1"), "of letters other causes tell");
        assert!(!held(b"1.2", b"1.3"));
    }
}
