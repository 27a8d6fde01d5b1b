//! Takes the steps of a sender for real: reads the plan, connects, sends, prints. The only client in the harness.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::{Fault, Habit, Step};
use crate::suite::contract::CANNOT;
use crate::suite::plan::Plan;

/// Octets that are read at once.
const PIECE: usize = 64 << 10;

/// Does a plan but for a fault, prints to `out` what it receives, and gives the status to end in.
///
/// # Errors
/// The plan cannot be read, the server is not there, or the connection breaks.
pub fn follow(fault: &Fault, address: &str, plan: &Path, out: &mut dyn Write) -> io::Result<i32> {
    if fault.has(Habit::ConnectsFirst) {
        drop(connect(address)?);
    }
    let text = match fs::read_to_string(plan) {
        Err(_) if fault.has(Habit::NeedsNoPlan) => return Ok(0),
        Err(_) if fault.has(Habit::CannotWithoutPlan) => return Ok(CANNOT),
        text => text?,
    };
    let sender = Sender { fault, address, out, waiting: VecDeque::new(), stream: None };
    match Plan::parse(&text) {
        Ok(plan) if fault.has(Habit::ClaimsSuccess) => Ok(sender.take(&fault.steps(&plan)).unwrap_or(0)),
        Ok(plan) => sender.take(&fault.steps(&plan)),
        Err(_) if fault.has(Habit::IgnoresUnknownWords) => sender.take(&[Step::Connect, Step::Finish]),
        Err(_) if fault.has(Habit::ChecksAsItGoes) => {
            let steps = first_connection(&text).map(|plan| fault.steps(&plan)).unwrap_or_default();
            sender.take(&[steps, vec![Step::Exit(CANNOT)]].concat())
        }
        Err(_) if fault.has(Habit::FailsAtUnknownWords) => Ok(1),
        Err(_) => match fault.understands(&text) {
            Some(plan) => sender.take(&fault.steps(&plan)),
            None => Ok(CANNOT),
        },
    }
}

/// The plan of what stands before the first `connect`, where there is one.
fn first_connection(text: &str) -> Option<Plan> {
    text.split_once("\nconnect\n").and_then(|(first, _)| Plan::parse(first).ok())
}

/// A sender at work.
struct Sender<'a> {
    fault: &'a Fault,
    address: &'a str,
    out: &'a mut dyn Write,
    /// Connections that are open and not in use yet.
    waiting: VecDeque<TcpStream>,
    stream: Option<TcpStream>,
}

impl Sender<'_> {
    /// Takes steps to their end, and gives the status to end in.
    fn take(mut self, steps: &[Step]) -> io::Result<i32> {
        for step in steps {
            match step {
                Step::Connect => self.stream = Some(connect(self.address)?),
                Step::ConnectAll(count) => {
                    self.waiting = (0..*count).map(|_| connect(self.address)).collect::<io::Result<_>>()?
                }
                Step::Next => self.stream = self.waiting.pop_front(),
                Step::Send(octets) => self.stream()?.write_all(octets)?,
                Step::SendUrgent(octet) => drop(SockRef::from(&*self.stream()?).send_out_of_band(&[*octet])?),
                #[expect(clippy::disallowed_methods, reason = "a plan may ask to wait")]
                Step::Pause(time) => thread::sleep(*time),
                Step::HalfClose => self.stream()?.shutdown(Shutdown::Write)?,
                Step::Receive(count) => self.receive(*count)?,
                Step::ReceiveAtLeast(count) => self.receive_at_least(*count)?,
                Step::Finish => self.finish()?,
                Step::FinishWithin(silence) => self.finish_within(*silence)?,
                Step::FinishAtFirst => self.finish_at_first()?,
                // What else goes wrong is no reset, and would have come before.
                Step::FinishAnyhow => drop(self.finish()),
                Step::Print(octets) => self.out.write_all(octets)?,
                Step::Close => self.stream = None,
                Step::Reset => reset(self.stream.take())?,
                Step::Exit(status) => return Ok(*status),
                Step::Abort => std::process::abort(),
                Step::Hang => hang(),
            }
        }
        Ok(0)
    }

    fn stream(&mut self) -> io::Result<&mut TcpStream> {
        self.stream.as_mut().ok_or_else(|| io::Error::new(io::ErrorKind::NotConnected, "there is no connection"))
    }

    /// Reads so many octets, or all, and prints each piece as it comes.
    fn receive(&mut self, count: Option<u64>) -> io::Result<()> {
        let mut left = count.unwrap_or(u64::MAX);
        let mut buffer = vec![0; PIECE];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let length = self.stream()?.read(&mut buffer[..most])?;
            if length == 0 && count.is_some() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            } else if length == 0 {
                return Ok(());
            }
            self.out.write_all(&self.fault.prints(&buffer[..length]))?;
            left -= length as u64;
        }
        self.out.flush()
    }

    fn receive_at_least(&mut self, count: u64) -> io::Result<()> {
        let (mut received, mut buffer) = (Vec::new(), vec![0; PIECE]);
        while (received.len() as u64) < count {
            let length = self.stream()?.read(&mut buffer)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            received.extend_from_slice(&buffer[..length]);
        }
        let asked = usize::try_from(count).unwrap_or(received.len());
        self.out.write_all(&received[..asked])?;
        self.out.flush()
    }

    fn finish_at_first(&mut self) -> io::Result<()> {
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read(&mut vec![0; PIECE])?;
        Ok(())
    }

    fn finish_within(&mut self, silence: Duration) -> io::Result<()> {
        self.stream()?.set_read_timeout(Some(silence))?;
        match self.finish() {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
            finished => finished,
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        let Some(mut stream) = self.stream.take() else { return Ok(()) };
        // Half-closed already is as good.
        let _ = stream.shutdown(Shutdown::Write);
        io::copy(&mut stream, &mut io::sink())?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is a client")]
fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Closes so that the other side sees RST. The standard library has no way to ask for that.
fn reset(stream: Option<TcpStream>) -> io::Result<()> {
    let Some(stream) = stream else { return Ok(()) };
    stream.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _guard = runtime.enter();
    tokio::net::TcpStream::from_std(stream)?.set_zero_linger()
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}
