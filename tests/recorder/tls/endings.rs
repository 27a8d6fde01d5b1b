//! How connections under TLS end, and what is recorded until then.

use super::*;

#[tokio::test]
async fn an_end_that_tls_knows_nothing_of_is_truncated() {
    let (authority, settings) = with_tls(replying(vec![reply(Trigger::Fin, b"bye")]));
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    let answer = beside(move || {
        let mut client = connect(address, &authority, Wants::default());
        client.write_all(b"hello").expect("to send");
        client.sock.shutdown(Shutdown::Write).expect("to half-close");
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).expect("the end, as TLS says it");
        answer
    })
    .await;
    assert_eq!(answer, b"bye");
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, 1), b"hello");
    assert_eq!(closes(&events), [(1, PeerEnd::Truncated, EndedBy::Peer)]);
}

#[tokio::test]
async fn what_the_kernel_and_tls_hold_at_the_end_is_recorded() {
    let slow = SlowRead { bytes: 1, every: Duration::from_secs(30) };
    for (slow_read, only) in [(None, TlsVersion::V1_2), (None, TlsVersion::V1_3), (Some(slow), TlsVersion::V1_3)] {
        let (authority, tls) = tls(&TlsOptions { version: Some(only), ..TlsOptions::default() });
        let faults = Faults { slow_read, ..Faults::default() };
        let recorder = Recorder::start(Settings { tls: Some(tls), faults, ..Settings::default() });
        let address = recorder.address();
        let mut client = beside(move || {
            let mut client = connect(address, &authority, Wants::default());
            client.conn.complete_io(&mut client.sock).expect("a handshake");
            client
        })
        .await;
        let octets: Vec<u8> = (0..100_000u32).map(|i| (i % 251) as u8).collect();
        // On the recorder's thread: it sees none of it before it is told to finish.
        client.write_all(&octets).expect("to send");
        end(&mut client);
        let events = recorder.finish(Finish::now()).await;
        assert!(received(&events, 1) == octets, "{} octets", received(&events, 1).len());
        assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
    }
}

#[tokio::test]
async fn replies_half_closes_and_cuts_are_as_without_tls() {
    let replies = vec![reply(Trigger::Connect, b"hi"), reply(Trigger::Octets(3), b"ok")];
    let faults = Faults { half_close_after: Some(3), ..Faults::default() };
    let (authority, settings) = with_tls(Settings { faults, ..replying(replies) });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    beside(move || {
        let mut client = connect(address, &authority, Wants::default());
        let mut hi = [0; 2];
        client.read_exact(&mut hi).expect("a reply");
        client.write_all(b"abc").expect("to send");
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).expect("the end, as TLS says it");
        assert_eq!((&hi, rest.as_slice()), (b"hi", &b"ok"[..]));
        client.write_all(b"def").expect("to send behind the half-close");
        end(&mut client);
    })
    .await;
    let events = recorder.finish(soon()).await;
    assert_eq!((received(&events, 1), sent(&events, 1)), (b"abcdef".to_vec(), vec![b"hi".to_vec(), b"ok".to_vec()]));
    assert!(events.iter().any(|event| matches!(event, Event::Shut { .. })));
}

#[tokio::test]
async fn exactly_so_many_plain_octets_are_taken_before_a_reset() {
    let faults = Faults { cut: Some(Cut::Reset(5)), ..Faults::default() };
    let (authority, settings) = with_tls(Settings { faults, ..Settings::default() });
    let recorder = Recorder::start(Settings { connections: Some(1), ..settings });
    let address = recorder.address();
    let end = beside(move || {
        let mut client = connect(address, &authority, Wants::default());
        client.write_all(b"hello and more").expect("to send");
        client.read_to_end(&mut Vec::new()).expect_err("a reset").kind()
    })
    .await;
    assert_eq!(end, std::io::ErrorKind::ConnectionReset);
    let events = recorder.ended().await;
    assert_eq!((received(&events, 1), closes(&events)), (b"hello".to_vec(), vec![(1, PeerEnd::Open, EndedBy::Recorder)]));
}

