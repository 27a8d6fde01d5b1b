//! How a hunt goes on.

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::terminal::{is_watched, note};
use crate::printable::counted;

/// Shows on a terminal how far it is, and elsewhere what takes long.
pub(super) struct Bar(ProgressBar);

impl Default for Bar {
    fn default() -> Self {
        let style = ProgressStyle::with_template("{spinner} {elapsed} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(if is_watched() { ProgressBar::no_length().with_style(style) } else { ProgressBar::hidden() })
    }
}

impl Bar {
    /// A launch is over whose last plan is this; so many faults were seen.
    pub(super) fn at(&self, plan: u64, seen: usize) {
        self.0.set_message(format!(
            "plan {plan}{}",
            if seen == 0 { String::new() } else { format!(", {} seen", counted(seen, "fault")) }
        ));
        self.0.tick();
    }

    /// The search of this seed is over, and so many faults are shrunk.
    pub(super) fn shrinking(&self, seed: u64, faults: usize) {
        let what = format!("shrinking {}", counted(faults, "fault"));
        if self.0.is_hidden() && faults > 0 {
            note(&format!("seed {seed}: {what}\n"));
        }
        self.0.set_message(what);
        self.0.tick();
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
