//! What the recorder does wrong on purpose.

use std::time::{Duration, Instant};

use samewire_recorder::{Cut, EndedBy, Event, Faults, Finish, PeerEnd, Settings, SlowRead, Trigger};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::support::{
    PATIENCE, Recorder, closes, faulty, in_time, is_reset, read, read_to_end, received, reply, replying, sent, soon, time_of,
};

const WHILE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_refusing_recorder_lets_nobody_in_and_keeps_its_port() {
    let recorder = Recorder::start(faulty(Faults { refuse: true, ..Faults::default() }));
    let refused = TcpStream::connect(recorder.address()).await.expect_err("it refuses");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let taken = std::net::TcpListener::bind(recorder.address()).expect_err("the port is taken");
    assert_eq!(taken.kind(), std::io::ErrorKind::AddrInUse);
    assert_eq!(recorder.finish(soon()).await.len(), 2, "start and stop");
}

#[tokio::test]
async fn a_delayed_accept_loses_nothing() {
    let recorder = Recorder::start(faulty(Faults { accept_delay: WHILE, ..Faults::default() }));
    let before = Instant::now();
    recorder.exchange(b"abc").await;
    assert!(before.elapsed() >= WHILE);
    // Told to finish, it takes what waits at once.
    recorder.connect().await.write_all(b"in the queue").await.expect("to send");
    let events = recorder.finish(Finish::now()).await;
    assert_eq!(received(&events, 1), b"abc");
    assert_eq!(received(&events, 2), b"in the queue");
}

#[tokio::test]
async fn clients_that_come_together_are_delayed_together() {
    let recorder = Recorder::start(faulty(Faults { accept_delay: WHILE * 10, ..Faults::default() }));
    let streams = [recorder.connect().await, recorder.connect().await, recorder.connect().await, recorder.connect().await];
    for mut stream in streams {
        stream.shutdown().await.expect("to half-close");
        read_to_end(&mut stream).await;
    }
    let events = recorder.finish(soon()).await;
    let opened: Vec<u64> =
        events.iter().filter_map(|e| if let Event::Open { at_us, .. } = e { Some(*at_us) } else { None }).collect();
    assert!(opened[0] >= 1_000_000 && opened[3] - opened[0] < 1_000_000, "{opened:?}");
}

#[tokio::test]
async fn the_first_read_is_delayed() {
    let recorder = Recorder::start(faulty(Faults { read_delay: WHILE, ..Faults::default() }));
    recorder.exchange(b"abc").await;
    let events = recorder.finish(soon()).await;
    let open = time_of(&events, |event| matches!(event, Event::Open { .. }));
    assert!(time_of(&events, |event| matches!(event, Event::Data { .. })) - open >= 100_000);
}

#[tokio::test]
async fn a_slow_reader_takes_so_much_at_a_time_and_all_of_it() {
    let slow = SlowRead { bytes: 3, every: Duration::from_millis(10) };
    let recorder = Recorder::start(faulty(Faults { slow_read: Some(slow), ..Faults::default() }));
    recorder.exchange(b"abcdefgh").await;
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"abcdefgh");
    let reads = events.iter().filter(|event| matches!(event, Event::Data { .. })).count();
    assert_eq!(reads, 3);
    let first = time_of(&events, |event| matches!(event, Event::Data { .. }));
    assert!(time_of(&events, |event| matches!(event, Event::Fin { .. })) - first >= 30_000);
}

/// What the kernel takes from a sender while nobody reads.
async fn taken_unread(receive_buffer: Option<usize>) -> usize {
    let faults = Faults { receive_buffer, read_delay: PATIENCE, ..Faults::default() };
    let recorder = Recorder::start(faulty(faults));
    let stream = recorder.connect().await;
    let mut taken = 0;
    while taken < 64 << 20 && tokio::time::timeout(WHILE, stream.writable()).await.is_ok() {
        taken += stream.try_write(&[b'x'; 65536]).unwrap_or(0);
    }
    recorder.finish(Finish::now()).await;
    drop(stream);
    taken
}

