//! Diagnosis: what is named for octets that known faults put on the wire, and that nothing is named where nothing is wrong.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use samewire::diagnosis::{Diagnosis, Evidence, Expected, UNEXPLAINED, causes, diagnose};
use samewire::hex;
use samewire::plan::{Plan, encode};
use samewire::suite::Suite;
use samewire::suite::expectation::Mask;
use serde::Deserialize;

use crate::processor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    case: String,
    plan: Option<String>,
    expected: String,
    wrong: String,
    first: Option<String>,
    #[serde(default)]
    among: Vec<String>,
    line: Option<usize>,
}

impl Row {
    fn complaint(&self) -> Option<String> {
        let plan = self.plan.as_deref().map(plan);
        let (expected, wrong) = (octets(&self.expected), octets(&self.wrong));
        let found = diagnoses(&[&expected], &[&wrong], plan.as_ref());
        let names = names(&found);
        let first = self.first.as_deref().is_none_or(|first| names.first() == Some(&first));
        let among = self.among.iter().all(|name| names.contains(&name.as_str()));
        let line = self.line.is_none() || found.first().map(|first| first.line) == Some(self.line);
        let wanted = (&self.first, &self.among, self.line);
        (!(first && among && line))
            .then(|| format!("{} {} -> {}: wanted {wanted:?}, got {names:?}", self.case, self.expected, self.wrong))
    }
}

#[track_caller]
fn octets(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_else(|| panic!("not hex: {text}"))
}

#[track_caller]
fn plan(text: &str) -> Plan {
    Plan::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn diagnoses(expected: &[&[u8]], captured: &[&[u8]], plan: Option<&Plan>) -> Vec<Diagnosis> {
    let expected: Vec<Expected<'_>> = expected.iter().map(|octets| Expected { octets, masks: &[] }).collect();
    diagnose(&Evidence { expected: &expected, captured, plan })
}

fn names(found: &[Diagnosis]) -> Vec<&str> {
    found.iter().map(|diagnosis| diagnosis.name.as_str()).collect()
}

#[test]
fn what_known_faults_send_is_named() {
    let rows: Rows = toml::from_str(include_str!("diagnosis.toml")).expect("the table");
    assert!(rows.row.len() > 200);
    let complaints: Vec<String> = rows.row.iter().filter_map(Row::complaint).collect();
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), rows.row.len(), complaints.join("\n"));
}

fn wire() -> Suite {
    Suite::load(&["builtin:wire".into()]).expect("the wire suite")
}

/// What each connection of a case should carry.
fn streams(plan: &Plan) -> Vec<Vec<u8>> {
    encode(plan).into_iter().map(|stream| stream.octets).collect()
}

fn slices(streams: &[Vec<u8>]) -> Vec<&[u8]> {
    streams.iter().map(Vec::as_slice).collect()
}

#[test]
fn nothing_is_named_where_nothing_differs() {
    for case in wire().cases {
        let plan = case.plan.expect("a plan");
        let right = streams(&plan);
        assert_eq!(diagnoses(&slices(&right), &slices(&right), Some(&plan)), [], "{}", case.name);
        assert_eq!(diagnoses(&slices(&right), &slices(&right), None), [], "{}", case.name);
    }
}

/// The xorshift of Marsaglia: edits differ, and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize % limit
    }

    /// Changes, inserts or takes away one octet.
    fn edited(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut edited = octets.to_vec();
        let at = self.below(octets.len());
        match self.below(3) {
            0 => edited[at] ^= 1 + self.below(255) as u8,
            1 => edited.insert(at, self.below(256) as u8),
            _ => _ = edited.remove(at),
        }
        edited
    }
}

