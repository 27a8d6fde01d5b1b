//! `samewire serve`: record by hand.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::Args;
use samewire_recorder::{Address, Event, Finish, Listener, Notice, Settings, UNIX, Watch, listen};
use tokio::net::lookup_host;
use tokio::sync::watch;

use super::behave::{self, AnswerArgs, FaultArgs, LimitArgs};
use super::destination::{Destination, Opened};
use super::feed::Feed;
use super::terminal::{SKIPPED, defused_in_a_workflow, live, note, remark, styled};
use super::view::{View, Viewer};
use super::{CommandError, Status, files, signals, threads};
use crate::printable;
use crate::trial::holders::{Asking, Finder, Found, Lookup};

/// What is shown may still be read for so long when the recording is over.
const LAST_LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The address to listen on: a host name, an IP address, or unix:PATH; of a host name, all its addresses
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 3099)]
    port: u16,
    /// Write the capture (JSON Lines) to this file; `-` is stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Flush the capture to the disk whenever a connection has closed
    #[arg(long, requires = "out")]
    sync: bool,
    /// How to show what arrives
    #[arg(long, value_enum, default_value_t = View::Auto)]
    view: View,
    /// Stop after this many connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,
    /// With --connections: do not count those that sent nothing, such as a check whether the port is open
    #[arg(long, requires = "connections")]
    skip_empty: bool,
    #[command(flatten, next_help_heading = "Answers")]
    answers: AnswerArgs,
    #[command(flatten, next_help_heading = "Faults")]
    faults: FaultArgs,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitArgs,
}

pub(super) fn serve(args: &ServeArgs) -> Result<Status, CommandError> {
    let stop = Stop::at_signals()?;
    threads::are_there()?;
    // One thread: events are written one after the other anyway, and threads that wake each other cost more than they save. What may
    // be held up has threads of its own: signals, what is shown, the opening of a FIFO.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        tokio::select! {
            prepared = prepare(args) => {
                // As a task: each time that what is blocked on is woken, the runtime tells itself so through the kernel.
                tokio::spawn(record(prepared?, stop.clone())).await?
            }
            () = stop.told() => signals::end_at_once(),
        }
    });
    // A file whose opening waits, as that of a FIFO, may wait for ever.
    runtime.shutdown_background();
    status
}

/// All that a recording needs.
struct Prepared {
    listener: Listener,
    settings: Settings,
    opened: Opened,
    show: Show,
    /// What finds out who sends; `None` where nobody can.
    lookup: Option<Lookup>,
}

async fn prepare(args: &ServeArgs) -> Result<Prepared, CommandError> {
    if let Some(problem) = behave::refusal(&args.answers, &args.faults, &args.limits, args.connections) {
        return Err(problem.into());
    }
    let settings = Settings {
        answers: args.answers.answers(),
        faults: args.faults.faults(),
        limits: args.limits.limits(),
        connections: args.connections,
        skip_empty: args.skip_empty,
    };
    let destination = Destination::of(args.out.as_deref(), args.sync)?;
    let addresses = resolve(&args.host, args.port).await?;
    let listener = listen(&addresses, &settings).map_err(|error| refusal(&addresses, &error))?;
    let live = if destination == Destination::Stdout { None } else { Some(live()?) };
    let mut show = Show { live, viewer: Viewer::new(args.view), asking: None };
    let lookup = show.look_up();
    let opened = tokio::task::spawn_blocking(move || destination.open()).await??;
    show.print(&greeting(&listener));
    if let Some(warning) = files::make_room_for(args.limits.max_connections, args.answers.files_each()) {
        show.print(&styled(SKIPPED, &warning));
    }
    Ok(Prepared { listener, settings, opened, show, lookup })
}

async fn record(prepared: Prepared, stop: Stop) -> Result<Status, CommandError> {
    let Prepared { listener, settings, opened, show, lookup } = prepared;
    stop.hurries(opened.held);
    let live = show.live.clone();
    let finish = async move {
        stop.told().await;
        Finish::now()
    };
    let recorded = samewire_recorder::serve(listener, opened.capture.watched_by(Box::new(show)), settings, finish).await;
    // Who opened the last connection is said before the end is.
    if let Some(lookup) = lookup {
        lookup.finish().await;
    }
    if let Some(unseen) = live.and_then(|live| live.finish(LAST_LOOK)) {
        note(&styled(SKIPPED, &unseen));
    }
    recorded?;
    Ok(Status::Good)
}

