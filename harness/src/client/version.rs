//! Versions as programs print them, and which of two is the newer. Pure.

use std::fmt;

/// Numbers with dots between them: `3.11.7`. A number that is not there counts as 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(Vec<u64>);

impl Version {
    /// The first number with dots in a text, or, without any, the first number that is a word: `1.19` of `go version go1.19 linux`, and
    /// nothing of `x86_64`. What stands behind the numbers does not count, so `2.3.0-rc.1` is 2.3.0.
    #[must_use]
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut numbers = text.split(|character: char| !character.is_ascii_digit() && character != '.');
        let dotted = numbers.find_map(|text| Self::dotted(text).filter(|version| version.0.len() > 1));
        let mut words = text.split(|character: char| !character.is_alphanumeric() && !matches!(character, '.' | '_'));
        dotted.or_else(|| words.find_map(|word| Self::dotted(word.strip_prefix('v').unwrap_or(word))))
    }

    /// Whether it is this version or a newer one.
    #[must_use]
    pub(crate) fn is_at_least(&self, least: &Self) -> bool {
        let length = self.0.len().max(least.0.len());
        self.padded(length) >= least.padded(length)
    }

    fn dotted(text: &str) -> Option<Self> {
        let numbers: Result<Vec<u64>, _> = text.trim_matches('.').split('.').map(str::parse).collect();
        numbers.ok().map(Self)
    }

    fn padded(&self, length: usize) -> Vec<u64> {
        self.0.iter().copied().chain(std::iter::repeat(0)).take(length).collect()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_number_in_what_programs_print() {
        let printed = [
            ("Python 3.11.7", "3.11.7"),
            ("v20.1.0", "20.1.0"),
            ("go version go1.19.8 linux/amd64", "1.19.8"),
            ("openjdk 17 2021-09-14", "17"),
            ("cc (Debian 12.2.0-14) 12.2.0", "12.2.0"),
            ("python3 says 3.8.", "3.8"),
            ("Python 3.13.1", "3.13.1"),
            ("go version go1.22.2 linux/amd64", "1.22.2"),
            ("OpenSSL 3.0.2 15 Mar 2022", "3.0.2"),
            ("2.3.0-rc.1", "2.3.0"),
            ("less 590 (GNU regular expressions)", "590"),
            ("tool v7", "7"),
            ("BusyBox v1.36.1 (Debian 1:1.36.1-9)", "1.36.1"),
            ("redis-cli 7.0.15 for x86_64", "7.0.15"),
        ];
        for (text, version) in printed {
            assert_eq!(Version::of(text).unwrap().to_string(), version, "{text}");
        }
        for text in ["OpenBSD netcat", "nc (netcat-openbsd)", "client for x86_64, sha1", "", "...", "99999999999999999999999"] {
            assert_eq!(Version::of(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_count_as_numbers() {
        let is_at_least = |one: &str, other: &str| Version::of(one).unwrap().is_at_least(&Version::of(other).unwrap());
        assert!(is_at_least("3.10", "3.8") && is_at_least("17", "17.0") && is_at_least("1.19", "1.19"));
        assert!(!is_at_least("3.8", "3.10") && !is_at_least("16.9", "17"));
    }
}
