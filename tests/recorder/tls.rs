//! TLS: the capture holds plain octets, and what came of the handshake.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version};
use samewire_recorder::{
    Answers, Authority, Certificate, ClientCertificate, Cut, EndedBy, Event, Faults, Finish, Handshake, Keys, PeerEnd, Settings,
    SlowRead, Tls, TlsOptions, TlsVersion, Trigger, UpstreamTls,
};

use super::support::{PATIENCE, Recorder, closes, received, reply, replying, sent, soon};

pub(crate) type Client = StreamOwned<ClientConnection, TcpStream>;

/// A recorder's authority, and TLS of its.
fn tls(options: &TlsOptions) -> (Arc<Authority>, Tls) {
    let authority = Authority::new().expect("an authority");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let tls = Tls::new(&authority, &names, options).expect("TLS");
    (Arc::new(authority), tls)
}

fn with_tls(settings: Settings) -> (Arc<Authority>, Settings) {
    let (authority, tls) = tls(&TlsOptions::default());
    (authority, Settings { tls: Some(tls), ..settings })
}

/// What a client is like.
#[derive(Clone, Copy, Default)]
struct Wants<'a> {
    only: Option<&'static SupportedProtocolVersion>,
    alpn: &'a [&'a str],
    shows: Option<&'a Authority>,
}

fn config(trusts: &Authority, wants: Wants<'_>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusts.pem().as_bytes()).expect("PEM")).expect("an authority");
    let only = wants.only.map(|only| vec![only]).unwrap_or_else(|| rustls::ALL_VERSIONS.to_vec());
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_protocol_versions(&only).expect("versions").with_root_certificates(roots);
    let mut config = match wants.shows {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let shown = authority.client().expect("a certificate");
            let certificate = CertificateDer::from_pem_slice(shown.certificate.as_bytes()).expect("PEM");
            let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).expect("PEM");
            builder.with_client_auth_cert(vec![certificate], key).expect("a certificate")
        }
    };
    config.alpn_protocols = wants.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

fn connect(address: SocketAddr, trusts: &Authority, wants: Wants<'_>) -> Client {
    connect_as(address, &Arc::new(config(trusts, wants)))
}

fn connect_as(address: SocketAddr, config: &Arc<ClientConfig>) -> Client {
    let name = ServerName::try_from("localhost").expect("a name");
    let session = ClientConnection::new(Arc::clone(config), name).expect("a session");
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    StreamOwned::new(session, stream)
}

/// Says that no more comes, as TLS does, and then FIN.
fn end(client: &mut Client) {
    client.conn.send_close_notify();
    client.flush().expect("to send");
    client.sock.shutdown(Shutdown::Write).expect("to half-close");
}

/// An authority and TLS of its for tests that need no others.
pub(crate) fn shared() -> &'static (Arc<Authority>, Tls) {
    static SHARED: OnceLock<(Arc<Authority>, Tls)> = OnceLock::new();
    SHARED.get_or_init(|| tls(&TlsOptions::default()))
}

/// Says these octets with the end of the handshake, ends if it `ends`, and reads to the end of what is answered. It is still there.
pub(crate) fn say(address: SocketAddr, trusts: &Authority, octets: &[u8], ends: bool) -> Client {
    let mut client = connect(address, trusts, Wants::default());
    client.conn.writer().write_all(octets).expect("to keep until the handshake is done");
    // Where it is cut off meanwhile, that is told by what is recorded.
    let _ = client.conn.complete_io(&mut client.sock);
    let _ = client.flush();
    if ends {
        client.conn.send_close_notify();
        let _ = client.flush();
        let _ = client.sock.shutdown(Shutdown::Write);
    }
    let _ = client.read_to_end(&mut Vec::new());
    client
}

/// Runs a client beside the recorder.
pub(crate) async fn beside<T: Send + 'static>(client: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(client).await.expect("a client")
}

fn handshakes<'a>(events: &'a [Event<'_>]) -> Vec<&'a Handshake<'a>> {
    let handshakes = events.iter().filter_map(|event| match event {
        Event::Tls { handshake, .. } => Some(handshake),
        _ => None,
    });
    handshakes.collect()
}

fn failed(events: &[Event<'_>]) -> String {
    let handshakes = handshakes(events);
    assert_eq!(handshakes.len(), 1, "{events:?}");
    handshakes[0].failed.as_deref().expect("a failure").to_owned()
}

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
async fn much_goes_both_ways_and_through_an_upstream_that_speaks_tls_too() {
    const SIZE: usize = 3 << 20;
    let (authority, settings) = with_tls(Settings { answers: Answers::Echo, ..Settings::default() });
    let server = Recorder::start(settings);
    let file = server.folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).expect("a file");
    let upstream = Answers::Upstream(server.address().to_string().parse().expect("an address"));
    let (authority, settings) = with_tls(Settings { answers: upstream, ..Settings::default() });
    let upstream_tls = Some(UpstreamTls::new(Some(&file)).expect("an authority"));
    let recorder = Recorder::start(Settings { upstream_tls, ..settings });
    let address = recorder.address();
    let octets: Vec<u8> = (0..SIZE).map(|i| (i % 253) as u8).collect();
    let sends = octets.clone();
    let answer = beside(move || {
        let mut client = connect(address, &authority, Wants::default());
        let mut answer = Vec::new();
        for piece in sends.chunks(60_000) {
            client.write_all(piece).expect("to send");
            let mut some = vec![0; piece.len()];
            client.read_exact(&mut some).expect("an echo");
            answer.extend(some);
        }
        end(&mut client);
        client.read_to_end(&mut answer).expect("the end, as TLS says it");
        answer
    })
    .await;
    assert!(answer == octets, "{} octets", answer.len());
    let events = recorder.finish(soon()).await;
    assert!(received(&events, 1) == octets && sent(&events, 1).concat() == octets);
    assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
    let events = server.finish(soon()).await;
    assert!(received(&events, 1) == octets);
    assert_eq!(closes(&events), [(1, PeerEnd::Fin, EndedBy::Peer)]);
}

