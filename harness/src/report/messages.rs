//! What a trial's octets are in messages, as a report says it.

use serde::{Deserialize, Serialize};

use crate::judge::picture::Window;

/// Octets in messages: those of one connection, or what a client printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MessagesReport {
    /// The connection (from 1); none of what the client printed.
    pub connection: Option<usize>,
    /// What decoded them.
    pub decoder: String,
    /// Its version, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether messages are judged; else octets are, and messages only explain.
    pub judges: bool,
    /// Why they explain nothing, where the decoder failed on octets that differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// How many messages there are.
    pub count: usize,
    /// The first of them; of a trial that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageReport>,
    /// What is different, as far as it is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<DifferenceReport>,
    /// How many differences more there are.
    #[serde(default)]
    pub more: usize,
    /// A digest (SHA-256 in hex) of what counts where messages are compared as a whole: the same for the same messages.
    pub digest: String,
    /// A digest of all that is different: the same where the same is not as it should be, whatever else came. None where all is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<String>,
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageReport {
    /// The offset of its first octet.
    pub at: u64,
    /// How many octets it has.
    pub octets: u64,
    /// The beginning of its text.
    pub text: String,
    /// The first of its fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldReport>,
    /// Why the decoder cannot explain it, where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecoded: Option<String>,
    /// Whether the case ignores it.
    #[serde(default)]
    pub ignored: bool,
}

/// A field of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldReport {
    /// Its name.
    pub name: String,
    /// The beginning of its value.
    pub value: String,
    /// The offset of the octets that hold it, and how many these are, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(u64, u64)>,
}

/// A message that is not as it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DifferenceReport {
    /// The message (from 1); none of one that did not come.
    pub message: Option<usize>,
    /// What is to be said of it.
    pub says: String,
    /// Its octets, with those marked in which that is seen. What was expected there is not known in octets, so that side is empty.
    pub picture: Window,
}