#[tokio::test]
async fn a_small_receive_buffer_holds_less_at_the_recorder() {
    let (small, usual) = (taken_unread(Some(4096)).await, taken_unread(None).await);
    assert!(small < usual, "{small:?} and {usual:?}");
}

#[tokio::test]
async fn it_closes_in_order_after_exactly_so_many_octets() {
    let cut = Some(Cut::Close(3));
    let replies = vec![reply(Trigger::Octets(3), b"enough")];
    let recorder = Recorder::start(Settings { faults: Faults { cut, ..Faults::default() }, ..replying(replies) });
    let mut stream = recorder.connect().await;
    stream.write_all(b"abc").await.expect("to send");
    assert_eq!(read_to_end(&mut stream).await, b"enough", "what is due is still answered");
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"abc");
    assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::Recorder)]);
}

#[tokio::test]
async fn what_comes_after_an_early_close_fails_at_the_sender() {
    let recorder = Recorder::start(faulty(Faults { cut: Some(Cut::Close(10)), ..Faults::default() }));
    let mut stream = recorder.connect().await;
    let sent = in_time(stream.write_all(&vec![b'x'; 20_000_000])).await;
    assert!(sent.is_err());
    assert_eq!(received(&recorder.finish(soon()).await, 1), b"xxxxxxxxxx");
}

#[tokio::test]
async fn it_resets_after_so_many_octets() {
    let recorder = Recorder::start(faulty(Faults { cut: Some(Cut::Reset(3)), ..Faults::default() }));
    let mut stream = recorder.connect().await;
    stream.write_all(b"abc").await.expect("to send");
    assert!(is_reset(&mut stream).await);
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"abc");
    assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::Recorder)]);
}

#[tokio::test]
async fn a_recorder_that_half_closes_reads_on() {
    let faults = Faults { half_close_after: Some(1), ..Faults::default() };
    let recorder = Recorder::start(Settings { faults, ..replying(vec![reply(Trigger::Octets(1), b"last words")]) });
    let mut stream = recorder.connect().await;
    stream.write_all(b"a").await.expect("to send");
    assert_eq!(read_to_end(&mut stream).await, b"last words");
    stream.write_all(&vec![b'b'; 1_000_000]).await.expect("to send");
    drop(stream);
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1).len(), 1_000_001);
    assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
    let shut = time_of(&events, |event| matches!(event, Event::Shut { .. }));
    assert!(shut <= time_of(&events, |event| matches!(event, Event::Fin { .. })));
}

#[tokio::test]
async fn a_close_that_is_held_comes_late_and_is_recorded_as_late() {
    let recorder = Recorder::start(faulty(Faults { close_delay: WHILE, ..Faults::default() }));
    let before = Instant::now();
    recorder.exchange(b"abc").await;
    assert!(before.elapsed() >= WHILE);
    let events = recorder.finish(soon()).await;
    let fin = time_of(&events, |event| matches!(event, Event::Fin { .. }));
    assert!(time_of(&events, |event| matches!(event, Event::Close { .. })) - fin >= 100_000);
}

#[tokio::test]
async fn a_cut_at_nothing_is_made_at_once() {
    let recorder = Recorder::start(faulty(Faults { cut: Some(Cut::Close(0)), ..Faults::default() }));
    assert_eq!(read_to_end(&mut recorder.connect().await).await, b"");
    assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Open, EndedBy::Recorder)]);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_all_the_same() {
    let faults = Faults { cut: Some(Cut::Reset(1)), ..Faults::default() };
    let recorder = Recorder::start(Settings { faults, ..replying(vec![reply(Trigger::Connect, b"hi")]) });
    let mut stream = recorder.connect().await;
    assert_eq!(read(&mut stream, 2).await, b"hi");
    stream.write_all(b"a").await.expect("to send");
    let events = recorder.finish(soon()).await;
    assert_eq!(sent(&events, 1), [b"hi".to_vec()]);
    assert!(is_reset(&mut stream).await);
}
