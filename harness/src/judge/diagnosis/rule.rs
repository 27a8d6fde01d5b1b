//! What a rule is, and what rules are made of.

use super::subject::Value;

/// A cause, and what a program with this fault may send in place of some octets. Nothing where it would change nothing, or where it
/// makes no sense of them.
pub(super) type Rule = (&'static str, fn(&[u8]) -> Variants);

/// A cause, and what may come in place of one argument of a plan.
pub(super) type NumberRule = (&'static str, fn(&Value<'_>) -> Variants);

/// A cause, and what can be said where it leads from the octets that were expected to those that came.
pub(super) type BothRule = (&'static str, fn(&[u8], &[u8]) -> Option<Told>);

/// Of octets that were expected and those that came: the causes that together make one of the other; none where they do not.
pub(super) type FormRule = fn(&[u8], &[u8]) -> Vec<Held>;

/// A cause that holds, and what can be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub name: &'static str,
    pub told: Told,
}

impl Held {
    /// A cause by itself.
    pub(super) fn alone(name: &'static str, detail: Option<String>) -> Vec<Self> {
        vec![Self { name, told: Told { detail, ..Told::default() } }]
    }

    /// Causes that hold together.
    pub(super) fn together(names: impl IntoIterator<Item = &'static str>) -> Vec<Self> {
        let names: Vec<&'static str> = names.into_iter().collect();
        let of = |name: &&'static str| {
            let with = names.iter().copied().filter(|other| other != name).collect();
            Self { name, told: Told { with, ..Told::default() } }
        };
        names.iter().map(of).collect()
    }
}

/// What a rule has to say of the octets that it holds for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Particulars: `1 instead of 128`.
    pub detail: Option<String>,
    /// What the octets that were expected were taken for, where that is a guess: `u16le`.
    pub looks_like: Option<String>,
    /// What speaks for it besides the octets that differ, in bits.
    pub sure: i32,
    /// How many octets at the beginning and at the end, the same on both sides, do not belong to it.
    pub beside: (usize, usize),
    /// The causes that hold together with it.
    pub with: Vec<&'static str>,
}

/// What may come in place of some octets.
pub(super) type Variants = Vec<Vec<u8>>;

/// What is sent when every octet is replaced.
pub(super) fn each_octet(octets: &[u8], replace: impl Fn(u8, &mut Vec<u8>)) -> Vec<u8> {
    let mut sent = Vec::with_capacity(octets.len());
    octets.iter().for_each(|octet| replace(*octet, &mut sent));
    sent
}

/// What is sent when every character is replaced; nothing where the octets are not UTF-8.
pub(super) fn each_char(octets: &[u8], replace: impl Fn(char, &mut Vec<u8>)) -> Variants {
    let Ok(text) = std::str::from_utf8(octets) else { return Vec::new() };
    let mut sent = Vec::with_capacity(octets.len());
    text.chars().for_each(|character| replace(character, &mut sent));
    vec![sent]
}

/// Appends a character as UTF-8.
pub(super) fn push(character: char, sent: &mut Vec<u8>) {
    sent.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
