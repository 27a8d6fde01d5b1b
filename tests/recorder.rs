//! The recorder through its public face: what clients do to it stands in the capture.

#![expect(clippy::expect_used, clippy::disallowed_methods, reason = "tests, which are clients here")]

use std::future::pending;
use std::io::Cursor;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use samewire_recorder::{
    CaptureReader, CaptureWriter, Completeness, EndedBy, Event, Finish, PeerEnd, Reply, Settings, Trigger, listen, serve,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct Recorder {
    folder: TempDir,
    address: SocketAddr,
    tell: oneshot::Sender<Finish>,
    task: JoinHandle<u64>,
}

impl Recorder {
    fn start(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = listen(([127, 0, 0, 1], 0).into()).expect("a port");
        let address = listener.local_addr().expect("an address");
        let capture = CaptureWriter::create(&folder.path().join("capture.jsonl")).expect("a capture");
        let (tell, told) = oneshot::channel::<Finish>();
        let finish = async move { if let Ok(finish) = told.await { finish } else { pending().await } };
        let task = tokio::spawn(async move { serve(listener, capture, settings, finish).await.expect("a recording") });
        Self { folder, address, tell, task }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("capture.jsonl")
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// Finishes, and returns the events.
    async fn finish(self, finish: Finish) -> Vec<Event<'static>> {
        let path = self.path();
        assert!(self.tell.send(finish).is_ok(), "it has ended by itself");
        tokio::time::timeout(PATIENCE, self.task).await.expect("in time").expect("its end");
        let mut reader = CaptureReader::open(&path).expect("a capture");
        let events = reader.by_ref().collect::<Result<Vec<_>, _>>().expect("a capture that is not damaged");
        assert_eq!(reader.completeness(), Some(Completeness::Whole));
        events
    }
}

fn soon() -> Finish {
    Finish::by(Instant::now() + PATIENCE)
}

/// The octets of a connection.
fn received(events: &[Event<'_>], of: u64) -> Vec<u8> {
    let data = events.iter().filter_map(|event| match event {
        Event::Data { connection, octets, .. } if *connection == of => Some(octets.to_vec()),
        _ => None,
    });
    data.collect::<Vec<_>>().concat()
}

fn closes(events: &[Event<'_>]) -> Vec<(u64, PeerEnd, EndedBy)> {
    let close = events.iter().filter_map(|event| match event {
        Event::Close { connection, peer, by, .. } => Some((*connection, *peer, *by)),
        _ => None,
    });
    close.collect()
}

fn reply(when: Trigger, octets: &[u8]) -> Reply {
    Reply { when, delay: Duration::ZERO, connection: None, octets: octets.to_vec() }
}

#[tokio::test]
async fn what_was_sent_before_it_was_told_to_finish_is_recorded() {
    for _ in 0..50 {
        let recorder = Recorder::start(Settings::default());
        // On loopback a finished connect is in the queue already, though nobody has accepted it.
        let mut stream = recorder.connect().await;
        stream.write_all(b"in flight").await.expect("to send");
        let events = recorder.finish(Finish::now()).await;
        assert_eq!(received(&events, 1), b"in flight");
        assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::Stopped)]);
    }
}

#[tokio::test]
async fn many_connections_at_once_are_kept_apart() {
    let recorder = Recorder::start(Settings::default());
    let mut streams = Vec::new();
    for _ in 0..100 {
        streams.push(recorder.connect().await);
    }
    for (number, stream) in (0..100u8).zip(&mut streams) {
        stream.write_all(&[number; 1000]).await.expect("to send");
        stream.shutdown().await.expect("to half-close");
    }
    let events = recorder.finish(soon()).await;
    let mut contents: Vec<Vec<u8>> = (1..=100).map(|connection| received(&events, connection)).collect();
    contents.sort();
    assert_eq!(contents, (0..100u8).map(|number| vec![number; 1000]).collect::<Vec<_>>());
    assert!(closes(&events).iter().all(|(_, peer, by)| (*peer, *by) == (PeerEnd::Fin, EndedBy::Peer)));
}

#[tokio::test]
async fn a_reset_is_no_fin() {
    let recorder = Recorder::start(Settings { replies: vec![reply(Trigger::Octets(1), b"ok")], ..Settings::default() });
    let mut stream = recorder.connect().await;
    stream.write_all(b"a").await.expect("to send");
    stream.read_exact(&mut [0; 2]).await.expect("the reply");
    stream.set_zero_linger().expect("no lingering");
    drop(stream);
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"a");
    assert_eq!(closes(&events), [(1, PeerEnd::Reset, EndedBy::Peer)]);
}

