//! GSM 7-bit text (3GPP TS 23.038): septets packed into octets, or an octet for each.

use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("gsm-7-bit-packing", packing)];

/// Less than that may be anything.
const LEAST: usize = 4;

fn packing(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let told = |detail: &str| Told { detail: Some(detail.into()), ..Told::default() };
    let unpacked = || are_packed(captured, expected).then(|| told("not packed"));
    unpacked().or_else(|| are_packed(expected, captured).then(|| told("packed")))
}

/// Whether these septets, packed, are these octets; a carriage return may fill the last.
fn are_packed(septets: &[u8], octets: &[u8]) -> bool {
    let is_plausible = septets.len() >= LEAST && (septets.len() * 7).div_ceil(8) == octets.len() && septets.is_ascii();
    is_plausible && (packed(septets) == octets || septets.len() % 8 == 7 && packed(&[septets, b"\r"].concat()) == octets)
}

fn packed(septets: &[u8]) -> Vec<u8> {
    let (mut octets, mut bits, mut count) = (Vec::with_capacity(septets.len()), 0u16, 0);
    for septet in septets {
        bits |= u16::from(*septet) << count;
        count += 7;
        if count >= 8 {
            octets.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        octets.push(bits as u8);
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn septets_are_packed_or_not() {
        let detail = |told: Option<Told>| told.and_then(|told| told.detail);
        let (text, octets) = (b"hellohello", b"\xe8\x32\x9b\xfd\x46\x97\xd9\xec\x37");
        assert_eq!(detail(packing(octets, text)).as_deref(), Some("not packed"));
        assert_eq!(detail(packing(text, octets)).as_deref(), Some("packed"));
        assert_eq!(packing(octets, b"hellohella"), None);
    }
}
