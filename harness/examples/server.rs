//! Servers for tests, most of which misbehave.
//!
//! usage: server WAY HOST PORT [ARGUMENT]
//!
//! A good one sends back what it receives, in as many octets, and closes when its client has sent its last.

#![expect(clippy::print_stderr, clippy::print_stdout, clippy::disallowed_methods, reason = "it is a program of its own")]

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let result = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [way, host, port, more @ ..] => run(way, (host, port), more.first().copied().unwrap_or_default()),
        _ => Err("usage: server WAY HOST PORT [ARGUMENT]".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("server: {error}");
            ExitCode::from(3)
        }
    }
}

fn run(way: &str, (host, port): (&str, &str), argument: &str) -> Result<()> {
    let listen = || TcpListener::bind(format!("{host}:{port}"));
    match way {
        "echoes" => serve(&listen()?, echo),
        "pongs" => serve(&listen()?, pong),
        "hangs-up" => serve(&listen()?, hang_up),
        "fails" => Err("there is no memory left".into()),
        "never-listens" => {
            println!("still looking for my configuration");
            stay()
        }
        "listens-late" => {
            thread::sleep(Duration::from_millis(argument.parse()?));
            serve(&listen()?, echo)
        }
        "listens-on-ipv6" => serve(&TcpListener::bind(format!("[::1]:{port}"))?, echo),
        "dies-in-the-middle" => {
            let (mut stream, _) = listen()?.accept()?;
            stream.read_exact(&mut [0])?;
            Err("that was too much for me".into())
        }
        "is-done-after-one" => echo(listen()?.accept()?.0),
        "prints" => {
            print(argument.parse()?)?;
            serve(&listen()?, echo)
        }
        "becomes-a-daemon" => daemon(host, port, Command::env_clear),
        "leaves-a-daemon" => {
            daemon(host, "0", |command| command)?;
            serve(&listen()?, echo)
        }
        "leaves-a-daemon-without-environment" => {
            daemon(host, "0", Command::env_clear)?;
            serve(&listen()?, echo)
        }
        // As initdb does.
        "builds" => Ok(fs::write(Path::new(argument).join("greeting"), "hello")?),
        "greets" => {
            let path = Path::new(argument).join("greeting");
            let greeting = fs::read(&path)?;
            fs::write(&path, "spoilt")?;
            serve(&listen()?, move |mut stream| stream.write_all(&greeting).map_err(Into::into))
        }
        _ => Err(format!("no such way: {way}").into()),
    }
}

fn serve(listener: &TcpListener, answer: impl Fn(TcpStream) -> Result<()>) -> Result<()> {
    for stream in listener.incoming() {
        if let Err(error) = answer(stream?) {
            eprintln!("server: {error}");
        }
    }
    Ok(())
}

fn echo(mut stream: TcpStream) -> Result<()> {
    let mut piece = [0; 4096];
    while let count @ 1.. = stream.read(&mut piece)? {
        stream.write_all(&piece[..count])?;
    }
    println!("echoed");
    Ok(())
}

/// Leaves without reading what has come, which makes the kernel send RST.
fn hang_up(stream: TcpStream) -> Result<()> {
    stream.peek(&mut [0])?;
    println!("that is all from me");
    Ok(())
}

/// Answers six octets, as a Redis does.
fn pong(mut stream: TcpStream) -> Result<()> {
    stream.read_exact(&mut [0; 6])?;
    stream.write_all(b"+PONG\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Prints so many MiB, and a last line.
fn print(mebibytes: usize) -> io::Result<()> {
    let line = format!("{}\n", "x".repeat(1023));
    let mut stdout = io::stdout().lock();
    (0..mebibytes << 10).try_for_each(|_| stdout.write_all(line.as_bytes()))?;
    stdout.write_all(b"that was all\n")
}

/// Leaves a server that is nobody's child, and in a session of its own.
fn daemon(host: &str, port: &str, environment: fn(&mut Command) -> &mut Command) -> Result<()> {
    let mut command = Command::new("setsid");
    command.arg(env::current_exe()?).args(["echoes", host, port]);
    environment(&mut command).stdin(Stdio::null()).spawn()?;
    Ok(())
}

fn stay() -> ! {
    loop {
        thread::park();
    }
}
