//! Does what a plan says: puts exact octets on the wire.
//!
//! usage: samewire-client HOST PORT PLAN

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

const CANNOT: u8 = 77;

const ACTIONS: [&str; 5] = ["pause", "half-close", "receive", "connect", "reset"];
const ENCODERS: [&str; 28] = [
    "text", "points", "bytes", "u8", "i8", "u16be", "u16le", "i16be", "i16le", "u32be", "u32le",
    "i32be", "i32le", "u64be", "u64le", "i64be", "i64le", "f32be", "f32le", "f64be", "f64le",
    "uleb", "sleb", "zigzag", "frame", "repeat", "ramp", "noise",
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [host, port, path] = args.as_slice() else {
        eprintln!("usage: samewire-client HOST PORT PLAN");
        return ExitCode::FAILURE;
    };
    match run(host, port, path) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("samewire-client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(host: &str, port: &str, path: &str) -> Result<ExitCode> {
    let plan = fs::read_to_string(path)?;
    // Not lines(), which also takes a CR away.
    let lines: Vec<(&str, &str)> = plan.split('\n').map(instruction).collect();
    for (number, (word, _)) in lines.iter().enumerate() {
        if !word.is_empty() && !ENCODERS.contains(word) && !ACTIONS.contains(word) {
            eprintln!("line {}: cannot do {word:?}", number + 1);
            return Ok(ExitCode::from(CANNOT));
        }
    }
    follow(&lines, host, port.parse()?)?;
    Ok(ExitCode::SUCCESS)
}

/// The word and the rest of a line; both are empty in a comment.
fn instruction(line: &str) -> (&str, &str) {
    if line.starts_with('#') {
        return ("", "");
    }
    line.split_once(' ').unwrap_or((line, ""))
}

fn follow(lines: &[(&str, &str)], host: &str, port: u16) -> Result<()> {
    let mut connection = Connection::open(host, port)?;
    for &(word, rest) in lines {
        match word {
            "" => {}
            "pause" => thread::sleep(Duration::from_millis(rest.parse()?)),
            "half-close" => connection.half_close()?,
            "receive" => connection.receive(rest)?,
            "connect" => {
                connection.finish()?;
                connection = Connection::open(host, port)?;
            }
            "reset" => return connection.reset(),
            // Not write(), which may take a part only.
            _ => connection.stream.write_all(&encode(word, rest)?)?,
        }
    }
    connection.finish()
}

/// One connection, ended as the contract says.
struct Connection {
    stream: TcpStream,
    half_closed: bool,
}

impl Connection {
    fn open(host: &str, port: u16) -> Result<Self> {
        let stream = TcpStream::connect((host, port))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            half_closed: false,
        })
    }

    fn half_close(&mut self) -> Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        self.half_closed = true;
        Ok(())
    }

    fn receive(&mut self, count: &str) -> Result<()> {
        let mut stdout = io::stdout().lock();
        if count == "all" {
            io::copy(&mut self.stream, &mut stdout)?;
        } else {
            let count: u64 = count.parse()?;
            let received = io::copy(&mut (&self.stream).take(count), &mut stdout)?;
            if received < count {
                let left = count - received;
                return Err(
                    format!("the server closed with {left} octets still to receive").into(),
                );
            }
        }
        stdout.flush()?;
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        if !self.half_closed {
            self.half_close()?;
        }
        // Closing with something unread would send RST and may destroy what is on its way.
        io::copy(&mut self.stream, &mut io::sink())?;
        Ok(())
    }

    fn reset(self) -> Result<()> {
        linger::abort(self.stream)?;
        Ok(())
    }
}

fn encode(word: &str, rest: &str) -> Result<Vec<u8>> {
    let items = rest.split(' ');
    // "u32be" is the kind "u32" in the order "be"; of one octet there is no order.
    let order = word
        .get(word.len() - 2..)
        .filter(|order| ["be", "le"].contains(order));
    let kind = order.map_or(word, |_| &word[..word.len() - 2]);
    let little = order == Some("le");
    match kind {
        "text" => Ok(rest.as_bytes().to_vec()),
        "points" => points(items),
        "bytes" => items
            .map(octets)
            .collect::<Result<Vec<_>>>()
            .map(|all| all.concat()),
        "u8" => all(items, |n: u8| vec![n]),
        "i8" => all(items, |n: i8| n.to_be_bytes().to_vec()),
        "u16" => all(items, |n: u16| ordered(n.to_be_bytes(), little)),
        "i16" => all(items, |n: i16| ordered(n.to_be_bytes(), little)),
        "u32" => all(items, |n: u32| ordered(n.to_be_bytes(), little)),
        "i32" => all(items, |n: i32| ordered(n.to_be_bytes(), little)),
        "u64" => all(items, |n: u64| ordered(n.to_be_bytes(), little)),
        "i64" => all(items, |n: i64| ordered(n.to_be_bytes(), little)),
        "f32" => all(items, |n: f32| {
            ordered(
                quiet(n.into(), n.to_bits(), 0x7fc0_0000).to_be_bytes(),
                little,
            )
        }),
        "f64" => all(items, |n: f64| {
            ordered(
                quiet(n, n.to_bits(), 0x7ff8_0000_0000_0000).to_be_bytes(),
                little,
            )
        }),
        "uleb" => all(items, uleb),
        "sleb" => all(items, sleb),
        "zigzag" => all(items, |n: i64| uleb(((n << 1) ^ (n >> 63)) as u64)),
        "frame" => frame(rest),
        "repeat" => repeat(rest),
        "ramp" => Ok((0..=250).cycle().take(rest.parse()?).collect()),
        "noise" => noise(rest),
        _ => Err(format!("no encoder for {word:?}").into()),
    }
}

