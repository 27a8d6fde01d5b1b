//! A client that a person starts: nobody sees it end, so it is over when its connections are.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::judge::end::End;
use crate::trial::interrupt::Interrupt;
use crate::trial::launch::{Ended, Excerpt};

/// Waits for a client that a person starts, until its connections are over or the person has had enough.
pub(super) async fn by_hand(
    limit: Option<Duration>,
    interrupt: &Interrupt,
    recorded: oneshot::Receiver<()>,
    enough: impl Future<Output = End>,
) -> Ended {
    let started = Instant::now();
    let time_is_up = async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    let end = tokio::select! {
        _ = recorded => End::Unknown,
        _ = enough => End::Unknown,
        () = interrupt.stopped() => End::Unknown,
        () = time_is_up => End::TimedOut,
    };
    Ended { end, at: Instant::now(), stderr: Excerpt::default(), duration: started.elapsed(), id: None }
}
