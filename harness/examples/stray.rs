//! A client for tests that says `hello` and misbehaves as a process, in a way that it is given by name.
//!
//! usage: stray MISBEHAVIOUR HOST PORT
//!
//! `stray stay`, `stray leave` and `stray fork` are its descendants. Each says on stdout when it is where it wants to be. Whatever
//! stays connects to the address in `WITNESS`, where there is one.

#![expect(clippy::print_stdout, clippy::print_stderr, clippy::disallowed_methods, reason = "it is a program of its own")]

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    unix::main()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::error::Error;
    use std::fs;
    use std::io::{self, Read, Write};
    use std::net::TcpStream;
    use std::os::fd::OwnedFd;
    use std::os::unix::process::{CommandExt, parent_id};
    use std::process::{Command, ExitCode, Stdio};
    use std::thread;

    use rustix::process::{Signal, getpid, kill_process, setsid};

    type Result<T> = std::result::Result<T, Box<dyn Error>>;

    const HELLO: &[u8] = b"hello";

    const WITNESS: &str = "WITNESS";

    pub(crate) fn main() -> ExitCode {
        let args: Vec<String> = env::args().skip(1).collect();
        let result = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["--version"] => {
                println!("stray 1");
                Ok(())
            }
            ["stay"] => stay(),
            ["leave"] => leave(),
            ["fork"] => fork(),
            ["hang"] => park(),
            [misbehaviour, host, port] => run(misbehaviour, &format!("{host}:{port}"), host, port),
            _ => Err("usage: stray MISBEHAVIOUR HOST PORT".into()),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("stray: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run(misbehaviour: &str, address: &str, host: &str, port: &str) -> Result<()> {
        match misbehaviour {
            "none" => say_hello(address),
            "closes-its-output" => become_through("exec \"$@\" >&- 2>&-", &["none", host, port]),
            "ignores-sigterm" => become_through("trap '' TERM; exec \"$@\"", &["connects-and-stays", host, port]),
            "connects" => connect(address).map(drop),
            "answers" => {
                let (mut stream, mut asked) = (connect(address)?, [0; 2]);
                stream.read_exact(&mut asked)?;
                Ok(stream.write_all(&asked)?)
            }
            "connects-and-stays" => stay_with(connect(address)?),
            "stops-itself" => {
                kill_process(getpid(), Signal::STOP)?;
                say_hello(address)
            }
            "exits-in-the-middle" => Ok(connect(address)?.write_all(&HELLO[..2])?),
            "never-reads" => {
                let mut stream = connect(address)?;
                stream.write_all(HELLO)?;
                stay_with(stream)
            }
            "answers-and-stays" => {
                let mut stream = connect(address)?;
                stream.write_all(HELLO)?;
                let mut asked = [0; 2];
                stream.read_exact(&mut asked)?;
                println!("{}", String::from_utf8_lossy(&asked));
                stream.write_all(&asked)?;
                stay_with(stream)
            }
            "leaves-the-socket-in-its-group" => leave_socket(address, "stay"),
            "leaves-the-socket-in-a-session" => leave_socket(address, "leave"),
            "leaves-a-daemon" => {
                descend(&mut quiet("fork"))?;
                say_hello(address)
            }
            "leaves-a-daemon-with-its-output" => {
                descend(quiet("fork").stderr(Stdio::inherit()))?;
                say_hello(address)
            }
            "leaves-a-daemon-without-environment" => {
                descend(&mut without_environment("fork"))?;
                say_hello(address)
            }
            "leaves-a-daemon-without-environment-and-waits" => {
                descend(&mut without_environment("fork"))?;
                wait_for_witness()?;
                say_hello(address)
            }
            "waits-and-does-nothing" => wait_for_witness(),
            "leaves-a-daemon-and-stays" => {
                descend(&mut quiet("fork"))?;
                stay_with(connect(address)?)
            }
            "opens-1000-connections" => open_many(address),
            "floods-stdout" => {
                flood(&mut io::stdout())?;
                tell_peak_of_parent()?;
                say_hello(address)
            }
            _ => Err(format!("no such misbehaviour: {misbehaviour}").into()),
        }
    }

    fn connect(address: &str) -> Result<TcpStream> {
        Ok(TcpStream::connect(address)?)
    }

    fn say_hello(address: &str) -> Result<()> {
        Ok(connect(address)?.write_all(HELLO)?)
    }

    /// Becomes this program again by way of a shell.
    fn become_through(script: &str, arguments: &[&str]) -> Result<()> {
        let mut shell = Command::new("/bin/sh");
        Err(shell.args(["-c", script, "sh"]).arg(env::current_exe()?).args(arguments).exec().into())
    }

    /// Leaves a descendant that holds the connection, and exits.
    fn leave_socket(address: &str, how: &str) -> Result<()> {
        let mut stream = connect(address)?;
        stream.write_all(HELLO)?;
        descend(quiet(how).stdin(OwnedFd::from(stream)))
    }

    fn open_many(address: &str) -> Result<()> {
        let streams: Vec<TcpStream> = (0..1000).map(|_| connect(address)).collect::<Result<_>>()?;
        streams.iter().try_for_each(|mut stream| Ok(stream.write_all(HELLO)?))
    }

    /// 512 MiB.
    fn flood(stream: &mut impl Write) -> Result<()> {
        let piece = vec![b'x'; 1 << 20];
        (0..512).try_for_each(|_| Ok(stream.write_all(&piece)?))
    }

    /// How much memory the parent has had at most, on stderr.
    fn tell_peak_of_parent() -> Result<()> {
        let status = fs::read_to_string(format!("/proc/{}/status", parent_id()))?;
        eprintln!("{}", status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no peak")?);
        Ok(())
    }

    /// This program, as a descendant.
    fn quiet(how: &str) -> Command {
        let mut command = Command::new(env::current_exe().unwrap_or_default());
        command.arg(how).stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// As `quiet`; but for the witness, it knows nothing of its trial.
    fn without_environment(how: &str) -> Command {
        let mut command = quiet(how);
        command.env_clear().envs(env::var_os(WITNESS).map(|address| (WITNESS, address)));
        command
    }

    fn witness() -> Result<Option<TcpStream>> {
        env::var(WITNESS).ok().map(|address| connect(&address)).transpose()
    }

    /// Tells the witness that it is there, and waits until that closes the connection.
    fn wait_for_witness() -> Result<()> {
        io::copy(&mut witness()?.ok_or("no witness")?, &mut io::sink())?;
        Ok(())
    }

    /// Starts a descendant, and waits until it is where it wants to be.
    fn descend(command: &mut Command) -> Result<()> {
        let child = command.stdout(Stdio::piped()).spawn()?;
        child.stdout.ok_or("no stdout")?.read_exact(&mut [0])?;
        Ok(())
    }

    fn arrived() -> Result<()> {
        io::stdout().write_all(b"!")?;
        Ok(io::stdout().flush()?)
    }

    /// The witness sees it before whoever waits for it goes on.
    fn stay() -> Result<()> {
        let open = witness()?;
        arrived()?;
        park_with(open)
    }

    /// Leaves the group and session.
    fn leave() -> Result<()> {
        setsid()?;
        stay()
    }

    /// As daemons do: a session of its own, and a parent that is gone.
    fn fork() -> Result<()> {
        setsid()?;
        descend(quiet("stay").stderr(Stdio::inherit()))?;
        arrived()
    }

    fn stay_with(stream: TcpStream) -> Result<()> {
        let _open = stream;
        park()
    }

    fn park() -> Result<()> {
        park_with(witness()?)
    }

    fn park_with(open: Option<TcpStream>) -> Result<()> {
        let _open = open;
        loop {
            thread::park();
        }
    }
}
