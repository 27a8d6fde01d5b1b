//! Octets in hex digits, of which the top bit was taken for a sign.

use super::as_text;
use crate::hex;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[("sign-extended", sign_extended)];

/// The most octets.
const MOST: usize = 4096;

/// As C prints a `char` that is signed, with `%x`: all octets from 80 on have four times as many digits.
fn sign_extended(expected: &[u8], captured: &[u8]) -> Option<Told> {
    let digits = as_text(expected).filter(|digits| digits.len() <= MOST && captured.len() > expected.len())?;
    let octets = hex::decode(&digits.to_ascii_lowercase())?;
    let wide = |octet: &u8| match octet {
        0x80.. => format!("ffffff{octet:02x}"),
        _ => format!("{octet:02x}"),
    };
    let sent: String = octets.iter().map(wide).collect();
    (as_text(captured)?.to_ascii_lowercase() == sent).then(|| Told { looks_like: Some("hex".into()), ..Told::default() })
}
