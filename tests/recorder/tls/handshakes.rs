//! Handshakes: which are made, which fail, and what is said of them.

use super::*;

#[tokio::test]
async fn plain_octets_are_recorded_and_what_was_agreed_on() {
    for (only, said) in [(&version::TLS12, "TLS 1.2"), (&version::TLS13, "TLS 1.3")] {
        let options = TlsOptions { alpn: vec!["h2".into(), "mqtt".into()], ..TlsOptions::default() };
        let (authority, tls) = tls(&options);
        let recorder = Recorder::start(Settings { answers: Answers::Echo, tls: Some(tls), ..Settings::default() });
        let address = recorder.address();
        let answer = beside(move || {
            let mut client = connect(address, &authority, Wants { only: Some(only), alpn: &["mqtt"], shows: None });
            client.write_all(b"hello").expect("to send");
            end(&mut client);
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).expect("the end, as TLS says it");
            answer
        })
        .await;
        assert_eq!(answer, b"hello");
        let events = recorder.finish(soon()).await;
        assert_eq!((received(&events, 1), sent(&events, 1).concat()), (b"hello".to_vec(), b"hello".to_vec()));
        assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
        let handshakes = handshakes(&events);
        let agreed = [&handshakes[0].version, &handshakes[0].server_name, &handshakes[0].alpn].map(|name| name.as_deref());
        assert_eq!(agreed, [Some(said), Some("localhost"), Some("mqtt")]);
        assert!(handshakes[0].cipher_suite.as_deref().is_some_and(|name| name.starts_with("TLS_")), "{:?}", handshakes[0]);
        assert_eq!((handshakes.len(), &handshakes[0].failed, handshakes[0].client_certificate), (1, &None, false));
    }
}

#[tokio::test]
async fn certificates_that_must_be_refused_are_and_the_alert_is_told() {
    for (certificate, alert) in [
        (Certificate::Expired, "certificate_expired"),
        (Certificate::WrongName, "bad_certificate"),
        (Certificate::UnknownAuthority, "unknown_ca"),
    ] {
        let (authority, tls) = tls(&TlsOptions { certificate, ..TlsOptions::default() });
        let recorder = Recorder::start(Settings { tls: Some(tls), ..Settings::default() });
        let address = recorder.address();
        beside(move || connect(address, &authority, Wants::default()).write_all(b"hello").expect_err("a refusal")).await;
        let events = recorder.finish(soon()).await;
        assert_eq!(handshakes(&events)[0].alert.as_deref(), Some(alert));
        assert!(failed(&events).ends_with(&format!("(alert {alert})")), "{}", failed(&events));
        assert_eq!((closes(&events), received(&events, 1)), (vec![(1, PeerEnd::Open, EndedBy::Tls)], Vec::new()));
    }
}

#[tokio::test]
async fn a_client_that_does_not_know_the_authority_is_told_to() {
    let (_, settings) = with_tls(Settings::default());
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    let other = Authority::new().expect("an authority");
    beside(move || connect(address, &other, Wants::default()).write_all(b"hello").expect_err("a refusal")).await;
    let said = failed(&recorder.finish(soon()).await);
    assert_eq!(said, "the client does not trust our authority: give it {ca} (alert unknown_ca)");
}

