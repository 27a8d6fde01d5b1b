//! Limits stand in the capture, are said to people, and never look like a good end.

use std::time::Duration;

use samewire_recorder::{EndedBy, Limits, PeerEnd, Settings, Trigger};
use tokio::io::AsyncWriteExt;

use super::support::{Recorder, closes, is_reset, limited, read, read_to_end, received, reply, replying, soon, upstream_at};

const LIMIT: (PeerEnd, EndedBy) = (PeerEnd::Open, EndedBy::Limit);

#[tokio::test]
async fn a_connection_may_send_as_much_as_its_limit_and_not_an_octet_more() {
    let recorder = Recorder::start(limited(Limits { bytes_per_connection: Some(3), ..Limits::default() }));
    assert_eq!(recorder.exchange(b"abc").await, b"");
    let mut stream = recorder.connect().await;
    stream.write_all(b"abcd").await.expect("to send");
    assert!(is_reset(&mut stream).await);
    let notice = recorder.notice();
    assert!(notice.starts_with("#2 ") && notice.contains("3 octets a connection"), "{notice}");
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 2), b"abc");
    assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer), (2, LIMIT.0, LIMIT.1)]);
}

#[tokio::test]
async fn all_connections_share_the_limit_of_octets_in_all() {
    let recorder = Recorder::start(limited(Limits { bytes_in_all: Some(5), ..Limits::default() }));
    assert_eq!(recorder.exchange(b"abc").await, b"");
    let mut stream = recorder.connect().await;
    stream.write_all(b"def").await.expect("to send");
    assert!(is_reset(&mut stream).await);
    assert!(recorder.notice().contains("5 octets in all"));
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 2), b"de");
    assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer), (2, LIMIT.0, LIMIT.1)]);
}

#[tokio::test]
async fn one_connection_too_many_is_turned_away_and_the_next_is_welcome_again() {
    // A greeting tells that a connection was accepted.
    let greeting = replying(vec![reply(Trigger::Connect, b"hi")]);
    let limits = Limits { connections_at_once: Some(2), ..Limits::default() };
    let recorder = Recorder::start(Settings { limits, ..greeting });
    let (mut one, mut two) = (recorder.connect().await, recorder.connect().await);
    assert_eq!((read(&mut one, 2).await, read(&mut two, 2).await), (b"hi".to_vec(), b"hi".to_vec()));
    assert!(is_reset(&mut recorder.connect().await).await);
    assert!(recorder.notice().contains("2 connections at once"));
    one.shutdown().await.expect("to half-close");
    assert_eq!(read_to_end(&mut one).await, b"");
    assert_eq!(read(&mut recorder.connect().await, 2).await, b"hi");
    drop(two);
    let events = recorder.finish(soon()).await;
    assert_eq!(closes(&events)[0], (3, LIMIT.0, LIMIT.1));
}

#[tokio::test]
async fn a_connection_on_which_nothing_moves_is_closed() {
    let idle = Some(Duration::from_millis(100));
    let recorder = Recorder::start(limited(Limits { idle, ..Limits::default() }));
    let mut stream = recorder.connect().await;
    stream.write_all(b"abc").await.expect("to send");
    assert_eq!(read_to_end(&mut stream).await, b"");
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"abc");
    assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::IdleTimeout)]);
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_idle_too() {
    let idle = Some(Duration::from_millis(100));
    let reply = reply(Trigger::Fin, &vec![b'x'; 20_000_000]);
    let recorder = Recorder::start(Settings { limits: Limits { idle, ..Limits::default() }, ..replying(vec![reply]) });
    let mut stream = recorder.connect().await;
    stream.shutdown().await.expect("to half-close");
    assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Fin, EndedBy::IdleTimeout)]);
    drop(stream);
}

/// Its queue of connections is full, so the kernel answers no further SYN.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_upstream_that_never_answers_a_connect_is_idle_too() {
    use socket2::{Domain, Socket, Type};
    let server = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    server.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port");
    server.listen(0).expect("to listen");
    let address = server.local_addr().ok().and_then(|address| address.as_socket()).expect("an address");
    let queued = std::net::TcpStream::connect(address).expect("the one that is queued");
    let limits = Limits { idle: Some(Duration::from_millis(100)), ..Limits::default() };
    let answers = upstream_at(&address.to_string());
    let recorder = Recorder::start(Settings { answers, limits, ..Settings::default() });
    let mut stream = recorder.connect().await;
    stream.write_all(b"abc").await.expect("to send");
    read_to_end(&mut stream).await;
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"abc");
    assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::IdleTimeout)]);
    drop(queued);
}