/// What a name says of octets, as far as it can be said without saying the rule again.
fn is_true(name: &str, expected: &[u8], captured: &[u8]) -> bool {
    let without =
        |octets: &[u8], unwanted: &[u8]| octets.iter().copied().filter(|octet| !unwanted.contains(octet)).collect::<Vec<u8>>();
    let same_without = |unwanted: &[u8]| without(expected, unwanted) == without(captured, unwanted);
    let (longer, shorter) = (captured.len() > expected.len(), captured.len() < expected.len());
    match name {
        "line-feed-added" => longer && same_without(b"\n"),
        "crlf-added" | "lf-to-crlf" | "crlf-to-lf" | "cr-to-lf" | "cr-to-crlf" | "lf-to-cr" => same_without(b"\r\n"),
        "carriage-return-added" | "carriage-return-doubled" => longer && same_without(b"\r"),
        "nul-added" => longer && same_without(b"\0"),
        "nuls-dropped" => shorter && same_without(b"\0"),
        "blanks-trimmed" | "blanks-dropped" => shorter,
        "truncated" => shorter && expected.starts_with(captured),
        "head-lost" => shorter && expected.ends_with(captured),
        "block-lost" | "line-lost" | "cut-at-nul" | "cut-at-line-feed" | "cut-at-ctrl-z" | "cut-at-unicode-line-end" => shorter,
        "block-repeated" | "line-repeated" | "sent-twice" => longer,
        "octet-changed" => captured.len() == expected.len(),
        "octets-appended" => captured.starts_with(expected),
        "octets-prepended" => captured.ends_with(expected),
        "octets-inserted" => longer,
        "byte-order-swapped" | "writes-reordered" | "block-moved" | "octets-reversed" => {
            let sorted = |octets: &[u8]| {
                let mut octets = octets.to_vec();
                octets.sort_unstable();
                octets
            };
            sorted(expected) == sorted(captured)
        }
        _ => true,
    }
}

#[test]
fn what_is_named_for_random_edits_is_true_of_them() {
    let mut random = Random(0x5eed);
    for case in wire().cases {
        let plan = case.plan.expect("a plan");
        let right = streams(&plan);
        let [expected] = right.as_slice() else { continue };
        let edits = if expected.len() > 5000 { 1 } else { 3 };
        for _ in 0..if expected.is_empty() { 0 } else { edits } {
            let captured = random.edited(expected);
            let found = diagnoses(&[expected], &[&captured], Some(&plan));
            let names = names(&found);
            let context = || format!("{}: {} for {}", case.name, hex::encode(&captured), names.join(" "));
            assert_eq!(names.is_empty(), captured == *expected, "{}", context());
            // What came of two faults is true of neither alone.
            let alone = found.iter().filter(|diagnosis| !diagnosis.sentence.contains("together with"));
            assert!(alone.map(|alone| &alone.name).all(|name| is_true(name, expected, &captured)), "{}", context());
            assert!(!names.contains(&UNEXPLAINED) || names.len() == 1, "{}", context());
        }
    }
}

#[test]
fn shapes_are_named_only_where_no_cause_is() {
    let shapes: Vec<&str> = causes().filter(|cause| cause.shape).map(|cause| cause.name.as_str()).collect();
    let found = diagnoses(&[b"hello"], &[b"hello\n"], None);
    assert!(names(&found).iter().all(|name| !shapes.contains(name)), "{found:?}");
    let found = diagnoses(&[b"hello"], &[b"hellx"], None);
    assert_eq!(names(&found), ["octet-changed"]);
    let found = diagnoses(&[b"hello"], &[b"something else"], None);
    assert_eq!(names(&found), [UNEXPLAINED]);
}

#[test]
fn where_nothing_came_nothing_is_said_of_what_came() {
    assert_eq!(names(&diagnoses(&[b"hello"], &[b""], None)), ["nothing-sent"]);
}

#[track_caller]
fn assert_first(text: &str, captured: &[&[u8]], name: &str) -> Diagnosis {
    let plan = plan(text);
    let found = diagnoses(&slices(&streams(&plan)), captured, Some(&plan));
    assert_eq!(names(&found).first(), Some(&name), "{found:#?}");
    found[0].clone()
}

