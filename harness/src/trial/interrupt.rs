//! The wish that everything ends.

use tokio::sync::watch;

/// Stops trials that are running and those that have not begun.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Sender<bool>);

impl Interrupt {
    /// Nothing is stopped yet.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::channel(false).0)
    }

    /// Stops everything.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether everything is to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Ready when everything is to stop.
    pub(crate) async fn stopped(&self) {
        // The sender is `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}
