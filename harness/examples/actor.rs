//! A client for tests that does what its arguments say, one after the other, on one connection, and closes it.
//!
//! usage: actor HOST PORT ACT... CASE
//!
//! `send:TEXT` sends (with `\r`, `\n` and `\xHH`), `read:COUNT` reads, `print:COUNT` reads and prints, `wait:COUNT` waits until so many
//! octets are there and leaves them unread, `say:TEXT` prints.

#![expect(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods, reason = "it is a program of its own")]

use std::env;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let result = match args.as_slice() {
        [host, port, acts @ .., _case] => run(&format!("{host}:{port}"), acts),
        _ => Err("usage: actor HOST PORT ACT... CASE".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("actor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str, acts: &[String]) -> Result<(), Box<dyn Error>> {
    let mut stream = TcpStream::connect(address)?;
    for act in acts {
        match act.split_once(':').ok_or("an act is WHAT:HOW")? {
            ("send", text) => stream.write_all(&unescaped(text)?)?,
            ("read", count) => drop(read(&mut stream, count)?),
            ("print", count) => io::stdout().write_all(&read(&mut stream, count)?)?,
            ("wait", count) => while stream.peek(&mut [0; 64])? < count.parse()? {},
            ("say", text) => print!("{text}"),
            (act, _) => return Err(format!("{act} is no act").into()),
        }
    }
    Ok(())
}

fn read(stream: &mut TcpStream, count: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut octets = vec![0; count.parse()?];
    stream.read_exact(&mut octets)?;
    Ok(octets)
}

fn unescaped(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once('\\') {
        octets.extend(plain.bytes());
        let (octet, length) = match escape.as_bytes().first() {
            Some(b'r') => (b'\r', 1),
            Some(b'n') => (b'\n', 1),
            _ => (u8::from_str_radix(escape.get(1..3).ok_or("an escape is cut off")?, 16)?, 3),
        };
        octets.push(octet);
        rest = &escape[length..];
    }
    octets.extend(rest.bytes());
    Ok(octets)
}
