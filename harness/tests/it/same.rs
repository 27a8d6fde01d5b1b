//! Diagnosis of the same content in another form: alone, in a text and between binary fields, and nowhere else.

use std::io::Read;
use std::time::Duration;

use samewire::{diagnosis, hex};
use serde::Deserialize;

use crate::processor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    same: Vec<Row>,
}

/// Content that was expected and that came, as text or as hex, and the cause that must be named first of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    expected: String,
    captured: String,
    first: String,
    #[serde(default)]
    says: String,
    #[serde(default)]
    hex: bool,
    /// It is a message of its own, and is tried as such alone.
    #[serde(default)]
    alone: bool,
}

/// What stands before and behind the content.
const AROUND: [(&str, &[u8], &[u8]); 3] = [
    ("alone", b"", b""),
    ("in text", b"PUT /v1/items HTTP/1.1\r\nHost: h.example\r\n\r\n", b"\r\n-- the end --\r\n"),
    ("in binary", b"\x00\x01\x02\x00\x17\xff", b"\x00\x02\x80\x01\xfe"),
];

impl Row {
    fn complaints(&self) -> Vec<String> {
        let (expected, captured) = (self.octets(&self.expected), self.octets(&self.captured));
        let around = AROUND.iter().take(if self.alone { 1 } else { AROUND.len() });
        let complaint = |(place, before, after): &(&str, &[u8], &[u8])| {
            let found = diagnosis::of(&[before, &expected[..], after].concat(), &[before, &captured[..], after].concat());
            let right = found.first().is_some_and(|first| first.name == self.first && first.sentence.contains(&self.says));
            let said: Vec<String> = found.iter().take(3).map(|found| format!("{} ({})", found.name, found.sentence)).collect();
            (!right)
                .then(|| format!("{:?} {place}: wanted {} {:?}, got {}", self.expected, self.first, self.says, said.join("; ")))
        };
        around.filter_map(complaint).collect()
    }

    fn octets(&self, text: &str) -> Vec<u8> {
        if self.hex { hex::decode(text).unwrap_or_else(|| panic!("not hex: {text}")) } else { text.as_bytes().to_vec() }
    }
}

fn table() -> Vec<Row> {
    let table: Table = toml::from_str(include_str!("same.toml")).expect("the table");
    table.same
}

#[test]
fn the_same_content_in_another_form_is_named_alone_in_text_and_in_binary() {
    let complaints: Vec<String> = table().iter().flat_map(Row::complaints).collect();
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n"));
}

/// Other content in every form of the table: what came for one row, where another was expected.
#[test]
fn other_content_is_never_said_to_be_the_same() {
    let forms: Vec<String> = table().into_iter().map(|row| row.first).collect();
    let different = [
        (r#"{"a":1,"b":[1,2]}"#, r#"{"a": 1, "b": [1, 7]}"#),
        (r#"{"a":1,"b":null}"#, r#"{"a":1,"b":0}"#),
        (r#"{"a":1}"#, r#"{"a":1,"a":2,"b":3}"#),
        (r#"{"n":9007199254740993}"#, r#"{"n":9007199254740999}"#),
        (r#"{"n":"12"}"#, r#"{"n":13}"#),
        ("a=1&b=2&c=3\n", "c=3&a=1&b=4\n"),
    ];
    for (expected, captured) in different {
        let found = diagnosis::of(expected.as_bytes(), captured.as_bytes());
        // Where something is said to be left over, it is not said to be the same.
        let is_wrong = |first: &diagnosis::Diagnosis| {
            forms.contains(&first.name) && !first.sentence.contains("but not what differs at offset")
        };
        assert!(!found.first().is_some_and(is_wrong), "{expected:?} {captured:?}: {found:?}");
    }
}

/// What is made to be read for long: deep, or a little that is a lot when it is read.
#[test]
fn hostile_content_is_read_in_bounded_time() {
    let mut bomb = Vec::new();
    let zeros = vec![0; 50_000_000];
    flate2::bufread::GzEncoder::new(&zeros[..], flate2::Compression::best()).read_to_end(&mut bomb).expect("a bomb");
    let deep = |blank: &str| format!("{{{blank}\"a\":{}}}", "[".repeat(500_000)).into_bytes();
    let wide = |blank: &str| format!("[{blank}{}1]", "{\"a\":1},".repeat(50_000)).into_bytes();
    let fields = |first: &str| (0..20_000).map(|at| format!("{first}{at}=\"'%5B&")).collect::<String>().into_bytes();
    let binary = |last: u8| [&[0xdd, 0xff, 0xff, 0xff, 0xff][..], &[0x91; 900], &[last]].concat();
    let pairs = [
        (deep(""), deep(" ")),
        (wide(""), wide(" ")),
        (fields("a"), fields("b")),
        (binary(1), binary(2)),
        ([0x30, 0x80].repeat(450), [0x30, 0x80].repeat(451)),
        (bomb.clone(), [&bomb[..10], &[0x55; 40]].concat()),
        (vec![0; 1000], bomb),
    ];
    for (expected, captured) in pairs {
        let start = processor::time();
        assert!(!diagnosis::of(&expected, &captured).is_empty());
        // Far above what it takes.
        let took = processor::time() - start;
        assert!(took < Duration::from_secs(20), "{:?} {took:?}", &expected[..10]);
    }
}
