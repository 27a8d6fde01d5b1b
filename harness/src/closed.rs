//! How many connections the recorder had closed when the client ended.
//!
//! No capture can say that: after FIN, a client that is gone looks like one that waits. Like an exit status, it is seen when the
//! client ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use samewire_recorder::{Event, Watch};

/// Counts the connections that a recorder closes, as it does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Closed(Arc<AtomicUsize>);

impl Closed {
    /// How many there are at this moment.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Watch for Closed {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Close { .. } = event {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}
