//! A client around a program that exists already, as text: what of its arguments is the recorder's address, its `client.toml`, and
//! its first case. Pure.

use std::fmt::Write as _;
use std::net::SocketAddr;

use toml_edit::{InlineTable, Value};

use crate::client::client::IPV6;
use crate::printable::shell_command;

/// Loopback, as people write it.
const HOSTS: [&str; 4] = ["127.0.0.1", "localhost", "[::1]", "::1"];

/// What stands before a port.
const PORT_FLAGS: [&str; 3] = ["-p", "--port", "-port"];

/// What stands for the version of a program that says none: a person puts something better there.
#[cfg(not(windows))]
const NO_VERSION: [&str; 2] = ["echo", "unknown"];
#[cfg(windows)]
const NO_VERSION: [&str; 4] = ["cmd", "/c", "echo", "unknown"];

/// The name of the first case.
pub(crate) const FIRST_CASE: &str = "first";

/// A program that exists already, and how it is told a trial.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    /// Its name as a client.
    pub name: String,
    /// How it was asked for.
    pub asked: Vec<String>,
    /// How it is started.
    pub run: Vec<String>,
    /// The option that prints its version, and the status that this ends in; none where nobody knows one.
    pub version: Option<(&'static str, i32)>,
    /// What it sends, where it is told so by a file or its stdin.
    pub input: Option<String>,
    /// What the recorder answers it, as a case says it.
    pub replies: Vec<InlineTable>,
    /// The server that answers it.
    pub server: Option<String>,
    /// What it dials, where it is not told.
    pub listen: Option<SocketAddr>,
    /// Whether it does not end by itself.
    pub is_endless: bool,
    /// Whether it connects to no IPv6 address.
    pub lacks_ipv6: bool,
    /// Its time limit, while it is tried.
    pub timeout_ms: Option<u64>,
}

/// The arguments with placeholders for the address that they name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recognised {
    /// The arguments.
    pub argv: Vec<String>,
    /// What was replaced, argument by argument: before and after.
    pub replaced: Vec<(String, String)>,
}

impl Recognised {
    /// Looks for the address of this machine in what is to be started. What a person wrote as a placeholder stays one.
    pub(crate) fn of(asked: &[String]) -> Self {
        let mut recognised = Self { argv: asked.to_vec(), replaced: Vec::new() };
        let is_told = |text: &String| ["{host}", "{port}", "{url}"].iter().any(|name| text.contains(name));
        if asked.iter().any(is_told) {
            return recognised;
        }
        for index in 1..asked.len() {
            let argument = &asked[index];
            let is_behind_host = recognised.argv[index - 1].ends_with("{host}");
            let is_a_port = (is_behind_host || PORT_FLAGS.contains(&asked[index - 1].as_str())) && is_port(argument);
            let found = address(argument).or_else(|| host(argument));
            let found = found.or_else(|| is_a_port.then(|| "{port}".to_owned())).or_else(|| port(argument));
            if let Some(found) = found {
                recognised.replaced.push((argument.clone(), found.clone()));
                recognised.argv[index] = found;
            }
        }
        recognised
    }

    /// Whether the program is told where to connect to.
    pub(crate) fn is_told(&self) -> bool {
        let has = |name: &str| self.argv.iter().any(|text| text.contains(name));
        has("{port}") || has("{url}")
    }
}

/// An argument in which `HOST:PORT` stands somewhere, with a placeholder for it.
fn address(argument: &str) -> Option<String> {
    let hosts = HOSTS.iter().filter(|host| **host != "::1");
    hosts.filter_map(|host| address_at(argument, host)).next()
}

fn address_at(argument: &str, host: &str) -> Option<String> {
    let start = argument.find(&format!("{host}:"))?;
    let (before, behind) = (&argument[..start], &argument[start + host.len() + 1..]);
    let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (port, rest) = behind.split_at(digits);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let is_whole = !before.ends_with(is_word) && !rest.starts_with(|c: char| c.is_alphanumeric());
    (is_whole && is_port(port)).then(|| format!("{before}{{url}}{rest}"))
}

/// An argument that is a host, or the value of an option.
fn host(argument: &str) -> Option<String> {
    let host = HOSTS.iter().find(|host| argument.ends_with(*host))?;
    let before = argument.strip_suffix(host)?;
    is_option_of_a_value(before).then(|| format!("{before}{{host}}"))
}

/// An option with a port in it: `--port=6379`, `-p6379`.
fn port(argument: &str) -> Option<String> {
    let flag = PORT_FLAGS.iter().find(|flag| argument.starts_with(*flag))?;
    let behind = argument.strip_prefix(flag)?;
    let behind_equals = behind.strip_prefix('=');
    let value = behind_equals.or_else(|| (flag.len() == 2).then_some(behind))?;
    is_port(value).then(|| format!("{flag}{}{{port}}", if behind_equals.is_some() { "=" } else { "" }))
}

