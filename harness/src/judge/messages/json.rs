//! The fields of JSON: each value by its path, with its form.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Field;
use super::collected::MOST_FIELDS;

/// The deepest nesting that is read.
const DEEPEST: usize = 64;

/// How many octets the paths of all values may take together: so many, and so many more for each octet of the text.
const LEAST_NAMES: usize = 4 << 10;
const NAMES_FOR_OCTET: usize = 16;

/// The fields of a JSON text that stands at an offset, or why it has none.
pub(super) fn fields(text: &str, at: u64) -> Result<Vec<Field>, String> {
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    let room = LEAST_NAMES + NAMES_FOR_OCTET * text.len();
    let mut walk = Walk { begin: text.as_ptr() as usize, at, fields: Vec::new(), room };
    walk.value(whole.get(), &Path::default())?;
    Ok(walk.fields)
}

/// Where a value is, by names and by forms: two texts that name a value alike may still nest it otherwise.
#[derive(Default)]
struct Path {
    name: String,
    form: String,
    depth: usize,
}

impl Path {
    fn below(&self, name: &str, container: char) -> Self {
        let dot = if self.depth > 0 { "." } else { "" };
        let form = format!("{}{container}{}", self.form, name.len());
        Self { name: format!("{}{dot}{name}", self.name), form, depth: self.depth + 1 }
    }
}

struct Walk {
    /// The address of the text's first octet.
    begin: usize,
    at: u64,
    fields: Vec<Field>,
    /// How many octets more the names of fields may take.
    room: usize,
}

impl Walk {
    /// `text` is one value, a part of the text that the walk began with.
    fn value(&mut self, text: &str, path: &Path) -> Result<(), String> {
        if path.depth > DEEPEST {
            return Err(format!("is JSON nested deeper than {DEEPEST}"));
        }
        let error = |error: serde_json::Error| format!("is no JSON: {error}");
        let mut reader = serde_json::Deserializer::from_str(text);
        let before = self.fields.len();
        match text.as_bytes().first() {
            Some(b'{') => reader.deserialize_map(Below { walk: self, path }).map_err(error)?,
            Some(b'[') => reader.deserialize_seq(Below { walk: self, path }).map_err(error)?,
            Some(b'"') => {
                let value: String = serde_json::from_str(text).map_err(error)?;
                return self.field(text, value, path, '"');
            }
            _ => return self.field(text, text.to_owned(), path, '#'),
        }
        if self.fields.len() == before && path.depth > 0 {
            return self.field(text, text.chars().filter(|character| !character.is_whitespace()).collect(), path, '#');
        }
        Ok(())
    }

    fn field(&mut self, text: &str, value: String, path: &Path, form: char) -> Result<(), String> {
        if self.fields.len() >= MOST_FIELDS {
            return Err(format!("has more than {MOST_FIELDS} values"));
        }
        // A long key before a long array would be in each of its names.
        self.room = self.room.checked_sub(path.name.len()).ok_or("has paths that are too long")?;
        let name = if path.depth == 0 { "value" } else { &path.name };
        let from = self.at + (text.as_ptr() as usize - self.begin) as u64;
        self.fields.push(Field { form: format!("{}{form}", path.form), ..Field::new(name, value).at(from, text.len()) });
        Ok(())
    }
}

/// What is in an object or an array.
struct Below<'a> {
    walk: &'a mut Walk,
    path: &'a Path,
}

impl<'de> Visitor<'de> for Below<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some((key, value)) = object.next_entry::<String, &RawValue>()? {
            self.walk.value(value.get(), &self.path.below(&key, '{')).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let mut index = 0;
        while let Some(value) = array.next_element::<&RawValue>()? {
            let path = self.path.below(&index.to_string(), '[');
            if let Err(error) = self.walk.value(value.get(), &path) {
                while array.next_element::<IgnoredAny>()?.is_some() {}
                return Err(serde::de::Error::custom(error));
            }
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<(String, String)> {
        fields(text, 0).unwrap().into_iter().map(|field| (field.name, field.value)).collect()
    }

    #[test]
    fn each_value_is_a_field_by_its_path() {
        let text = r#" {"a": {"b": 1.0}, "c": [true, "x\né", {}], "": null, "a": 2} "#;
        let pairs = [("a.b", "1.0"), ("c.0", "true"), ("c.1", "x\né"), ("c.2", "{}"), ("", "null"), ("a", "2")];
        assert_eq!(named(text), pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_field_s_place_is_its_value_in_the_stream() {
        let text = r#"{"a": {"b": [10, "xé"]}}"#;
        let field = fields(text, 100).unwrap().remove(1);
        let at = text.find("\"xé").unwrap() as u64;
        assert_eq!((field.place.unwrap().at, field.place.unwrap().octets), (100 + at, 5));
    }

    #[test]
    fn what_another_reader_would_see_is_its_form() {
        let form = |text: &str| fields(text, 0).unwrap().remove(0);
        for (one, other) in [("{\"a\":12}", "{\"a\":\"12\"}"), ("{\"a.b\":1}", "{\"a\":{\"b\":1}}"), ("{\"0\":1}", "[1]")] {
            let (one, other) = (form(one), form(other));
            assert_eq!((&one.name, &one.value), (&other.name, &other.value));
            assert_ne!(one.form, other.form);
        }
        assert_eq!(form("{\"a\":\"\\u00e9\"}").form, form("{ \"a\" : \"é\" }").form);
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_said() {
        assert!(fields("{\"a\":1", 0).unwrap_err().starts_with("is no JSON"));
        assert!(fields("{} {}", 0).is_err() && fields("", 0).is_err() && fields("01", 0).is_err());
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(fields(&deep, 0).is_err());
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(fields(&deep, 0).unwrap_err().contains("nested deeper"), "{:?}", fields(&deep, 0));
        let wide = format!("{{\"{}\":[{}1]}}", "k".repeat(10_000), "1,".repeat(100_000));
        assert!(fields(&wide, 0).unwrap_err().contains("too long"));
    }
}
