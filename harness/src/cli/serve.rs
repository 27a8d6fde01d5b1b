//! `samewire serve`: record by hand.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use samewire_recorder::{Address, CaptureWriter, Event, Finish, Listener, Notice, Settings, UNIX, Watch, listen};
use tokio::net::lookup_host;

use super::behave::{AnswerArgs, FaultArgs, LimitArgs};
use super::terminal::{SKIPPED, note, print, print_or_fail, raw, styled};
use super::view::{View, Viewer};
use super::{CommandError, Status, files};
use crate::printable;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on: a name, an IP address, or unix:PATH; a name that has several listens on all
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3099)]
    port: u16,
    /// Write the capture (JSON Lines) to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Have the disk hold the capture whenever a connection has closed
    #[arg(long, requires = "out")]
    sync: bool,
    /// How what arrives is shown
    #[arg(long, value_enum, default_value_t = View::Auto)]
    view: View,
    /// Stop after so many connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,
    #[command(flatten, next_help_heading = "Answers")]
    answers: AnswerArgs,
    #[command(flatten, next_help_heading = "Faults")]
    faults: FaultArgs,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitArgs,
}

pub fn serve(args: &ServeArgs) -> Result<Status, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(record(args))
}

async fn record(args: &ServeArgs) -> Result<Status, CommandError> {
    // Before anything is made: a signal from now on ends the recording in order.
    let finish = signals()?;
    let settings = Settings {
        answers: args.answers.answers(),
        faults: args.faults.faults(),
        limits: args.limits.limits(),
        connections: args.connections,
    };
    let to_stderr = args.out.as_deref() == Some(Path::new("-"));
    if to_stderr && files::stdout_is_closed() {
        return Err("write the capture to stdout: it is closed; name a file with --out".into());
    }
    let addresses = resolve(&args.host, args.port).await?;
    let listener = listen(&addresses, &settings).map_err(|error| refusal(&addresses, &error))?;
    let show = Show { to_stderr, kept: args.out.is_some(), viewer: Viewer::new(args.view) };
    let capture = capture(args.out.as_deref(), args.sync)?;
    show.print(&greeting(&listener))?;
    if let Some(warning) = files::make_room_for(args.limits.max_connections) {
        show.print(&styled(SKIPPED, &warning))?;
    }
    samewire_recorder::serve(listener, capture.watched_by(Box::new(show)), settings, finish).await?;
    Ok(Status::Good)
}

async fn resolve(host: &str, port: u16) -> Result<Vec<Address>, CommandError> {
    if host.starts_with(UNIX) {
        return Ok(vec![host.parse()?]);
    }
    let found = lookup_host((host, port)).await.map_err(|error| format!("look up the host {host:?}: {error}"))?;
    let mut addresses: Vec<Address> = Vec::new();
    for address in found.map(Address::from) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(format!("look up the host {host:?}: it has no address").into()) } else { Ok(addresses) }
}

/// Why there is no listener.
fn refusal(addresses: &[Address], error: &io::Error) -> String {
    let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    format!("listen on {}: {}", names.join(", "), cause(error))
}

/// Where it listens, and who can reach that.
fn greeting(listener: &Listener) -> String {
    let names: Vec<String> = listener.addresses().map(ToString::to_string).collect();
    let mut text = format!("listening on {}\n", names.join(", "));
    if listener.addresses().any(Address::is_exposed) {
        let warning = "other machines can reach this; `--host 127.0.0.1` keeps it to this one\n";
        text += &styled(SKIPPED, warning);
    }
    text
}

fn capture(out: Option<&Path>, sync: bool) -> Result<CaptureWriter, CommandError> {
    Ok(match out {
        None => CaptureWriter::new(Box::new(io::sink()), "nowhere"),
        Some(path) if path == Path::new("-") => CaptureWriter::new(Box::new(raw()), "stdout"),
        Some(path) if sync => CaptureWriter::create_durable(path)?,
        Some(path) => CaptureWriter::create(path)?,
    })
}

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use; name another with --port (0 picks a free one) or --host".into(),
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
    /// Whether there is a capture, which nobody closing our stdout may cut short in silence.
    kept: bool,
    viewer: Viewer,
}

impl Show {
    fn print(&self, text: &str) -> io::Result<()> {
        if self.to_stderr {
            note(text);
            return Ok(());
        }
        if self.kept { print_or_fail(text) } else { print(text) }
    }
}

impl Watch for Show {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let lines = self.viewer.lines(event);
        if lines.is_empty() { Ok(()) } else { self.print(&lines) }
    }

    fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        self.print(&styled(SKIPPED, &format!("{}\n", printable::line(&notice.to_string()))))
    }
}