/// Tells a recording that the person has had enough. A second time ends it as it is.
#[derive(Clone)]
struct Stop {
    told: watch::Sender<bool>,
    /// Who gets the capture, and may have stopped reading.
    held: Arc<OnceLock<Feed>>,
}

impl Stop {
    /// From now on a signal ends the recording in order.
    fn at_signals() -> io::Result<Self> {
        let stop = Self { told: watch::channel(false).0, held: Arc::default() };
        let telling = stop.clone();
        signals::hear(move || telling.tell())?;
        Ok(stop)
    }

    fn tell(&self) {
        if self.told.send_replace(true) {
            signals::end_at_once();
        }
        if let Some(held) = self.held.get() {
            held.hurry();
        }
    }

    async fn told(&self) {
        // The sender lives as long as `self`, so this fails never.
        let _ = self.told.subscribe().wait_for(|told| *told).await;
    }

    /// Whom to hurry when told, which may have been before this.
    fn hurries(&self, held: Option<Feed>) {
        let Some(held) = held else { return };
        let held = self.held.get_or_init(|| held);
        if *self.told.borrow() {
            held.hurry();
        }
    }
}

async fn resolve(host: &str, port: u16) -> Result<Vec<Address>, CommandError> {
    if host.starts_with(UNIX) {
        return Ok(vec![host.parse()?]);
    }
    let found = lookup_host((host, port)).await.map_err(|error| format!("cannot look up the host {host:?}: {error}"))?;
    let mut addresses: Vec<Address> = Vec::new();
    for address in found.map(Address::from) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(format!("cannot look up the host {host:?}: it has no address").into()) } else { Ok(addresses) }
}

/// Why there is no listener.
fn refusal(addresses: &[Address], error: &io::Error) -> String {
    let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let is_path = addresses.iter().all(|address| matches!(address, Address::Unix(_)));
    let cause = if is_path { format!("{error}; name another path") } else { cause(error) };
    format!("cannot listen on {}: {cause}", names.join(", "))
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

fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use; name another with --port (0 picks a free one) or --host".into(),
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address; name one of its own with --host".into(),
        io::ErrorKind::PermissionDenied => "not permitted; ports below 1024 need a privilege".into(),
        _ => error.to_string(),
    }
}

/// Shows events as they are recorded, to whoever looks: nobody has to.
struct Show {
    /// Stdout; `None` where the capture goes there, and this to stderr.
    live: Option<Feed>,
    viewer: Viewer,
    /// Finds out who sends.
    asking: Option<Asking>,
}

impl Show {
    fn print(&self, text: &str) {
        show(self.live.as_ref(), text);
    }

    /// Begins to look up who opens connections, and shows it. Where nobody can, nothing is said of it.
    fn look_up(&mut self) -> Option<Lookup> {
        let live = self.live.clone();
        let mut has_said_too_many = false;
        let told = move |connection, found| match found {
            Found::Holders(holders) => {
                show(live.as_ref(), &format!("#{connection} held by {}\n", printable::line(&holders.to_string())))
            }
            Found::TooMany if has_said_too_many => {}
            Found::TooMany => {
                has_said_too_many = true;
                let said = format!("#{connection} and others: so many open that the processes of some are not looked up\n");
                show(live.as_ref(), &styled(SKIPPED, &said));
            }
        };
        let lookup = Lookup::start(Finder::of_machine().ok()?, told).ok()?;
        self.asking = Some(lookup.asking());
        Some(lookup)
    }
}

fn show(live: Option<&Feed>, text: &str) {
    match live {
        Some(live) => live.offer(&defused_in_a_workflow(text)),
        None => remark(text),
    }
}

impl Watch for Show {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let lines = self.viewer.lines(event);
        if !lines.is_empty() {
            self.print(&lines);
        }
        // Asked once the line stands that says which connection it is.
        self.asking.as_mut().map_or(Ok(()), |asking| asking.event(event))
    }

    fn notice(&mut self, notice: &Notice) -> io::Result<()> {
        self.print(&styled(SKIPPED, &format!("{}\n", printable::line(&notice.to_string()))));
        Ok(())
    }
}
