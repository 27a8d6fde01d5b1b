//! Replies, an echo, an upstream.

use std::time::Duration;

use samewire_recorder::{Answers, EndedBy, Event, Expression, Limits, PeerEnd, Reply, Settings, Template, Trigger, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::support::{
    Recorder, closes, in_time, is_reset, read, read_to_end, received, reply, replying, sent, soon, time_of, upstream_at,
};

#[tokio::test]
async fn replies_come_at_connect_after_octets_and_at_fin_and_are_recorded() {
    let replies = vec![reply(Trigger::Connect, b"hi"), reply(Trigger::Octets(3), b"ok"), reply(Trigger::Fin, b"bye")];
    let recorder = Recorder::start(replying(replies));
    let mut stream = recorder.connect().await;
    assert_eq!(read(&mut stream, 2).await, b"hi");
    stream.write_all(b"abc").await.expect("to send");
    assert_eq!(read(&mut stream, 2).await, b"ok");
    stream.shutdown().await.expect("to half-close");
    assert_eq!(read_to_end(&mut stream).await, b"bye");
    let events = recorder.finish(soon()).await;
    assert_eq!(sent(&events, 1), [b"hi".to_vec(), b"ok".to_vec(), b"bye".to_vec()]);
}

#[tokio::test]
async fn a_pattern_is_answered_wherever_the_reads_are_cut() {
    let patterns = [("HELO\r\n", "250 hello"), ("\r\n", "250 ok"), ("QUIT", "221 bye")];
    let replies = patterns.map(|(pattern, text)| reply(Trigger::Pattern(pattern.into()), text.as_bytes()));
    let recorder = Recorder::start(replying(replies.into()));
    let mut stream = recorder.connect().await;
    stream.set_nodelay(true).expect("no delay");
    for (part, answer) in [("HE", ""), ("LO\r", ""), ("\n", "250 hello"), ("MAIL\r\n", "250 ok"), ("QUIT", "221 bye")] {
        stream.write_all(part.as_bytes()).await.expect("to send");
        assert_eq!(read(&mut stream, answer.len()).await, answer.as_bytes());
    }
    drop(stream);
    assert_eq!(sent(&recorder.finish(soon()).await, 1).len(), 3);
}

#[tokio::test]
async fn a_reply_that_was_never_due_does_not_hold_up_the_next() {
    let replies =
        vec![reply(Trigger::Octets(9), b"never"), reply(Trigger::Pattern(b"x".into()), b"never"), reply(Trigger::Fin, b"bye")];
    let recorder = Recorder::start(replying(replies));
    assert_eq!(recorder.exchange(b"abc").await, b"bye");
}

#[tokio::test]
async fn the_pieces_of_a_reply_are_sent_apart() {
    let pause = Duration::from_millis(50);
    let pieces = vec![b"\xe2\x82"[..].into(), b"\xac"[..].into()];
    let recorder = Recorder::start(replying(vec![Reply { pieces, pause, ..Reply::new(Trigger::Octets(1), "") }]));
    assert_eq!(recorder.exchange(b"a").await, "€".as_bytes());
    let events = recorder.finish(soon()).await;
    assert_eq!(sent(&events, 1), [b"\xe2\x82".to_vec(), b"\xac".to_vec()]);
    let at = |wanted: u64| time_of(&events, |event| matches!(event, Event::Sent { offset, .. } if *offset == wanted));
    assert!(at(2) - at(0) >= 50_000, "{} and {}", at(0), at(2));
}

#[tokio::test]
async fn an_echo_sends_all_back_even_to_a_client_that_reads_late() {
    let recorder = Recorder::start(Settings { answers: Answers::Echo, ..Settings::default() });
    let octets: Vec<u8> = (0..8_000_000u32).map(|i| (i % 251) as u8).collect();
    assert!(recorder.exchange(&octets).await == octets);
    let events = recorder.finish(soon()).await;
    assert!(received(&events, 1) == octets && sent(&events, 1).concat() == octets);
    assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
}

#[tokio::test]
async fn an_upstream_answers_through_the_recorder_and_both_directions_are_recorded() {
    let upstream = Recorder::start(replying(vec![reply(Trigger::Octets(4), b"pong"), reply(Trigger::Fin, b"bye")]));
    let address = upstream.address().to_string();
    let recorder = Recorder::start(Settings { answers: upstream_at(&address), ..Settings::default() });
    let mut stream = recorder.connect().await;
    stream.write_all(b"ping").await.expect("to send");
    assert_eq!(read(&mut stream, 4).await, b"pong");
    stream.shutdown().await.expect("to half-close");
    assert_eq!(read_to_end(&mut stream).await, b"bye", "the half-close was passed on, and the answer to it back");
    let (between, behind) = (recorder.finish(soon()).await, upstream.finish(soon()).await);
    assert_eq!(received(&between, 1), b"ping");
    assert_eq!(sent(&between, 1).concat(), b"pongbye");
    assert_eq!(received(&behind, 1), b"ping");
    assert_eq!(closes(&behind), [(1, PeerEnd::Fin, EndedBy::Peer)]);
    assert_eq!(closes(&between), [(1, PeerEnd::Fin, EndedBy::Peer)]);
}

#[tokio::test]
async fn the_half_close_of_an_upstream_is_passed_on_and_the_client_still_heard() {
    let upstream = Recorder::start(Settings {
        faults: samewire_recorder::Faults { half_close_after: Some(0), ..Default::default() },
        ..replying(vec![reply(Trigger::Connect, b"hi")])
    });
    let answers = upstream_at(&upstream.address().to_string());
    let recorder = Recorder::start(Settings { answers, ..Settings::default() });
    let mut stream = recorder.connect().await;
    assert_eq!(read_to_end(&mut stream).await, b"hi");
    stream.write_all(b"still here").await.expect("to send");
    drop(stream);
    let (between, behind) = (recorder.finish(soon()).await, upstream.finish(soon()).await);
    assert_eq!(received(&behind, 1), b"still here");
    assert!(between.iter().any(|event| matches!(event, Event::Shut { .. })));
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_said_and_stands_in_the_capture() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = nobody.local_addr().expect("an address").to_string();
    drop(nobody);
    let recorder = Recorder::start(Settings { answers: upstream_at(&address), ..Settings::default() });
    let mut stream = recorder.connect().await;
    assert!(is_reset(&mut stream).await, "a client must not take it for an answer");
    let notice = recorder.notice();
    assert!(notice.contains(&address) && notice.contains("refused"), "{notice}");
    assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Open, EndedBy::Upstream)]);
}