#[tokio::test]
async fn what_breaks_tls_later_ends_the_connection_and_what_came_before_stays() {
    let (authority, settings) = with_tls(Settings { connections: Some(1), ..Settings::default() });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    beside(move || {
        let mut client = connect_and_say(address, &authority);
        client.flush().expect("to send");
        client.sock.write_all(b"\x17\x03\x03\x00\x20not what was agreed on, by far..").expect("to send");
        client.read_to_end(&mut Vec::new()).expect_err("an alert");
    })
    .await;
    let events = recorder.ended().await;
    assert_eq!((received(&events, 1), closes(&events)), (b"hello".to_vec(), vec![(1, PeerEnd::Open, EndedBy::Tls)]));
    let reason = events.iter().find_map(|event| match event {
        Event::Close { reason, .. } => reason.as_deref(),
        _ => None,
    });
    assert_eq!(reason, Some("it breaks TLS: cannot decrypt peer's message"));
}

#[tokio::test]
async fn an_end_amid_a_record_is_truncated_and_what_was_whole_stays() {
    let (authority, settings) = with_tls(Settings { connections: Some(1), ..Settings::default() });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    beside(move || {
        let mut client = connect_and_say(address, &authority);
        client.conn.writer().write_all(b"more").expect("to keep");
        let mut record = Vec::new();
        client.conn.write_tls(&mut record).expect("a record");
        client.sock.write_all(&record[..record.len() - 1]).expect("to send");
        client.sock.shutdown(Shutdown::Write).expect("to half-close");
        let _ = client.sock.read_to_end(&mut Vec::new());
    })
    .await;
    let events = recorder.ended().await;
    assert_eq!((received(&events, 1), closes(&events)), (b"hello".to_vec(), vec![(1, PeerEnd::Truncated, EndedBy::Peer)]));
}

#[tokio::test]
async fn new_keys_without_an_end_are_refused_and_cost_nothing() {
    let (authority, settings) = with_tls(Settings { connections: Some(1), ..Settings::default() });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    beside(move || {
        let mut client = connect_and_say(address, &authority);
        // It reads none of the answers.
        while client.conn.refresh_traffic_keys().is_ok() && client.conn.write_tls(&mut client.sock).is_ok() {}
    })
    .await;
    let events = recorder.ended().await;
    assert_eq!(received(&events, 1), b"hello");
    let reason = events.iter().find_map(|event| match event {
        Event::Close { reason, .. } => reason.as_deref(),
        _ => None,
    });
    assert_eq!(reason, Some("it breaks TLS: peer misbehaved: TooManyKeyUpdateRequests"));
}

#[tokio::test]
async fn who_reads_nothing_has_left_nothing_unread() {
    for only in [&version::TLS12, &version::TLS13] {
        let (authority, settings) = with_tls(Settings { connections: Some(1), ..Settings::default() });
        let recorder = Recorder::start(settings);
        let address = recorder.address();
        let client = beside(move || {
            let mut client = connect(address, &authority, Wants { only: Some(only), ..Wants::default() });
            client.write_all(b"hello").expect("to send");
            client
        })
        .await;
        recorder.written(|event| matches!(event, Event::Data { .. })).await;
        // Were anything unread, this would be RST.
        drop(client);
        assert_eq!(closes(&recorder.ended().await), [(1, PeerEnd::Truncated, EndedBy::Peer)]);
    }
}

#[tokio::test]
async fn plain_octets_that_wait_for_a_slow_reader_are_read_though_nothing_more_comes() {
    let slow_read = Some(SlowRead { bytes: 1, every: Duration::from_millis(1) });
    let replies = replying(vec![reply(Trigger::Octets(5), b"ok")]);
    let (authority, settings) = with_tls(Settings { faults: Faults { slow_read, ..Faults::default() }, ..replies });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    let answer = beside(move || {
        let mut client = connect_and_say(address, &authority);
        let mut answer = [0; 2];
        client.read_exact(&mut answer).expect("a reply");
        end(&mut client);
        answer
    })
    .await;
    assert_eq!(&answer, b"ok");
    assert_eq!(received(&recorder.finish(soon()).await, 1), b"hello");
}

#[tokio::test]
async fn a_recorder_that_cuts_off_in_order_says_so_in_tls_first() {
    let faults = Faults { cut: Some(Cut::Close(5)), ..Faults::default() };
    let (authority, settings) = with_tls(Settings { faults, connections: Some(1), ..Settings::default() });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    let answer = beside(move || connect_and_say(address, &authority).read_to_end(&mut Vec::new())).await;
    assert_eq!(answer.expect("the end, as TLS says it"), 0);
    assert_eq!(closes(&recorder.ended().await), [(1, PeerEnd::Open, EndedBy::Recorder)]);
}
