//! The program that a recording is for: started once there is something to connect to, and over when its connections are.

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use samewire_recorder::Address;
use tokio::time::sleep;

use super::stop::Stop;
use crate::cli::terminal::{SKIPPED, note, remark, styled};
use crate::cli::{CommandError, Status};
use crate::client::placeholders::filled;
use crate::judge::end::End;
use crate::printable::{cut, few, line, shell_command};
use crate::suite::NetworkMode;
use crate::trial::holders::Process;
use crate::trial::launch::foreground::{Foreground, Left, find};
use crate::trial::launch::{LaunchError, OwnNetwork};
use crate::trial::network::Reason;
use crate::trial::place::reached;

/// So long after a program's end its connections may be open before it is said that they are waited for.
const SOON: Duration = Duration::from_secs(1);

/// Processes that a program left behind and that are named.
const NAMED: usize = 5;

/// Characters of each that are shown.
const CHARACTERS: usize = 200;

/// A shell's status of a program that ended by a signal is so much more than the signal's number.
const BY_SIGNAL: i32 = 128;

/// A program, and where it is to run.
pub(super) struct Program {
    argv: Vec<OsString>,
    network: Option<Arc<OwnNetwork>>,
    /// Why it has no network of its own, where it was to have one.
    reason: Option<Reason>,
    /// Its process, once there is one.
    process: Arc<OnceLock<Process>>,
    /// What is filled in beside where to connect.
    told: Vec<(&'static str, OsString)>,
}

/// A program that has ended.
pub(super) struct Ended {
    end: End,
    left: Left,
    name: String,
    address: Option<Address>,
}

impl Program {
    /// Finds the program of these arguments; none where there are none. Makes its network, before there is a tokio runtime.
    ///
    /// # Errors
    /// It is not there, or there are no networks of their own where it takes one.
    pub(super) fn find(argv: &[OsString], mode: NetworkMode) -> Result<Option<Self>, CommandError> {
        if argv.is_empty() {
            return Ok(None);
        }
        find(argv)?;
        let made = (mode != NetworkMode::Shared).then(OwnNetwork::new).transpose();
        let (network, reason) = match made {
            Ok(network) => (network.map(Arc::new), None),
            Err(reason) if mode == NetworkMode::Auto => (None, Some(reason)),
            Err(reason) => {
                return Err(format!("there is no network of its own here: {reason}; {}", reason.mend()).into());
            }
        };
        Ok(Some(Self { argv: argv.to_vec(), network, reason, process: Arc::default(), told: Vec::new() }))
    }

    /// The same, with this filled in too.
    pub(super) fn telling(self, told: &[(&'static str, OsString)]) -> Self {
        Self { told: told.to_vec(), ..self }
    }

    /// Its network, where that is no one else's.
    pub(super) fn network(&self) -> Option<Arc<OwnNetwork>> {
        self.network.clone()
    }

    /// Its process, once there is one.
    pub(super) fn process(&self) -> Arc<OnceLock<Process>> {
        Arc::clone(&self.process)
    }

    /// Why it has no network of its own; empty where it has, or is to have none.
    pub(super) fn remark(&self) -> String {
        let said = |reason: &Reason| {
            let text =
                format!("the program runs in the machine's network, since there is none of its own: {reason}; {}", reason.mend());
            styled(SKIPPED, &format!("{}\n", line(&text)))
        };
        self.reason.as_ref().map(said).unwrap_or_default()
    }

    /// Runs it to its end, or until there were two signals.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) async fn run(self, address: Option<&Address>, stop: &Stop) -> Result<Ended, LaunchError> {
        let argv = told(&self.argv, address, self.told);
        let words: Vec<String> = argv.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let name = line(&shell_command(&words));
        let program = Foreground::start(argv, self.network)?;
        let _ = self.process.set(Process { id: program.id(), arguments: words });
        stop.runs(Some(program.id()));
        let (end, left) = program.end(stop.told()).await;
        stop.runs(None);
        match end {
            Ok(end) => Ok(Ended { end, left, name, address: address.cloned() }),
            Err(error) => {
                left.end().await;
                Err(error)
            }
        }
    }
}

impl Ended {
    /// Ends what it left behind, now that its connections are over, and says what cannot be seen otherwise.
    pub(super) async fn over(self, connections: Option<u64>) -> Status {
        let left = self.left.end().await;
        let name = &self.name;
        if !left.is_empty() {
            let processes = few(left.iter().map(|process| cut(&line(&process.to_string()), CHARACTERS)), NAMED, ", ");
            let what = if left.len() == 1 { "a process" } else { "processes" };
            note(&styled(SKIPPED, &format!("ended {what} that `{name}` had left behind: {processes}\n")));
        }
        if let (Some(0), Some(address)) = (connections, &self.address) {
            note(&styled(SKIPPED, &format!("`{name}` never connected to {address}\n")));
        }
        match self.end {
            End::Exit(status) => Status::Program(u8::try_from(status).unwrap_or(1)),
            End::Signal(signal) => {
                note(&styled(SKIPPED, &format!("`{name}` ended by signal {signal}\n")));
                Status::Program(u8::try_from(BY_SIGNAL + signal).unwrap_or(u8::MAX))
            }
            End::TimedOut | End::Enough { .. } | End::Stopped(_) | End::Interrupted | End::Unknown => Status::Unusable,
        }
    }
}

/// Waits until the person has had enough of connections that outlast the program, and says so.
pub(super) async fn outlasted(stop: &Stop) {
    tokio::select! {
        () = stop.told() => return,
        () = sleep(SOON) => remark("the program has ended, and the recording waits for connections that are still open; Ctrl-C ends it\n"),
    }
    stop.told().await;
}

/// The program's arguments, with where to connect filled in.
fn told(argv: &[OsString], address: Option<&Address>, beside: Vec<(&'static str, OsString)>) -> Vec<OsString> {
    let mut values: Vec<(&str, OsString)> = match address {
        Some(Address::Tcp(address)) => {
            let address = reached(*address);
            vec![
                ("{host}", address.ip().to_string().into()),
                ("{port}", address.port().to_string().into()),
                ("{url}", address.to_string().into()),
            ]
        }
        Some(address @ Address::Unix(_)) => ["{host}", "{url}"].map(|name| (name, address.to_string().into())).to_vec(),
        None => Vec::new(),
    };
    values.extend(beside);
    let filled = |word: &OsString| word.to_str().map_or_else(|| word.clone(), |word| filled(word, &values));
    argv.iter().map(filled).collect()
}
