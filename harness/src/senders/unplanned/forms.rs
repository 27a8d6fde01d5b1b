//! Faults of text and octets that no plan can tell from a right sender's, or that none of the wrong senders has.

use encoding_rs::{MACINTOSH, SHIFT_JIS};
use unicode_normalization::UnicodeNormalization;

use crate::senders::Fault;
use crate::senders::How::{Octets, Text};

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("lower-cased", "lower-cased", Text(|text| text.to_lowercase().into()), "compares without regard to case"),
    Fault::new("mac-roman", "mac-roman", Text(|text| MACINTOSH.encode(text).0.into()), "has text from an old Mac"),
    Fault::new("shift-jis", "shift-jis", Text(shift_jis), "encodes in the default of a desktop in Japan"),
    Fault::new("utf-32be", "utf-32be", Text(utf_32be), "sends each character as an integer"),
    Fault::new("nfkd", "normalised-nfkd", Text(|text| text.nfkd().collect::<String>().into()), "normalises for a search"),
    Fault::new("quotes-added", "quotes-added", Text(|text| format!("\"{text}\"").into()), "quotes what is quoted already"),
    Fault::new("backslashes-doubled", "backslashes-doubled", Text(|text| text.replace('\\', "\\\\").into()), "escapes twice"),
    Fault::new("percents-doubled", "percent-signs-doubled", Text(|text| text.replace('%', "%%").into()), "escapes for a format"),
    Fault::new("markup-escaped", "markup-escaped", Text(markup), "puts text into a page"),
    Fault::new("blanks-dropped", "blanks-dropped", Text(|text| text.replace(' ', "").into()), "joins words without a blank"),
    Fault::new("lf-to-blank", "lf-to-blank", Text(|text| text.replace('\n', " ").into()), "echoes a variable without quotes"),
    Fault::new(
        "bits-inverted",
        "bits-inverted",
        Octets(|sent| sent.iter().map(|octet| 255 - octet).collect()),
        "has active-low lines",
    ),
    Fault::new(
        "bits-reversed",
        "bits-reversed",
        Octets(|sent| sent.iter().map(|o| o.reverse_bits()).collect()),
        "shifts from the low end",
    ),
    Fault::new(
        "nibbles-swapped",
        "nibbles-swapped",
        Octets(|sent| sent.iter().map(|o| o.rotate_left(4)).collect()),
        "packs digits",
    ),
    Fault::new(
        "octets-reversed",
        "octets-reversed",
        Octets(|sent| sent.iter().rev().copied().collect()),
        "fills a buffer from its end",
    ),
];

/// None of what it has no character for.
fn shift_jis(text: &str) -> Vec<u8> {
    match SHIFT_JIS.encode(text) {
        (octets, _, false) => octets.into(),
        _ => text.into(),
    }
}

fn utf_32be(text: &str) -> Vec<u8> {
    text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect()
}

fn markup(text: &str) -> Vec<u8> {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
}