#[tokio::test]
async fn an_upstream_at_several_addresses_is_asked_in_turn_and_says_whether_it_failed() {
    let server = Recorder::start(replying(vec![reply(Trigger::Fin, b"bye")]));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    for (addresses, answer, fails) in [(vec![nobody, server.address()], b"bye".as_slice(), false), (vec![nobody], b"", true)] {
        let upstream = Upstream::at("it", addresses);
        let recorder = Recorder::start(Settings { answers: Answers::Upstream(upstream.clone()), ..Settings::default() });
        assert_eq!((upstream.first_asked(), upstream.has_failed()), (None, false));
        let mut stream = recorder.connect().await;
        // One that is reset in the middle sends and reads what it can.
        let sent = async { (stream.write_all(b"x").await, stream.shutdown().await) };
        drop(sent.await);
        let mut answered = Vec::new();
        drop(in_time(stream.read_to_end(&mut answered)).await);
        assert_eq!((answered.as_slice(), upstream.has_failed()), (answer, fails));
        assert!(upstream.first_asked().is_some());
        recorder.finish(soon()).await;
    }
}

#[tokio::test]
async fn the_reset_of_an_upstream_resets_the_client() {
    let upstream = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = upstream.local_addr().expect("an address").to_string();
    let recorder = Recorder::start(Settings { answers: upstream_at(&address), ..Settings::default() });
    let mut stream = recorder.connect().await;
    let (behind, _) = in_time(upstream.accept()).await.expect("a connection");
    behind.set_zero_linger().expect("no lingering");
    drop(behind);
    assert!(is_reset(&mut stream).await);
    assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Open, EndedBy::Upstream)]);
}

/// A server that accepts and does nothing by itself, and the settings of a recorder in front of it.
async fn behind() -> (TcpListener, Settings) {
    let upstream = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = upstream.local_addr().expect("an address").to_string();
    (upstream, Settings { answers: upstream_at(&address), ..Settings::default() })
}

