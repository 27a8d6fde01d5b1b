//! Text in one encoding instead of another, of which neither may be UTF-8.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, IBM866, ISO_2022_JP, ISO_8859_2, KOI8_R, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252,
};

use super::token;
use crate::judge::diagnosis::rule::{BothRule, Told};

pub(super) const RULES: &[BothRule] = &[
    ("code-page-437", |expected, captured| recoded(expected, captured, &[Page::Dos("code page 437", CODE_PAGE_437)])),
    ("code-page-850", |expected, captured| recoded(expected, captured, &[Page::Dos("code page 850", CODE_PAGE_850)])),
    ("other-encoding", |expected, captured| recoded(expected, captured, &OTHERS)),
    ("other-encoding", seven_bits),
];

/// What the octets from 80 on are there, in order.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CODE_PAGE_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
     └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// What a character beyond ASCII tells where more than one octet had to be right for it.
const PER_CHARACTER: i32 = 4;

/// An encoding of text.
#[derive(Debug, Clone, Copy)]
enum Page {
    Dos(&'static str, &'static str),
    Known(&'static Encoding),
}

const EXPECTED: [Page; 13] = [
    Page::Known(UTF_8),
    Page::Known(WINDOWS_1252),
    Page::Known(WINDOWS_1251),
    Page::Known(WINDOWS_1250),
    Page::Known(ISO_8859_2),
    Page::Known(SHIFT_JIS),
    Page::Known(GB18030),
    Page::Known(EUC_JP),
    Page::Known(EUC_KR),
    Page::Known(BIG5),
    Page::Known(KOI8_R),
    Page::Dos("code page 437", CODE_PAGE_437),
    Page::Dos("code page 850", CODE_PAGE_850),
];

/// Those that have no name of their own among the causes come last, so that UTF-8 is named before what agrees with it by chance.
const OTHERS: [Page; 14] = [
    Page::Known(UTF_8),
    Page::Known(WINDOWS_1252),
    Page::Known(WINDOWS_1251),
    Page::Known(WINDOWS_1250),
    Page::Known(ISO_8859_2),
    Page::Known(KOI8_R),
    Page::Known(IBM866),
    Page::Known(MACINTOSH),
    Page::Known(SHIFT_JIS),
    Page::Known(GB18030),
    Page::Known(EUC_JP),
    Page::Known(EUC_KR),
    Page::Known(BIG5),
    Page::Known(ISO_2022_JP),
];

impl Page {
    fn name(self) -> &'static str {
        match self {
            Self::Dos(name, _) => name,
            Self::Known(encoding) => encoding.name(),
        }
    }

    fn text(self, octets: &[u8]) -> Option<String> {
        match self {
            Self::Dos(_, table) => {
                let table: Vec<char> = table.chars().collect();
                octets.iter().map(|octet| of_table(&table, *octet)).collect()
            }
            Self::Known(encoding) => encoding.decode_without_bom_handling_and_without_replacement(octets).map(Into::into),
        }
    }
}

/// A table has the characters from 80 on.
fn of_table(table: &[char], octet: u8) -> Option<char> {
    match octet.checked_sub(0x80) {
        None => Some(octet.into()),
        Some(high) => table.get(usize::from(high)).copied(),
    }
}

/// UTF-7 (RFC 2152), or as IMAP has it in the names of mailboxes (RFC 3501, section 5.1.3).
fn seven_bits(expected: &[u8], captured: &[u8]) -> Option<Told> {
    const MOST: usize = 1024;
    let is_short = expected.len() <= MOST && !expected.is_ascii() && captured.is_ascii();
    let text = std::str::from_utf8(expected).ok().filter(|_| is_short)?;
    let kinds = [("UTF-7", '+', '/'), ("IMAP's UTF-7", '&', ',')];
    let (name, ..) = kinds.into_iter().find(|(_, mark, slash)| in_seven_bits(text, *mark, *slash).as_bytes() == captured)?;
    Some(Told {
        detail: Some(format!("{name} instead of UTF-8")),
        sure: PER_CHARACTER,
        beside: around_words(expected, captured),
        ..Told::default()
    })
}

