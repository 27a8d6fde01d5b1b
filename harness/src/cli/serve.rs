//! `samewire serve`: record by hand.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use samewire_recorder::{CaptureWriter, Event, Finish, Settings, Watch, listen};
use tokio::net::lookup_host;

use super::terminal::{note, print, raw};
use super::view::{View, Viewer};
use super::{CommandError, Status};

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3099)]
    port: u16,
    /// Write the capture (JSON Lines) to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How what arrives is shown
    #[arg(long, value_enum, default_value_t = View::Auto)]
    view: View,
    /// Stop after so many connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,
}

pub fn serve(args: &ServeArgs) -> Result<Status, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(record(args))
}

async fn record(args: &ServeArgs) -> Result<Status, CommandError> {
    // Before anything is made: a signal from now on ends the recording in order.
    let finish = signals()?;
    let address = resolve(&args.host, args.port).await?;
    let listener = listen(address).map_err(|error| format!("listen on {address}: {}", cause(&error)))?;
    let address = listener.local_addr()?;
    let show = Show { to_stderr: args.out.as_deref() == Some(Path::new("-")), viewer: Viewer::new(args.view) };
    let capture = capture(args.out.as_deref())?;
    show.print(&format!("listening on {address}\n"))?;
    let settings = Settings { connections: args.connections, ..Settings::default() };
    samewire_recorder::serve(listener, capture.watched_by(Box::new(show)), settings, finish).await?;
    Ok(Status::Good)
}

async fn resolve(host: &str, port: u16) -> Result<SocketAddr, CommandError> {
    let found = lookup_host((host, port)).await.map_err(|error| format!("look up the host {host:?}: {error}"))?;
    found.into_iter().next().ok_or_else(|| format!("look up the host {host:?}: it has no address").into())
}

fn capture(out: Option<&Path>) -> Result<CaptureWriter, CommandError> {
    Ok(match out {
        None => CaptureWriter::new(Box::new(io::sink()), "nowhere"),
        Some(path) if path == Path::new("-") => CaptureWriter::new(Box::new(raw()), "stdout"),
        Some(path) => CaptureWriter::create(path)?,
    })
}

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use; name another with --port (0 picks a free one)".into(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address; name one of its own with --host".into(),
        io::ErrorKind::PermissionDenied => "not permitted; ports below 1024 need a privilege".into(),
        _ => error.to_string(),
    }
}

/// Ready when the person has had enough.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = Finish>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        Finish::now()
    })
}

/// Ready when the person has had enough.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = Finish>> {
    Ok(async {
        // Where there is no such signal, the recording goes on until its connections are over.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Finish::now()
    })
}

/// Shows events as they are recorded.
struct Show {
    to_stderr: bool,
    viewer: Viewer,
}

impl Show {
    fn print(&self, text: &str) -> io::Result<()> {
        if self.to_stderr {
            note(text);
            return Ok(());
        }
        print(text)
    }
}

impl Watch for Show {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let lines = self.viewer.lines(event);
        if lines.is_empty() { Ok(()) } else { self.print(&lines) }
    }
}
