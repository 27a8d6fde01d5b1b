//! IPv4, IPv6, both, and Unix sockets.

use samewire_recorder::{Address, EndedBy, Event, PeerEnd, Settings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::support::{Recorder, closes, received, soon};

/// Sends the port's last digit to it at this host.
async fn say(host: &str, port: u16, octets: &[u8]) {
    TcpStream::connect((host, port)).await.expect("a connection").write_all(octets).await.expect("to send");
}

#[tokio::test]
async fn ipv6_is_recorded() {
    let recorder = Recorder::start_at(&["[::1]:0".parse().expect("an address")], Settings::default());
    recorder.exchange(b"six").await;
    assert_eq!(received(&recorder.finish(soon()).await, 1), b"six");
}

#[tokio::test]
async fn the_unspecified_address_of_ipv6_takes_ipv4_as_well() {
    let recorder = Recorder::start_at(&["[::]:0".parse().expect("an address")], Settings::default());
    let port = recorder.address().port();
    say("::1", port, b"six").await;
    say("127.0.0.1", port, b"four").await;
    let events = recorder.finish(soon()).await;
    assert_eq!((received(&events, 1), received(&events, 2)), (b"six".to_vec(), b"four".to_vec()));
    assert_eq!(came_to(&events), [Some(format!("[::1]:{port}")), Some(format!("127.0.0.1:{port}"))]);
}

#[tokio::test]
async fn of_a_single_address_it_is_not_said_that_clients_came_to_it() {
    let recorder = Recorder::start(Settings::default());
    recorder.exchange(b"one").await;
    assert_eq!(came_to(&recorder.finish(soon()).await), [None]);
}

/// The address that each connection came to, where it is said.
fn came_to(events: &[Event<'_>]) -> Vec<Option<String>> {
    let opened = events.iter().filter_map(|event| if let Event::Open { address, .. } = event { Some(address) } else { None });
    opened.map(|address| address.as_ref().map(ToString::to_string)).collect()
}

#[tokio::test]
async fn several_addresses_share_a_port_and_those_of_other_machines_are_left_out() {
    let addresses = ["192.0.2.1:0", "127.0.0.1:0", "[::1]:0"].map(|address| address.parse().expect("an address"));
    let recorder = Recorder::start_at(&addresses, Settings::default());
    let port = recorder.address().port();
    let expected = [format!("127.0.0.1:{port}"), format!("[::1]:{port}")].map(|address| address.parse().expect("an address"));
    assert_eq!(recorder.addresses, expected);
    say("127.0.0.1", port, b"four").await;
    say("::1", port, b"six").await;
    let events = recorder.finish(soon()).await;
    assert_eq!(closes(&events).len(), 2);
    assert_eq!(came_to(&events), expected.map(|address: Address| Some(address.to_string())));
    assert!(samewire_recorder::listen(&addresses[..1], &Settings::default()).is_err());
}

#[tokio::test]
async fn a_recorder_that_is_its_own_upstream_is_refused() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = free.local_addr().expect("an address");
    drop(free);
    for host in ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"] {
        let answers = crate::support::upstream_at(&format!("{host}:{}", own.port()));
        let refused = samewire_recorder::listen(&[own.into()], &Settings { answers, ..Settings::default() });
        let error = refused.err().expect("it is its own upstream").to_string();
        assert!(error.contains("this recorder itself"), "{error}");
    }
}

#[cfg(unix)]
mod unix {
    use std::io::ErrorKind;
    use std::os::unix::net::UnixListener;

    use samewire_recorder::listen;
    use tokio::io::AsyncReadExt;
    use tokio::net::UnixStream;

    use super::*;
    use crate::support::in_time;

