//! What arrived before the recorder was told to stop is recorded, also what only the kernel has seen.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use samewire_recorder::{Answers, EndedBy, Faults, Finish, PeerEnd, Settings, SlowRead, Trigger};

use super::support::{Recorder, closes, faulty, read_to_end, received, reply, replying};

const CLIENTS: u64 = 50;

/// Connects and sends, without giving the recorder (on the same thread) a moment to see any of it.
fn say(recorder: &Recorder, octets: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(recorder.address()).expect("a connection");
    stream.write_all(octets).expect("to send");
    stream.shutdown(Shutdown::Write).expect("to half-close");
    stream
}

#[tokio::test]
async fn clients_that_the_recorder_never_saw_are_recorded_whole() {
    for settings in [
        Settings::default(),
        replying(vec![reply(Trigger::Fin, b"bye")]),
        Settings { answers: Answers::Echo, ..Settings::default() },
        faulty(Faults { read_delay: Duration::from_secs(30), ..Faults::default() }),
        faulty(Faults { accept_delay: Duration::from_secs(30), ..Faults::default() }),
    ] {
        let recorder = Recorder::start(settings.clone());
        let clients: Vec<TcpStream> = (0..CLIENTS).map(|n| say(&recorder, format!("client {n}").as_bytes())).collect();
        let events = recorder.finish(Finish::now()).await;
        drop(clients);
        let expected: Vec<_> = (1..=CLIENTS).map(|id| (id, PeerEnd::Fin, EndedBy::Peer)).collect();
        let mut closed = closes(&events);
        closed.sort_by_key(|close| close.0);
        assert_eq!(closed, expected, "{settings:?}");
        for n in 0..CLIENTS {
            assert_eq!(received(&events, n + 1), format!("client {n}").as_bytes(), "{settings:?}");
        }
    }
}

#[tokio::test]
async fn what_the_kernel_holds_is_recorded_at_once_however_slowly_the_recorder_reads() {
    let slow = SlowRead { bytes: 1, every: Duration::from_secs(30) };
    let recorder = Recorder::start(faulty(Faults { slow_read: Some(slow), ..Faults::default() }));
    let octets: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
    let client = say(&recorder, &octets);
    let events = recorder.finish(Finish::now()).await;
    drop(client);
    assert!(received(&events, 1) == octets, "{} octets", received(&events, 1).len());
}

#[tokio::test]
async fn connections_are_read_to_their_end_or_until_it_is_told() {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let recorder = Recorder::start(Settings::default());
    let mut stays = TcpStream::connect(recorder.address()).expect("a connection");
    stays.write_all(b"stays").expect("to send");
    let ends = say(&recorder, b"ends");
    let events = tokio::spawn(recorder.finish(Finish::until(async { told.await.expect("to be told") })));
    // Both are only in the kernel as yet. The one that ends is read to its end, and closed.
    ends.set_nonblocking(true).expect("not to block");
    read_to_end(&mut tokio::net::TcpStream::from_std(ends).expect("a stream")).await;
    assert!(!events.is_finished(), "the other is not over");
    tell.send(()).expect("somebody waits");
    let events = events.await.expect("events");
    assert_eq!(closes(&events), [(2, PeerEnd::Fin, EndedBy::Peer), (1, PeerEnd::Open, EndedBy::Stopped)]);
    assert_eq!((received(&events, 1), received(&events, 2)), (b"stays".to_vec(), b"ends".to_vec()));
}
