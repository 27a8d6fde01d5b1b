//! The faults against what real programs were measured to send, and against the suite and the causes that they name.

use std::collections::HashSet;

use super::*;
use crate::hex;
use crate::judge::diagnosis::causes;

/// What a sender with this fault sends for a plan, in hex.
#[track_caller]
fn sends(name: &str, plan: &str) -> String {
    let plan = Plan::parse(plan).unwrap();
    hex::encode(&step::octets(&fault(name).unwrap_or_else(|| panic!("there is no fault {name}")).steps(&plan)))
}

/// Two, three and four octets a character.
const MIXED: &str = "text é€😀";

#[test]
fn what_a_fault_sends_is_what_real_programs_were_measured_to_send() {
    let measured = [
        ("right", MIXED, "c3a9e282acf09f9880"),
        ("low-octets", MIXED, "e9ac3d00"),
        ("encoded-twice", MIXED, "c383c2a9c3a2c282c2acc3b0c29fc298c280"),
        ("encoded-twice-1252", MIXED, "c383c2a9c3a2e2809ac2acc3b0c5b8cb9ce282ac"),
        ("utf-16le", MIXED, "e900ac203dd800de"),
        ("utf-16be", MIXED, "00e920acd83dde00"),
        ("utf-16le-bom", MIXED, "fffee900ac203dd800de"),
        ("utf-16be-bom", MIXED, "feff00e920acd83dde00"),
        ("utf-32le", MIXED, "e9000000ac20000000f60100"),
        ("cesu-8", MIXED, "c3a9e282aceda0bdedb880"),
        ("length-and-text", MIXED, "000bc3a9e282aceda0bdedb880"),
        ("length-and-text", "points 61 0 1f600", "000961c080eda0bdedb880"),
        ("gb18030", MIXED, "a8a6a2e39439fc36"),
        ("mark-per-character", MIXED, "3f3f3f"),
        ("mark-per-unit", MIXED, "3f3f3f3f"),
        ("mark-per-octet", MIXED, "3f3f3f3f3f3f3f3f3f"),
        ("fffd-per-character", MIXED, "efbfbdefbfbdefbfbd"),
        ("fffd-per-octet", "text é", "efbfbdefbfbd"),
        ("fffd-where-invalid", "bytes ff0080", "efbfbd00efbfbd"),
        ("bom-added", "text é", "efbbbfc3a9"),
        ("escaped-unicode", MIXED, "5c75303065395c75323061635c75643833645c7564653030"),
        ("escaped-unicode-upper", MIXED, "5c75303045395c75323041435c553030303146363030"),
        ("octets-literal", MIXED, "62275c7863335c7861395c7865325c7838325c7861635c7866305c7839665c7839385c78383027"),
        ("percent-text", MIXED, "254333254139254532253832254143254630253946253938253830"),
        ("hex-text", MIXED, "633361396532383261636630396639383830"),
        ("base64-text", MIXED, "77366e6967717a776e356941"),
        ("octets-list", "text hi", "5b313034203130355d"),
        ("debugging-form", "text \"\u{2028}\u{b}", "225c225c757b323032387d5c757b627d22"),
        ("as-short-as-can-be", "i32be -2147483648 -2 -1 0 1 256", "80000000feff010100"),
        ("varint-edge", "uleb 128 255 300 16384", "80ff01ac028080"),
        ("nfd", MIXED, "65cc81e282acf09f9880"),
        ("nfc", "text \u{fb01}\u{ac00}\u{2126}", "efac81eab080cea9"),
        ("nfkc", "text \u{fb01}\u{ac00}\u{2126}", "6669eab080cea9"),
        ("surrogate-escapes", "text é", "edb383edb2a9"),
        ("encoding-repaired", "text Ã©", "c3a9"),
    ];
    for (name, plan, octets) in measured {
        assert_eq!(sends(name, plan), octets, "{name}");
    }
}

#[test]
fn what_shells_do_to_text_is_as_measured() {
    let measured = [
        ("line-feed-added", "text hello", "68656c6c6f0a"),
        ("line-feeds-stripped", "bytes 610a0a0a", "61"),
        ("lf-to-crlf", "bytes 610a62", "610d0a62"),
        ("nuls-dropped", "bytes 610062", "6162"),
        ("cut-at-nul", "bytes 610062", "61"),
        ("trimmed", "text   a  b  ", "61202062"),
        ("collapsed", "text   a  b  ", "612062"),
        ("backslashes-eaten", r"text a\tb\x41\n", "6174627834316e"),
        ("backslashes-expanded", r"text a\tb\x41\n", "610962410a"),
        ("directives-eaten", "text 100%d %s %%", "31303030202025"),
        ("option-eaten", "text -n", ""),
        ("decimal-comma", "text 1.50", "312c3530"),
    ];
    for (name, plan, octets) in measured {
        assert_eq!(sends(name, plan), octets, "{name}");
    }
}

