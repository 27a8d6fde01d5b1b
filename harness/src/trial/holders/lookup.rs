//! Looking up who holds connections as they open, on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use samewire_recorder::{Event, Watch};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Finder, Holders};

/// Connections that wait to be looked up.
const WAITING: usize = 64;

/// Of each [`PERIOD`], so long is spent at most.
const SHARE: Duration = Duration::from_millis(50);

const PERIOD: Duration = Duration::from_secs(1);

/// What was asked may still be found for so long when a recording is over.
const LAST: Duration = Duration::from_millis(500);

/// What became of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Who held it; of a client of this machine.
    Holders(Holders),
    /// It was not looked up: too many opened in a short time.
    TooMany,
}

/// A thread that looks up who holds connections.
pub struct Lookup {
    asking: Asking,
    /// Ends when the thread does.
    over: oneshot::Receiver<()>,
}

/// Asks for the connections of a recording; it never waits.
#[derive(Clone)]
pub struct Asking {
    asked: SyncSender<Asked>,
    listened: Vec<SocketAddr>,
    missing: Arc<Missing>,
}

/// What is not looked up.
#[derive(Default)]
struct Missing {
    /// The last connection for which there was no room; 0 where there was for all.
    last: AtomicU64,
    /// The time of this period is spent: asking would only wake the thread.
    is_resting: AtomicBool,
}

struct Asked {
    connection: u64,
    client: SocketAddr,
    server: SocketAddr,
}

impl Lookup {
    /// Starts the thread; `told` is told of each connection by its number.
    ///
    /// # Errors
    /// There can be no further thread.
    pub fn start(mut finder: Finder, mut told: impl FnMut(u64, Found) + Send + 'static) -> io::Result<Self> {
        let (asked, asks) = sync_channel(WAITING);
        let missing = Arc::new(Missing::default());
        let missed = Arc::clone(&missing);
        let (ends, over) = oneshot::channel();
        let work = move || {
            look_up(&mut finder, &asks, &missed, &mut told);
            drop(ends);
        };
        thread::Builder::new().name("processes".into()).spawn(work)?;
        Ok(Self { asking: Asking { asked, listened: Vec::new(), missing }, over })
    }

    /// What asks it.
    #[must_use]
    pub fn asking(&self) -> Asking {
        self.asking.clone()
    }

    /// Waits until all is told that was asked, a moment at most; whoever asks has to be gone.
    pub async fn finish(self) {
        drop(self.asking);
        // A look-up that panicked, or takes too long, has told what it could.
        let _ = timeout(LAST, self.over).await;
    }
}

fn look_up(finder: &mut Finder, asks: &Receiver<Asked>, missing: &Missing, told: &mut impl FnMut(u64, Found)) {
    let (mut since, mut spent) = (Instant::now(), Duration::ZERO);
    let mut next = asks.recv().ok();
    while let Some(Asked { connection, client, server }) = next {
        let begun = Instant::now();
        if begun - since > PERIOD {
            (since, spent) = (begun, Duration::ZERO);
        }
        let holders = finder.holders(client, server);
        spent += begun.elapsed();
        // Of another machine's client nobody here knows anything.
        let is_ours = client.ip() == server.ip() || client.ip().is_loopback();
        match holders {
            Ok(holders) if is_ours || !holders.processes.is_empty() => told(connection, Found::Holders(holders)),
            Ok(_) | Err(_) => {}
        }
        let rested = if spent > SHARE { rest(asks, missing, since + PERIOD, told) } else { true };
        // Before the next is waited for, which may never come.
        if let missed @ 1.. = missing.last.swap(0, Ordering::Relaxed) {
            told(missed, Found::TooMany);
        }
        next = if rested { asks.recv().ok() } else { None };
    }
}

/// Looks nothing up until then, and tells of what was asked already; false where nobody asks any more.
fn rest(asks: &Receiver<Asked>, missing: &Missing, until: Instant, told: &mut impl FnMut(u64, Found)) -> bool {
    missing.is_resting.store(true, Ordering::Relaxed);
    let is_asked = loop {
        match asks.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(asked) => told(asked.connection, Found::TooMany),
            Err(why) => break why == RecvTimeoutError::Timeout,
        }
    };
    missing.is_resting.store(false, Ordering::Relaxed);
    is_asked
}

impl Watch for Asking {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Start { address, .. } => {
                self.listened = address.split(", ").filter_map(|address| address.parse().ok()).collect();
            }
            Event::Open { connection, peer, address, .. } => self.ask(*connection, peer, address.as_deref()),
            _ => {}
        }
        Ok(())
    }
}

impl Asking {
    fn ask(&self, connection: u64, peer: &str, address: Option<&str>) {
        // A Unix socket's client has no address.
        let Ok(client) = peer.parse().map(canonical) else { return };
        let told = address.and_then(|address| address.parse().ok()).map(canonical);
        let Some(server) = told.or_else(|| self.listened.first().copied().map(canonical)) else { return };
        let is_resting = self.missing.is_resting.load(Ordering::Relaxed);
        if is_resting || self.asked.try_send(Asked { connection, client, server }).is_err() {
            self.missing.last.store(connection, Ordering::Relaxed);
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
