//! What peers are measured with: a long stream, many short connections, many idle ones. And a server that keeps nothing.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::tls;

/// How long a peer may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections that are open at once, in the measurement of their rate.
const AT_ONCE: usize = 64;

/// What one write of the long stream holds.
const WRITE: usize = 1 << 20;

/// Sends so many octets, under TLS or not, and waits until the peer has closed.
pub(crate) fn stream(port: u16, octets: usize, under_tls: bool) -> Duration {
    let stream = connect(port);
    // Where bbr is the default, loopback itself would be the limit.
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_congestion(&stream, "cubic").expect("the usual congestion control");
    let started = Instant::now();
    if under_tls {
        let mut secured = tls::secured(stream);
        send(&mut secured, octets);
        finish(tls::goodbye(secured));
    } else {
        send(&mut &stream, octets);
        finish(stream);
    }
    started.elapsed()
}

fn send(stream: &mut impl Write, octets: usize) {
    let piece: Vec<u8> = (0..WRITE).map(|index| (index % 251) as u8).collect();
    for at in (0..octets).step_by(WRITE) {
        stream.write_all(&piece[..WRITE.min(octets - at)]).expect("to send");
    }
}

/// One short connection, served to its end.
pub(crate) fn warm_up(port: u16) {
    let mut stream = connect(port);
    stream.write_all(&[b'x'; 40]).expect("to send");
    finish(stream);
}

/// Makes so many short connections, a few at a time.
pub(crate) fn connections(port: u16, count: usize) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let started = Instant::now();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..AT_ONCE {
            let share = count / AT_ONCE + usize::from(task < count % AT_ONCE);
            tasks.spawn(async move {
                for _ in 0..share {
                    short(port).await.expect("a connection");
                }
            });
        }
        tasks.join_all().await;
    });
    started.elapsed()
}

async fn short(port: u16) -> io::Result<()> {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(&[b'x'; 40]).await?;
    stream.shutdown().await?;
    stream.read_to_end(&mut Vec::new()).await.map(drop)
}

/// Opens so many connections; `None` where too many files would be open.
pub(crate) fn idle(port: u16, count: usize) -> Option<Vec<TcpStream>> {
    (0..count).map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect()
}

/// Serves one connection after the other, and keeps nothing.
pub(crate) fn discard(port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port");
    let mut buffer = vec![0; 256 << 10];
    for mut stream in listener.incoming().flatten() {
        while matches!(stream.read(&mut buffer), Ok(1..)) {}
    }
}

/// Connects as soon as the peer listens. Some peers serve one connection only, so nothing else may ask whether they do.
fn connect(port: u16) -> TcpStream {
    let started = Instant::now();
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return stream,
            Err(error) => assert!(started.elapsed() < PATIENCE, "nothing listens on port {port}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn finish(mut stream: TcpStream) {
    stream.shutdown(Shutdown::Write).expect("to half-close");
    stream.read_to_end(&mut Vec::new()).expect("the end");
}
