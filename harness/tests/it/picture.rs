//! The picture of a difference: its first offset and place are right whatever the edit, and it is one screen whatever the size.

use samewire::picture::{Expected, Picture, Place, Row, lines};
use samewire::plan::{Field, Plan, encode};
use samewire::suite::Suite;
use samewire::suite::expectation::Mask;

use crate::random::Random;

const NAMES: [&str; 2] = ["expected", "captured"];

/// The most lines of a picture.
const SCREEN: usize = 40;

/// One octet changed, added or lost.
fn edit(random: &mut Random, octets: &mut Vec<u8>) {
    let at = random.below(octets.len() + 1);
    match (random.below(3), at < octets.len()) {
        (0, true) => octets[at] ^= 1 + random.below(255) as u8,
        (1, true) => drop(octets.remove(at)),
        _ => octets.insert(at, random.next() as u8),
    }
}

/// As plainly as it can be said: the first offset where they are not the same, if there is one.
fn first_difference(expected: &[u8], masks: &[Mask], captured: &[u8]) -> Option<usize> {
    let masked = |at: usize| masks.iter().any(|mask| at >= mask.start && at < mask.start + mask.length);
    let longest = expected.len().max(captured.len());
    (0..longest).find(|at| match (expected.get(*at), captured.get(*at)) {
        (Some(wanted), Some(came)) => wanted != came && !masked(*at),
        _ => true,
    })
}

/// As plainly: the field whose octets are counted past when `at` is reached.
fn place(fields: &[Field], at: usize) -> Option<String> {
    let mut octets = fields.iter().flat_map(|field| (1..=field.length).map(move |octet| (field, octet)));
    if let Some((field, octet)) = octets.nth(at) {
        return Some(format!("line {}, `{}`, octet {octet} of {}", field.line, field.what, field.length));
    }
    let last = fields.iter().rev().find(|field| field.length > 0)?;
    Some(format!("after the last octet of line {}, `{}`", last.line, last.what))
}

#[track_caller]
fn assert_right(what: &str, expected: Expected<'_>, captured: &[u8]) {
    let picture = Picture::of(expected, captured);
    let first = first_difference(expected.octets, expected.masks, captured);
    let found = picture.first_difference.as_ref().map(|first| first.offset as usize);
    assert_eq!(found, first, "{what}");
    if let (Some(at), false) = (first, expected.octets.len() > 100_000) {
        let found = picture.first_difference.as_ref().and_then(|first| first.place.as_ref()).map(Place::to_string);
        assert_eq!(found.map(plain), place(expected.fields, at).map(plain), "{what}");
    }
    assert_drawn(what, &picture, expected, captured);
}

/// Escapes are not what is tested here.
fn plain(text: String) -> String {
    samewire::printable::line(&text)
}

/// What is drawn is there, where it is said to be, and nothing that is the same is marked.
#[track_caller]
fn assert_drawn(what: &str, picture: &Picture, expected: Expected<'_>, captured: &[u8]) {
    let mut marked = false;
    for row in picture.windows.iter().flat_map(|window| &window.rows) {
        let Row::Octets { expected: upper, captured: lower, marks } = row else { continue };
        let (mut at, mut came) = (upper.offset as usize, lower.offset as usize);
        for (column, (wanted, seen)) in upper.hex.split(' ').zip(lower.hex.split(' ')).enumerate() {
            let mark = marks.get(column * 3..column * 3 + 2) == Some("^^");
            assert_eq!(mark, wanted != seen && (wanted != "??" || seen == "--"), "{what}: {row:?}");
            marked |= mark;
            let hex = |octets: &[u8], at: usize| format!("{:02x}", octets[at]);
            assert!(matches!(wanted, "--" | "??") || wanted == hex(expected.octets, at), "{what}: {row:?}");
            assert!(seen == "--" || seen == hex(captured, came), "{what}: {row:?}");
            at += usize::from(wanted != "--");
            came += usize::from(seen != "--");
        }
    }
    assert_eq!(marked, picture.first_difference.is_some(), "{what}");
    let lines = lines(picture, NAMES);
    assert!(lines.len() <= SCREEN, "{what}: {lines:#?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{what}: {lines:#?}");
}

#[test]
fn first_offset_and_place_are_right_for_random_edits_of_every_case() {
    let mut random = Random(1);
    let suite = Suite::load(&["builtin:wire".into()]).expect("the wire suite");
    for case in &suite.cases {
        for stream in case.plan.iter().flat_map(encode) {
            let expected = Expected { octets: &stream.octets, masks: &[], fields: &stream.fields };
            let rounds = if stream.octets.len() > 100_000 { 3 } else { 30 };
            for round in 0..rounds {
                let mut captured = stream.octets.clone();
                for _ in 0..=round % 3 {
                    edit(&mut random, &mut captured);
                }
                assert_right(&case.name, expected, &captured);
            }
            assert_right(&case.name, expected, &[]);
            assert_right(&case.name, expected, &stream.octets);
            let cut = random.below(stream.octets.len() + 1);
            assert_right(&case.name, expected, &stream.octets[..cut]);
            assert_right(&case.name, Expected::default(), &stream.octets);
        }
    }
}