    #[tokio::test]
    async fn a_unix_socket_is_recorded_and_its_file_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("recorder.sock");
        let recorder = Recorder::start_at(&[Address::Unix(path.clone())], Settings::default());
        let mut stream = UnixStream::connect(&path).await.expect("a connection");
        stream.write_all(b"abc").await.expect("to send");
        stream.shutdown().await.expect("to half-close");
        in_time(stream.read_to_end(&mut Vec::new())).await.expect("the end");
        let mut late = UnixStream::connect(&path).await.expect("a connection");
        late.write_all(b"in flight").await.expect("to send");
        let events = recorder.finish(samewire_recorder::Finish::now()).await;
        assert_eq!((received(&events, 1), received(&events, 2)), (b"abc".to_vec(), b"in flight".to_vec()));
        assert_eq!(closes(&events)[0], (1, PeerEnd::Fin, EndedBy::Peer));
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn the_file_of_a_unix_socket_is_replaced_only_where_nobody_listens() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("recorder.sock");
        let address = [Address::Unix(path.clone())];
        let refused = || listen(&address, &Settings::default()).err().map(|error| error.kind());
        let somebody = UnixListener::bind(&path).expect("a socket");
        assert_eq!(refused(), Some(ErrorKind::AddrInUse));
        drop(somebody);
        assert!(path.exists(), "it left its file behind");
        assert_eq!(refused(), None);
        std::fs::write(&path, "a file").expect("a file");
        assert_eq!(refused(), Some(ErrorKind::AddrInUse), "what is no socket is not ours to remove");
    }

    #[tokio::test]
    async fn a_path_belongs_to_one_recorder_even_where_it_refuses_or_is_busy() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("recorder.sock");
        let address = [Address::Unix(path.clone())];
        let taken = || listen(&address, &Settings::default()).err().map(|error| error.kind());
        let refusing =
            Settings { faults: samewire_recorder::Faults { refuse: true, ..Default::default() }, ..Settings::default() };
        let recorder = Recorder::start_at(&address, refusing);
        assert_eq!(taken(), Some(ErrorKind::AddrInUse), "it refuses, and is there");
        recorder.finish(soon()).await;
        assert!(!path.exists() && taken().is_none());
        // Somebody else, who accepts nobody: its queue is full after this, and nobody waits for that.
        let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).expect("a socket");
        socket.bind(&socket2::SockAddr::unix(&path).expect("a name")).expect("to bind");
        socket.listen(0).expect("to listen");
        let _queued = std::os::unix::net::UnixStream::connect(&path).expect("a connection");
        let busy = tokio::task::spawn_blocking(move || listen(&address, &Settings::default()).err().map(|error| error.kind()));
        assert_eq!(in_time(busy).await.expect("a thread"), Some(ErrorKind::AddrInUse));
    }

    #[tokio::test]
    async fn who_stops_removes_its_own_file_only() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("recorder.sock");
        let recorder = Recorder::start_at(&[Address::Unix(path.clone())], Settings::default());
        std::fs::remove_file(&path).expect("to remove it");
        let another = UnixListener::bind(&path).expect("a socket");
        recorder.finish(soon()).await;
        assert!(path.exists(), "it is another's now");
        drop(another);
    }

    #[tokio::test]
    async fn a_recorder_that_is_its_own_upstream_by_another_name_is_cut_off() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (path, link) = (folder.path().join("recorder.sock"), folder.path().join("link.sock"));
        let answers = crate::support::upstream_at(&format!("unix:{}", link.display()));
        let recorder = Recorder::start_at(&[Address::Unix(path.clone())], Settings { answers, ..Settings::default() });
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        let mut stream = UnixStream::connect(&path).await.expect("a connection");
        stream.write_all(b"abc").await.expect("to send");
        // Whatever it is told, it does not go round.
        let _ = in_time(stream.read_to_end(&mut Vec::new())).await;
        let events = recorder.finish(soon()).await;
        assert!(closes(&events).len() < 10, "{} connections", closes(&events).len());
        let said = |event: &Event<'_>| matches!(event, Event::Close { reason: Some(reason), .. } if reason.contains("leads back to this recorder"));
        assert!(events.iter().any(said));
    }
}
