//! Profiles: the environments that a trial runs in, beyond the one that all cases get.
//!
//! Not a product of everything: each profile says which cases it is for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::suite::{Case, Family};

/// The hazards of cases that a locale may change.
const OF_LOCALE: [&str; 2] = ["encoding", "locale"];

/// The environment of a trial.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// A UTF-8 locale, an empty stdin, pipes for output. Every case runs in it.
    #[default]
    Default,
    /// `LC_ALL=C`, for the cases whose hazards are about encoding or locale.
    CLocale,
    /// A stdin that is closed, for the first case of each group.
    ClosedStdin,
    /// A recorder at `::1`, for the first case of each group.
    Ipv6,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Default, Self::CLocale, Self::ClosedStdin, Self::Ipv6];

    /// The name that stands in the names of trials: `c-locale`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::CLocale => "c-locale",
            Self::ClosedStdin => "closed-stdin",
            Self::Ipv6 => "ipv6",
        }
    }

    /// The profile of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name() == name)
    }

    /// Whether a case runs in this profile. `leads` says whether it is the first of its group.
    #[must_use]
    pub fn is_for(self, case: &Case, leads: bool) -> bool {
        match self {
            Self::Default => true,
            Self::CLocale => case.contract.is_none() && case.hazards.iter().any(|hazard| OF_LOCALE.contains(&hazard.as_str())),
            Self::ClosedStdin => case.contract.is_none() && leads,
            // Who names an address means that one.
            Self::Ipv6 => case.contract.is_none() && leads && !case.addressing.is_said(),
        }
    }

    /// The value of `LC_ALL`, where that is what this profile is about: one profile, one difference.
    #[must_use]
    pub fn locale(self) -> Option<&'static str> {
        (self == Self::CLocale).then_some("C")
    }

    /// The family of addresses, where that is what this profile is about.
    #[must_use]
    pub fn family(self) -> Option<Family> {
        (self == Self::Ipv6).then_some(Family::Ipv6)
    }

    /// Whether descriptor 0 is closed, for a client that is not told through it.
    #[must_use]
    pub fn closes_stdin(self) -> bool {
        self == Self::ClosedStdin
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
