//! Forwarding: a real server answers, and the recorder is in between.

use std::io;

use tokio::sync::mpsc;

use crate::answering::Unanswered;
use crate::connection::Link;
use crate::event::EndedBy;
use crate::notice::Notice;
use crate::socket::Stream;

/// The most that one read of an upstream takes.
const READ_SIZE: usize = 64 << 10;

/// What went wrong between a client and an upstream.
enum Failure {
    Upstream(io::Error),
    Client(Unanswered),
}

impl Link<'_> {
    /// Passes `octets` on to the server at `address` and its answers back, until both have ended. A half-close of either side is
    /// passed on as one.
    pub(crate) async fn forward(&self, address: &str, octets: &mut mpsc::Receiver<Vec<u8>>) -> Result<(), Unanswered> {
        let forwarded = async {
            let upstream = Stream::connect(address).await.map_err(Failure::Upstream)?;
            // Where the option cannot be set, pieces are merely later.
            let _ = upstream.set_nodelay();
            tokio::try_join!(pass_on(octets, &upstream), self.pass_back(&upstream)).map(|((), ())| ())
        };
        match forwarded.await {
            Err(Failure::Client(unanswered)) => Err(unanswered),
            Err(Failure::Upstream(error)) => {
                self.shared.notice(&Notice::Upstream { connection: self.id, address: address.to_owned(), error })?;
                Err(Unanswered::Ended(EndedBy::Upstream))
            }
            Ok(()) => Ok(()),
        }
    }

    async fn pass_back(&self, upstream: &Stream) -> Result<(), Failure> {
        let mut buffer = vec![0; READ_SIZE];
        loop {
            upstream.readable().await.map_err(Failure::Upstream)?;
            match upstream.try_read(&mut buffer) {
                Ok(0) => return self.shut().map_err(Failure::Client),
                Ok(count) => self.send(&buffer[..count]).await.map_err(Failure::Client)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(Failure::Upstream(error)),
            }
        }
    }
}

async fn pass_on(octets: &mut mpsc::Receiver<Vec<u8>>, upstream: &Stream) -> Result<(), Failure> {
    while let Some(piece) = octets.recv().await {
        write_all(upstream, &piece).await.map_err(Failure::Upstream)?;
    }
    // It may have ended already, and that is its right.
    let _ = upstream.shut();
    Ok(())
}

async fn write_all(stream: &Stream, mut octets: &[u8]) -> io::Result<()> {
    while !octets.is_empty() {
        stream.writable().await?;
        match stream.try_write(octets) {
            Ok(count) => octets = &octets[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