#[test]
fn numbers_go_wrong_as_measured() {
    let measured = [
        ("order-swapped", "u32be 5", "05000000"),
        ("converted-as-16-bits", "u32be 5", "00050000"),
        ("native-struct", "u8 1\nu32le 2\nu16le 3", "01000000020000000300"),
        ("native-struct", "u8 1\nu16be 2\nu64be 3", "01000200000000000300000000000000"),
        ("rounded-to-53-bits", "u64be 9007199254740993", "0020000000000000"),
        ("float-for-double", "f64be 0.1", "3dcccccd"),
        ("nan-sign", "f64be nan", "fff8000000000000"),
        ("varint-big-endian", "uleb 300 128 16384", "822c8100818000"),
        ("uleb-as-zigzag", "uleb 300", "d804"),
        ("sleb-unsigned", "sleb -64", "c0ffffffffffffffff01"),
        ("sleb-as-zigzag", "sleb -65", "8101"),
        ("zigzag-as-sleb", "zigzag 64", "c000"),
        ("length-of-characters", "frame u32be é€😀", "00000003c3a9e282acf09f9880"),
        ("length-of-units", "frame u32be é€😀", "00000004c3a9e282acf09f9880"),
        ("length-with-itself", "frame u32be é€😀", "0000000dc3a9e282acf09f9880"),
        ("length-of-32-bits", "frame u16be hi", "000000026869"),
    ];
    for (name, plan, octets) in measured {
        assert_eq!(sends(name, plan), octets, "{name}");
    }
}

#[test]
fn every_fault_has_a_name_of_its_own_and_a_sign_that_there_is() {
    let names: HashSet<&str> = faults().map(|fault| fault.name).collect();
    assert_eq!(names.len(), faults().count());
    for fault in faults() {
        assert!(fault.name.len() <= 25, "{} does not fit on a line", fault.name);
        match fault.sign {
            Sign::Diagnosis(name) => assert!(causes().any(|cause| cause.name == name), "{name}"),
            Sign::Verdict(_) => assert!(!fault.only.is_empty() || fault.name == RIGHT, "{} names no case", fault.name),
        }
    }
}

#[test]
fn every_case_that_a_fault_names_is_there() {
    let suite = crate::suite::Suite::load(&["builtin:wire".into()]).unwrap();
    let is_there = |name: &str| name.starts_with("contract/") || suite.cases.iter().any(|case| case.name == name);
    for name in faults().flat_map(|fault| fault.only) {
        assert!(is_there(name), "{name}");
    }
}

/// What no valid plan can show with a server that does as it should, or none that does not wait long.
const NOT_OF_PLANS: &[&str] = &[
    RIGHT,
    "cannot-without-plan",
    "checks-as-it-goes",
    "claims-success",
    "connects-first",
    "fails-at-unknown-words",
    "gives-up-waiting",
    "half-closes-late",
    "ignores-bare-words",
    "ignores-unknown-words",
    "needs-no-plan",
    "prints-crlf",
    "prints-no-nuls",
    "prints-nothing",
    "prints-text",
    "short-write",
    "words-by-their-beginning",
    "words-in-any-case",
];

/// As far as that can be told without launching them. What is printed of what is received is judged at each `receive`.
#[test]
fn every_fault_shows_in_the_first_launches_of_a_seed() {
    use crate::suite::plan::generate::{Generator, LAUNCH};
    for seed in [7, 12345] {
        let mut left: Vec<&Fault> = faults().filter(|fault| !NOT_OF_PLANS.contains(&fault.name)).collect();
        for n in 1..=4 * LAUNCH {
            let plan = Plan::parse(&Generator::new(seed).plan(n).text()).unwrap();
            left.retain(|fault| !fault.differs_on(&plan));
        }
        let left: Vec<&str> = left.iter().map(|fault| fault.name).collect();
        assert!(left.is_empty(), "of seed {seed}: {left:?}");
    }
}
