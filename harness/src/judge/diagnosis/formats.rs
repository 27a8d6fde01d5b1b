//! Octets that were taken for a format, with nothing to put into it.

use super::rule::{Rule, Variants};

pub(super) const RULES: &[Rule] = &[("printf-directives-eaten", printf_directives_eaten)];

/// Text that became a format: directives without arguments give nothing or zero, and one that is unknown may end it.
fn printf_directives_eaten(octets: &[u8]) -> Variants {
    let texts = std::str::from_utf8(octets).map(|text| {
        [formatted(text, zero_or_nothing), formatted(text, |_| Some(String::new())), text.replace("%%", "%")]
            .map(String::into_bytes)
    });
    texts.into_iter().flatten().chain([formatted_by_name(octets)]).collect()
}

/// `text` with each directive replaced; it ends where there is nothing to replace one by.
fn formatted(text: &str, replace: impl Fn(char) -> Option<String>) -> String {
    let mut sent = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        sent.push_str(before);
        let flags = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit() || "-+ #.".contains(c)).len();
        let Some(directive) = after[flags..].chars().next() else { return sent };
        rest = &after[flags + directive.len_utf8()..];
        match directive {
            '%' => sent.push('%'),
            _ => match replace(directive) {
                Some(replacement) => sent.push_str(&replacement),
                None => return sent,
            },
        }
    }
    sent + rest
}

fn zero_or_nothing(directive: char) -> Option<String> {
    match directive {
        'd' | 'i' | 'u' | 'x' | 'X' | 'o' => Some("0".into()),
        's' | 'b' | 'c' | 'q' => Some(String::new()),
        'e' | 'f' | 'g' => Some("0.000000".into()),
        _ => None,
    }
}

/// As a formatter that names what is missing has it: flags, a width, a precision, and then whatever comes is the verb.
fn formatted_by_name(octets: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = memchr::memchr(b'%', rest) {
        sent.extend_from_slice(&rest[..at]);
        let after =
            rest[at + 1..].iter().position(|octet| !b"#0+- ".contains(octet)).map_or(&[][..], |flags| &rest[at + 1 + flags..]);
        let after = past_digits(after);
        let after = after.strip_prefix(b".").map_or(after, past_digits);
        let (verb, length) = match after[..after.len().min(4)].utf8_chunks().next() {
            Some(chunk) => chunk.valid().chars().next().map_or(('\u{fffd}', 1), |verb| (verb, verb.len_utf8())),
            None => {
                sent.extend(b"%!(NOVERB)");
                return sent;
            }
        };
        sent.extend(if verb == '%' { "%".into() } else { format!("%!{verb}(MISSING)") }.into_bytes());
        rest = &after[length..];
    }
    [sent.as_slice(), rest].concat()
}

fn past_digits(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|octet| octet.is_ascii_digit()).count()..]
}
