//! What a trial costs in a network of its own: Linux only.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "what is measured is the start of programs"
)]

#[cfg(target_os = "linux")]
mod trial;

fn main() {
    #[cfg(target_os = "linux")]
    trial::main();
}