#[tokio::test]
async fn an_upstream_that_is_not_trusted_is_told() {
    let (_, settings) = with_tls(Settings::default());
    let server = Recorder::start(settings);
    let other = Authority::new().expect("an authority");
    let file = server.folder.path().join("ca.pem");
    std::fs::write(&file, other.pem()).expect("a file");
    let upstream = Answers::Upstream(server.address().to_string().parse().expect("an address"));
    let upstream_tls = Some(UpstreamTls::new(Some(&file)).expect("an authority"));
    let recorder = Recorder::start(Settings { answers: upstream, upstream_tls, ..Settings::default() });
    let _client = recorder.connect().await;
    let said = recorder.notice_soon().await;
    assert!(said.contains("its certificate is refused") && said.contains("`upstream_ca`"), "{said}");
    let events = recorder.finish(soon()).await;
    assert_eq!(closes(&events), [(1, PeerEnd::Open, EndedBy::Upstream)]);
}

#[tokio::test]
async fn the_secrets_of_sessions_are_logged() {
    let (authority, tls) = tls(&TlsOptions { version: Some(TlsVersion::V1_2), ..TlsOptions::default() });
    let keys = Keys::default();
    let recorder = Recorder::start(Settings { tls: Some(tls.with_keys(&keys)), ..Settings::default() });
    let address = recorder.address();
    beside(move || end(&mut connect_and_say(address, &authority))).await;
    recorder.finish(soon()).await;
    let lines = keys.lines();
    assert!(lines.starts_with("CLIENT_RANDOM ") && lines.lines().count() == 1, "{lines}");
}

fn connect_and_say(address: SocketAddr, authority: &Authority) -> Client {
    let mut client = connect(address, authority, Wants::default());
    client.write_all(b"hello").expect("to send");
    client
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

/// Octets of the wire, as a client sees them.
struct Seen {
    stream: TcpStream,
    received: Vec<u8>,
    sent: Vec<u8>,
}

impl Read for Seen {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.received.extend(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Seen {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        let count = self.stream.write(octets)?;
        self.sent.extend(&octets[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

#[tokio::test]
async fn what_was_on_the_wire_is_counted() {
    let (authority, settings) = with_tls(Settings { answers: Answers::Echo, ..Settings::default() });
    let recorder = Recorder::start(settings);
    let address = recorder.address();
    let seen = beside(move || {
        let StreamOwned { conn, sock, .. } = connect(address, &authority, Wants::default());
        let mut client = StreamOwned::new(conn, Seen { stream: sock, received: Vec::new(), sent: Vec::new() });
        client.write_all(&[7; 100_000]).expect("to send");
        client.read_exact(&mut [0; 100_000]).expect("an echo");
        client.conn.send_close_notify();
        client.flush().expect("to send");
        client.sock.stream.shutdown(Shutdown::Write).expect("to half-close");
        client.read_to_end(&mut Vec::new()).expect("the end, as TLS says it");
        // Behind TLS's end there is that of TCP alone.
        let StreamOwned { sock: mut seen, .. } = client;
        seen.read_to_end(&mut Vec::new()).expect("the end");
        seen
    })
    .await;
    let events = recorder.finish(soon()).await;
    let wire = events.iter().find_map(|event| if let Event::Close { wire, .. } = event { wire.as_ref() } else { None });
    let wire = wire.expect("what was on the wire");
    let digest = |octets: &[u8]| format!("{:08x}", crc32fast::hash(octets));
    assert_eq!((wire.received, wire.received_crc32.as_ref()), (seen.sent.len() as u64, digest(&seen.sent).as_str()));
    assert_eq!((wire.sent, wire.sent_crc32.as_ref()), (seen.received.len() as u64, digest(&seen.received).as_str()));
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

#[tokio::test]
async fn an_upstream_that_never_answers_the_handshake_is_told() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let (authority, _) = tls(&TlsOptions::default());
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).expect("a file");
    let upstream_tls = UpstreamTls::new(Some(&file)).expect("an authority").with_handshake(Duration::from_millis(50));
    let upstream = Answers::Upstream(silent.local_addr().expect("an address").to_string().parse().expect("an address"));
    let recorder = Recorder::start(Settings { answers: upstream, upstream_tls: Some(upstream_tls), ..Settings::default() });
    let _client = recorder.connect().await;
    let said = recorder.notice_soon().await;
    assert!(said.contains("it does not finish the TLS handshake"), "{said}");
    assert_eq!(closes(&recorder.finish(soon()).await), [(1, PeerEnd::Open, EndedBy::Upstream)]);
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
