//! A network as the harness has it: the way to its door.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::panic::resume_unwind;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{Shutdown, listen, shutdown};
use rustix::process::child_subreaper;

use crate::trial::network::again::{self, DOOR};
use crate::trial::network::failure::Step;
use crate::trial::network::leftover::Leftover;
use crate::trial::network::netlink::Netlink;
use crate::trial::network::reason::Reason;
use crate::trial::network::request::{Answer, Facts, Request};
use crate::trial::network::sockets::TcpSocket;
use crate::trial::network::{Start, holder, namespace, wire};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// A network of its own. It is there until this is dropped, or this process ends in any way.
///
/// Sockets that it opens do not block, are closed in programs that are started, and stay in the network wherever they are used.
#[derive(Debug)]
pub struct Network {
    door: Child,
    way: Mutex<OwnedFd>,
    facts: Facts,
    /// The network itself, where a thread of ours may enter it.
    inside: Option<File>,
    /// Knows its sockets.
    finder: Mutex<Netlink>,
    /// Its tables of TCP sockets: read from their beginning, they say what is so now.
    tables: Vec<File>,
}

impl Network {
    /// Makes a network, whose door is started by `start`. Takes some milliseconds.
    ///
    /// # Errors
    /// The reason why there are no networks here.
    pub fn new(start: Start<'_>) -> Result<Self, Reason> {
        let program = again::program()?;
        let (ours, doors) = wire::pair().map_err(|error| Reason::of(Step::Start.failed()(error)))?;
        let mut command = command(program);
        command.arg(DOOR).current_dir("/").stdin(doors).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut door = start(&mut command).map_err(|error| Reason::of(Step::Start.failed()(error)))?;
        // The command has the door's end of the socket: it must be closed, or the end of the door would not be seen.
        drop(command);
        match ready(&ours) {
            Ok((facts, finder, tables)) => {
                let inside = if facts.own_user { None } else { namespace::network_of(door.id()).ok() };
                Ok(Self { door, way: Mutex::new(ours), facts, inside, finder: Mutex::new(finder), tables })
            }
            Err(reason) => {
                end(&mut door);
                Err(reason)
            }
        }
    }

    /// The id of the process that holds it: no orphan, and nobody's client.
    #[must_use]
    pub fn door(&self) -> u32 {
        self.door.id()
    }

    /// Whether that process is still there.
    #[must_use]
    pub fn has_door(&self) -> bool {
        let way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        // It says nothing unasked: so there is something to read only when it is gone.
        poll(&mut [PollFd::new(&*way, PollFlags::IN)], Some(&Timespec::default())) == Ok(0)
    }

    /// Whether a client in there runs in a user namespace of a single id, so that it cannot become another user.
    #[must_use]
    pub fn has_own_user(&self) -> bool {
        self.facts.own_user
    }

    /// Whether [`within`](Self::within) can be: not where the network is in a user namespace of its own, which takes a process of one
    /// thread.
    #[must_use]
    pub fn has_room_for_threads(&self) -> bool {
        self.inside.is_some()
    }

    /// Does `work` on a thread that is in the network, and so is whatever process it starts. Takes some 50 us, where
    /// [`join`](Self::join) takes a millisecond.
    ///
    /// # Errors
    /// No thread may enter the network, or none can be started.
    pub fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        let inside = self.inside.as_ref().ok_or(Errno::PERM)?;
        // A thread of its own, since one that could not leave again would do the rest of its work in there.
        thread::scope(|scope| {
            let entered = thread::Builder::new().name("network".into()).spawn_scoped(scope, || {
                namespace::enter_network(inside)?;
                Ok(work())
            })?;
            entered.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// Whether every program in there may bind ports below 1024.
    #[must_use]
    pub fn has_low_ports(&self) -> bool {
        self.facts.low_ports
    }

    /// Whether it has IPv6, as `::1` and `2001:db8::1`.
    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        self.facts.ipv6
    }

    /// A TCP socket in there that is bound to this address, with SO_REUSEADDR, and does not listen yet: options that connections
    /// inherit can still be set. Port 0 picks a free one. An address that the network does not have, it gets until
    /// [`left_behind`](Self::left_behind).
    ///
    /// # Errors
    /// The address is taken, or no address that a socket can have.
    pub fn bind(&self, address: SocketAddr) -> io::Result<TcpListener> {
        self.open(&Request::Bind(address)).map(TcpListener::from)
    }

    /// A listener in there, as [`bind`](Self::bind) binds.
    ///
    /// # Errors
    /// As of `bind`.
    pub fn listen(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = self.bind(address)?;
        listen(&socket, BACKLOG)?;
        Ok(socket)
    }

    /// A connection in there that is being made: it is when it can be written to, and `take_error` has none.
    ///
    /// # Errors
    /// Nobody listens at this address, where that is known at once.
    pub fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.open(&Request::Connect(address)).map(TcpStream::from)
    }

