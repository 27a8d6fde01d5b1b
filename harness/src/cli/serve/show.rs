//! What is shown of a recording while it goes on, to whoever looks: nobody has to.

use std::io;
use std::sync::{Arc, OnceLock};

use samewire_recorder::{Event, Notice, Watch};

use super::messages::Tap;
use super::watcher::show;
use crate::cli::feed::Feed;
use crate::cli::terminal::{SKIPPED, styled};
use crate::cli::view::Viewer;
use crate::packets::Clock;
use crate::printable;
use crate::suite::Redaction;
use crate::trial::holders::{Asking, Finder, Found, Lookup, Process};

/// Shows events as they are recorded.
pub(super) struct Show {
    /// Stdout; `None` where that is not ours, and this goes to stderr.
    pub(super) live: Option<Feed>,
    pub(super) viewer: Viewer,
    /// Finds out who sends.
    pub(super) asking: Option<Asking>,
    /// Tells who decodes.
    pub(super) tap: Option<Tap>,
    /// What is not to be shown, where that is known.
    pub(super) redaction: Redaction,
    /// That of the capture, once it has begun.
    pub(super) clock: Arc<OnceLock<Clock>>,
}

impl Show {
    pub(super) fn print(&self, text: &str) {
        show(self.live.as_ref(), text);
    }

    /// Begins to look up who opens connections, and shows it; of one that nobody was seen to hold, what was `started`, once it is. Where
    /// nobody can be found, nothing is said of it.
    pub(super) fn look_up(&mut self, finder: io::Result<Finder>, started: Arc<OnceLock<Process>>) -> Option<Lookup> {
        let (live, redaction) = (self.live.clone(), self.redaction.clone());
        let mut has_said_too_many = false;
        let told = move |connection, found| match found {
            Found::Holders(holders) => {
                let mut holders = holders.or_started(|| started.get().cloned());
                let arguments = holders.processes.iter_mut().map(|process| &mut process.arguments);
                arguments.for_each(|arguments| *arguments = redaction.texts(arguments));
                show(live.as_ref(), &format!("#{connection} held by {}\n", printable::line(&holders.to_string())))
            }
            Found::TooMany if has_said_too_many => {}
            Found::TooMany => {
                has_said_too_many = true;
                let said = format!("#{connection} and others: too many are open to look up the processes of all of them\n");
                show(live.as_ref(), &styled(SKIPPED, &said));
            }
        };
        let lookup = Lookup::start(finder.ok()?, told).ok()?;
        self.asking = Some(lookup.asking());
        Some(lookup)
    }
}

impl Watch for Show {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Start { at, .. } = event
            && let Ok(clock) = Clock::of(at)
        {
            let _ = self.clock.set(clock);
        }
        // What was answered is shown as messages, where there are any.
        let is_told = self.tap.is_some() && matches!(event, Event::Sent { .. });
        let lines = if is_told { String::new() } else { self.viewer.lines(event) };
        let lines = match &mut self.tap {
            Some(tap) => tap.event(event, lines),
            None => lines,
        };
        if !lines.is_empty() {
            self.print(&lines);
        }
        // Asked once the line stands that says which connection it is.
        self.asking.as_mut().map_or(Ok(()), |asking| asking.event(event))
    }

    fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        self.print(&styled(SKIPPED, &format!("{}\n", printable::line(&notice.to_string()))));
        Ok(())
    }
}