/// What it reads, and how that ended.
async fn heard(mut stream: TcpStream) -> (Vec<u8>, std::io::Result<usize>) {
    let mut octets = Vec::new();
    let end = in_time(stream.read_to_end(&mut octets)).await;
    (octets, end)
}

#[track_caller]
fn assert_reset(end: &std::io::Result<usize>) {
    let kind = end.as_ref().map_err(std::io::Error::kind);
    assert_eq!(kind.err(), Some(std::io::ErrorKind::ConnectionReset), "a request that was cut off must not look whole");
}

#[tokio::test]
async fn the_reset_of_a_client_resets_the_upstream_behind_all_that_was_sent() {
    for half_close in [false, true] {
        let (upstream, settings) = behind().await;
        let recorder = Recorder::start(settings);
        let mut stream = recorder.connect().await;
        stream.write_all(&[b'x'; 500]).await.expect("to send");
        let (mut between, _) = in_time(upstream.accept()).await.expect("a connection");
        if half_close {
            stream.shutdown().await.expect("to half-close");
            assert_eq!(in_time(between.read_to_end(&mut Vec::new())).await.expect("the end"), 500);
            // What is left unread makes the client's close a reset.
            between.write_all(b"answer").await.expect("to send");
            in_time(stream.readable()).await.expect("an answer");
        }
        stream.set_zero_linger().expect("no lingering");
        drop(stream);
        if half_close {
            // The end was read already: now the connection is gone.
            while between.write_all(b"more").await.is_ok() {
                tokio::task::yield_now().await;
            }
        } else {
            let (octets, end) = heard(between).await;
            assert_eq!(octets.len(), 500);
            assert_reset(&end);
        }
        assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Reset, EndedBy::Peer)]);
    }
}

#[tokio::test]
async fn whatever_cuts_a_request_off_resets_the_upstream() {
    let limits = Limits { bytes_per_connection: Some(3), ..Limits::default() };
    let idle = Limits { idle: Some(Duration::from_millis(100)), ..Limits::default() };
    for (limits, by) in [(limits, EndedBy::Limit), (idle, EndedBy::IdleTimeout)] {
        let (upstream, settings) = behind().await;
        let recorder = Recorder::start(Settings { limits, ..settings });
        let mut stream = recorder.connect().await;
        stream.write_all(b"abc").await.expect("to send");
        let (mut between, _) = in_time(upstream.accept()).await.expect("a connection");
        assert_eq!(read(&mut between, 3).await, b"abc");
        if by == EndedBy::Limit {
            stream.write_all(b"d").await.expect("to send");
        }
        assert_reset(&heard(between).await.1);
        assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Open, by)]);
    }
}

#[tokio::test]
async fn an_upstream_that_takes_nothing_holds_no_client_for_ever() {
    let (upstream, settings) = behind().await;
    let limits = Limits { idle: Some(Duration::from_millis(300)), ..Limits::default() };
    let recorder = Recorder::start(Settings { limits, ..settings });
    let mut stream = recorder.connect().await;
    let octets = vec![b'x'; 64 << 20];
    let sending = stream.write_all(&octets);
    let (sent, _between) = tokio::join!(in_time(sending), in_time(upstream.accept()));
    assert!(sent.is_err(), "its connection was ended");
    let events = recorder.finish(soon()).await;
    assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::IdleTimeout)]);
    assert!(received(&events, 1).len() < 40 << 20, "what waits is bounded: {}", received(&events, 1).len());
}

#[tokio::test]
async fn a_client_that_leaves_while_its_upstream_takes_nothing_frees_its_place() {
    for half_close in [false, true] {
        let (upstream, settings) = behind().await;
        let limits = Limits { connections_at_once: Some(1), ..Limits::default() };
        let recorder = Recorder::start(Settings { limits, ..settings });
        let mut stream = recorder.connect().await;
        let (_between, _) = in_time(upstream.accept()).await.expect("a connection");
        if half_close {
            stream.shutdown().await.expect("to half-close");
        } else {
            // As much as goes until nobody takes any more.
            while tokio::time::timeout(Duration::from_millis(200), stream.writable()).await.is_ok() {
                let _ = stream.try_write(&[b'x'; 65536]);
            }
        }
        stream.set_zero_linger().expect("no lingering");
        drop(stream);
        // Turned away as long as the first still has the place.
        let mut another = recorder.connect().await;
        while is_over(&mut another).await {
            another = recorder.connect().await;
        }
        another.set_zero_linger().expect("no lingering");
        drop(another);
        let closed = closes(&recorder.finish(soon()).await);
        assert!(closed.contains(&(1, PeerEnd::Reset, EndedBy::Peer)), "{closed:?}");
    }
}

