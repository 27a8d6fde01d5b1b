//! Whether networks of their own work here: tried, since no list of conditions would be whole.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;

use crate::trial::network::again::NOTHING;
use crate::trial::network::failure::Step;
use crate::trial::network::network::{Network, command};
use crate::trial::network::reason::Reason;
use crate::trial::network::{Client, Joining, Start};

/// Whether networks of their own work here: makes one and enters it, by processes that `start` starts. Takes some milliseconds.
///
/// # Errors
/// The reason why not.
pub fn available(start: Start<'_>) -> Result<(), Reason> {
    let network = Network::new(start)?;
    let fails = |error| Reason::of(Step::Start.failed()(error));
    let client = Client { program: "/proc/self/exe".into(), args: vec![NOTHING.into()], ..Client::default() };
    let Joining { argv, report } = network.join(&client).map_err(fails)?;
    let mut command = command(PathBuf::from(&argv[0]));
    command.args(&argv[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = start(&mut command).and_then(|mut child| child.wait()).map_err(fails)?;
    match report.failure() {
        Some(failure) => Err(Reason::of(failure)),
        None if status.success() => Ok(()),
        None => Err(fails(ErrorKind::Other.into())),
    }
}
