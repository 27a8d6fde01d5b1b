//! The harness's own tests, through the command line and the library.

#![expect(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "tests, which start and connect as people do")]

mod absence;
#[cfg(unix)]
mod action;
mod answers;
#[cfg(unix)]
mod around;
mod bounded;
mod cases;
mod cli;
mod compare;
mod contract;
#[cfg(target_os = "linux")]
mod crash;
mod diagnosis;
mod diff;
#[cfg(target_os = "linux")]
mod docs;
#[cfg(target_os = "linux")]
mod doors;
mod embed;
#[cfg(unix)]
mod endless;
#[cfg(target_os = "linux")]
mod examples;
mod explain;
mod failing;
mod fakes;
mod folder;
#[cfg(target_os = "linux")]
mod foreground;
mod formats;
mod fuzz;
mod fuzz_inputs;
mod fuzz_senders;
mod hazards;
mod hostile;
#[cfg(unix)]
mod init;
#[cfg(unix)]
mod interrupt;
#[cfg(target_os = "linux")]
mod kinds;
mod known;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod located;
mod merge;
mod messages;
#[cfg(target_os = "linux")]
mod networks;
#[cfg(unix)]
mod others;
mod packets;
mod page;
mod pairs;
mod parts;
mod picture;
mod places;
mod plan;
#[cfg(target_os = "linux")]
mod processes;
#[path = "../../benches/diagnosis/processor.rs"]
mod processor;
#[cfg(unix)]
mod program;
mod random;
#[cfg(unix)]
mod reading;
mod record;
#[cfg(target_os = "linux")]
mod redact;
mod repository;
mod rooms;
mod same;
mod scaffold;
mod schema;
mod security;
mod self_check;
mod sentences;
mod serve;
mod servers;
#[cfg(unix)]
mod steps;
mod suite;
mod support;
mod switches;
#[cfg(unix)]
mod team;
mod terminal;
mod tls;
#[cfg(unix)]
mod told;
#[cfg(unix)]
mod toolchain;
mod upstream;
#[cfg(target_os = "linux")]
mod verdicts;
mod views;
#[cfg(unix)]
mod wait;
#[cfg(target_os = "linux")]
mod watchers;
