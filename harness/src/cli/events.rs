//! How a run goes on, for other programs: JSON Lines on stdout, one event a line, each written when it happens.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::CommandError;
use super::terminal::{is_read, note, print_raw, remark};
use crate::report::{ClientReport, FORMAT, Report, TrialReport};
use crate::run::Progress;

/// One line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event<'a> {
    /// The first: in which format trials are told, and how many clients are made ready.
    RunStarted { format: u32, samewire: &'a str, clients: usize },
    /// What came of that, as in the report.
    ClientsReady { clients: &'a [ClientReport] },
    /// A trial begins. Several run at once.
    TrialStarted { name: &'a str },
    /// A trial is over: all that the report says of it.
    TrialFinished { trial: &'a TrialReport },
    /// The last: the outcome, and where the report is.
    RunFinished { report: &'a str, complete: bool, failed: bool, trials: usize, counts: &'a BTreeMap<String, usize> },
}

/// Tells other programs. They are waited for, until the run is told to end.
pub(super) struct Events;

impl Events {
    /// The last line of a run.
    pub(super) fn finish(report: &Report, path: &Path) -> Result<(), CommandError> {
        let (complete, failed, trials) = (report.complete, report.is_failure(), report.trials.len());
        let path = path.to_string_lossy();
        let event = Event::RunFinished { report: &path, complete, failed, trials, counts: &report.counts };
        print_raw(&(serde_json::to_string(&event)? + "\n"))?;
        if !is_read() {
            note("the events were not read to the end; the report has everything that was found\n");
        }
        Ok(())
    }
}

impl Progress for Events {
    fn preparing(&self, clients: usize) {
        tell(&Event::RunStarted { format: FORMAT, samewire: env!("CARGO_PKG_VERSION"), clients });
    }

    fn prepared(&self, clients: &[ClientReport]) {
        tell(&Event::ClientsReady { clients });
    }

    fn started(&self, _: usize) {}

    fn begun(&self, trial: &str) {
        tell(&Event::TrialStarted { name: trial });
    }

    fn finished(&self, trial: &TrialReport) {
        tell(&Event::TrialFinished { trial });
    }
}

/// A run goes on, and its report is written, also where an event cannot be told.
fn tell(event: &Event<'_>) {
    let told = serde_json::to_string(event).map_err(CommandError::from).and_then(|json| Ok(print_raw(&(json + "\n"))?));
    if let Err(error) = told {
        remark(&format!("samewire: cannot write an event: {error}\n"));
    }
}
