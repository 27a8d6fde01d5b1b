//! A sender for tests: does a plan right, but for one fault that it is given by name.
//!
//! usage: sender FAULT HOST PORT PLAN
//!
//! Where a fault needs somebody to tell, it connects to the address in `WITNESS`. `sender stay` is its grandchild.

#![expect(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods, reason = "it is a program of its own")]

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use samewire::plan::{Instruction, Plan, encode};
use samewire::verdict::CANNOT;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a line of a plan makes a sender do.
#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    HalfClose,
    Receive(Option<u64>),
    Connect,
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let result = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--version"] => {
            println!("sender 1");
            Ok(())
        }
        ["stay"] => stay(),
        [fault, host, port, plan] => run(fault, host, port, Path::new(plan)),
        _ => Err("usage: sender FAULT HOST PORT PLAN".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sender: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(fault: &str, host: &str, port: &str, plan: &Path) -> Result<()> {
    let address = format!("{host}:{port}");
    if fault == "connects-first" {
        TcpStream::connect(&address)?;
    }
    let text = fs::read_to_string(plan)?;
    let mut steps = match Plan::parse(&text) {
        Ok(plan) => steps(&plan),
        Err(_) if fault == "ignores-unknown-words" => Vec::new(),
        Err(_) => std::process::exit(CANNOT),
    };
    match fault {
        "right" | "connects-first" | "ignores-unknown-words" => {}
        "leaves-early" => {
            let mut stream = TcpStream::connect(&address)?;
            for step in &steps {
                if let Step::Send(octets) = step {
                    stream.write_all(octets)?;
                }
            }
            return Ok(());
        }
        "one-octet-changed" => change_one_octet(&mut steps),
        "sends-nothing" => steps.retain(|step| !matches!(step, Step::Send(_))),
        "sends-twice" => steps.extend(steps.clone()),
        "second-connection" => steps.push(Step::Connect),
        "never-connects" => return Ok(()),
        "hangs" => hang(),
        "exits-3" => {
            follow(&steps, &address)?;
            std::process::exit(3);
        }
        "aborts" => {
            follow(&steps, &address)?;
            std::process::abort();
        }
        "leaves-a-grandchild" => {
            // Inherits stdout and stderr, as careless programs let theirs.
            Command::new(env::current_exe()?).arg("stay").spawn()?;
            // The witness closes this when it has heard of the grandchild.
            io::copy(&mut witness()?, &mut io::sink())?;
        }
        "looks-around" => look_around(plan)?,
        "floods" => flood()?,
        _ => return Err(format!("no such fault: {fault}").into()),
    }
    follow(&steps, &address)
}

/// What is to be done, line by line.
fn steps(plan: &Plan) -> Vec<Step> {
    let mut streams = encode(plan).into_iter();
    let mut stream = streams.next().unwrap_or_default();
    let mut steps = Vec::new();
    for line in &plan.lines {
        match &line.instruction {
            Instruction::Pause(time) => steps.push(Step::Pause(*time)),
            Instruction::HalfClose => steps.push(Step::HalfClose),
            Instruction::Receive(count) => steps.push(Step::Receive(*count)),
            Instruction::Connect => {
                stream = streams.next().unwrap_or_default();
                steps.push(Step::Connect);
            }
            Instruction::Reset => {}
            _ => {
                let fields = stream.fields.iter().filter(|field| field.line == line.number);
                let octets = fields.flat_map(|field| &stream.octets[field.start..field.start + field.length]);
                steps.push(Step::Send(octets.copied().collect()));
            }
        }
    }
    steps
}

fn change_one_octet(steps: &mut [Step]) {
    let sent = steps.iter_mut().filter_map(|step| if let Step::Send(octets) = step { octets.last_mut() } else { None });
    if let Some(octet) = sent.last() {
        *octet ^= 1;
    }
}

fn follow(steps: &[Step], address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    for step in steps {
        match step {
            Step::Send(octets) => stream.write_all(octets)?,
            Step::Pause(time) => thread::sleep(*time),
            Step::HalfClose => stream.shutdown(Shutdown::Write)?,
            Step::Receive(Some(count)) => {
                io::copy(&mut (&stream).take(*count), &mut io::stdout())?;
            }
            Step::Receive(None) => {
                io::copy(&mut stream, &mut io::stdout())?;
            }
            Step::Connect => {
                finish(&mut stream)?;
                stream = TcpStream::connect(address)?;
            }
        }
    }
    finish(&mut stream)
}

fn finish(stream: &mut TcpStream) -> Result<()> {
    // Half-closed already is as good.
    let _ = stream.shutdown(Shutdown::Write);
    io::copy(stream, &mut io::sink())?;
    Ok(())
}

fn witness() -> Result<TcpStream> {
    Ok(TcpStream::connect(env::var("WITNESS")?)?)
}

/// Tells the witness that it is there, and stays until it is ended.
fn stay() -> Result<()> {
    let mut witness = witness()?;
    witness.write_all(b"!")?;
    hang()
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}

/// Tells the witness all that a client can know: arguments, environment, and every file of its trial.
fn look_around(plan: &Path) -> Result<()> {
    let mut witness = witness()?;
    for argument in env::args() {
        writeln!(witness, "{argument}")?;
    }
    for (name, value) in env::vars() {
        writeln!(witness, "{name}={value}")?;
    }
    tell_files(plan.parent().ok_or("a plan without a folder")?, &mut witness)
}

fn tell_files(folder: &Path, witness: &mut TcpStream) -> Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        writeln!(witness, "{}", path.display())?;
        if path.is_dir() {
            tell_files(&path, witness)?;
        } else {
            witness.write_all(&fs::read(path)?)?;
        }
    }
    Ok(())
}

/// 256 MiB on stderr.
fn flood() -> Result<()> {
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..256 {
        io::stderr().write_all(&piece)?;
    }
    Ok(())
}
