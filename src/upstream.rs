//! Forwarding: a real server answers, and the recorder is in between.
//!
//! How a client ends is how its connection to the server ends. FIN is passed on as FIN. Whatever else ends it (RST, a limit, the
//! idle timeout, the end of the recording) aborts: a request that was cut off must not look whole.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;

use crate::address::Upstream;
use crate::channel::Channel;
use crate::descriptors::{Descriptors, Reserved};
use crate::line::{Hearer, Stage, Unanswered};
use crate::link::Link;
use crate::notice::Notice;
use crate::outgoing::Known;
use crate::settings::{Answers, Cut};
use crate::stream::{Stream, Taken};

/// The most that one read of an upstream takes.
const READ_SIZE: usize = 64 << 10;

/// How long an upstream is still connected to on behalf of a client that has left: long enough to hand on what it had sent.
const GRACE: Duration = Duration::from_secs(1);

/// What went wrong between a client and an upstream.
enum Failure {
    Upstream(io::Error),
    Client(Unanswered),
    /// The client ended otherwise than by FIN.
    Left,
}

impl Upstream {
    /// Whether somebody accepts there: connects, and leaves at once.
    pub async fn accepts(&self) -> bool {
        Stream::connect(self, Reserved::default(), &Descriptors::default()).await.is_ok()
    }
}

impl Link<'_> {
    /// Passes on what is heard to the server at `address` and its answers back, until both have ended.
    pub(crate) async fn forward(&self, address: &Upstream, hearer: &Hearer<'_>) -> Result<(), Unanswered> {
        let (upstream, _known) = match self.reach(address, hearer).await {
            Ok(Some(reached)) => reached,
            Ok(None) => return Ok(()),
            Err(error) => return Err(self.failed(address, error)?),
        };
        let passed = tokio::try_join!(self.pass_on(hearer, &upstream), self.pass_back(hearer, &upstream));
        if passed.is_err() {
            // It fails where the upstream has gone.
            let _ = upstream.abort_on_close();
        }
        match passed {
            Ok(((), ())) | Err(Failure::Left) => Ok(()),
            Err(Failure::Client(unanswered)) => Err(unanswered),
            Err(Failure::Upstream(error)) => Err(self.failed(address, error)?),
        }
    }

    /// Connects; `None` where the client has left before that.
    async fn reach(&self, address: &Upstream, hearer: &Hearer<'_>) -> io::Result<Option<(Channel, Option<Known<'_>>)>> {
        let tls = self.shared.settings.upstream_tls.as_ref();
        let connecting = Channel::connect(address, tls, self.take_reserved(), &self.shared.descriptors);
        let mut connecting = std::pin::pin!(self.shared.descriptors.opening(connecting));
        let upstream = tokio::select! {
            connected = &mut connecting => connected?,
            () = hearer.until(|stage| stage == Stage::Over) => match timeout(GRACE, connecting).await {
                Ok(connected) => connected?,
                Err(_) => return Ok(None),
            },
        };
        self.reached.store(true, Ordering::Relaxed);
        // In another network the same addresses are others.
        let known = address.is_here().then(|| self.shared.outgoing.add(&upstream));
        if known.is_some() && self.shared.outgoing.is_from(&self.stream) {
            return Err(io::Error::other("it leads back to this recorder"));
        }
        // Where these cannot be set, pieces are merely later, and an abort looks like an end.
        let _ = upstream.set_nodelay();
        let _ = upstream.abort_on_close();
        Ok(Some((upstream, known)))
    }

    async fn pass_on(&self, hearer: &Hearer<'_>, upstream: &Channel) -> Result<(), Failure> {
        while let Some(piece) = hearer.backlog.take().await {
            self.write_on(hearer, upstream, &piece).await?;
            hearer.backlog.handed_on(piece.len());
        }
        let is_cut_in_order = matches!(self.shared.settings.faults.cut, Some(Cut::Close(_)));
        match hearer.stage() {
            Stage::Fin => {}
            Stage::Cut if is_cut_in_order => {}
            Stage::Open | Stage::Cut | Stage::Over | Stage::Left => return Err(Failure::Left),
        }
        // It may have ended already, and that is its right.
        let _ = upstream.shut().await.and_then(|()| upstream.close_in_order());
        Ok(())
    }

    /// Writes all, unless the client has left: then only what the upstream takes at once.
    async fn write_on(&self, hearer: &Hearer<'_>, upstream: &Channel, mut octets: &[u8]) -> Result<(), Failure> {
        while !octets.is_empty() {
            match upstream.try_write(octets) {
                Ok(count) => {
                    self.idle.moved();
                    octets = &octets[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => tokio::select! {
                    biased;
                    ready = upstream.writable() => ready.map_err(Failure::Upstream)?,
                    () = hearer.until(|stage| matches!(stage, Stage::Over | Stage::Left)) => return Err(Failure::Left),
                },
                Err(error) => return Err(Failure::Upstream(error)),
            }
        }
        Ok(())
    }

    async fn pass_back(&self, hearer: &Hearer<'_>, upstream: &Channel) -> Result<(), Failure> {
        let mut buffer = vec![0; READ_SIZE];
        loop {
            tokio::select! {
                ready = upstream.readable() => ready.map_err(Failure::Upstream)?,
                () = hearer.until(|stage| stage == Stage::Left) => return Err(Failure::Left),
            }
            let answered = match upstream.try_read(&mut buffer) {
                Ok(Taken { count: 0, .. }) => return self.shut().await.map_err(Failure::Client),
                Ok(Taken { count, .. }) => self.send(&buffer[..count]).await,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(Failure::Upstream(error)),
            };
            if let Err(unanswered) = answered {
                return Err(self.unanswered(hearer, unanswered).await);
            }
        }
    }

    /// A client that takes no more answers; what it had sent before is still passed on.
    async fn unanswered(&self, hearer: &Hearer<'_>, unanswered: Unanswered) -> Failure {
        if matches!(unanswered, Unanswered::Aborted) {
            hearer.until(|stage| stage != Stage::Open).await;
            if hearer.stage() == Stage::Over {
                // Whoever passes on has the last word.
                return std::future::pending().await;
            }
        }
        Failure::Client(unanswered)
    }

    /// Tells of an upstream that failed, and makes that the reason of the end.
    fn failed(&self, address: &Upstream, error: io::Error) -> Result<Unanswered, Unanswered> {
        address.fail();
        let reason = format!("upstream {address}: {error}");
        self.shared.notice(&Notice::Upstream { connection: self.id, address: address.clone(), error })?;
        Ok(Unanswered::Upstream(reason))
    }

    /// What there is to say of an upstream that was not reached by now.
    pub(crate) fn unreached(&self) -> Option<String> {
        match &self.shared.settings.answers {
            Answers::Upstream(address) if !self.reached.load(Ordering::Relaxed) => {
                Some(format!("upstream {address}: no connection came about in time"))
            }
            _ => None,
        }
    }
}
