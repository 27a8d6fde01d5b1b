//! The fields of `key=value key="a value"`.

use super::Field;
use super::collected::MOST_FIELDS;

/// The fields of a text that stands at an offset, or why it has none.
pub(super) fn fields(text: &str, at: u64) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let end = rest.find(|character| is_blank(character) || character == '=').unwrap_or(rest.len());
        let Some(behind) = rest[end..].strip_prefix('=').filter(|_| end > 0) else {
            return Err(format!("is not key=value at octet {}", text.len() - rest.len()));
        };
        let (value, octets) =
            value_of(behind).ok_or_else(|| format!("has a quote that is not closed after {:?}", &rest[..end]))?;
        let from = at + (text.len() - behind.len()) as u64;
        fields.push(Field::new(&rest[..end], value).at(from, octets));
        if fields.len() >= MOST_FIELDS {
            return Err(format!("has more than {MOST_FIELDS} values"));
        }
        let left = &behind[octets..];
        rest = left.trim_start_matches(is_blank);
        if left.len() == rest.len() && !rest.is_empty() {
            return Err(format!("is not key=value at octet {}", text.len() - rest.len()));
        }
    }
    Ok(fields)
}

/// The value that a text begins with, and how many octets it takes; none where a quote is not closed.
fn value_of(text: &str) -> Option<(String, usize)> {
    if !text.starts_with('"') {
        let end = text.find(is_blank).unwrap_or(text.len());
        return Some((text[..end].to_owned(), end));
    }
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, index + 1)),
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_with_blanks_between_and_quotes() {
        let text = "a=1  b=\"x \\\"y\\\" =\" c=";
        let named: Vec<_> =
            fields(text, 10).unwrap().into_iter().map(|field| (field.name, field.value, field.place.unwrap())).collect();
        let names: Vec<_> = named.iter().map(|(name, value, _)| (name.as_str(), value.as_str())).collect();
        assert_eq!(names, [("a", "1"), ("b", "x \"y\" ="), ("c", "")]);
        assert_eq!((named[0].2.at, named[0].2.octets, named[1].2.at, named[1].2.octets), (12, 1, 17, 11));
    }

    #[test]
    fn what_is_no_pair_is_said() {
        for text in ["a", "=1", "a=1 b", "a=\"b", "a=\"b\"c=1", "a=\"\\"] {
            assert!(fields(text, 0).is_err(), "{text}");
        }
        assert_eq!(fields("  ", 0), Ok(Vec::new()));
    }
}
