//! Captures that are cut off, damaged, or durable.

use std::io::Cursor;

use samewire_recorder::{
    CaptureReader, CaptureWriter, Completeness, Event, Faults, Finish, PeerEnd, Settings, Trigger, listen, serve,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{self, PATIENCE, Recorder, faulty, in_time, reply, replying};

/// A capture with two connections and a reply.
async fn capture() -> Vec<u8> {
    let recorder = Recorder::start(replying(vec![reply(Trigger::Octets(1), b"ok")]));
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
async fn what_waits_is_in_the_file_meanwhile() {
    let silent = Recorder::start(Settings::default());
    let _stream = silent.connect().await;
    silent.written(|event| matches!(event, Event::Open { .. })).await;

    let close_delay = PATIENCE;
    let held = Recorder::start(faulty(Faults { close_delay, ..Faults::default() }));
    held.connect().await.shutdown().await.expect("to half-close");
    held.written(|event| matches!(event, Event::Fin { .. })).await;

    let answering = Recorder::start(replying(vec![reply(Trigger::Octets(1), b"ok")]));
    let mut stream = answering.connect().await;
    answering.written(|event| matches!(event, Event::Open { .. })).await;
    stream.write_all(b"a").await.expect("to send");
    assert_eq!(support::read(&mut stream, 2).await, b"ok");
    answering.written(|event| matches!(event, Event::Sent { .. })).await;
}

#[tokio::test]
async fn a_line_that_is_missing_doubled_or_swapped_is_damage() {
    let whole = String::from_utf8(capture().await).expect("UTF-8");
    let lines: Vec<&str> = whole.lines().collect();
    let damaged = |lines: &[&str]| read(format!("{}\n", lines.join("\n")).as_bytes());
    for at in 0..lines.len() - 1 {
        // Without the last `sent`, nothing that was received is in doubt.
        let is = |event: &str| lines[at].contains(&format!(r#""event":"{event}""#));
        let mut missing = lines.clone();
        missing.remove(at);
        assert!(damaged(&missing).1.is_some() || is("sent"), "without line {}", at + 1);
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        assert!(damaged(&doubled).1.is_some(), "with line {} twice", at + 1);
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
    assert_eq!(read(whole.replace(r#""format":2"#, r#""format":3"#).as_bytes()).1, Some(1));
}

/// The lines of a capture with one connection, given its middle.
fn with_one_connection(middle: &str) -> String {
    format!(
        r#"{{"event":"start","format":1,"recorder":"x","address":"x","at":"x"}}
{{"event":"open","connection":1,"at_us":1,"peer":"x"}}
{middle}{{"event":"close","connection":1,"at_us":9,"bytes":0,"peer":"reset","by":"upstream","crc32":"00000000"}}
{{"event":"stop","at_us":9,"connections":1}}
"#
    )
}

#[test]
fn an_answer_after_the_recorders_half_close_is_damage() {
    let shut = "{\"event\":\"shut\",\"connection\":1,\"at_us\":2}\n";
    let sent = "{\"event\":\"sent\",\"connection\":1,\"at_us\":2,\"offset\":0,\"base64\":\"YQ==\"}\n";
    assert_eq!(read(with_one_connection(&format!("{sent}{shut}")).as_bytes()).2, Some(Completeness::Whole));
    assert_eq!(read(with_one_connection(&format!("{shut}{sent}")).as_bytes()).1, Some(4));
}

#[test]
fn a_second_enough_is_damage() {
    let enough = "{\"event\":\"enough\",\"at_us\":2}\n";
    assert_eq!(read(with_one_connection(enough).as_bytes()).2, Some(Completeness::Whole));
    assert_eq!(read(with_one_connection(&enough.repeat(2)).as_bytes()).1, Some(4));
}

#[test]
fn ends_that_cannot_be_are_damage() {
    let ended = |peer: &str, middle: &str| {
        read(with_one_connection(middle).replace(r#""peer":"reset""#, &format!(r#""peer":"{peer}""#)).as_bytes())
    };
    let (fin, shut) =
        ("{\"event\":\"fin\",\"connection\":1,\"at_us\":2}\n", "{\"event\":\"shut\",\"connection\":1,\"at_us\":2}\n");
    for (peer, middle) in [("fin", fin), ("open", ""), ("open", shut), ("reset", ""), ("reset", fin)] {
        assert_eq!(ended(peer, middle).2, Some(Completeness::Whole), "{peer} after {middle}");
    }
    for (peer, middle, line) in [("fin", "", 3), ("open", fin, 4), ("fin", &*fin.repeat(2), 4), ("open", &*shut.repeat(2), 4)] {
        assert_eq!(ended(peer, middle).1, Some(line), "{peer} after {middle}");
    }
}

/// A stream that fails once, as a disk does that is full for a moment.
struct FullOnce {
    left: usize,
    taken: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
}

impl std::io::Write for FullOnce {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            self.left = usize::MAX;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let taken = octets.len().min(self.left);
        self.left -= taken;
        self.taken.lock().expect("no panic").extend_from_slice(&octets[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whichever event meets the full disk, the connection being silent or not: the recording ends there, and the capture is cut off.
#[tokio::test]
async fn a_write_that_failed_once_is_the_last() {
    let whole = capture().await;
    for left in (1..whole.len()).step_by(23) {
        let taken = std::sync::Arc::default();
        let out = FullOnce { left, taken: std::sync::Arc::clone(&taken) };
        let settings = Settings { connections: Some(2), ..replying(vec![reply(Trigger::Octets(1), b"ok")]) };
        let listener = listen(&["127.0.0.1:0".parse().expect("an address")], &settings).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let recorder =
            tokio::spawn(serve(listener, CaptureWriter::new(Box::new(out), "here"), settings, std::future::pending::<Finish>()));
        // Each sends and stays: what ends the recording is the failed write alone.
        let mut clients = Vec::new();
        for _ in 0..2 {
            if let Ok(mut client) = tokio::net::TcpStream::connect(address).await {
                // It fails where the recording is over.
                let _ = client.write_all(b"abc").await;
                let _ = client.read(&mut [0; 2]).await;
                clients.push(client);
            }
        }
        if left + 400 < whole.len() {
            assert!(in_time(recorder).await.expect("no panic").is_err(), "with room for {left}");
        } else {
            drop(clients);
            assert!(in_time(recorder).await.expect("no panic").is_err(), "with room for {left}");
        }
        let taken = taken.lock().expect("no panic").clone();
        assert_eq!(taken.len(), left);
        let (_, damaged, _) = read(&taken);
        assert_eq!(damaged, None, "with room for {left}");
    }
}

#[tokio::test]
async fn what_is_no_capture_is_left_as_it_is_and_a_capture_is_replaced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("file");
    let whole = capture().await;
    let kept = [&b"important\n"[..], b"{}\n", b"{\"event\":\"stop\"}\n", b"x", &b"\n".repeat(3)];
    for octets in kept {
        std::fs::write(&path, octets).expect("a file");
        let refused = CaptureWriter::create(&path).err().expect("a refusal").to_string();
        assert!(refused.contains("neither empty nor a capture"), "{refused}");
        assert_eq!(std::fs::read(&path).expect("the file"), octets);
    }
    for octets in [&whole[..], &whole[..200], &whole[..30], &whole[..5], b""] {
        std::fs::write(&path, octets).expect("a file");
        drop(CaptureWriter::create(&path).expect("a capture"));
        assert_eq!(std::fs::read(&path).expect("the file"), b"");
    }
}

#[tokio::test]
async fn two_recorders_never_write_to_one_file() {
    let first = Recorder::start(Settings::default());
    first.exchange(b"abc").await;
    let path = first.path();
    let before = std::fs::read(&path).expect("a capture");
    let refused = CaptureWriter::create(&path).err().expect("a refusal").to_string();
    assert!(refused.contains(&format!("on {}, since ", first.address())) && refused.contains("is writing to it"), "{refused}");
    if cfg!(target_os = "linux") {
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    }
    assert_eq!(std::fs::read(&path).expect("a capture"), before, "nothing was cut off before it was refused");
    first.exchange(b"def").await;
    let Recorder { folder, tell, task, .. } = first;
    assert!(tell.send(Finish::now()).is_ok());
    task.await.expect("its end");
    assert_eq!(read(&std::fs::read(&path).expect("a capture")).2, Some(Completeness::Whole));
    CaptureWriter::create(&path).expect("a file that nobody writes to any more");
    drop(folder);
}

#[tokio::test]
async fn a_durable_capture_is_as_any_other() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("capture.jsonl");
    let listener = listen(&["127.0.0.1:0".parse().expect("an address")], &Settings::default()).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let capture = CaptureWriter::create_durable(&path).expect("a capture");
    let settings = Settings { connections: Some(1), ..Settings::default() };
    let recorder = tokio::spawn(serve(listener, capture, settings, std::future::pending::<Finish>()));
    tokio::net::TcpStream::connect(address).await.expect("a connection").write_all(b"abc").await.expect("to send");
    recorder.await.expect("its end").expect("a recording");
    let events: Vec<_> = CaptureReader::open(&path).expect("a capture").map(|event| event.expect("an event")).collect();
    assert!(events.iter().any(|event| matches!(event, Event::Close { bytes: 3, peer: PeerEnd::Fin, .. })));
    assert!(CaptureWriter::create_durable(&folder.path().join("no/such/folder")).is_err());
}
