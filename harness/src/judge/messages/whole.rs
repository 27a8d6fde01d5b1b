//! Fields as a whole: by name, in whatever order, with the forms of their values.

use std::collections::BTreeMap;

use super::Field;
use super::parting::{Parting, shown_value};

/// All that is different, in the order of what came, then what is missing. Fields that were worked out, and those to be ignored,
/// do not count.
pub(super) fn partings<'a>(expected: &'a [Field], came: &'a [Field], ignored: &[String]) -> Vec<Parting<'a>> {
    let counts = |field: &&Field| !field.is_computed && !ignored.contains(&field.name);
    let mut wanted: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
    for field in expected.iter().filter(counts) {
        wanted.entry(&field.name).or_default().push(field);
    }
    wanted.values_mut().for_each(|fields| fields.reverse());
    let mut partings = Vec::new();
    for field in came.iter().filter(counts) {
        match wanted.get_mut(field.name.as_str()).and_then(Vec::pop) {
            Some(expected) => partings.extend(parting(expected, field)),
            None => partings.push(Parting {
                says: format!("{} is {}, and was not expected", field.name, shown_value(&field.value)),
                place: field.place,
                texts: None,
            }),
        }
    }
    let missing = expected.iter().filter(counts).filter(|field| {
        let left = wanted.get_mut(field.name.as_str());
        left.is_some_and(|left| left.pop_if(|last| std::ptr::eq(*last, *field)).is_some())
    });
    partings.extend(missing.map(|field| absent(&field.name, &field.value)));
    partings
}

/// That a field is not there.
pub(super) fn absent(name: &str, expected: &str) -> Parting<'static> {
    Parting { says: format!("{name} is absent, expected {}", shown_value(expected)), place: None, texts: None }
}

fn parting<'a>(expected: &'a Field, came: &'a Field) -> Option<Parting<'a>> {
    let (value, other) = (shown_value(&came.value), shown_value(&expected.value));
    let says = match (expected.value == came.value, expected.form == came.form) {
        (true, true) => return None,
        (false, _) => format!("{} is {value}, expected {other}", came.name),
        (true, false) => {
            let form = |field: &Field| match field.form.chars().last() {
                Some('"') => format!("the text {:?}", field.value),
                _ => format!("the bare {}", shown_value(&field.value)),
            };
            match form(came) == form(expected) {
                true => format!("{} is {value}, nested otherwise than expected", came.name),
                false => format!("{} is {}, expected {}", came.name, form(came), form(expected)),
            }
        }
    };
    Some(Parting { says, place: came.place, texts: Some([&expected.value, &came.value]) })
}

/// What counts of fields as a whole, as octets for a digest.
pub(super) fn digested(fields: &[Field], ignored: &[String]) -> String {
    let counts = fields.iter().filter(|field| !field.is_computed && !ignored.contains(&field.name));
    let mut all: Vec<(&str, &str, &str)> = counts.map(|field| (&*field.name, &*field.value, &*field.form)).collect();
    // By name alone: values of one name keep their order.
    all.sort_by_key(|field| field.0);
    format!("{all:?}")
}