    /// A raw packet socket that receives all packets of the network, both as they go out and as they come in. To be kept as long as
    /// the network: closing it takes the kernel 10 to 20 ms.
    ///
    /// # Errors
    /// The operating system has no packet sockets.
    pub fn packet_socket(&self) -> io::Result<OwnedFd> {
        self.open(&Request::Packets)
    }

    /// What the trial that is over left in there. A network in which something is left is to be made anew. To be asked once all
    /// TCP sockets from here are closed; addresses that were added for them are taken away by it.
    ///
    /// # Errors
    /// The door is gone: then the network is to be made anew, too.
    pub fn left_behind(&self) -> io::Result<Vec<Leftover>> {
        // Whatever loses its parent is then a child of ours.
        let among_descendants = matches!(child_subreaper(), Ok(Some(_)));
        match self.ask(&Request::LeftBehind { among_descendants })? {
            (Answer::Left(left), _) => Ok(left),
            _ => Err(out_of_step()),
        }
    }

    /// The inode of the TCP socket in there with these addresses: what its descriptors are called in `/proc/ID/fd`,
    /// `socket:[INODE]`. `None` where there is none, or no process holds it any more. Costs the same however many there are.
    ///
    /// # Errors
    /// The operating system cannot say: then [`sockets`](Self::sockets) can.
    pub fn inode(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<Option<u64>> {
        holder::inode(&self.finder.lock().unwrap_or_else(PoisonError::into_inner), local, remote)
    }

    /// Its TCP sockets as they are now, those in TIME_WAIT included. Asks nobody.
    ///
    /// # Errors
    /// Whatever the operating system says.
    pub fn sockets(&self) -> io::Result<Vec<TcpSocket>> {
        let tables = self.tables.iter().map(read_again).collect::<io::Result<Vec<_>>>()?;
        Ok(tables.iter().flat_map(|table| TcpSocket::all_in(table)).collect())
    }

    fn open(&self, request: &Request) -> io::Result<OwnedFd> {
        match self.ask(request)? {
            (Answer::Opened, mut sockets) => sockets.pop().ok_or_else(out_of_step),
            _ => Err(out_of_step()),
        }
    }

    fn ask(&self, request: &Request) -> io::Result<(Answer, Vec<OwnedFd>)> {
        let way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = wire::send(&*way, request, &[]).and_then(|()| wire::receive(&*way));
        match answer {
            Ok(Some((Answer::Failed(failure), _))) => Err(failure.source()),
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(gone_for_good()),
            Err(error) => match Errno::from_io_error(&error) {
                // The answer came, and only its socket found no room here.
                Some(Errno::MFILE) => Err(error),
                Some(Errno::PIPE) => Err(gone_for_good()),
                _ => {
                    // An answer that comes too late must not be taken for the next one's.
                    let _ = shutdown(&*way, Shutdown::Both);
                    Err(error)
                }
            },
        }
    }
}

/// Ends the door, which is a child to be waited for. It has nothing to put away.
impl Drop for Network {
    fn drop(&mut self) {
        end(&mut self.door);
    }
}

fn end(door: &mut Child) {
    let _ = door.kill();
    let _ = door.wait();
}

#[expect(clippy::disallowed_methods, reason = "who starts it is told by the caller")]
pub(crate) fn command(program: std::path::PathBuf) -> Command {
    Command::new(program)
}

fn ready(way: &OwnedFd) -> Result<(Facts, Netlink, Vec<File>), Reason> {
    let failed = |error| Err(Reason::of(Step::Ask.failed()(error)));
    match wire::receive(way) {
        Ok(Some((Answer::Ready(facts), ways))) => {
            let mut ways = ways.into_iter();
            let Some(finder) = ways.next() else { return failed(out_of_step()) };
            Ok((facts, finder.into(), ways.map(File::from).collect()))
        }
        Ok(Some((Answer::Failed(failure), _))) => Err(Reason::of(failure)),
        Ok(_) => failed(gone()),
        Err(error) => failed(error),
    }
}

/// A file of the kernel, from its beginning.
fn read_again(table: &File) -> io::Result<String> {
    let (mut text, mut piece) = (Vec::new(), vec![0; 32 << 10]);
    loop {
        match table.read_at(&mut piece, text.len() as u64)? {
            0 => return Ok(String::from_utf8_lossy(&text).into_owned()),
            length => text.extend_from_slice(&piece[..length]),
        }
    }
}

fn gone() -> io::Error {
    Errno::PIPE.into()
}

fn gone_for_good() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the process of ours that holds its network has ended")
}

fn out_of_step() -> io::Error {
    Errno::PROTO.into()
}
