//! A version that something needs at least, as it is written: `3.8`.

use toml::Spanned;

use crate::source::{FileError, Source};

/// The value of `at_least`, which is held against what `version` prints.
pub(super) fn at_least(source: Source<'_>, least: Spanned<String>, has_version: bool) -> Result<String, FileError> {
    let is_number = |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|octet| octet.is_ascii_digit());
    match least.get_ref().split('.').all(is_number) {
        _ if !has_version => {
            Err(source.error_at(&least.span(), "`at_least` is compared with what `version` prints: add `version`"))
        }
        true => Ok(least.into_inner()),
        false => Err(source.error_at(&least.span(), "a version is numbers separated by dots, such as \"3.8\"")),
    }
}
