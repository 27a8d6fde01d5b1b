//! Octets that a client sends as urgent are part of its stream: recorded in their place, said to be urgent, and handed on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use samewire_recorder::{Answers, Cut, EndedBy, Event, Faults, PeerEnd, Settings, SlowRead};
use socket2::SockRef;

use super::support::{Recorder, closes, faulty, received, soon, upstream_at};

/// Sends pieces (the last octet of one that is marked is urgent), half-closes, and waits for the end.
fn say(mut stream: TcpStream, pieces: &[(&[u8], bool)]) {
    stream.set_nodelay(true).expect("no delay");
    for (octets, urgent) in pieces {
        if *urgent {
            SockRef::from(&stream).send_out_of_band(octets).expect("to send");
        } else {
            stream.write_all(octets).expect("to send");
        }
    }
    stream.shutdown(Shutdown::Write).expect("to half-close");
    stream.read_to_end(&mut Vec::new()).expect("the end");
}

async fn recorded(settings: Settings, pieces: &'static [(&'static [u8], bool)]) -> Vec<Event<'static>> {
    let recorder = Recorder::start(settings);
    let stream = TcpStream::connect(recorder.address()).expect("a connection");
    tokio::task::spawn_blocking(|| say(stream, pieces)).await.expect("a thread");
    recorder.finish(soon()).await
}

/// The offsets of the octets that came as urgent.
fn urgent(events: &[Event<'_>]) -> Vec<u64> {
    events.iter().filter_map(|event| if let Event::Data { urgent, .. } = event { *urgent } else { None }).collect()
}

#[tokio::test]
async fn an_urgent_octet_is_recorded_in_its_place() {
    let slow = SlowRead { bytes: 1, every: Duration::from_millis(1) };
    for settings in [Settings::default(), faulty(Faults { slow_read: Some(slow), ..Faults::default() })] {
        let events = recorded(settings, &[(b"hel", false), (b"l", true), (b"o", false)]).await;
        assert_eq!(received(&events, 1), b"hello");
        assert_eq!(urgent(&events), [3]);
        assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
    }
}

#[tokio::test]
async fn it_may_be_the_first_or_the_last_and_have_others_in_its_write() {
    let events = recorded(Settings::default(), &[(b"!", true), (b"rest", false)]).await;
    assert_eq!((received(&events, 1), urgent(&events)), (b"!rest".to_vec(), vec![0]));
    let events = recorded(Settings::default(), &[(b"ab", false), (b"cd", true)]).await;
    assert_eq!((received(&events, 1), urgent(&events)), (b"abcd".to_vec(), vec![3]));
}

#[tokio::test]
async fn of_several_that_nobody_read_in_time_all_are_recorded() {
    let delayed = faulty(Faults { read_delay: Duration::from_millis(100), ..Faults::default() });
    let events = recorded(delayed, &[(b"a", true), (b"b", true), (b"c", false), (b"d", true)]).await;
    assert_eq!(received(&events, 1), b"abcd");
    assert_eq!(urgent(&events), [3], "a newer one takes the mark of an older one that was not read");
}

#[tokio::test]
async fn an_upstream_gets_all_of_them() {
    let upstream = Recorder::start(Settings::default());
    let answers = upstream_at(&upstream.address().to_string());
    let events = recorded(Settings { answers, ..Settings::default() }, &[(b"hel", false), (b"l", true), (b"o", false)]).await;
    assert_eq!(urgent(&events), [3]);
    assert_eq!(received(&upstream.finish(soon()).await, 1), b"hello");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn unix_sockets_have_them_too() {
    use std::os::unix::net::UnixStream;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("recorder.sock");
    let recorder = Recorder::start_at(&[samewire_recorder::Address::Unix(path.clone())], Settings::default());
    let mut stream = UnixStream::connect(&path).expect("a connection");
    stream.write_all(b"hel").expect("to send");
    if SockRef::from(&stream).send_out_of_band(b"l").is_err() {
        // A kernel that was built without them.
        return;
    }
    stream.write_all(b"o").expect("to send");
    drop(stream);
    let events = recorder.finish(soon()).await;
    assert_eq!((received(&events, 1), urgent(&events)), (b"hello".to_vec(), vec![3]));
}

#[tokio::test]
async fn an_echo_has_them_in_their_place_and_a_cut_counts_them() {
    let recorder = Recorder::start(Settings { answers: Answers::Echo, ..Settings::default() });
    let mut stream = TcpStream::connect(recorder.address()).expect("a connection");
    let echoed = tokio::task::spawn_blocking(move || {
        stream.write_all(b"hel").expect("to send");
        SockRef::from(&stream).send_out_of_band(b"l").expect("to send");
        stream.write_all(b"o").expect("to send");
        stream.shutdown(Shutdown::Write).expect("to half-close");
        let mut echoed = Vec::new();
        stream.read_to_end(&mut echoed).expect("the end");
        echoed
    });
    assert_eq!(echoed.await.expect("a thread"), b"hello");
    assert_eq!(urgent(&recorder.finish(soon()).await), [3]);
    let cut = Some(Cut::Close(4));
    let events = recorded(faulty(Faults { cut, ..Faults::default() }), &[(b"hel", false), (b"l", true)]).await;
    assert_eq!((received(&events, 1), urgent(&events)), (b"hell".to_vec(), vec![3]));
}
