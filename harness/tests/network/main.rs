//! Networks of their own: as this user, and, for root, as `nobody` too. The program is its own client (`clients.rs`).

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "tests start what they look at, and are no recorder"
)]

#[cfg(target_os = "linux")]
mod clients;
#[cfg(target_os = "linux")]
mod entering;
#[cfg(target_os = "linux")]
mod forbidden;
#[cfg(target_os = "linux")]
mod leaving;
#[cfg(target_os = "linux")]
mod sockets;
#[cfg(target_os = "linux")]
mod stage;

#[cfg(target_os = "linux")]
use std::process::ExitCode;

#[cfg(target_os = "linux")]
use libtest_mimic::{Arguments, Completion, Trial};

#[cfg(target_os = "linux")]
type Test = (&'static str, fn());

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("before") {
        return clients::before_the_first_statement();
    }
    samewire::trial::network::step_in();
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("client") {
        return clients::run(&arguments.collect::<Vec<_>>());
    }
    let mut arguments = Arguments::from_args();
    // A closed stdin and a umask are the whole process's.
    arguments.test_threads.get_or_insert(1);
    let groups: [(&str, &[Test]); 4] = [
        ("sockets", sockets::TESTS),
        ("entering", entering::TESTS),
        ("leaving", leaving::TESTS),
        ("forbidden", forbidden::TESTS),
    ];
    let why = why_not();
    let tests = groups.iter().flat_map(|(group, tests)| tests.iter().map(|(name, test)| trial(group, name, *test, why.clone())));
    libtest_mimic::run(&arguments, tests.collect()).exit_code()
}

/// Why no network can be made here, as in a container that forbids it; `doctor` says the same.
#[cfg(target_os = "linux")]
fn why_not() -> Option<String> {
    let reason = samewire::trial::network::available(&std::process::Command::spawn).err()?;
    Some(format!("{reason}; {}", reason.mend()))
}

/// A test, or where there can be no networks, one that is ignored and says why; where `SAMEWIRE_REQUIRE` is set, it fails.
#[cfg(target_os = "linux")]
fn trial(group: &str, name: &str, test: fn(), why: Option<String>) -> Trial {
    let name = format!("{group}::{name}");
    Trial::ignorable_test(name, move || match why {
        Some(why) if std::env::var_os(samewire::REQUIRE_VARIABLE).is_some() => Err(why.into()),
        Some(why) => Ok(Completion::ignored_with(why)),
        None => {
            test();
            Ok(Completion::Completed)
        }
    })
}

#[cfg(not(target_os = "linux"))]
fn main() {}
