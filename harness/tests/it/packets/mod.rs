//! Packets: files against tshark, streams against a naive reassembler, captures against packets.

#![expect(clippy::cast_possible_truncation, clippy::unwrap_used, reason = "a test that fails panics")]

#[cfg(target_os = "linux")]
pub(crate) mod falsified;
#[cfg(target_os = "linux")]
mod heavy;
mod import;
mod made;
mod of_others;
mod pcapng;
mod reassembly;
#[cfg(target_os = "linux")]
mod redis;
mod segments;
mod show;
pub(crate) mod support;
#[cfg(target_os = "linux")]
mod tcpdump;
#[cfg(target_os = "linux")]
mod told;
#[cfg(target_os = "linux")]
mod trial;
#[cfg(target_os = "linux")]
mod tutorial;
mod witness;
