//! `samewire serve`: record by hand.

mod listening;
mod messages;
mod packets;
mod program;
mod show;
mod stop;
mod tls;
mod watcher;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use samewire_recorder::{Address, Finish, Keys, Listener, ServeError, Settings, UNIX};
use tokio::sync::oneshot;

use super::behave::{self, AnswerArgs, FaultArgs, LimitArgs};
use super::decoding::{DecodeArgs, Decoding};
use super::destination::{Destination, Opened};
use super::project::Project;
use super::target::Target;
use super::terminal::{SKIPPED, complain, is_watched, live, note, prose, raw, styled};
use super::view::{View, Viewer};
use super::{CommandError, Status, files, signals, threads};
use crate::packets::Clock;
use crate::suite::{NetworkMode, Redaction};
use crate::trial::Interrupt;
use crate::trial::holders::{Finder, Lookup};
use crate::trial::launch::OwnNetwork;
use listening::{greeting, listen_at, resolve};
use messages::Messages;
use packets::Packets;
use program::Program;
use show::Show;
use stop::Stop;
use tls::{Secrets, Secured, TlsArgs};

/// What is shown may still be read for so long when the recording is over.
const LAST_LOOK: Duration = Duration::from_millis(500);

/// What `--help` ends with.
const EXAMPLES: &str = "Examples:
  samewire serve --out hello.jsonl                          record what arrives at 127.0.0.1:3099
  samewire serve --packets hello.pcapng -- node sender.js   start a sender; its packets too, without any privilege
  samewire serve --port 0 -- ./sender {host} {port}         tell it where to connect
  samewire serve --decode http1                             show what arrives as messages";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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
    /// Record the packets too, from and to the port, for Wireshark (pcapng); `-` is stdout. In the machine's network that takes
    /// CAP_NET_RAW; with PROGRAM, which has a network of its own, nothing
    #[arg(long, value_name = "FILE")]
    packets: Option<PathBuf>,
    /// Whose network PROGRAM runs in: its own wherever that works, its own or not at all, or the machine's
    #[arg(long, value_enum, value_name = "WHOSE", default_value_t = NetworkMode::Auto, hide_possible_values = true, requires = "program")]
    network: NetworkMode,
    /// How to show what arrives [default: auto, or none with --decode]
    #[arg(long, value_enum)]
    view: Option<View>,
    #[command(flatten)]
    decode: DecodeArgs,
    /// Stop after this many connections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    connections: Option<u64>,
    /// With --connections: do not count those that sent nothing, such as a check whether the port is open
    #[arg(long, requires = "connections")]
    skip_empty: bool,
    #[command(flatten, next_help_heading = "TLS")]
    tls: TlsArgs,
    #[command(flatten, next_help_heading = "Answers")]
    answers: AnswerArgs,
    #[command(flatten, next_help_heading = "Faults")]
    faults: FaultArgs,
    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitArgs,
    /// Start this program, in a network of its own where there can be one, and record until it has ended and its connections are over.
    ///
    /// {host}, {port}, {url}, and with --tls {ca}, {cert} and {key} in its arguments are filled in. stdin, stdout and stderr are the program's; what is recorded is shown
    /// on stderr. The status is the program's, or 2 where the recording is not complete.
    #[arg(last = true, value_name = "PROGRAM")]
    program: Vec<OsString>,
}

