//! How a file of text is written, as its first octets tell, where that is not plain UTF-8: what editors and shells of Windows leave.

use std::fmt;

/// What a file of text is instead of plain UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, with a mark or without.
    Utf16,
    /// UTF-8 behind a byte order mark.
    Marked,
}

impl Encoding {
    /// What a file is that begins like this; nothing where it may be plain UTF-8. Text has no NUL of its own.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Option<Self> {
        match beginning {
            [0xef, 0xbb, 0xbf, ..] => Some(Self::Marked),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Self::Utf16),
            [0, other, ..] | [other, 0, ..] if *other != 0 => Some(Self::Utf16),
            _ => None,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf16 => "is UTF-16 text, as PowerShell's > writes it; save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)",
            Self::Marked => "begins with a byte order mark, as editors on Windows write it; save it as UTF-8 without one",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octets_tell_what_is_not_plain_utf_8() {
        for utf16 in [&b"\xff\xfe{\0"[..], b"\xfe\xff\0{", b"{\0\"\0", b"\0{\0\"", b"\xff\xfe"] {
            assert_eq!(Encoding::of(utf16), Some(Encoding::Utf16), "{utf16:?}");
        }
        assert_eq!(Encoding::of(b"\xef\xbb\xbf{"), Some(Encoding::Marked));
        for plain in [&b""[..], b"{", b"{}", b"\xc3\xa9", b"\0\0\0", b"\xef\xbb"] {
            assert_eq!(Encoding::of(plain), None, "{plain:?}");
        }
    }
}
