//! TLS: the capture holds plain octets, and what came of the handshake.

mod endings;
mod handshakes;

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