/// Whether the recorder has ended the connection already.
async fn is_over(stream: &mut TcpStream) -> bool {
    tokio::time::timeout(Duration::from_millis(100), stream.read(&mut [0])).await.is_ok()
}

#[tokio::test]
async fn what_was_sent_to_an_upstream_that_refuses_is_recorded() {
    let (upstream, settings) = behind().await;
    drop(upstream);
    let recorder = Recorder::start(settings);
    // Sent before the recorder, on the same thread, has a moment to see any of it.
    let mut stream = std::net::TcpStream::connect(recorder.address()).expect("a connection");
    std::io::Write::write_all(&mut stream, &[b'x'; 100_000]).expect("to send");
    assert!(recorder.notice_soon().await.contains("refused"));
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1).len(), 100_000);
    let reason = events.iter().find_map(|event| if let Event::Close { reason, .. } = event { reason.clone() } else { None });
    assert!(reason.is_some_and(|reason| reason.contains("refused")));
}

#[tokio::test]
async fn a_reply_that_is_given_each_time_is() {
    let each = Reply { each_time: true, ..reply(Trigger::Pattern(b"PING\r\n".into()), b"+PONG\r\n") };
    let recorder = Recorder::start(replying(vec![each]));
    let mut stream = recorder.connect().await;
    for _ in 0..3 {
        stream.write_all(b"PING\r\n").await.expect("to send");
        assert_eq!(read(&mut stream, 7).await, b"+PONG\r\n");
    }
    stream.write_all(b"PING\r\nPING\r\n").await.expect("to send");
    assert_eq!(read(&mut stream, 14).await, b"+PONG\r\n+PONG\r\n");
    drop(stream);
    assert_eq!(sent(&recorder.finish(soon()).await, 1).len(), 5);
}

#[tokio::test]
async fn a_client_that_asks_for_ever_and_reads_nothing_is_bounded_and_ends() {
    let each = Reply { each_time: true, ..reply(Trigger::Octets(1), &[b'a'; 1000]) };
    let recorder = Recorder::start(replying(vec![each]));
    let mut stream = recorder.connect().await;
    let written = tokio::time::timeout(Duration::from_secs(2), stream.write_all(&vec![0; 64 << 20])).await;
    assert!(written.is_err(), "all was read, though no answer was");
    drop(stream);
    let events = recorder.finish(soon()).await;
    assert_eq!(closes(&events), [(1, PeerEnd::Reset, EndedBy::Peer)]);
}

#[tokio::test]
async fn a_match_that_could_grow_is_answered_once_nothing_more_comes() {
    let when = Trigger::Matches(Expression::new("id=([0-9]+)").expect("an expression"));
    let answer = Reply { pieces: vec![Template::with_places(b"got {1}")], ..reply(when, b"") };
    let recorder = Recorder::start(replying(vec![answer]));
    let mut stream = recorder.connect().await;
    for octet in b"id=123" {
        stream.write_all(&[*octet]).await.expect("to send");
        tokio::task::yield_now().await;
    }
    assert_eq!(read(&mut stream, 7).await, b"got 123");
}

#[tokio::test]
async fn a_recorder_half_closes_behind_replies_that_are_given_each_time() {
    let each = Reply { each_time: true, ..reply(Trigger::Pattern(b"a".into()), b"A") };
    let faults = samewire_recorder::Faults { half_close_after: Some(2), ..Default::default() };
    let recorder = Recorder::start(Settings { faults, ..replying(vec![each]) });
    let mut stream = recorder.connect().await;
    stream.write_all(b"aa").await.expect("to send");
    assert_eq!(read_to_end(&mut stream).await, b"AA");
}