pub(super) fn serve(args: &ServeArgs) -> Result<Status, CommandError> {
    let stop = Stop::at_signals()?;
    threads::are_there()?;
    if let Some(problem) = behave::refusal(&args.answers, &args.faults, &args.limits, args.connections, args.tls.is_on()) {
        return Err(problem.into());
    }
    // A Unix socket is reached from every network.
    let mode = if args.host.starts_with(UNIX) { NetworkMode::Shared } else { args.network };
    let program = Program::find(&args.program, mode)?;
    // One thread: events are written one after the other anyway, and threads that wake each other cost more than they save. What may
    // be held up has threads of its own: signals, what is shown, the opening of a FIFO.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let status = runtime.block_on(async {
        tokio::select! {
            prepared = prepare(args, program, &stop) => {
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
    /// What decodes what was said.
    messages: Option<Messages>,
    /// What it has of TLS.
    secured: Secured,
    /// What is started once all else is there.
    program: Option<Program>,
    packets: Option<Packets>,
}

async fn prepare(args: &ServeArgs, program: Option<Program>, stop: &Stop) -> Result<Prepared, CommandError> {
    let mut settings = Settings {
        answers: args.answers.answers(),
        faults: args.faults.faults(),
        limits: args.limits.limits(),
        connections: args.connections,
        skip_empty: args.skip_empty,
        ..Settings::default()
    };
    let destination = Destination::of(args.out.as_deref(), args.sync)?;
    let mut target = args.packets.as_deref().map(Target::of).transpose()?;
    check_stdout(args, &destination, target.as_ref())?;
    let addresses = resolve(&args.host, args.port).await?;
    let secured = args.tls.set_up(&mut settings, &addresses, secrets(target.as_ref()))?;
    let program = program.map(|program| program.telling(&secured.told));
    if target.is_some() && args.host.starts_with(UNIX) {
        return Err("a Unix socket has no packets; leave --packets out, or name an IP address with --host".into());
    }
    let network = program.as_ref().and_then(Program::network);
    let prints_elsewhere = destination == Destination::Stdout || Packets::is_stdout(target.as_ref()) || program.is_some();
    let live = if prints_elsewhere { None } else { Some(live()?) };
    let mut show = Show {
        live,
        viewer: Viewer::new(args.view()),
        asking: None,
        tap: None,
        redaction: Redaction::default(),
        clock: Arc::default(),
    };
    show.print(&program.as_ref().map(Program::remark).unwrap_or_default());
    let (messages, heading) = decode(args, &mut show).await?;
    // Before anybody can connect, where it is known where to.
    let is_known = args.port != 0;
    let mut packets = None;
    if is_known {
        packets = begin(target.take(), network.clone(), vec![args.port], stop).await?;
    }
    let listener = listen_at(&addresses, network.as_deref(), &settings)?;
    if !is_known {
        packets = begin(target, network.clone(), ports(&listener), stop).await?;
    }
    let opened = tokio::task::spawn_blocking(move || destination.open()).await??;
    let finder = network.clone().map_or_else(Finder::of_machine, |network| Finder::of_started(Some(network)));
    // In the machine's network somebody else may have sent.
    let started = program.as_ref().filter(|_| network.is_some()).map(Program::process).unwrap_or_default();
    let lookup = show.look_up(finder, started);
    show.print(&(greeting(&listener, network.is_some()) + &secured.greeting() + &heading));
    if let Some(warning) = files::make_room_for(args.limits.max_connections, args.answers.files_each()) {
        show.print(&styled(SKIPPED, &warning));
    }
    Ok(Prepared { listener, settings, opened, show, lookup, messages, secured, program, packets })
}

fn secrets(packets: Option<&Target>) -> Secrets {
    match packets {
        None => Secrets::Nowhere,
        Some(target) if target.is_file() => Secrets::Packets,
        Some(_) => Secrets::File,
    }
}

impl ServeArgs {
    fn view(&self) -> View {
        let else_view = if self.decode.decode.is_some() { View::None } else { View::Auto };
        self.view.unwrap_or(else_view)
    }
}

/// Begins to decode, where that is wished; with a line that says what does.
async fn decode(args: &ServeArgs, show: &mut Show) -> Result<(Option<Messages>, String), CommandError> {
    let Some(name) = args.decode.decode.clone() else { return Ok((None, String::new())) };
    let interrupt = Interrupt::new();
    let stopped = interrupt.clone();
    // It may be a program that is asked for its version.
    let ready = move || Decoding::of(&name, &Project::here()?, stopped);
    let decoding = tokio::task::spawn_blocking(ready).await??;
    let heading = decoding.heading();
    show.redaction = decoding.redaction().clone();
    let (messages, tap) = Messages::start(decoding, interrupt, show.live.clone())?;
    let when = if tap.is_live() { "" } else { ", when a connection has closed" };
    show.tap = Some(tap);
    Ok((Some(messages), format!("{}{when}\n", heading.trim_end())))
}

/// Two things on one stdout would be none.
fn check_stdout(args: &ServeArgs, capture: &Destination, packets: Option<&Target>) -> Result<(), CommandError> {
    let (has_capture, has_packets) = (*capture == Destination::Stdout, Packets::is_stdout(packets));
    match () {
        () if has_capture && has_packets => Err("--out and --packets cannot both be stdout; name a file for one of them".into()),
        () if (has_capture || has_packets) && !args.program.is_empty() => {
            let what = if has_capture { "--out" } else { "--packets" };
            Err(format!("stdout is the program's, and {what} would mix with what it prints; name a file with {what}").into())
        }
        () => Ok(()),
    }
}

async fn begin(
    target: Option<Target>,
    network: Option<Arc<OwnNetwork>>,
    ports: Vec<u16>,
    stop: &Stop,
) -> Result<Option<Packets>, CommandError> {
    let Some(target) = target else { return Ok(None) };
    let packets = tokio::task::spawn_blocking(move || Packets::begin(target, network, &ports)).await??;
    stop.hurries(packets.held.clone());
    Ok(Some(packets))
}

fn ports(listener: &Listener) -> Vec<u16> {
    let mut ports: Vec<u16> = listener
        .addresses()
        .filter_map(|address| if let Address::Tcp(address) = address { Some(address.port()) } else { None })
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

async fn record(prepared: Prepared, stop: Stop) -> Result<Status, CommandError> {
    let Prepared { listener, settings, opened, show, lookup, messages, secured, program, packets } = prepared;
    stop.hurries(opened.held);
    let (live, clock) = (show.live.clone(), Arc::clone(&show.clock));
    let (tell, program_ended) = oneshot::channel();
    let has_program = program.is_some();
    let told = stop.clone();
    let finish = async move {
        tokio::select! {
            () = told.told() => Finish::now(),
            Ok(()) = program_ended => Finish::until(async move { program::outlasted(&told).await }),
        }
    };
    let address = listener.addresses().next().cloned();
    let recording = async {
        let recorded = samewire_recorder::serve(listener, opened.capture.watched_by(Box::new(show)), settings, finish).await;
        recorded.inspect_err(|_| stop.hurry())
    };
    let running = async {
        let Some(program) = program else { return Ok(None) };
        let ended = program.run(address.as_ref(), &stop).await;
        // A recording that failed is over before.
        let _ = tell.send(());
        ended.map(Some)
    };
    // The recorder first: its clock runs before the program does.
    let (recorded, ended) = tokio::join!(biased; recording, running);
    // Who opened the last connection is said before the end is.
    if let Some(lookup) = lookup {
        lookup.finish().await;
    }
    if let Some(messages) = messages {
        messages.finish(&stop).await;
    }
    let packets = finish_packets(packets, clock.get().copied(), secured.keys.clone()).await;
    if let Ok(Some(table)) = &packets {
        let is_for_a_terminal = if live.is_some() { raw().is_terminal() } else { is_watched() };
        watcher::show(live.as_ref(), &prose(table, is_for_a_terminal));
    }
    if let Some(unseen) = live.and_then(|live| live.finish(LAST_LOOK)) {
        note(&styled(SKIPPED, &unseen));
    }
    let ended = match ended {
        Ok(Some(ended)) => Some(ended.over(recorded.as_ref().ok().copied()).await),
        Ok(None) => None,
        Err(error) => return Err(error.into()),
    };
    if has_program {
        note("");
    }
    conclude(recorded, packets, ended)
}

async fn finish_packets(packets: Option<Packets>, clock: Option<Clock>, keys: Keys) -> Result<Option<String>, CommandError> {
    match packets {
        Some(packets) => tokio::task::spawn_blocking(move || packets.finish(clock, &keys)).await?,
        None => Ok(None),
    }
}

/// The program's status, or what keeps the recording from being complete.
fn conclude(
    recorded: Result<u64, ServeError>,
    packets: Result<Option<String>, CommandError>,
    ended: Option<Status>,
) -> Result<Status, CommandError> {
    match (recorded, packets) {
        (Err(error), Err(other)) => {
            complain(other.as_ref());
            Err(error.into())
        }
        (Err(error), Ok(_)) => Err(error.into()),
        (Ok(_), Err(error)) => Err(error),
        (Ok(_), Ok(_)) => Ok(ended.unwrap_or(Status::Good)),
    }
}