/// Whether this may stand before a value: nothing, `--host=`, `-h`.
fn is_option_of_a_value(before: &str) -> bool {
    before.is_empty() || before.starts_with('-') && (before.ends_with('=') || before.len() == 2 && before != "--")
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|octet| octet.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

impl Existing {
    /// Its `client.toml`, in which it is started by `run`.
    pub(crate) fn client_toml(&self, run: &[String]) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let list = |all: &[String]| format!("[{}]", all.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "));
        let mut toml = String::from("# Made by `samewire new --from-program`. clients/README.md of Samewire has all keys.\n\n");
        let mut line = |key: &str, value: String| {
            let _ = writeln!(toml, "{key:7} = {value}");
        };
        line("about", quoted(&shell_command(&self.asked)));
        if !self.program().contains('/') {
            line("needs", list(&[self.program().to_owned()]));
        }
        let program = run.first().cloned().unwrap_or_default();
        match self.version {
            Some((option, _)) => line("version", list(&[program, option.to_owned()])),
            None => line("version", list(&NO_VERSION.map(str::to_owned))),
        }
        if let Some((_, status @ 1..)) = self.version {
            line("version_status", status.to_string());
        }
        line("run", list(run));
        if self.input.is_some() && !self.run.iter().any(|text| text.contains("{input}")) {
            line("stdin", quoted("{input}"));
        }
        if let Some(listen) = self.listen {
            line("listen", quoted(&listen.to_string()));
        }
        if self.is_endless {
            line("ends", quoted("when-received"));
        }
        if self.lacks_ipv6 {
            line("lacks", list(&[IPV6.to_owned()]));
        }
        if let Some(timeout_ms) = self.timeout_ms {
            line("timeout_ms", timeout_ms.to_string());
        }
        line("cases", list(&[format!("{}/*", self.name)]));
        toml
    }

    /// The file of its first case, which says nothing yet of what is expected.
    pub(crate) fn case_toml(&self) -> String {
        let about = format!("What {} sends", self.name);
        let input = self.input.as_ref().map(|input| format!("input   = {}\n", Value::from(input.as_str()))).unwrap_or_default();
        let server =
            self.server.as_ref().map(|server| format!("server  = {}\n", Value::from(server.as_str()))).unwrap_or_default();
        let replies: String = self.replies.iter().map(|reply| format!("  {},\n", reply.to_string().trim())).collect();
        let replies = if replies.is_empty() { replies } else { format!("recorder.replies = [\n{replies}]\n") };
        format!("[[case]]\nname    = \"{FIRST_CASE}\"\nabout   = {}\nhazards = []\n{input}{server}{replies}", Value::from(about))
    }

    /// What is started.
    pub(crate) fn program(&self) -> &str {
        self.run.first().map(String::as_str).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn recognised(line: &str) -> String {
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Recognised::of(&argv).argv.join(" ")
    }

    #[test]
    fn addresses_of_this_machine_are_recognised() {
        for (line, is) in [
            ("curl http://localhost:8080/x?a=1:2", "curl http://{url}/x?a=1:2"),
            ("curl http://[::1]:80", "curl http://{url}"),
            ("redis-cli -h 127.0.0.1 -p 6379 set k 6379", "redis-cli -h {host} -p {port} set k 6379"),
            ("pub --host=::1 --port=1883 -t 127.0.0.1x", "pub --host={host} --port={port} -t 127.0.0.1x"),
            ("nc -N localhost 3099", "nc -N {host} {port}"),
            ("x -h127.0.0.1 -p99", "x -h{host} -p{port}"),
            (
                "x 127.0.0.1:99999 localhost:0 mylocalhost:80 127.0.0.1:80a",
                "x 127.0.0.1:99999 localhost:0 mylocalhost:80 127.0.0.1:80a",
            ),
            ("x {host} 127.0.0.1:80", "x {host} 127.0.0.1:80"),
            ("127.0.0.1:80 mkdir -p 12x", "127.0.0.1:80 mkdir -p 12x"),
        ] {
            assert_eq!(recognised(line), is);
        }
    }

    #[test]
    fn who_is_told_a_host_alone_is_not_told_where_to_connect_to() {
        let is_told = |line: &str| Recognised::of(&line.split(' ').map(str::to_owned).collect::<Vec<_>>()).is_told();
        assert!(!is_told("x -h localhost") && is_told("x -p 80") && is_told("x {url}") && !is_told("x {host}"));
    }
}
