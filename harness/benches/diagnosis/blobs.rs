//! What is expected, and what comes instead.

use std::rc::Rc;

use samewire::plan::{Plan, encode};

/// What a client should send.
#[derive(Clone)]
pub(crate) struct Blob {
    pub(crate) name: &'static str,
    pub(crate) octets: Rc<[u8]>,
    pub(crate) plan: Option<Rc<Plan>>,
}

/// What goes wrong: its name, and what comes in place of a blob.
pub(crate) type Fault = (&'static str, fn(&Blob) -> Vec<u8>);

pub(crate) const FAULTS: &[Fault] = &[
    ("one octet", |blob| with(blob, blob.octets.len() / 2, |octet| *octet ^= 0x41)),
    ("the last octet", |blob| with(blob, blob.octets.len() - 1, |octet| *octet = octet.wrapping_add(1))),
    ("truncated", |blob| blob.octets[..blob.octets.len() / 3 * 2].to_vec()),
    ("shifted", |blob| [&[0x7f], &blob.octets[..blob.octets.len() - 1]].concat()),
    ("another encoding", another_encoding),
    ("unrelated", |blob| noise(blob.octets.len(), 42)),
    ("inverted", |blob| blob.octets.iter().map(|octet| !octet).collect()),
    ("CRLF", |blob| {
        blob.octets
            .iter()
            .flat_map(|octet| if *octet == b'\n' { vec![b'\r', b'\n'] } else { vec![*octet] })
            .chain(*b"\r\n")
            .collect()
    }),
    ("many places", |blob| {
        (0..64).fold(blob.octets.to_vec(), |octets, place| with_at(octets, place * blob.octets.len() / 64 + place * place % 61))
    }),
    ("many places, other lengths", |blob| of_other_lengths(blob, 64)),
    ("one lost early", |blob| [&blob.octets[..100], &blob.octets[101..blob.octets.len()], b"x"].concat()),
];

/// Blobs of a size, or a little less where lines are to end.
pub(crate) fn of(size: usize) -> Vec<Blob> {
    let bare = |name, octets: Vec<u8>| Blob { name, octets: octets.into(), plan: None };
    let planned = |name, text: &str| {
        let plan = Plan::parse(text).expect("a plan");
        Blob { name, octets: encode(&plan)[0].octets.clone().into(), plan: Some(plan.into()) }
    };
    let lines = lines(size);
    let mut blobs = vec![
        bare("random", noise(size, 1)),
        bare("text", prose(size)),
        bare("JSON", json(size)),
        bare("ASCII", prose(size).into_iter().map(|octet| octet & 0x7f).collect()),
        bare("the same octet", vec![b'a'; size]),
        bare("a ramp", (0..size).map(|at| (at % 251) as u8).collect()),
        planned("noise of a plan", &format!("noise {size} 7\n")),
        planned("repeat of a plan", &format!("repeat {size} 61\n")),
        planned("ramp of a plan", &format!("ramp {size}\n")),
        planned("lines of a plan", &lines),
    ];
    blobs.push(Blob { name: "lines without a plan", plan: None, ..blobs[blobs.len() - 1].clone() });
    blobs
}

/// Lines of each kind, to so many octets.
fn lines(size: usize) -> String {
    let (mut plan, mut octets) = (String::new(), 0);
    for number in 0u32.. {
        let (line, length) = match number % 4 {
            0 => (format!("text line {number} café"), format!("line {number} café").len()),
            1 => (format!("u32be {number} {}", u32::MAX - number), 8),
            2 => (format!("bytes 0d0a {:04x}", number & 0xffff), 4),
            _ => (format!("frame u16be message {number} naïve"), 2 + format!("message {number} naïve").len()),
        };
        octets += length;
        if octets > size {
            break;
        }
        plan.push_str(&line);
        plan.push('\n');
    }
    plan
}

/// Text with line ends, quotes and a character beyond ASCII in each line.
fn prose(size: usize) -> Vec<u8> {
    let mut text = String::with_capacity(size + 100);
    for number in 0.. {
        text.push_str(&format!("{number}: the \"quick\" brown fox's café, 100 % of \\it\\ & <more>\n"));
        if text.len() >= size {
            break;
        }
    }
    let end = (0..=size).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.truncate(end);
    text.into_bytes()
}

/// A JSON document of records.
fn json(size: usize) -> Vec<u8> {
    let record =
        |number: usize| format!("{{\"id\": {number}, \"name\": \"café {number}\", \"ok\": true, \"share\": {number}.5}}");
    let records: Vec<String> = (0..size / 64).map(record).collect();
    format!("[{}]", records.join(",\n ")).into_bytes()
}

fn noise(size: usize, seed: u64) -> Vec<u8> {
    std::iter::successors(Some(seed), |x| Some(x * 16_807 % 2_147_483_647)).skip(1).take(size).map(|x| (x >> 8) as u8).collect()
}

fn with(blob: &Blob, at: usize, change: impl Fn(&mut u8)) -> Vec<u8> {
    let mut octets = blob.octets.to_vec();
    change(&mut octets[at]);
    octets
}

fn with_at(mut octets: Vec<u8>, at: usize) -> Vec<u8> {
    if let Some(octet) = octets.get_mut(at) {
        *octet ^= 0x41;
    }
    octets
}

/// At so many places some octets too few or too many.
fn of_other_lengths(blob: &Blob, places: usize) -> Vec<u8> {
    let parts = blob.octets.chunks(blob.octets.len().div_ceil(places)).enumerate();
    parts
        .flat_map(|(place, part)| if place % 2 == 0 { [&b"xy"[..], part].concat() } else { part[3.min(part.len())..].to_vec() })
        .collect()
}

/// Text as UTF-16, anything else as what comes of taking octets for Latin-1.
fn another_encoding(blob: &Blob) -> Vec<u8> {
    match std::str::from_utf8(&blob.octets) {
        Ok(text) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Err(_) => blob.octets.iter().map(|octet| char::from(*octet)).collect::<String>().into_bytes(),
    }
}