/// Parses each item, and puts the octets of all one after the other.
fn all<'a, N>(
    items: impl Iterator<Item = &'a str>,
    octets: impl Fn(N) -> Vec<u8>,
) -> Result<Vec<u8>>
where
    N: std::str::FromStr,
    N::Err: Error + 'static,
{
    let mut made = Vec::new();
    for item in items {
        made.extend(octets(item.parse::<N>()?));
    }
    Ok(made)
}

fn ordered<const N: usize>(mut big_endian: [u8; N], little: bool) -> Vec<u8> {
    if little {
        big_endian.reverse();
    }
    big_endian.to_vec()
}

/// The standard leaves open which NaN a parsed "nan" is; the plan does not.
fn quiet<B>(value: f64, bits: B, nan: B) -> B {
    if value.is_nan() {
        nan
    } else {
        bits
    }
}

fn points<'a>(items: impl Iterator<Item = &'a str>) -> Result<Vec<u8>> {
    let mut text = String::new();
    for item in items {
        let point = u32::from_str_radix(item, 16)?;
        text.push(char::from_u32(point).ok_or("no Unicode scalar value")?);
    }
    Ok(text.into_bytes())
}

fn octets(hex: &str) -> Result<Vec<u8>> {
    let pairs = (0..hex.len())
        .step_by(2)
        .map(|i| hex.get(i..i + 2).ok_or("half an octet"));
    pairs
        .map(|pair| Ok(u8::from_str_radix(pair?, 16)?))
        .collect()
}

fn uleb(mut value: u64) -> Vec<u8> {
    let mut octets = Vec::new();
    while value >= 0x80 {
        octets.push(value as u8 | 0x80);
        value >>= 7;
    }
    octets.push(value as u8);
    octets
}

fn sleb(mut value: i64) -> Vec<u8> {
    let mut octets = Vec::new();
    while !(-0x40..0x40).contains(&value) {
        octets.push(value as u8 | 0x80);
        value >>= 7;
    }
    octets.push(value as u8 & 0x7f);
    octets
}

fn frame(rest: &str) -> Result<Vec<u8>> {
    let (prefix, body) = rest.split_once(' ').ok_or("a frame without a body")?;
    // len() counts octets, not characters.
    let mut octets = encode(prefix, &body.len().to_string())?;
    octets.extend(body.as_bytes());
    Ok(octets)
}

fn repeat(rest: &str) -> Result<Vec<u8>> {
    let (count, octet) = rest.split_once(' ').ok_or("repeat without an octet")?;
    Ok(octets(octet)?.repeat(count.parse()?))
}

fn noise(rest: &str) -> Result<Vec<u8>> {
    let (count, seed) = rest.split_once(' ').ok_or("noise without a seed")?;
    let mut x: u64 = seed.parse()?;
    let step = || {
        x = x * 16807 % 2_147_483_647;
        (x >> 8) as u8
    };
    Ok(std::iter::repeat_with(step).take(count.parse()?).collect())
}

/// The standard library has no stable way yet to set SO_LINGER, which makes close() send RST.
#[cfg(unix)]
mod linger {
    use std::ffi::{c_int, c_void};
    use std::io;
    use std::net::TcpStream;
    use std::os::fd::AsRawFd;

    #[repr(C)]
    struct Linger {
        on: c_int,
        seconds: c_int,
    }

    extern "C" {
        fn setsockopt(
            socket: c_int,
            level: c_int,
            name: c_int,
            value: *const c_void,
            length: u32,
        ) -> c_int;
    }

    #[cfg(target_os = "linux")]
    const SOL_SOCKET_AND_SO_LINGER: (c_int, c_int) = (1, 13);
    #[cfg(not(target_os = "linux"))]
    const SOL_SOCKET_AND_SO_LINGER: (c_int, c_int) = (0xffff, 0x80);

    pub fn abort(stream: TcpStream) -> io::Result<()> {
        let linger = Linger { on: 1, seconds: 0 };
        let (level, name) = SOL_SOCKET_AND_SO_LINGER;
        let (value, length) = (&raw const linger, std::mem::size_of::<Linger>() as u32);
        // SAFETY: the socket is open, and `value` points to `length` octets that outlive the call.
        match unsafe { setsockopt(stream.as_raw_fd(), level, name, value.cast(), length) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(windows)]
mod linger {
    use std::ffi::{c_int, c_void};
    use std::io;
    use std::net::TcpStream;
    use std::os::windows::io::AsRawSocket;

    #[repr(C)]
    struct Linger {
        on: u16,
        seconds: u16,
    }

    #[link(name = "ws2_32")]
    extern "system" {
        fn setsockopt(
            socket: usize,
            level: c_int,
            name: c_int,
            value: *const c_void,
            length: c_int,
        ) -> c_int;
    }

    pub fn abort(stream: TcpStream) -> io::Result<()> {
        let linger = Linger { on: 1, seconds: 0 };
        let (value, length) = (&raw const linger, std::mem::size_of::<Linger>() as c_int);
        // SAFETY: the socket is open, and `value` points to `length` octets that outlive the call.
        match unsafe {
            setsockopt(
                stream.as_raw_socket() as usize,
                0xffff,
                0x80,
                value.cast(),
                length,
            )
        } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}