#[test]
fn unrelated_octets_of_any_size_make_a_picture() {
    let mut random = Random(2);
    for round in 0..200 {
        let (expected, captured) = (random.below(1 << (round % 16)), random.below(1 << (round % 14)));
        let (expected, captured) = (random.octets(expected), random.octets(captured));
        let fields = [Field { line: 1, what: "bytes".into(), start: 0, length: expected.len() }];
        assert_right("unrelated", Expected { octets: &expected, masks: &[], fields: &fields }, &captured);
    }
}

#[test]
fn masks_are_respected_by_every_random_edit() {
    let mut random = Random(3);
    for _ in 0..500 {
        let octets = random.octets(60);
        let fields = [Field { line: 1, what: "bytes".into(), start: 0, length: 60 }];
        let masks = [(7, 4, "id"), (30, 1, "flag"), (50, 10, "time")];
        let masks = masks.map(|(start, length, name)| Mask { start, length, name: name.into() });
        let mut captured = octets.clone();
        masks.iter().for_each(|mask| captured[mask.start..mask.start + mask.length].fill(random.next() as u8));
        let expected = Expected { octets: &octets, masks: &masks, fields: &fields };
        assert_right("masked", expected, &captured);
        edit(&mut random, &mut captured);
        assert_right("masked", expected, &captured);
    }
}

#[track_caller]
fn drawn(plan: &str, captured: &[u8]) -> Vec<String> {
    let stream = encode(&Plan::parse(plan).expect("a plan")).remove(0);
    lines(&Picture::of(Expected { octets: &stream.octets, masks: &[], fields: &stream.fields }, captured), NAMES)
}

#[test]
fn an_added_octet_leaves_what_follows_in_line() {
    assert_eq!(
        drawn("text ab\nu32be 513", b"ab\x00\x00\x00\x02\x01"),
        [
            "first difference at offset 4: line 2, `u32be 513`, octet 3 of 4",
            "expected  00000000  61 62 00 00 -- 02 01                 |ab.. ..|",
            "captured  00000000  61 62 00 00 00 02 01                 |ab.....|",
            "                                ^^",
        ]
    );
}

#[test]
fn a_line_feed_at_the_end_is_after_the_last_octet() {
    assert_eq!(
        drawn("text hello", b"hello\n"),
        [
            "first difference at offset 5: after the last octet of line 1, `text hello`",
            "expected  00000000  68 65 6c 6c 6f --                    |hello |",
            "captured  00000000  68 65 6c 6c 6f 0a                    |hello.|",
            "                                   ^^",
        ]
    );
}

#[test]
fn octets_under_a_mask_are_never_shown_as_expected() {
    let masks = [Mask { start: 1, length: 2, name: "nonce\u{1b}".into() }];
    let expected = Expected { octets: &[0x10, 0, 0, 0x20], masks: &masks, fields: &[] };
    assert_eq!(
        lines(&Picture::of(expected, &[0x10, 7, 9, 0x21]), NAMES),
        [
            "first difference at offset 3",
            "expected  00000000  10 ?? ?? 20                          |.?? |",
            "captured  00000000  10 07 09 21                          |...!|",
            "                             ^^",
            "?? may vary: nonce\\u{1b}",
        ]
    );
}

#[test]
fn a_lost_block_of_a_large_blob_is_one_screen_and_in_its_place() {
    let ramp: Vec<u8> = (0..20_000_000).map(|i| (i % 251) as u8).collect();
    let mut captured = ramp.clone();
    captured.drain(9_000_000..9_004_096);
    let picture = Picture::of(Expected { octets: &ramp, ..Expected::default() }, &captured);
    assert_eq!((picture.windows.len(), picture.more), (1, 0));
    let text = lines(&picture, NAMES).join("\n");
    assert!(text.starts_with("first difference at offset 9000000\n"), "{text}");
    assert!(text.contains("... 4060 expected and no captured octets more ..."), "{text}");
}

#[test]
fn many_differences_are_counted_and_not_all_shown() {
    let expected = b"0123456789abcdefghijklmnopqrstuvwxyz,.-+".repeat(50);
    let mut captured = expected.clone();
    (0..50).for_each(|index| captured[index * 40] = b'!');
    let picture = Picture::of(Expected { octets: &expected, ..Expected::default() }, &captured);
    assert_eq!(picture.windows.len() + picture.more, 50);
    let text = lines(&picture, NAMES);
    assert_eq!(text.last().map(String::as_str), Some(format!("... and at least {} more differences", picture.more).as_str()));
}

#[test]
fn a_picture_survives_json() {
    let picture = Picture::of(Expected { octets: b"hello", ..Expected::default() }, &Random(4).octets(5000));
    let json = serde_json::to_string(&picture).expect("JSON");
    assert_eq!(serde_json::from_str::<Picture>(&json).expect("a picture"), picture);
}
