//! Looking up who holds connections as they open, on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use samewire_recorder::{Event, Watch};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Finder, Holders};

/// Connections that wait to be looked up.
const WAITING: usize = 64;

/// Of each [`PERIOD`], so long is spent at most.
const SHARE: Duration = Duration::from_millis(200);

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
    /// The last connection for which there was no room; 0 where there was for all.
    missed: Arc<AtomicU64>,
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
        let missed = Arc::new(AtomicU64::new(0));
        let missing = Arc::clone(&missed);
        let (ends, over) = oneshot::channel();
        let work = move || {
            look_up(&mut finder, &asks, &missing, &mut told);
            drop(ends);
        };
        thread::Builder::new().name("processes".into()).spawn(work)?;
        Ok(Self { asking: Asking { asked, listened: Vec::new(), missed }, over })
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

fn look_up(finder: &mut Finder, asks: &Receiver<Asked>, missed: &AtomicU64, told: &mut impl FnMut(u64, Found)) {
    let (mut since, mut spent) = (Instant::now(), Duration::ZERO);
    while let Ok(Asked { connection, client, server }) = asks.recv() {
        if let missed @ 1.. = missed.swap(0, Ordering::Relaxed) {
            told(missed, Found::TooMany);
        }
        let begun = Instant::now();
        if begun - since > PERIOD {
            (since, spent) = (begun, Duration::ZERO);
        }
        if spent > SHARE {
            told(connection, Found::TooMany);
            continue;
        }
        let holders = finder.holders(client, server);
        spent += begun.elapsed();
        // Of another machine's client nobody here knows anything.
        let is_ours = client.ip() == server.ip() || client.ip().is_loopback();
        match holders {
            Ok(holders) if is_ours || !holders.processes.is_empty() => told(connection, Found::Holders(holders)),
            Ok(_) | Err(_) => {}
        }
    }
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
        if self.asked.try_send(Asked { connection, client, server }).is_err() {
            self.missed.store(connection, Ordering::Relaxed);
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
