//! What clients send, and how they end.

use samewire_recorder::{EndedBy, Finish, PeerEnd, Settings, Trigger};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Recorder, closes, in_time, received, reply, replying, soon};

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
    let recorder = Recorder::start(replying(vec![reply(Trigger::Octets(1), b"ok")]));
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
async fn it_ends_by_itself_after_so_many_connections() {
    let recorder = Recorder::start(Settings { connections: Some(2), ..Settings::default() });
    for _ in 0..2 {
        recorder.connect().await.write_all(b"x").await.expect("to send");
    }
    let connections = in_time(recorder.task).await.expect("its end");
    assert_eq!(connections, 2);
}

#[tokio::test]
async fn probes_that_send_nothing_are_left_out_of_the_number_and_recorded() {
    let recorder = Recorder::start(Settings { connections: Some(2), skip_empty: true, ..Settings::default() });
    for octets in [&b""[..], b"a", b"", b"", b"b"] {
        recorder.exchange(octets).await;
    }
    assert_eq!(in_time(recorder.task).await.expect("its end"), 5);
}

#[tokio::test]
async fn a_probe_and_the_client_may_be_there_at_once() {
    let recorder = Recorder::start(Settings { connections: Some(1), skip_empty: true, ..Settings::default() });
    let probe = recorder.connect().await;
    // It waits in the kernel until it is known whether the probe counts.
    let mut client = recorder.connect().await;
    client.write_all(b"a").await.expect("to send");
    drop(probe);
    client.shutdown().await.expect("to half-close");
    assert_eq!(in_time(recorder.task).await.expect("its end"), 2);
}