#[tokio::test]
async fn replies_come_at_connect_after_octets_and_at_fin_and_are_recorded() {
    let replies = vec![reply(Trigger::Connect, b"hi"), reply(Trigger::Octets(3), b"ok"), reply(Trigger::Fin, b"bye")];
    let recorder = Recorder::start(Settings { replies, ..Settings::default() });
    let mut stream = recorder.connect().await;
    let mut two = [0; 2];
    stream.read_exact(&mut two).await.expect("a greeting");
    assert_eq!(&two, b"hi");
    stream.write_all(b"abc").await.expect("to send");
    stream.read_exact(&mut two).await.expect("an answer");
    assert_eq!(&two, b"ok");
    stream.shutdown().await.expect("to half-close");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("the end");
    assert_eq!(rest, b"bye");
    let events = recorder.finish(soon()).await;
    let sent = events.iter().filter_map(|event| match event {
        Event::Sent { offset, octets, .. } => Some((*offset, octets.to_vec())),
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), [(0, b"hi".to_vec()), (2, b"ok".to_vec()), (4, b"bye".to_vec())]);
}

#[tokio::test]
async fn it_ends_by_itself_after_so_many_connections() {
    let recorder = Recorder::start(Settings { connections: Some(2), ..Settings::default() });
    for _ in 0..2 {
        recorder.connect().await.write_all(b"x").await.expect("to send");
    }
    let connections = tokio::time::timeout(PATIENCE, recorder.task).await.expect("in time").expect("its end");
    assert_eq!(connections, 2);
}

/// A capture with two connections and a reply.
async fn capture() -> Vec<u8> {
    let recorder = Recorder::start(Settings { replies: vec![reply(Trigger::Octets(1), b"ok")], ..Settings::default() });
    let path = recorder.path();
    for _ in 0..2 {
        let mut stream = recorder.connect().await;
        stream.write_all(b"abc").await.expect("to send");
        stream.shutdown().await.expect("to half-close");
        stream.read_to_end(&mut Vec::new()).await.expect("the end");
    }
    // The folder goes with the recorder, so read before it does.
    let Recorder { folder, tell, task, .. } = recorder;
    assert!(tell.send(Finish::now()).is_ok());
    task.await.expect("its end");
    let octets = std::fs::read(path).expect("a capture");
    drop(folder);
    octets
}

/// The events that can be read, whether the rest is damaged, and how it ends.
fn read(octets: &[u8]) -> (usize, Option<u64>, Option<Completeness>) {
    let mut reader = CaptureReader::new(Cursor::new(octets));
    let (mut events, mut damaged) = (0, None);
    for event in reader.by_ref() {
        match event {
            Ok(_) => events += 1,
            Err(error) => damaged = Some(error.line),
        }
    }
    (events, damaged, reader.completeness())
}

#[tokio::test]
async fn a_capture_cut_off_anywhere_yields_every_line_before_the_cut() {
    let whole = capture().await;
    for cut in 1..whole.len() {
        let lines = whole[..cut].iter().filter(|octet| **octet == b'\n').count();
        let (events, damaged, end) = read(&whole[..cut]);
        assert_eq!((events, damaged), (lines, None), "cut at {cut}");
        assert_ne!(end, Some(Completeness::Whole), "cut at {cut}");
    }
    assert_eq!(read(&whole).2, Some(Completeness::Whole));
    assert_eq!(read(b"").1, Some(1));
}

#[tokio::test]
async fn a_line_that_is_missing_doubled_or_swapped_is_damage() {
    let whole = String::from_utf8(capture().await).expect("UTF-8");
    let lines: Vec<&str> = whole.lines().collect();
    let damaged = |lines: &[&str]| read(format!("{}\n", lines.join("\n")).as_bytes());
    for at in 0..lines.len() - 1 {
        // Without a `fin` or the last `sent`, nothing that was received is in doubt.
        let is = |event: &str| lines[at].contains(&format!(r#""event":"{event}""#));
        let mut missing = lines.clone();
        missing.remove(at);
        assert!(damaged(&missing).1.is_some() || is("fin") || is("sent"), "without line {}", at + 1);
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        assert!(damaged(&doubled).1.is_some() || is("fin"), "with line {} twice", at + 1);
    }
    let swapped: Vec<&str> = lines.iter().rev().copied().collect();
    assert_eq!(damaged(&swapped).1, Some(1));
}

#[tokio::test]
async fn an_octet_changed_in_the_data_is_found_at_the_close() {
    let whole = String::from_utf8(capture().await).expect("UTF-8");
    let data = whole.lines().position(|line| line.contains(r#""data""#)).expect("data") + 1;
    let close = whole.lines().position(|line| line.contains(r#""close""#)).expect("a close") as u64 + 1;
    let (events, damaged, end) = read(whole.replacen("YWJj", "YWJk", 1).as_bytes());
    assert_eq!(damaged, Some(close));
    assert!(events >= data && end.is_none());
    assert_eq!(read(whole.replace(r#""format":1"#, r#""format":2"#).as_bytes()).1, Some(1));
}
