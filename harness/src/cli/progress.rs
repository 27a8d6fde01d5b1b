//! How a run goes on, for people: a bar on a terminal, and lines elsewhere. Failures are told as they happen, in short; what there
//! is to say of them follows at the end.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::canvas::Canvas;
use super::feed::Feed;
use super::terminal::{BAD, GOOD, SKIPPED, canvas, coloured, is_watched, note, remark, styled};
use crate::judge::verdict::Verdict;
use crate::printable::{counted, line, shell_command};
use crate::report::{ClientReport, ClientStatus, TrialReport};
use crate::run::Progress;
use crate::view::text::headline;

/// The bar is redrawn so often a second at the most.
const REDRAWS: u8 = 10;

/// What was drawn and said is waited for so long at the end.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// Names that are given to the bar, which cuts them to the width.
const NAMED: usize = 8;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Nothing.
    Quiet,
    /// What fails, and a bar where somebody watches.
    Normal,
    /// Also how each client is started, and each trial as it ends.
    Verbose,
}

/// Tells people.
pub(super) struct Watcher {
    level: Level,
    bar: ProgressBar,
    /// Where the bar is drawn, and what is said above it; `None` where there is no bar.
    canvas: Option<Feed>,
    state: Mutex<State>,
}

/// What is to be seen at the moment.
#[derive(Default)]
struct State {
    running: Vec<String>,
    failed: usize,
    /// What kept trials of which client from being run, as it was told: many have the same reason.
    told: BTreeSet<(String, String)>,
}

impl Watcher {
    /// `by_hand` is whether a person starts the client: then there is nothing to see of it.
    pub(super) fn new(level: Level, by_hand: bool) -> Self {
        let shown = level != Level::Quiet && !by_hand && is_watched();
        let canvas = if shown { canvas().ok() } else { None };
        let target = canvas.clone().map_or_else(ProgressDrawTarget::hidden, |feed| {
            ProgressDrawTarget::term_like_with_hz(Box::new(Canvas(feed)), REDRAWS)
        });
        Self { level, bar: ProgressBar::with_draw_target(None, target), canvas, state: Mutex::default() }
    }

    /// Takes the bar away. What is printed next comes behind all that was said, where somebody looks.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
        match &self.canvas {
            Some(canvas) => canvas.settle(LAST_LOOK),
            None => note(""),
        }
    }

    /// Says something above the bar.
    fn say(&self, text: &str) {
        match &self.canvas {
            _ if self.level == Level::Quiet => {}
            Some(canvas) => self.bar.suspend(|| canvas.offer(&coloured(text))),
            None => remark(text),
        }
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        self.bar.set_message(state.message());
    }
}

impl State {
    /// Whether there is something to tell of a trial that was not told of its client already.
    fn is_new(&mut self, trial: &TrialReport) -> bool {
        !trial.was_not_run() || self.told.insert((trial.client.clone(), trial.sentence()))
    }

    /// What has failed so far, and what runs now, the longest running first.
    fn message(&self) -> String {
        let failed = if self.failed == 0 { String::new() } else { format!("{} failed  ", self.failed) };
        let running: Vec<&str> = self.running.iter().take(NAMED).map(String::as_str).collect();
        failed + &running.join("  ")
    }
}

impl Progress for Watcher {
    fn preparing(&self, clients: usize) {
        self.say(&format!("making {} ready\n", counted(clients, "client")));
    }

    fn prepared(&self, clients: &[ClientReport]) {
        if self.level == Level::Verbose {
            self.say(&clients.iter().map(prepared).collect::<String>());
        }
    }

    fn started(&self, trials: usize) {
        self.say(&format!("running {}\n", counted(trials, "trial")));
        let style = ProgressStyle::with_template("{bar:20} {pos}/{len}, {eta} left  {wide_msg}");
        self.bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_length(trials as u64);
    }

    fn begun(&self, trial: &str) {
        self.update(|state| state.running.push(line(trial)));
    }

    fn finished(&self, trial: &TrialReport) {
        let is_new = self.state.lock().unwrap_or_else(PoisonError::into_inner).is_new(trial);
        if let Some(text) = finished(trial, self.level).filter(|_| is_new || self.level == Level::Verbose) {
            self.say(&text);
        }
        self.bar.inc(1);
        self.update(|state| {
            let name = line(&trial.name);
            if let Some(index) = state.running.iter().position(|running| *running == name) {
                state.running.remove(index);
            }
            state.failed += usize::from(trial.failed);
        });
    }
}

/// How a client is started, or why it is not.
fn prepared(client: &ClientReport) -> String {
    let name = line(&client.name);
    let run = || shell_command(&client.run_argv);
    match client.status {
        ClientStatus::Ready => {
            let version = line(client.version.as_deref().unwrap_or_default());
            format!("{} {name} ({version}): {}\n", styled(GOOD, "ready"), run())
        }
        ClientStatus::Missing => format!("{} {name}\n", styled(SKIPPED, "missing")),
        ClientStatus::Broken => format!("{} {name}\n", styled(BAD, "broken")),
    }
}

/// The line of a trial that ended, where there is one.
fn finished(trial: &TrialReport, level: Level) -> Option<String> {
    if trial.failed && trial.verdict != Verdict::Interrupted {
        return Some(format!("{}: {}\n", headline(trial), line(&trial.sentence())));
    }
    let style = if trial.verdict == Verdict::Passed { GOOD } else { SKIPPED };
    let shown = || format!("{} {} ({} ms)\n", styled(style, trial.verdict.name()), line(&trial.name), trial.duration_ms);
    (level == Level::Verbose).then(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_what_failed_and_what_runs() {
        let mut state = State::default();
        assert_eq!(state.message(), "");
        state.running = vec!["a::b/c".into(), "d::e/f".into()];
        assert_eq!(state.message(), "a::b/c  d::e/f");
        state.failed = 2;
        assert_eq!(state.message(), "2 failed  a::b/c  d::e/f");
    }
}