/// Runs of characters beyond ASCII as base64 of their UTF-16, between a mark and a hyphen.
fn in_seven_bits(text: &str, mark: char, slash: char) -> String {
    let (mut sent, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_ascii() != first.is_ascii()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let octets: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
        match first.is_ascii() {
            true => sent.push_str(&run.replace(mark, &format!("{mark}-"))),
            false => {
                let encoded = base64_simd::STANDARD_NO_PAD.encode_to_string(&octets).replace('/', &slash.to_string());
                sent.push_str(&format!("{mark}{encoded}-"));
            }
        }
        rest = after;
    }
    sent
}

/// Whether another cause tells of this pair: text that was encoded twice, or that is in an encoding of a name of its own.
fn has_own_cause(wanted: Page, page: Page) -> bool {
    let named = [WINDOWS_1252, MACINTOSH, SHIFT_JIS, GB18030].map(Encoding::name);
    match wanted.name() {
        name if name == WINDOWS_1252.name() => page.name() == UTF_8.name(),
        name => name == UTF_8.name() && named.contains(&page.name()),
    }
}

/// The same text in one of these encodings, where it was expected in another.
fn recoded(expected: &[u8], captured: &[u8], pages: &[Page]) -> Option<Told> {
    let has_escapes = captured.contains(&0x1b);
    if expected.is_ascii() || captured.is_ascii() && !has_escapes || plain(expected) != plain(captured) && !has_escapes {
        return None;
    }
    // What is UTF-8 is hardly anything else, but for what is ASCII with escapes.
    let is_utf_8 = |octets: &[u8]| std::str::from_utf8(octets).is_ok();
    let are = (is_utf_8(expected), is_utf_8(captured));
    let may_be = |page: &Page, is_utf_8: bool| !is_utf_8 || page.name() == UTF_8.name();
    let has_own = |page: &Page| has_escapes && page.name() == ISO_2022_JP.name();
    let may_have_come = pages.iter().filter(|page| may_be(page, are.1) || has_own(page));
    let came: Vec<(Page, String)> = may_have_come.filter_map(|page| Some((*page, page.text(captured)?))).collect();
    if are == (true, true) && !has_escapes || came.is_empty() {
        return None;
    }
    let (wanted, page, text) = EXPECTED.into_iter().filter(|page| may_be(page, are.0)).find_map(|wanted| {
        let text = wanted.text(expected).filter(|text| !text.contains(is_odd))?;
        let (page, _) = came.iter().find(|(page, came)| *came == text && page.name() != wanted.name())?;
        Some((wanted, *page, text))
    })?;
    if has_own_cause(wanted, page) {
        return None;
    }
    let beyond = text.chars().filter(|character| !character.is_ascii()).count() as i32;
    let surplus = if expected.len() > text.chars().count() { PER_CHARACTER * beyond } else { 0 };
    let detail = format!("{} instead of {}", page.name(), wanted.name());
    Some(Told { detail: Some(detail), sure: surplus, beside: around_words(expected, captured), ..Told::default() })
}

/// How many octets are themselves in each of these encodings, where nothing escapes them: the second octet of a character is no lower
/// than `0` (GB 18030; in the others than `@`).
fn plain(octets: &[u8]) -> usize {
    octets.iter().filter(|octet| **octet < b'0').count()
}

/// How much there is before and behind the words that differ.
fn around_words(expected: &[u8], captured: &[u8]) -> (usize, usize) {
    token::around(expected, captured, |octet| !octet.is_ascii() || octet.is_ascii_alphanumeric())
}

/// What stands in no text: controls, and what was replaced.
fn is_odd(character: char) -> bool {
    character == '\u{fffd}' || character.is_control() && !character.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_every_octet_from_80_on_at_its_place() {
        let at = |table: &str, octet: u8| {
            let table: Vec<char> = table.chars().collect();
            (table.len(), of_table(&table, octet))
        };
        for (octet, character) in [(0x80, 'Ç'), (0xbf, '┐'), (0xc0, '└'), (0xe1, 'ß'), (0xfe, '■'), (0xff, '\u{a0}')] {
            assert_eq!(at(CODE_PAGE_437, octet), (128, Some(character)));
            assert_eq!(at(CODE_PAGE_850, octet), (128, Some(character)));
        }
        assert_eq!([at(CODE_PAGE_437, 0x9d).1, at(CODE_PAGE_850, 0x9d).1], [Some('¥'), Some('Ø')]);
    }
}
