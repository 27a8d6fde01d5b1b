//! The end of a recording, as the person wants it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::cli::feed::Feed;
use crate::cli::signals;
use crate::trial::launch::foreground::{Told, pass_on};

/// Two signals within this time are one wish: a program that goes on is to end anyhow. Further apart, each is the program's own affair.
const TWICE: Duration = Duration::from_secs(2);

/// Tells a recording that the person has had enough: at the first signal, or, while a program runs that is told of it too, at the second.
/// One more ends it as it is.
#[derive(Clone)]
pub(super) struct Stop {
    told: watch::Sender<bool>,
    /// Who gets what is recorded, and may have stopped reading.
    held: Arc<Mutex<Vec<Feed>>>,
    program: Arc<Mutex<Option<Running>>>,
}

/// A program that runs.
struct Running {
    id: u32,
    /// When it was last told of a signal.
    told: Option<Instant>,
}

impl Stop {
    /// From now on a signal ends the recording in order.
    pub(super) fn at_signals() -> io::Result<Self> {
        let stop = Self { told: watch::channel(false).0, held: Arc::default(), program: Arc::default() };
        let telling = stop.clone();
        signals::hear(move |signal| telling.tell(signal))?;
        Ok(stop)
    }

    fn tell(&self, signal: Told) {
        if self.is_for_the_program(signal) {
            return;
        }
        if self.told.send_replace(true) {
            signals::end_at_once();
        }
        self.hurry();
    }

    /// From now on who gets what is recorded is waited for only as long as they go on reading.
    pub(super) fn hurry(&self) {
        lock(&self.held).iter().for_each(Feed::hurry);
    }

    /// Whether a signal says nothing to the recording as yet.
    fn is_for_the_program(&self, signal: Told) -> bool {
        let mut program = lock(&self.program);
        let Some(running) = program.as_mut() else { return false };
        let is_again = running.told.is_some_and(|at| at.elapsed() < TWICE);
        if *self.told.borrow() || is_again {
            return false;
        }
        running.told = Some(Instant::now());
        pass_on(running.id, signal);
        true
    }

    /// A program runs now, or none any more.
    pub(super) fn runs(&self, program: Option<u32>) {
        *lock(&self.program) = program.map(|id| Running { id, told: None });
    }

    pub(super) async fn told(&self) {
        // The sender lives as long as `self`, so this fails never.
        let _ = self.told.subscribe().wait_for(|told| *told).await;
    }

    /// Whom to hurry when told, which may have been before this.
    pub(super) fn hurries(&self, held: Option<Feed>) {
        let Some(held) = held else { return };
        lock(&self.held).push(held);
        if *self.told.borrow() {
            self.hurry();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
