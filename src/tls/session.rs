//! TLS on one connection: octets of the wire on one side, plain ones on the other. It never waits: it says when to.

use std::cell::RefCell;
use std::io::{self, BufRead, IoSlice, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use rustls::{Connection, Error};

use super::failure;
use crate::event::{Handshake, Wire};
use crate::stream::Stream;

/// The most that one read takes from the kernel.
const WIRE: usize = 128 << 10;

/// As much is read for a few plain octets too: what is around a record, and a handshake's message.
const LEAST: usize = 4 << 10;

/// The most plain octets of one record.
const RECORD: usize = 16 << 10;

/// As much is kept of what came first: whether that was TLS at all.
const FIRST: usize = 64;

thread_local! {
    /// Shared by all connections of a thread, so that an idle one costs no buffer.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; WIRE]);
}

/// TLS on one connection.
pub(crate) struct Session(Mutex<State>);

struct State {
    tls: Connection,
    /// What came on the wire and could not be taken, since nobody has taken the plain octets before it.
    wire: Vec<u8>,
    first: Vec<u8>,
    /// Plain octets of a record that is not on its way in full.
    owed: usize,
    /// Whether the end of the stream on the wire has come.
    eof: bool,
    failed: Option<Error>,
    /// What was on the wire.
    received: Counted,
    sent: Counted,
}

/// Octets, counted and digested.
#[derive(Default)]
struct Counted {
    octets: u64,
    crc32: crc32fast::Hasher,
}

impl Counted {
    fn add(&mut self, octets: &[u8]) {
        self.octets += octets.len() as u64;
        self.crc32.update(octets);
    }

    fn digest(&self) -> String {
        format!("{:08x}", self.crc32.clone().finalize())
    }
}

/// A way to read from the kernel.
pub(crate) type Reading = fn(&Stream, &mut [u8]) -> io::Result<usize>;

impl Session {
    pub(super) fn new(tls: Connection) -> Self {
        let (wire, first, owed, eof, failed) = (Vec::new(), Vec::new(), 0, false, None);
        let (received, sent) = (Counted::default(), Counted::default());
        Self(Mutex::new(State { tls, wire, first, owed, eof, failed, received, sent }))
    }

    /// A lock is never waited for: one task reads and answers.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ready when there is something to take, or something has come.
    pub(crate) fn poll_readable(&self, stream: &Stream, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if state.has_plain() || state.is_over() {
            return Poll::Ready(Ok(()));
        }
        // Whether it can be written is the writer's affair.
        let _ = state.poll_flush(stream, task);
        stream.poll_readable(task)
    }

    /// Ready when a record may be on its way.
    pub(crate) fn poll_writable(&self, stream: &Stream, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.state().poll_flush(stream, task) {
            Poll::Ready(Ok(())) => stream.poll_writable(task),
            other => other,
        }
    }

    /// Goes on with the handshake as far as what has come allows; `WouldBlock` where it takes more.
    pub(crate) fn shake_hands(&self, stream: &Stream, reading: Reading) -> io::Result<()> {
        let mut state = self.state();
        while state.tls.is_handshaking() {
            let _ = state.flush(stream);
            if state.is_over() {
                return state.over().and(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            state.receive(stream, reading, &mut [])?;
        }
        let _ = state.flush(stream);
        // What breaks TLS behind it, in the same read, comes after the plain octets that are between.
        Ok(())
    }

    /// Takes plain octets: those that are there, or as many as one read from the kernel brings. None is the end of the stream; an
    /// error of the kind `InvalidData` is what breaks TLS.
    pub(crate) fn read(&self, stream: &Stream, reading: Reading, out: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state();
        let wire = std::mem::take(&mut state.wire);
        let mut count = state.decrypt(&wire, out);
        while count == 0 && !state.is_over() {
            match state.receive(stream, reading, out) {
                Ok(received) => count = received,
                Err(error) => {
                    let _ = state.flush(stream);
                    return Err(error);
                }
            }
        }
        // An answer to a handshake's message, or an alert. Where it cannot be sent, the next write says so.
        let _ = state.flush(stream);
        if count == 0 { state.over().map(|()| 0) } else { Ok(count) }
    }

    /// Sends a record with the first of these octets. Until it is on its way in full, it is as if nothing had been taken, and the next
    /// call has to bring the same octets again.
    pub(crate) fn write(&self, stream: &Stream, octets: &[u8]) -> io::Result<usize> {
        let mut state = self.state();
        if state.owed == 0 {
            state.flush(stream)?;
            state.owed = state.tls.writer().write(&octets[..octets.len().min(RECORD)])?;
        }
        state.flush(stream)?;
        Ok(std::mem::take(&mut state.owed))
    }

    /// Says that no more comes (close_notify); false where that is not on its way in full.
    pub(crate) fn say_goodbye(&self, stream: &Stream) -> bool {
        let mut state = self.state();
        state.tls.send_close_notify();
        state.flush(stream).is_ok()
    }

    /// As [`say_goodbye`](Self::say_goodbye), when it has been said: ready when it is on its way.
    pub(crate) fn poll_goodbye(&self, stream: &Stream, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.state().poll_flush(stream, task)
    }

    /// Whether the stream ended without the peer having said so (close_notify).
    pub(crate) fn is_truncated(&self) -> bool {
        let mut state = self.state();
        state.eof && state.tls.reader().fill_buf().is_err()
    }

    /// Whether anything has come at all.
    pub(crate) fn is_silent(&self) -> bool {
        self.state().first.is_empty()
    }

    /// Why there is no TLS any more, in words.
    pub(crate) fn failure(&self) -> Option<String> {
        let state = self.state();
        let error = state.failed.as_ref()?;
        Some(match &state.tls {
            Connection::Client(_) => failure::of_server(error, &state.first),
            Connection::Server(_) => failure::of_client(error, &state.first, !state.tls.is_handshaking()),
        })
    }

    /// What was on the wire so far.
    pub(crate) fn on_the_wire(&self) -> Wire<'static> {
        let state = self.state();
        let (received, sent) = (&state.received, &state.sent);
        Wire {
            received: received.octets,
            received_crc32: received.digest().into(),
            sent: sent.octets,
            sent_crc32: sent.digest().into(),
        }
    }

    /// What was agreed on so far.
    pub(crate) fn handshake(&self) -> Handshake<'static> {
        let state = self.state();
        let tls = &state.tls;
        let server_name = match tls {
            Connection::Server(server) => server.server_name().map(ToOwned::to_owned),
            Connection::Client(_) => None,
        };
        let alert = match &state.failed {
            Some(Error::AlertReceived(alert)) => Some(failure::name(*alert).into()),
            _ => None,
        };
        Handshake {
            version: tls.protocol_version().and_then(|version| version.as_str()).map(|name| version_of(name).into()),
            cipher_suite: tls
                .negotiated_cipher_suite()
                .and_then(|suite| suite.suite().as_str())
                .map(|name| suite_of(name).into()),
            server_name: server_name.map(Into::into),
            alpn: tls.alpn_protocol().map(|name| name.escape_ascii().to_string().into()),
            client_certificate: tls.peer_certificates().is_some_and(|shown| !shown.is_empty()),
            alert,
            failed: None,
        }
    }
}

impl State {
    fn has_plain(&mut self) -> bool {
        self.tls.reader().fill_buf().is_ok_and(|plain| !plain.is_empty())
    }

    /// Whether no more will come, as the peer says, or the wire, or because it breaks TLS.
    fn is_over(&mut self) -> bool {
        self.eof || self.failed.is_some() || self.tls.reader().fill_buf().is_ok_and(<[u8]>::is_empty)
    }

    /// An error where what came breaks TLS.
    fn over(&self) -> io::Result<()> {
        self.failed.as_ref().map_or(Ok(()), |error| Err(io::Error::new(io::ErrorKind::InvalidData, error.clone())))
    }

    /// One read from the kernel, and what plain octets it brings.
    fn receive(&mut self, stream: &Stream, reading: Reading, out: &mut [u8]) -> io::Result<usize> {
        BUFFER.with_borrow_mut(|buffer| {
            let room = out.len().clamp(LEAST, WIRE);
            let count = reading(stream, &mut buffer[..room])?;
            if count == 0 {
                self.eof = true;
                // It is told of the end, too: that cannot fail.
                let _ = self.tls.read_tls(&mut io::empty());
            }
            self.received.add(&buffer[..count]);
            let missing = FIRST.saturating_sub(self.first.len()).min(count);
            self.first.extend_from_slice(&buffer[..missing]);
            Ok(self.decrypt(&buffer[..count], out))
        })
    }

    /// Takes in octets of the wire and gives out plain ones, until one side has no more. What is left of the wire is kept.
    fn decrypt(&mut self, mut wire: &[u8], out: &mut [u8]) -> usize {
        let mut count = 0;
        loop {
            count += self.tls.reader().read(&mut out[count..]).unwrap_or(0);
            if wire.is_empty() || self.has_plain() {
                break;
            }
            let taken = self.tls.read_tls(&mut wire).map_err(|error| Error::General(error.to_string()));
            let processed = taken.and_then(|taken| self.tls.process_new_packets().map(|_| taken));
            // Behind what breaks TLS, and behind the peer's goodbye, nothing is of interest.
            if !matches!(processed, Ok(1..)) {
                wire = &[];
            }
            self.failed = processed.err();
        }
        self.wire = wire.to_vec();
        count
    }

    fn flush(&mut self, stream: &Stream) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut Sending(stream, &mut self.sent))?;
        }
        Ok(())
    }

    fn poll_flush(&mut self, stream: &Stream, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.tls.wants_write() {
            std::task::ready!(stream.poll_writable(task))?;
            match self.flush(stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return Poll::Ready(other),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The sending side of the wire.
struct Sending<'a>(&'a Stream, &'a mut Counted);

impl Write for Sending<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(octets)])
    }

    /// Records of one flight leave together.
    fn write_vectored(&mut self, octets: &[IoSlice<'_>]) -> io::Result<usize> {
        let count = self.0.try_write_vectored(octets)?;
        let mut left = count;
        for octets in octets {
            self.1.add(&octets[..left.min(octets.len())]);
            left = left.saturating_sub(octets.len());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `TLSv1_3` as people write it.
fn version_of(name: &str) -> String {
    name.replace("TLSv1_", "TLS 1.")
}

/// A cipher suite by the name that IANA gave it.
fn suite_of(name: &str) -> String {
    name.replace("TLS13_", "TLS_")
}
