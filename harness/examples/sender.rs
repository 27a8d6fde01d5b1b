//! Clients for tests that send a plan right and misbehave as processes.
//!
//! usage: sender WAY HOST PORT PLAN
//!
//! Each tells somebody: it connects to the address in `WITNESS`. `sender stay` is a grandchild. Senders whose octets are wrong
//! are `samewire sender`.

#![expect(clippy::print_stderr, clippy::disallowed_methods, reason = "it is a program of its own")]

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;

use samewire::senders::{RIGHT, fault, follow::follow};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let result = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["stay"] => stay(),
        [way, host, port, plan] => run(way, &format!("{host}:{port}"), Path::new(plan)),
        _ => Err("usage: sender WAY HOST PORT PLAN".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sender: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(way: &str, address: &str, plan: &Path) -> Result<()> {
    match way {
        "leaves-a-grandchild" => {
            // Inherits stdout and stderr, as careless programs let theirs.
            Command::new(env::current_exe()?).arg("stay").spawn()?;
            // The witness closes this when it has heard of the grandchild.
            io::copy(&mut witness()?, &mut io::sink())?;
        }
        "looks-around" => look_around(plan)?,
        "floods" => flood()?,
        "aborts-at-large" if has_large(plan)? => std::process::abort(),
        "hangs-at-large" if has_large(plan)? => loop {
            thread::park();
        },
        "floods-at-large" if has_large(plan)? => flood_socket(address)?,
        RIGHT | "aborts-at-large" | "hangs-at-large" | "floods-at-large" => {}
        "refuses-company" => {
            // Until this is dropped.
            let place = File::create(env::var("PLACE")?)?;
            place.try_lock()?;
            return with_other_words(address, plan);
        }
        _ => return Err(format!("no such way: {way}").into()),
    }
    follow(fault(RIGHT).ok_or("no right sender")?, address, plan, &mut io::stdout())?;
    Ok(())
}

/// Several faults at once: a word of a plan is taken for another.
const OTHER_WORDS: [(&str, &str); 5] =
    [("u16be ", "u16le "), ("f32be ", "f64be "), ("zigzag ", "sleb "), ("i32le ", "sleb "), ("sleb ", "zigzag ")];

fn with_other_words(address: &str, plan: &Path) -> Result<()> {
    let text = fs::read_to_string(plan)?;
    let other = |line: &str| {
        let rest = |(word, other): &(&str, &str)| Some(format!("{other}{}", line.strip_prefix(word)?));
        OTHER_WORDS.iter().find_map(rest).unwrap_or(line.to_owned())
    };
    let changed = plan.with_extension("changed");
    fs::write(&changed, text.split('\n').map(other).collect::<Vec<_>>().join("\n"))?;
    run(RIGHT, address, &changed)
}

fn witness() -> Result<TcpStream> {
    Ok(TcpStream::connect(env::var("WITNESS")?)?)
}

/// Tells the witness that it is there, and stays until it is ended.
fn stay() -> Result<()> {
    let mut witness = witness()?;
    witness.write_all(b"!")?;
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

/// Whether a plan has a number of 16 bits above those that have a sign.
fn has_large(plan: &Path) -> Result<bool> {
    let text = fs::read_to_string(plan)?;
    let numbers = text.lines().filter_map(|line| line.strip_prefix("u16be ")).flat_map(|rest| rest.split(' '));
    Ok(numbers.filter_map(|number| number.parse::<u16>().ok()).any(|number| number > 0x7fff))
}

/// Octets without end, to whoever takes them.
fn flood_socket(address: &str) -> Result<()> {
    let mut socket = TcpStream::connect(address)?;
    loop {
        socket.write_all(&[b'x'; 1 << 16])?;
    }
}

/// 256 MiB on stderr.
fn flood() -> Result<()> {
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..256 {
        io::stderr().write_all(&piece)?;
    }
    Ok(())
}
