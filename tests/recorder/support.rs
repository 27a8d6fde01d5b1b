//! A recorder in a folder of its own, and what to ask of its capture.

use std::future::pending;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use samewire_recorder::{
    Address, Answers, CaptureReader, CaptureWriter, Completeness, EndedBy, Event, Faults, Finish, Limits, Notice, PeerEnd, Reply,
    Settings, Trigger, Watch, listen, serve,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Recorder {
    pub folder: TempDir,
    pub addresses: Vec<Address>,
    pub tell: oneshot::Sender<Finish>,
    pub task: JoinHandle<u64>,
    pub notices: mpsc::Receiver<String>,
}

impl Recorder {
    pub(crate) fn start(settings: Settings) -> Self {
        Self::start_at(&["127.0.0.1:0".parse().expect("an address")], settings)
    }

    pub(crate) fn start_at(addresses: &[Address], settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = listen(addresses, &settings).expect("a listener");
        let addresses = listener.addresses().cloned().collect();
        let capture = CaptureWriter::create(&folder.path().join("capture.jsonl")).expect("a capture");
        let (said, notices) = mpsc::channel();
        let capture = capture.watched_by(Box::new(Listens(said)));
        let (tell, told) = oneshot::channel::<Finish>();
        let finish = async move { if let Ok(finish) = told.await { finish } else { pending().await } };
        let task = tokio::spawn(async move { serve(listener, capture, settings, finish).await.expect("a recording") });
        Self { folder, addresses, tell, task, notices }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("capture.jsonl")
    }

    /// Its first address, of TCP.
    pub(crate) fn address(&self) -> SocketAddr {
        match &self.addresses[0] {
            Address::Tcp(address) => *address,
            Address::Unix(path) => panic!("{} is no TCP address", path.display()),
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.expect("a connection")
    }

    /// Sends on a connection of its own, half-closes, and returns what it receives until the recorder closes.
    pub(crate) async fn exchange(&self, octets: &[u8]) -> Vec<u8> {
        let mut stream = self.connect().await;
        stream.write_all(octets).await.expect("to send");
        stream.shutdown().await.expect("to half-close");
        read_to_end(&mut stream).await
    }

    /// Waits until the recorder says something to people.
    pub(crate) fn notice(&self) -> String {
        self.notices.recv_timeout(PATIENCE).expect("a notice")
    }

    /// The same, where the recorder runs on the same thread.
    pub(crate) async fn notice_soon(&self) -> String {
        let started = Instant::now();
        loop {
            match self.notices.try_recv() {
                Ok(notice) => return notice,
                Err(_) => tokio::task::yield_now().await,
            }
            assert!(started.elapsed() < PATIENCE, "no notice");
        }
    }

    /// Whether a connection is over.
    pub(crate) fn has_closed(&self) -> bool {
        self.has(|event| matches!(event, Event::Close { .. }))
    }

    /// Waits until such an event is in the file.
    pub(crate) async fn written(&self, is: impl Fn(&Event<'_>) -> bool) {
        let started = Instant::now();
        while !self.has(&is) {
            assert!(started.elapsed() < PATIENCE, "it is not in the file");
            tokio::task::yield_now().await;
        }
    }

    fn has(&self, is: impl Fn(&Event<'_>) -> bool) -> bool {
        CaptureReader::open(&self.path()).expect("a capture").map_while(Result::ok).any(|event| is(&event))
    }

    /// Finishes, and returns the events.
    pub(crate) async fn finish(self, finish: Finish) -> Vec<Event<'static>> {
        let Self { folder, tell, task, .. } = self;
        assert!(tell.send(finish).is_ok(), "it has ended by itself");
        Self::recorded(&folder, task).await
    }

    /// The events of one that ends by itself.
    pub(crate) async fn ended(self) -> Vec<Event<'static>> {
        let Self { folder, tell: _tell, task, .. } = self;
        Self::recorded(&folder, task).await
    }

    async fn recorded(folder: &TempDir, task: JoinHandle<u64>) -> Vec<Event<'static>> {
        let path = folder.path().join("capture.jsonl");
        in_time(task).await.expect("its end");
        let mut reader = CaptureReader::open(&path).expect("a capture");
        let events = reader.by_ref().collect::<Result<Vec<_>, _>>().expect("a capture that is not damaged");
        assert_eq!(reader.completeness(), Some(Completeness::Whole));
        events
    }
}

/// Passes on what is said to people.
struct Listens(mpsc::Sender<String>);

impl Watch for Listens {
    fn event(&mut self, _: &Event<'_>) -> std::io::Result<()> {
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) -> std::io::Result<()> {
        // The test may have lost interest.
        let _ = self.0.send(notice.to_string());
        Ok(())
    }
}

pub(crate) async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wait).await.expect("in time")
}

pub(crate) async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    in_time(stream.read_to_end(&mut octets)).await.expect("the end");
    octets
}

pub(crate) async fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    in_time(stream.read_exact(&mut octets)).await.expect("octets");
    octets
}

/// Whether the connection was reset, after whatever else came.
pub(crate) async fn is_reset(stream: &mut TcpStream) -> bool {
    let end = in_time(stream.read_to_end(&mut Vec::new())).await;
    end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset)
}

pub(crate) fn soon() -> Finish {
    Finish::by(Instant::now() + PATIENCE)
}

pub(crate) fn upstream_at(address: &str) -> Answers {
    Answers::Upstream(address.parse().expect("an address"))
}

pub(crate) fn replying(replies: Vec<Reply>) -> Settings {
    Settings { answers: Answers::Replies(replies), ..Settings::default() }
}

pub(crate) fn faulty(faults: Faults) -> Settings {
    Settings { faults, ..Settings::default() }
}

pub(crate) fn limited(limits: Limits) -> Settings {
    Settings { limits, ..Settings::default() }
}

pub(crate) fn reply(when: Trigger, octets: &[u8]) -> Reply {
    Reply::new(when, octets)
}

/// The octets of a connection.
pub(crate) fn received(events: &[Event<'_>], of: u64) -> Vec<u8> {
    let data = events.iter().filter_map(|event| match event {
        Event::Data { connection, octets, .. } if *connection == of => Some(octets.to_vec()),
        _ => None,
    });
    data.collect::<Vec<_>>().concat()
}

/// What was answered on a connection, event by event.
pub(crate) fn sent(events: &[Event<'_>], of: u64) -> Vec<Vec<u8>> {
    let sent = events.iter().filter_map(|event| match event {
        Event::Sent { connection, octets, .. } if *connection == of => Some(octets.to_vec()),
        _ => None,
    });
    sent.collect()
}

pub(crate) fn closes(events: &[Event<'_>]) -> Vec<(u64, PeerEnd, EndedBy)> {
    let close = events.iter().filter_map(|event| match event {
        Event::Close { connection, peer, by, .. } => Some((*connection, *peer, *by)),
        _ => None,
    });
    close.collect()
}

/// The time of the first event that is one of these, in microseconds.
pub(crate) fn time_of(events: &[Event<'_>], is: impl Fn(&Event<'_>) -> bool) -> u64 {
    let event = events.iter().find(|event| is(event)).expect("such an event");
    match event {
        Event::Open { at_us, .. }
        | Event::Tls { at_us, .. }
        | Event::Data { at_us, .. }
        | Event::Sent { at_us, .. }
        | Event::Fin { at_us, .. }
        | Event::Shut { at_us, .. }
        | Event::Close { at_us, .. }
        | Event::Enough { at_us }
        | Event::Stop { at_us, .. } => *at_us,
        Event::Start { .. } => 0,
    }
}