#[tokio::test]
async fn a_certificate_of_the_clients_is_asked_for() {
    for shows in [true, false] {
        let options = TlsOptions { client_certificate: ClientCertificate::Required, ..TlsOptions::default() };
        let (authority, tls) = tls(&options);
        let recorder = Recorder::start(Settings { tls: Some(tls), ..Settings::default() });
        let address = recorder.address();
        beside(move || {
            let shown = Arc::clone(&authority);
            let mut client = connect(address, &authority, Wants { shows: shows.then_some(&*shown), ..Wants::default() });
            // In TLS 1.3 a client has sent before it hears that it is refused.
            let _ = client.write_all(b"hello");
            client.conn.send_close_notify();
            let _ = client.flush();
            let _ = client.read_to_end(&mut Vec::new());
        })
        .await;
        let events = recorder.finish(soon()).await;
        match shows {
            true => assert_eq!((received(&events, 1), handshakes(&events)[0].client_certificate), (b"hello".to_vec(), true)),
            false => assert_eq!(failed(&events), "it has shown no certificate: give it {cert} and {key}"),
        }
    }
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_apart() {
    for (sends, said) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], r#"it speaks no TLS: it began with "GET / HTTP/1.1\r\n\r\n""#),
        (b"", "the client ended before it said anything"),
        (
            b"\x16\x03\x01",
            "the client ended within the handshake and did not say why (where it does not trust our authority: give it {ca})",
        ),
        (b"\x16\x03\x01\xff\xff\x01", "it breaks TLS: received corrupt message of type MessageTooLarge"),
        (
            b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
            "it breaks TLS: received corrupt message of type MissingData(\"ProtocolVersion\")",
        ),
    ] {
        let (_, settings) = with_tls(Settings::default());
        let recorder = Recorder::start(settings);
        let address = recorder.address();
        beside(move || {
            let mut stream = TcpStream::connect(address).expect("a connection");
            stream.write_all(sends).expect("to send");
            stream.shutdown(Shutdown::Write).expect("to half-close");
            // An alert, or RST.
            let _ = stream.read_to_end(&mut Vec::new());
        })
        .await;
        let events = recorder.finish(soon()).await;
        assert_eq!(failed(&events), said);
        assert_eq!(received(&events, 1), b"");
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_ended() {
    for (sends, said) in [
        (&b""[..], "the client has said nothing for 50ms: in TLS, the client speaks first"),
        (b"\x16\x03\x01\x02\x00\x01", "the client has not finished its handshake within 50ms"),
    ] {
        let (_, tls) = tls(&TlsOptions::default());
        let tls = tls.with_handshake(Duration::from_millis(50));
        let recorder = Recorder::start(Settings { tls: Some(tls), connections: Some(1), ..Settings::default() });
        let address = recorder.address();
        let client = beside(move || {
            let mut stream = TcpStream::connect(address).expect("a connection");
            stream.write_all(sends).expect("to send");
            stream
        })
        .await;
        let events = recorder.ended().await;
        drop(client);
        assert_eq!((failed(&events).as_str(), closes(&events)), (said, vec![(1, PeerEnd::Open, EndedBy::Tls)]));
    }
}

#[tokio::test]
async fn a_handshake_whose_octets_are_there_at_the_end_is_finished() {
    let (authority, settings) = with_tls(Settings::default());
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    // The client's half of the handshake is done when the recorder's flight has come; its Finished is what the kernel holds then.
    let mut client = beside(move || {
        let mut client = connect(address, &authority, Wants::default());
        while client.conn.is_handshaking() {
            if client.conn.wants_write() {
                client.conn.write_tls(&mut client.sock).expect("to send");
                continue;
            }
            client.conn.read_tls(&mut client.sock).expect("to receive");
            client.conn.process_new_packets().expect("TLS");
        }
        client
    })
    .await;
    client.write_all(b"hello").expect("to send");
    end(&mut client);
    assert_eq!(received(&recorder.finish(Finish::now()).await, 1), b"hello");
}

#[tokio::test]
async fn a_thousand_hostile_handshakes_at_once_leave_room_for_a_good_one() {
    const HOSTILE: u64 = 1000;
    let (authority, settings) = with_tls(Settings::default());
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    let hostile = beside(move || {
        let beginnings: [&[u8]; 4] = [b"", b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc", b"\x80\x2e\x01\x00\x02", b"\0\xff\x16"];
        let connect = |n: u64| {
            let mut stream = TcpStream::connect(address).expect("a connection");
            stream.write_all(beginnings[n as usize % beginnings.len()]).expect("to send");
            stream
        };
        (0..HOSTILE).map(connect).collect::<Vec<_>>()
    })
    .await;
    beside(move || end(&mut connect_and_say(address, &authority))).await;
    recorder.written(|event| matches!(event, Event::Close { connection, .. } if *connection == HOSTILE + 1)).await;
    drop(hostile);
    let events = recorder.finish(soon()).await;
    assert_eq!(received(&events, HOSTILE + 1), b"hello");
    assert_eq!(closes(&events).len() as u64, HOSTILE + 1);
}

#[tokio::test]
async fn a_certificate_that_is_optional_may_be_shown() {
    for shows in [true, false] {
        let (authority, tls) = tls(&TlsOptions { client_certificate: ClientCertificate::Optional, ..TlsOptions::default() });
        let recorder = Recorder::start(Settings { tls: Some(tls), ..Settings::default() });
        let address = recorder.address();
        beside(move || {
            let mut client = connect(address, &authority, Wants { shows: shows.then_some(&*authority), ..Wants::default() });
            client.write_all(b"hello").expect("to send");
            end(&mut client);
        })
        .await;
        let events = recorder.finish(soon()).await;
        assert_eq!((received(&events, 1), handshakes(&events)[0].client_certificate), (b"hello".to_vec(), shows));
    }
}

#[tokio::test]
async fn no_session_is_resumed() {
    for only in [&version::TLS12, &version::TLS13] {
        let (authority, settings) = with_tls(replying(vec![reply(Trigger::Connect, b"hi")]));
        let recorder = Recorder::start(settings);
        let address = recorder.address();
        beside(move || {
            let config = Arc::new(config(&authority, Wants { only: Some(only), ..Wants::default() }));
            for _ in 0..2 {
                let mut client = connect_as(address, &config);
                client.read_exact(&mut [0; 2]).expect("a reply");
                assert_ne!(client.conn.handshake_kind(), Some(rustls::HandshakeKind::Resumed));
                end(&mut client);
                client.read_to_end(&mut Vec::new()).expect("the end, as TLS says it");
            }
        })
        .await;
        recorder.finish(soon()).await;
    }
}

#[tokio::test]
async fn what_breaks_tls_in_the_read_that_ends_the_handshake_loses_nothing() {
    for only in [&version::TLS12, &version::TLS13] {
        let (authority, settings) = with_tls(Settings { connections: Some(1), ..Settings::default() });
        let recorder = Recorder::start(settings);
        let address = recorder.address();
        beside(move || {
            let mut client = connect(address, &authority, Wants { only: Some(only), ..Wants::default() });
            client.conn.writer().write_all(b"hello").expect("to keep until the handshake is done");
            let mut last = Vec::new();
            while client.conn.is_handshaking() || client.conn.wants_write() {
                let mut flight = Vec::new();
                while client.conn.wants_write() {
                    client.conn.write_tls(&mut flight).expect("a flight");
                }
                if client.conn.is_handshaking() {
                    client.sock.write_all(&flight).expect("to send");
                    client.conn.read_tls(&mut client.sock).expect("to receive");
                    client.conn.process_new_packets().expect("TLS");
                } else {
                    last = flight;
                }
            }
            last.extend(b"\x17\x03\x03\x00\x20not what was agreed on, by far..");
            client.sock.write_all(&last).expect("to send");
            let _ = client.read_to_end(&mut Vec::new());
        })
        .await;
        let events = recorder.ended().await;
        assert_eq!((&handshakes(&events)[0].failed, received(&events, 1)), (&None, b"hello".to_vec()));
        assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::Tls)]);
    }
}