#[test]
fn octets_on_the_wrong_connections_are_named() {
    let three = "text a\nconnect\ntext b\nconnect\ntext c";
    assert_first(three, &[], "never-connected");
    assert_first(three, &[b"abc"], "connections-merged");
    assert_first(three, &[b"b", b"a", b"c"], "connections-reordered");
    assert_first(three, &[b"a", b"b"], "connection-missing");
    assert_first(three, &[b"a", b"", b"b", b"c"], "extra-empty-connection");
    assert_first(three, &[b"a", b"b", b"c", b"d"], "extra-connection");
    assert_first(three, &[b"a", b"b", b"c", b"a", b"b", b"c"], "sent-again");
    assert_first("text a\nconnect\nconnect\ntext c", &[b"a", b"c"], "silent-connection-missing");
    assert_first("text a\ntext b", &[b"a", b"b"], "split-over-connections");
    assert_first("text ab\nconnect\ntext c", &[b"a", b"bc"], "connections-divided-elsewhere");
}

#[test]
fn a_fault_that_comes_with_another_number_of_connections_is_named_too() {
    let plan = plan("text a\ntext b");
    let found = diagnoses(&[b"ab"], &[b"a\n", b"b\n"], Some(&plan));
    assert_eq!(names(&found), ["split-over-connections", "line-feed-added"]);
}

#[test]
fn a_fault_on_one_of_several_connections_says_on_which() {
    let two = "text a\nconnect\ntext b";
    assert_eq!(assert_first(two, &[b"a", b"b\n"], "line-feed-added").connection, Some(2));
    assert_eq!(assert_first(two, &[b"a\n", b"b\n"], "line-feed-added").connection, None);
    assert_eq!(assert_first(two, &[b"", b"b"], "nothing-sent").connection, Some(1));
}

