//! When a program that never ends by itself has done what its case is about: what has come is judged while it still runs.
//!
//! ```text
//! an event, or a piece of output ──> silence ──> the capture is read and judged ──> right: `enough` is written, it is told to end
//!           ^                                                          └─> not yet, or a reply is due
//!           └──────────────────────────────────────────────────────────────┘
//! ```
//!
//! The verdict is made as of any other program, when all is over: from the capture on disk, up to `enough`. What is looked at here only
//! says when that is to be written.

use std::io;
use std::sync::mpsc;
use std::thread::{Builder, Scope};
use std::time::Duration;

use samewire_recorder::{Event, Watch};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::judge::end::End;
use crate::trial::launch::{Heard, TimeLimit};

/// How long nothing comes before what has come is judged. The one time that is waited for data: nothing else tells that a program which
/// goes on for ever has said all that it has to say.
const SILENCE: Duration = Duration::from_millis(300);

/// How much longer the limit is at which a program is ended without more ado: before it is told to end, the capture says so.
pub(super) const BEYOND: Duration = Duration::from_secs(10);

/// Notes when something came last.
#[derive(Debug, Clone)]
pub(super) struct News(watch::Sender<Instant>);

impl News {
    pub(super) fn new() -> Self {
        Self(watch::channel(Instant::now()).0)
    }

    /// Something came.
    pub(super) fn came(&self) {
        self.0.send_replace(Instant::now());
    }
}

/// Sees what the recorder writes.
pub(super) struct Recording {
    news: News,
    /// Told when the capture says that it is enough; dropped with the recorder.
    is_marked: Option<oneshot::Sender<()>>,
}

impl Watch for Recording {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Start { .. } | Event::Stop { .. } => {}
            Event::Enough { .. } => {
                let _ = self.is_marked.take().map(|told| told.send(()));
            }
            _ => self.news.came(),
        }
        Ok(())
    }
}

/// Says, as often as it is asked, whether what has come is right; on a thread of its own, since a decoder may take its time and the
/// recorder must not wait.
pub(super) struct Looks(mpsc::Sender<oneshot::Sender<bool>>);

impl Looks {
    /// Ends when it is dropped.
    ///
    /// # Errors
    /// There are too many threads.
    pub(super) fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        is_right: impl Fn() -> bool + Send + 'scope,
    ) -> io::Result<Self> {
        let (ask, asked) = mpsc::channel::<oneshot::Sender<bool>>();
        Builder::new().name("enough".into()).spawn_scoped(scope, move || {
            for answer in asked {
                // Whoever asked may be gone: the program has ended meanwhile.
                let _ = answer.send(is_right());
            }
        })?;
        Ok(Self(ask))
    }

    async fn is_right(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        // The thread is there as long as this is; should it have panicked, nothing is right any more.
        self.0.send(answer).is_ok() && answered.await.unwrap_or(false)
    }
}

/// Waits until it is enough.
pub(super) struct Enough<'a> {
    looks: Looks,
    news: News,
    heard: Heard<'a>,
    mark: oneshot::Sender<()>,
    is_marked: oneshot::Receiver<()>,
}

/// What a recorder needs to be told that it is enough.
pub(super) struct Told {
    /// Watches it.
    pub(super) watch: Recording,
    /// Ready when it is enough.
    pub(super) mark: oneshot::Receiver<()>,
}

/// Ready when [`Enough::come`] is; never where a program ends by itself.
pub(super) async fn come(enough: Option<Enough<'_>>, limit: TimeLimit, pause: Duration) -> End {
    match enough {
        Some(enough) => enough.come(limit, pause).await,
        None => std::future::pending().await,
    }
}

/// Ready when the recorder is to write that it is enough. Where nobody says so, it never is.
pub(super) async fn marking(mark: Option<oneshot::Receiver<()>>) {
    if let Some(mark) = mark
        && mark.await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

impl<'a> Enough<'a> {
    /// `heard` is what the program prints, and `news` are told of that too.
    pub(super) fn new(looks: Looks, news: News, heard: Heard<'a>) -> (Self, Told) {
        let ((mark, told), (marked, is_marked)) = (oneshot::channel(), oneshot::channel());
        let watch = Recording { news: news.clone(), is_marked: Some(marked) };
        (Self { looks, news, heard, mark, is_marked }, Told { watch, mark: told })
    }

    /// Ready when all has come that was expected, or the time is up, and the capture says so. Between two reads of the recorder there
    /// may be a `pause`.
    async fn come(self, mut limit: TimeLimit, pause: Duration) -> End {
        let end = tokio::select! {
            biased;
            () = self.right(SILENCE + pause) => End::Enough { was_killed: false },
            () = limit.is_up() => End::TimedOut,
        };
        // What a program holds back until it ends, it prints then; what was right is not judged again.
        if end != End::TimedOut {
            self.heard.is_enough();
        }
        // A recorder that is over has nothing more to write: then both fail at once.
        if self.mark.send(()).is_ok() {
            let _ = self.is_marked.await;
        }
        end
    }

    async fn right(&self, silence: Duration) {
        let mut news = self.news.0.subscribe();
        // The sender is `self`, so waiting cannot fail.
        while news.changed().await.is_ok() {
            silent(&mut news, silence).await;
            if self.looks.is_right().await {
                return;
            }
        }
    }
}

/// Ready when nothing has come for so long.
async fn silent(news: &mut watch::Receiver<Instant>, silence: Duration) {
    loop {
        let until = *news.borrow_and_update() + silence;
        tokio::select! {
            () = sleep_until(until) => return,
            Ok(()) = news.changed() => {}
        }
    }
}
