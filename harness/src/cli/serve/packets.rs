//! The packets of a recording by hand.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use samewire_recorder::Keys;

use crate::cli::CommandError;
use crate::cli::feed::Feed;
use crate::cli::show::packets_of;
use crate::cli::target::Target;
use crate::cli::terminal::{SKIPPED, remark, styled};
use crate::packets::pcapng::add_secrets;
use crate::packets::{Clock, Limits, Table};
use crate::printable::{counted, line, shell_word};
use crate::trial::launch::OwnNetwork;
use crate::trial::network::{Begin, Recorded, Tap, TapError};
use crate::trial::packets::PROGRAM;

/// The most octets of a file of packets that is shown at the end.
const SHOWN: u64 = 16 << 20;

/// A recording of packets that goes on, on a thread of its own.
pub(super) struct Packets {
    source: Source,
    target: Target,
    /// Who reads them as they pass, where somebody does.
    pub(super) held: Option<Feed>,
}

enum Source {
    Own(Arc<OwnNetwork>),
    Machine(Tap),
}

impl Packets {
    /// Begins to record the packets of a network of its own, or those of these ports of the machine's. Waits for the reader of a FIFO.
    pub(super) fn begin(target: Target, network: Option<Arc<OwnNetwork>>, ports: &[u16]) -> Result<Self, CommandError> {
        let source = match network {
            Some(network) => Source::Own(network),
            None => Source::Machine(Tap::of_machine(ports).map_err(|error| refusal(&error))?),
        };
        let (out, held) = target.open()?;
        let begin =
            Begin { out: Box::new(Told { out, failed: false }), program: PROGRAM.to_owned(), most: u64::MAX, is_live: true };
        source.tap()?.begin(begin).map_err(|error| failed(&error.to_string()))?;
        Ok(Self { source, target, held })
    }

    /// Whether they go to stdout.
    pub(super) fn is_stdout(target: Option<&Target>) -> bool {
        matches!(target, Some(Target::Stdout))
    }

    /// All that passed is written, as far as whoever reads a stream goes on reading. Says what is missing; what there is, is a table where it is in a file that is not large.
    pub(super) fn finish(self, clock: Option<Clock>, keys: &Keys) -> Result<Option<String>, CommandError> {
        if let Some(held) = &self.held {
            held.hurry();
        }
        let recorded = self.source.tap()?.finish().map_err(|error| failed(&error.to_string()))?;
        let keys = keys.lines();
        if let (Target::File(path), false) = (&self.target, keys.is_empty()) {
            add_secrets(path, keys.as_bytes())?;
        }
        if let Some(missing) = missing(&recorded) {
            remark(&styled(SKIPPED, &missing));
        }
        Ok(match (&self.target, clock) {
            (Target::File(path), Some(clock)) if recorded.packets > 0 => table(path, clock),
            _ => None,
        })
    }
}

impl Source {
    fn tap(&self) -> Result<&Tap, CommandError> {
        match self {
            Self::Own(network) => network.tap().map_err(|error| failed(&error).into()),
            Self::Machine(tap) => Ok(tap),
        }
    }
}

/// Says at once that packets cannot be written: the recording goes on.
struct Told {
    out: Box<dyn Write + Send>,
    failed: bool,
}

impl Write for Told {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.out.write(octets);
        if let Err(error) = &written
            && error.kind() != io::ErrorKind::Interrupted
            && !std::mem::replace(&mut self.failed, true)
        {
            remark(&styled(SKIPPED, &format!("{}; what is received is still recorded\n", failed(&error.to_string()))));
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What is missing of the packets.
fn missing(recorded: &Recorded) -> Option<String> {
    let Recorded { packets, dropped, .. } = recorded;
    let said = counted(usize::try_from(*dropped).unwrap_or(usize::MAX), "packet");
    (*dropped > 0).then(|| format!("the kernel dropped {said} that nobody read in time; {packets} are recorded\n"))
}

fn table(path: &Path, clock: Clock) -> Option<String> {
    if path.metadata().ok()?.len() > SHOWN {
        return Some(format!("packets are in {0}; `samewire show {0}` shows them\n", line(&path.display().to_string())));
    }
    let packets = packets_of(path, Limits { rows: Limits::ROWS, ..Limits::default() }).ok()?;
    Some(format!("packets, {}\n{}", line(&path.display().to_string()), Table::since(&packets, clock)))
}

fn failed(error: &str) -> String {
    format!("cannot record packets: {error}")
}

/// Why there are no packets in the machine's network, and what to do.
fn refusal(error: &TapError) -> String {
    if !error.is_forbidden() {
        return failed(&error.to_string());
    }
    let program = std::env::current_exe().map_or_else(|_| "samewire".to_owned(), |path| shell_word(&path.display().to_string()));
    format!(
        "cannot record packets of the machine's network, which takes CAP_NET_RAW; nothing is recorded; grant it once with `sudo setcap \
         cap_net_raw+ep {program}`, or, where networks of their own work (`samewire doctor` says so), start the sender in one: \
         `samewire serve --packets FILE -- PROGRAM`"
    )
}
