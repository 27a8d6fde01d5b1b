//! How a run goes on, for a person who watches: a bar on a terminal, and lines elsewhere.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use super::terminal::{is_watched, note};
use crate::printable::counted;
use crate::report::TrialReport;
use crate::run::Progress;

/// Shows a bar on a terminal, and lines elsewhere.
#[derive(Default)]
pub struct Watcher {
    bar: Mutex<Option<ProgressBar>>,
}

impl Watcher {
    /// Takes the bar away.
    pub fn clear(&self) {
        self.with_bar(ProgressBar::finish_and_clear);
    }

    fn with_bar(&self, act: impl FnOnce(&ProgressBar)) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = bar.as_ref()
        {
            act(bar);
        }
    }
}

impl Progress for Watcher {
    fn preparing(&self, clients: usize) {
        note(&format!("making {} ready\n", counted(clients, "client")));
    }

    fn started(&self, trials: usize) {
        note(&format!("running {}\n", counted(trials, "trial")));
        if is_watched() {
            let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}");
            let bar = ProgressBar::new(trials as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            if let Ok(mut slot) = self.bar.lock() {
                *slot = Some(bar);
            }
        }
    }

    fn begun(&self, _: &str) {}

    fn finished(&self, trial: &TrialReport) {
        let line = format!("{} {}", trial.verdict, trial.name);
        let mut shown = false;
        self.with_bar(|bar| {
            shown = true;
            bar.inc(1);
            if trial.failed {
                bar.suspend(|| note(&format!("{line}\n")));
            }
            bar.set_message(trial.name.clone());
        });
        if trial.failed && !shown {
            note(&format!("{line}\n"));
        }
    }
}
