//! How a length is written in octets. Pure.

use std::fmt;

use crate::suite::plan::{Order, Prefix};

/// Digits of the greatest length.
const MOST_DIGITS: usize = 20;

/// A way of writing a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    word: &'static str,
    prefix: Option<Prefix>,
}

impl Number {
    /// The ways there are, by their names.
    pub const WORDS: [&str; 7] = ["u8", "u16be", "u16le", "u32be", "u32le", "uleb", "decimal"];

    /// The way of that name.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        let word = Self::WORDS.into_iter().find(|known| *known == word)?;
        Some(Self { word, prefix: Prefix::of(word) })
    }

    /// The fewest octets that it has.
    pub(super) fn least(self) -> usize {
        match self.prefix {
            Some(Prefix::Fixed(fixed)) => fixed.width,
            _ => 1,
        }
    }

    /// How it writes a length; nothing where it cannot.
    #[must_use]
    pub fn octets(self, length: u64) -> Option<Vec<u8>> {
        match self.prefix {
            Some(prefix) => (length <= prefix.max()).then(|| prefix.octets(length)),
            None => Some(length.to_string().into_bytes()),
        }
    }

    /// The numbers that octets may begin with, each with how many octets it has. Only the shortest form of a number is one.
    pub(super) fn readings(self, octets: &[u8]) -> Vec<(usize, u64)> {
        match self.prefix {
            Some(Prefix::Fixed(fixed)) => {
                let number = octets.get(..fixed.width).map(|octets| match fixed.order {
                    Order::Big => octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)),
                    Order::Little => octets.iter().rev().fold(0, |number, octet| number << 8 | u64::from(*octet)),
                });
                number.map(|number| (fixed.width, number)).into_iter().collect()
            }
            Some(Prefix::Uleb) => uleb(octets).filter(|(width, _)| *width == 1 || octets[width - 1] != 0).into_iter().collect(),
            None => decimals(octets),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

fn uleb(octets: &[u8]) -> Option<(usize, u64)> {
    let mut number: u64 = 0;
    for (index, octet) in octets.iter().take(10).enumerate() {
        let low = u64::from(octet & 0x7f);
        number |= low.checked_shl(7 * index as u32).filter(|shifted| shifted >> (7 * index) == low)?;
        if octet & 0x80 == 0 {
            return Some((index + 1, number));
        }
    }
    None
}

/// Each beginning of the digits is a number: what follows it may be a digit too.
fn decimals(octets: &[u8]) -> Vec<(usize, u64)> {
    let digits = octets.iter().take(MOST_DIGITS).take_while(|octet| octet.is_ascii_digit()).count();
    let digits = if octets.first() == Some(&b'0') { digits.min(1) } else { digits };
    let number = |width: usize| std::str::from_utf8(&octets[..width]).ok()?.parse().ok().map(|number| (width, number));
    (1..=digits).filter_map(number).collect()
}
