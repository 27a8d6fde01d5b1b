//! What is said of one message with a fault in it.

use serde::Serialize;

use super::Kind;
use super::made::{Made, Names};
use crate::hex;
use crate::judge::diagnosis::{self, UNEXPLAINED, causes};

/// What was said first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// What is right. Where several faults send the very same, it is each of them.
    Right,
    /// A cause that is none.
    Wrong,
    /// Where it differs, and no cause.
    Open,
}

/// A message with a fault in it, and what was said of it.
#[derive(Debug, Clone, Serialize)]
pub struct Trial {
    /// What it is: `csv, twice`.
    pub message: String,
    /// What was expected, in hex.
    pub expected: String,
    /// What came, in hex.
    pub captured: String,
    /// What was said first.
    pub said: Said,
    /// The names of all that was said, the first one first.
    pub diagnoses: Vec<String>,
}

impl Trial {
    pub(super) fn of(kind: Kind, made: &Made) -> Self {
        let found = diagnosis::of(&made.expected, &made.captured);
        let names: Vec<&str> = found.iter().map(|diagnosis| diagnosis.name.as_str()).collect();
        Self {
            message: made.what.clone(),
            expected: hex::encode(&made.expected),
            captured: hex::encode(&made.captured),
            said: said(kind, &names, &made.wanted),
            diagnoses: names.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The name of what was said first.
    #[must_use]
    pub fn first(&self) -> &str {
        self.diagnoses.first().map_or(UNEXPLAINED, String::as_str)
    }
}

/// Of two faults both have to be named before anything else.
fn said(kind: Kind, names: &[&str], wanted: &[Names]) -> Said {
    let first = names.first().copied().unwrap_or(UNEXPLAINED);
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted.contains(&name));
    let right = match kind {
        Kind::Fault(_) => is_wanted(first),
        Kind::TwoFaults => {
            let both = &names[..names.len().min(wanted.len())];
            wanted.iter().all(|wanted| both.iter().any(|name| wanted.contains(name)))
        }
        Kind::AnotherValue => is_place(first),
    };
    match right {
        true => Said::Right,
        false if is_place(first) || is_wanted(first) => Said::Open,
        false => Said::Wrong,
    }
}

/// Whether a name tells only where octets differ.
fn is_place(name: &str) -> bool {
    name == UNEXPLAINED || causes().any(|cause| cause.shape && cause.name == name)
}
