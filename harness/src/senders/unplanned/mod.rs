//! Faults in messages of which nothing is told: a value inside of a bigger message is sent wrongly, and no plan says what it is.
//!
//! Owns which values (`values`) stand in which messages (`message`), and what comes of each fault there (`trial`, `outcome`).
//! The faults are those of the senders, where they are of a value, and some of which no plan can tell (`forms`). No client is
//! started: what was expected and what came are made here, and share nothing with the rules of the diagnosis. Pure.

mod forms;
mod kinds;
mod made;
mod message;
mod noise;
mod numbers;
pub mod outcome;
mod trial;
mod values;

use std::sync::LazyLock;

use super::{Fault, How, Sign, faults};
pub use outcome::{Found, Outcome};
pub use trial::{Said, Trial};
use values::Value;

/// What is tried besides faults of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One fault.
    Fault(&'static Fault),
    /// Two faults in one message, both of which are to be named.
    TwoFaults,
    /// A value that has nothing to do with the one that was expected, so that no cause is to be named.
    AnotherValue,
}

/// Everything that is tried.
pub fn kinds() -> impl Iterator<Item = Kind> {
    of_values().map(Kind::Fault).chain([Kind::TwoFaults, Kind::AnotherValue])
}

/// The faults that are of a value, wherever it stands.
static OF_VALUES: LazyLock<Vec<&'static Fault>> = LazyLock::new(|| {
    let planned = faults().filter(|fault| !kinds::OF_A_PLAN.contains(&fault.name));
    let all = planned.chain(forms::FAULTS).chain(numbers::FAULTS);
    all.filter(|fault| values::all().any(|value| fault.spoils(&value).is_some())).collect()
});

fn of_values() -> impl Iterator<Item = &'static Fault> {
    OF_VALUES.iter().copied()
}

impl Kind {
    /// Its name: `latin-1`, `two-faults`, `another-value`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.name,
            Self::TwoFaults => "two-faults",
            Self::AnotherValue => "another-value",
        }
    }

    /// What programs with this fault do.
    #[must_use]
    pub fn seen(self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.seen,
            Self::TwoFaults => "has two faults, each in a field of its own",
            Self::AnotherValue => "sends another value, for no reason that octets show",
        }
    }

    /// The diagnosis that it is to have; none where any would be wrong, or several are wanted.
    #[must_use]
    pub fn sign(self) -> Option<&'static str> {
        match self {
            Self::Fault(Fault { sign: Sign::Diagnosis(name), .. }) => Some(name),
            _ => None,
        }
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Fault {}

impl Fault {
    /// What is sent for a value with this fault; nothing where it is not of such values, or sends it right.
    fn spoils(&self, value: &Value) -> Option<Vec<u8>> {
        let sent = match (&self.how, value) {
            (How::Text(how), Value::Text(text)) => how(text),
            (How::Octets(how), Value::Text(_) | Value::Octets(_)) => how(&value.octets()),
            (How::Number(how), Value::Number(number)) => how(*number, 0)?,
            (How::Length(how), Value::Frame(prefix, text)) => [how(*prefix, text).as_slice(), text.as_bytes()].concat(),
            _ => return None,
        };
        let is_of_octets = matches!(self.sign, Sign::Diagnosis(_));
        (is_of_octets && sent != value.octets()).then_some(sent)
    }
}
