//! Objects of JSON that came as lists of their keys and values, and the other way round.

use serde_json::{Map, Value};

use super::super::rule::Held;

/// The most octets that are read.
const MOST: usize = 64 << 10;

/// How libraries name a key and its value.
const NAMES: [(&str, &str); 5] = [("key", "value"), ("Key", "Value"), ("name", "value"), ("k", "v"), ("first", "second")];

/// The same object in another form.
pub(super) fn forms(expected: &[u8], captured: &[u8]) -> Vec<Held> {
    let starts = |octets: &[u8]| octets.trim_ascii_start().first().copied();
    let are_both = matches!((starts(expected), starts(captured)), (Some(b'{'), Some(b'[')) | (Some(b'['), Some(b'{')));
    if !are_both || expected.len().max(captured.len()) > MOST {
        return Vec::new();
    }
    let read = |octets: &[u8]| serde_json::from_slice::<Value>(octets).ok();
    let detail = match (read(expected), read(captured)) {
        (Some(Value::Object(map)), Some(Value::Array(list))) => form(&map, &list),
        (Some(Value::Array(list)), Some(Value::Object(map))) => form(&map, &list).map(|_| "an object for a list"),
        _ => None,
    };
    detail.map(|detail| Held::alone("map-as-list", Some(detail.to_owned()))).unwrap_or_default()
}

/// In which form a list has just what a map has.
fn form(map: &Map<String, Value>, list: &[Value]) -> Option<&'static str> {
    if map.is_empty() || map.len() != list.len() {
        return None;
    }
    let holds = |read: &dyn Fn(&Value) -> Option<(String, Value)>| {
        list.iter().all(|item| read(item).is_some_and(|(key, value)| map.get(&key) == Some(&value)))
    };
    let pair = |item: &Value| match item.as_array().map(Vec::as_slice) {
        Some([Value::String(key), value]) => Some((key.clone(), value.clone())),
        _ => None,
    };
    if holds(&pair) {
        return Some("a list of pairs");
    }
    let single = |item: &Value| {
        let item = item.as_object().filter(|item| item.len() == 1)?;
        item.iter().next().map(|(key, value)| (key.clone(), value.clone()))
    };
    if holds(&single) {
        return Some("a list of objects of one key each");
    }
    let named = |item: &Value| {
        let item = item.as_object().filter(|item| item.len() == 2)?;
        NAMES.iter().find_map(|(key, value)| Some((item.get(*key)?.as_str()?.to_owned(), item.get(*value)?.clone())))
    };
    holds(&named).then_some("a list of objects, each with a key and its value")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(expected: &str, captured: &str) -> Option<String> {
        forms(expected.as_bytes(), captured.as_bytes()).pop()?.told.detail
    }

    #[test]
    fn a_map_may_come_as_a_list() {
        let map = r#"{"a":"1","b":"2"}"#;
        assert_eq!(told(map, r#"[["a","1"],["b","2"]]"#).as_deref(), Some("a list of pairs"));
        assert!(told(map, r#"[{"key":"a","value":"1"},{"key":"b","value":"2"}]"#).is_some());
        assert!(told(map, r#"[{"a":"1"},{"b":"2"}]"#).is_some());
        assert_eq!(told(r#"[["a","1"],["b","2"]]"#, map).as_deref(), Some("an object for a list"));
        assert_eq!(told(map, r#"[["a","1"],["b","3"]]"#), None);
        assert_eq!(told("{}", "[]"), None, "said elsewhere");
    }
}
