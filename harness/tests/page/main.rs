//! The page of a report, in a browser: looked at, clicked, typed into and read aloud.
//!
//! It takes `chromium` (or `google-chrome`) and `chromedriver`. Without them every test is ignored, and says so; where `SAMEWIRE_REQUIRE` is set, it fails.

#![expect(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "tests, which start programs as people do")]

mod browser;
mod glance;
mod large;
mod places;
mod report;
mod says;
mod tests;
mod ways;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};
use samewire::REQUIRE_VARIABLE;

use browser::Driver;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let all = [tests::ALL, says::ALL, ways::ALL, places::ALL, glance::ALL, large::ALL].into_iter().flatten();
    let all = all.map(|test| (test, false)).chain(large::SLOW.iter().map(|test| (test, true)));
    let trials = all.map(|((name, test), is_slow)| {
        let trial = Trial::ignorable_test(*name, move || match Driver::get() {
            Ok(driver) => {
                test(driver);
                Ok(Completion::Completed)
            }
            Err(why) if env::var_os(REQUIRE_VARIABLE).is_some() => Err(why.into()),
            Err(why) => Ok(Completion::ignored_with(why)),
        });
        trial.with_ignored_flag(is_slow)
    });
    let outcome = libtest_mimic::run(&arguments, trials.collect());
    Driver::stop();
    outcome.exit_code()
}
