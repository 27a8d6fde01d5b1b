//! Captures that are cut off, damaged, or durable.

use std::io::Cursor;

use samewire_recorder::{CaptureReader, CaptureWriter, Completeness, Event, Finish, PeerEnd, Settings, Trigger, listen, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Recorder, reply, replying};

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

/// The lines of a capture with one connection, given its middle.
fn with_one_connection(middle: &str) -> String {
    format!(
        r#"{{"event":"start","format":1,"recorder":"x","address":"x","at":"x"}}
{{"event":"open","connection":1,"at_us":1,"peer":"x"}}
{middle}{{"event":"close","connection":1,"at_us":9,"bytes":0,"peer":"fin","by":"upstream","crc32":"00000000"}}
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