#[test]
fn writes_that_are_lost_repeated_or_out_of_order_are_named() {
    let plan = "text one\ntext two\ntext three";
    assert_first(plan, &[b"twoonethree"], "writes-reordered");
    assert_eq!(assert_first(plan, &[b"onethree"], "line-lost").line, Some(2));
    assert_eq!(assert_first(plan, &[b"onetwotwothree"], "line-repeated").line, Some(2));
    assert_eq!(assert_first(plan, &[b"onetwothr"], "truncated").line, Some(3));
    assert_eq!(assert_first(plan, &[b"onetwo"], "truncated").line, Some(3));
    assert_first(plan, &[b"twothree"], "head-lost");
    assert_first(plan, &[b"onetwothreeonetwothree"], "sent-twice");
    assert_first(plan, &[b"eerhtowteno"], "octets-reversed");
    assert_first(plan, &[plan.as_bytes()], "plan-sent");
    assert_first(plan, &[b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and much more"], "tls-client-hello");
    assert_first("text a\n# remark\ntext b", &[b"a# remarkb"], "comment-sent");
    assert_first("text a\nbytes 00", &[b"abytes 00"], "plan-line-sent");
}

#[test]
fn faults_of_some_lines_only_are_named() {
    let plan = "u16be 513\ntext one\nu16le 513\ntext two";
    let swapped = assert_first(plan, &[b"\x02\x01one\x02\x01two"], "byte-order-swapped");
    assert_eq!(swapped.line, Some(3));
    assert!(swapped.sentence.contains("`u16le 513` in line 3"), "{}", swapped.sentence);
    assert_eq!(assert_first(plan, &[b"\x02\x01one\n\x01\x02two\n"], "line-feed-added").line, Some(2));
    assert_first("frame u16be \u{e9}", &[b"\0\x01\xe9"], "latin-1");
    assert_first("frame u16be \u{e9}", &[b"\0\x02\xe9"], "latin-1");
    assert_first("frame u8 a\nframe u8 \nframe u8 b", &[b"\x01a\x01b"], "empty-frame-skipped");
    assert_first("noise 4 1", &[&[0, 0x41, 0x3a, 0xac]], "noise-generator");
    assert_first("ramp 300", &[&(0..300).map(|i| i as u8).collect::<Vec<_>>()], "ramp-modulus");
}

/// i mod 251, as much as short writes and lost blocks need to show.
fn blob() -> Vec<u8> {
    (0..6_000_000).map(|i: u32| (i % 251) as u8).collect()
}

#[track_caller]
fn assert_first_of_blob(captured: &[u8], name: &str, particular: &str) {
    let first = assert_first("ramp 6000000", &[captured], name);
    assert!(first.sentence.contains(particular), "{}", first.sentence);
}

#[test]
fn what_happens_to_megabytes_is_named_and_located() {
    let whole = blob();
    let (block, at) = (65_536, 4 << 20);
    assert_first_of_blob(&whole[..4_157_547], "truncated", "4157547 of 6000000 octets");
    assert_first_of_blob(&whole[..65_536], "truncated", "a pipe buffer");
    assert_first_of_blob(&whole[4096..], "head-lost", "first 4096 octets");
    assert_first_of_blob(&[&whole[..at], &whole[at + block..]].concat(), "block-lost", "65536 octets at offset 4194304");
    assert_first_of_blob(&[&whole[..at + block], &whole[at..]].concat(), "block-repeated", "65536 octets");
    let moved = [&whole[..at], &whole[at + block..at + 2 * block], &whole[at..at + block], &whole[at + 2 * block..]];
    assert_first_of_blob(&moved.concat(), "block-moved", "65536 octets");
    assert_first_of_blob(&whole.iter().map(|octet| octet & 0x7f).collect::<Vec<u8>>(), "high-bit-stripped", "");
    assert_first_of_blob(&whole.repeat(2), "sent-twice", "2 times");
}

#[test]
fn unrelated_megabytes_are_given_up_soon() {
    let mut random = Random(7);
    let mut noise = || (0..20_000_000).map(|_| random.below(256) as u8).collect::<Vec<u8>>();
    let (expected, captured) = (noise(), noise());
    let start = processor::time();
    assert_eq!(names(&diagnoses(&[&expected], &[&captured], None)), [UNEXPLAINED]);
    let took = processor::time() - start;
    // Far above what it takes, and far below what anything but linear work takes. However busy the machine is, it is as much.
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn masked_octets_may_be_anything_and_others_may_not() {
    let masks = [Mask { start: 1, length: 2, name: "nonce".into() }];
    let expected = [Expected { octets: b"a\0\0b", masks: &masks }];
    let diagnose_one = |captured: &[u8]| diagnose(&Evidence { expected: &expected, captured: &[captured], plan: None });
    assert_eq!(diagnose_one(b"axyb"), []);
    assert_eq!(names(&diagnose_one(b"axyb\n")), ["line-feed-added"]);
    assert_eq!(names(&diagnose_one(b"axyc")), ["octet-changed"]);
    assert_eq!(names(&diagnose_one(b"\xef\xbb\xbfaxyb")), ["bom-added"]);
}

/// What all Rust files in a folder say, and in the folders in it.
fn code_in(folder: &Path) -> String {
    let paths = fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("a source").path());
    let code = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => code_in(&path),
        Some(extension) if extension == "rs" => fs::read_to_string(&path).expect("a source"),
        _ => String::new(),
    };
    paths.map(code).collect()
}

#[test]
fn every_name_stands_in_the_code_and_among_the_causes() {
    let code = code_in(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/judge/diagnosis")));
    let kebab = |name: &str| {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('-').all(is_word)
    };
    let in_code: BTreeSet<&str> = code.split('"').filter(|literal| literal.contains('-') && kebab(literal)).collect();
    let names: BTreeSet<&str> = causes().map(|cause| cause.name.as_str()).collect();
    assert_eq!(causes().count(), names.len(), "a name stands twice");
    for name in &names {
        assert!(kebab(name) && code.contains(&format!("\"{name}\"")), "{name} is not in the code");
    }
    assert_eq!(in_code.difference(&names).collect::<Vec<_>>(), Vec::<&&str>::new());
}
