//! What a report says of the packets of a trial.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::trial::packet_rows::PacketRows;
use crate::trial::packets::Witnessed;

/// The packets of a trial.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PacketsReport {
    /// The file (pcapng), relative to the report's folder; none where it was not kept.
    #[serde(with = "crate::report::paths::slashed_option")]
    #[cfg_attr(feature = "cli", schemars(with = "Option<String>"))]
    pub file: Option<PathBuf>,
    /// Connections of which packets and capture say the same; none where nothing could be compared, or they disagree.
    pub agreed: Option<u64>,
    /// What is worth saying of them, and is no fault.
    pub remarks: Vec<String>,
    /// What the client dialled where nobody listens, and why that was wrong, where the recorder never had a connection of it: one of
    /// the remarks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialled: Option<String>,
    /// The packets themselves, of a trial that failed.
    #[serde(default, skip_serializing_if = "PacketRows::is_empty")]
    pub rows: PacketRows,
}

impl PacketsReport {
    /// What there is to say, but for the file.
    pub(crate) fn of(packets: &Witnessed, failed: bool) -> Self {
        Self {
            file: None,
            agreed: packets.agreed,
            remarks: packets.remarks.clone(),
            dialled: packets.dialled.clone(),
            rows: if failed { packets.rows.clone() } else { PacketRows::default() },
        }
    }
}
