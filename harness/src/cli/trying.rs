//! A program that exists already is tried in a temporary folder: how it is told where to connect to, and what it sends as its first case.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use toml_edit::InlineTable;

use super::terminal::note;
use super::{CommandError, record};
use crate::client::CLIENT_FILE;
use crate::client::existing::{Existing, Recognised};
use crate::client::profile::Profile;
use crate::client::version::Version;
use crate::judge::end::End;
use crate::judge::verdict::Verdict;
use crate::printable::line;
use crate::report::complaint;
use crate::run::selection::Selection;
use crate::run::session::{Planned, Session};
use crate::suite::config::Config;
use crate::suite::{Defined, NetworkMode};
use crate::trial::launch::Scratch;
use crate::trial::toolchain::NotReady;
use crate::trial::{Interrupt, Launcher, Trial, machine};

/// What programs print their version for, and the status that they end in then.
const VERSIONS: [(&str, i32); 3] = [("--version", 0), ("--version", 1), ("-V", 0)];

/// Of a program that does not end, what comes is recorded for twice the time that its last octet took, and this.
const MORE: Duration = Duration::from_secs(2);

/// A program that is to be tried.
pub(super) struct Asked<'a> {
    /// What it is called as a client.
    pub name: &'a str,
    /// It and its arguments.
    pub program: &'a [String],
    /// What it is to send, where it is told so.
    pub input: Option<&'a String>,
    /// What it is answered.
    pub replies: &'a [InlineTable],
    /// The server that answers it.
    pub server: Option<&'a String>,
    /// What its case may name.
    pub defined: Defined,
}

/// What came of it.
pub(super) struct Tried {
    /// How it is started.
    pub existing: Existing,
    /// Its `client.toml`.
    pub client: String,
    /// Its file of cases.
    pub cases: String,
    /// What there is to say of what was recorded, in lines.
    said: String,
    /// What in its arguments was taken for an address, and what stands there now.
    replaced: Vec<(String, String)>,
}

impl Asked<'_> {
    /// What is wrong with the arguments alone.
    pub(super) fn check(&self, here: &Path) -> Result<(), CommandError> {
        if let Some(program) = self.program.first().filter(|program| program.contains('/') && !here.join(program).is_file()) {
            return Err(format!("cannot start {}: there is no such file", line(program)).into());
        }
        let has = |name: &str| self.program.iter().any(|argument| argument.contains(name));
        if has("{plan}") {
            return Err(
                "a program that reads plans has all cases, and none is recorded: make its folder with `samewire new NAME`".into(),
            );
        }
        if has("{input}") && self.input.is_none() {
            return Err("the arguments name {input}, and nothing says what that is: add --input TEXT".into());
        }
        Ok(())
    }

    /// Runs it, here, some times; `client` is the folder that its `client.toml` will be in. Nothing where that was interrupted.
    ///
    /// # Errors
    /// It is not there, never connects, sends nothing, fails, or sends something else each time.
    pub(super) fn tried(&self, here: &Path, client: &Path, interrupt: &Interrupt) -> Result<Option<Tried>, CommandError> {
        let recognised = Recognised::of(self.program);
        let trying = Trying { folder: Scratch::new()?, here, defined: self.defined.clone(), interrupt };
        let mut existing = Existing {
            name: self.name.to_owned(),
            asked: self.program.to_vec(),
            run: recognised.argv.clone(),
            version: None,
            input: self.input.cloned(),
            replies: self.replies.to_vec(),
            server: self.server.cloned(),
            listen: None,
            is_endless: false,
            lacks_ipv6: false,
            timeout_ms: None,
        };
        note(&format!("trying {}\n", line(&existing.asked.join(" "))));
        let made = trying.recorded(&mut existing, &recognised);
        if interrupt.is_stopped() {
            note("stopped: nothing was written\n");
            return Ok(None);
        }
        let recorded = made.map_err(|why| format!("{why}; nothing was written"))?;
        let run = with_files(&existing.run, |argument| seen_from(client, here, argument));
        trying.folder.close()?;
        let replaced = if existing.run == recognised.argv { recognised.replaced } else { Vec::new() };
        let client = existing.client_toml(&run);
        Ok(Some(Tried { existing, client, cases: recorded.text, said: recorded.said, replaced }))
    }
}

impl Tried {
    /// How its address was found, and whether it ends.
    pub(super) fn found(&self) -> String {
        let replaced = self.replaced.iter().map(|(before, after)| format!("recognised {} as {after}\n", line(before)));
        let mut text: String = replaced.collect();
        if let Some(listen) = self.existing.listen {
            text += &format!("it dials {listen} of its own accord: `listen` has the recorder there\n");
        }
        if self.existing.is_endless {
            text += "it did not end by itself: it never does, or waits for an answer; then remove what was written, and add \
                     --reply 'WHEN=TEXT' or --server NAME, which give one\n";
        }
        if self.existing.lacks_ipv6 {
            text += "it does not connect to ::1, which `lacks` says: remove that once it does, and each run tries it there too\n";
        }
        text
    }

    /// What is to be known of what was recorded, in lines.
    pub(super) fn notes(&self) -> String {
        self.said.lines().skip(1).filter(|line| !line.contains(" = ")).map(|line| format!("{line}\n")).collect()
    }
}

/// What was recorded.
struct Recorded {
    /// The file of cases.
    text: String,
    /// What there is to say of it, in lines.
    said: String,
}

/// Tries a program in a temporary folder.
struct Trying<'a> {
    folder: Scratch,
    here: &'a Path,
    defined: Defined,
    interrupt: &'a Interrupt,
}

impl Trying<'_> {
    /// Finds out how the program is started, and records its first case.
    fn recorded(&self, existing: &mut Existing, recognised: &Recognised) -> Result<Recorded, CommandError> {
        self.ask_version(existing)?;
        let trial = match recognised.is_told() {
            true => self.run(existing, NetworkMode::Auto)?,
            false => self.run_where_it_dials(existing)?,
        };
        let trial = match is_connected(&trial) {
            // Perhaps what was taken for its address is something else.
            false if !recognised.replaced.is_empty() && recognised.is_told() => self.run_where_it_dials(existing)?,
            _ => trial,
        };
        judged(existing, &trial)?;
        let session = self.session(existing, NetworkMode::Auto)?;
        let (is_recorded, said) = record::alone(&session, self.interrupt)?;
        if !is_recorded {
            return Err(format!("what it sends cannot be expected of it: {}", said.trim_end()).into());
        }
        let text = fs::read_to_string(self.cases(existing))?;
        existing.lacks_ipv6 = self.lacks_ipv6(existing)?;
        existing.timeout_ms = None;
        Ok(Recorded { text, said })
    }

    /// Whether it does not connect where the recorder is at `::1`, of a program that is told where that is. Where there can be none,
    /// nobody knows.
    fn lacks_ipv6(&self, existing: &Existing) -> Result<bool, CommandError> {
        let session = self.session(existing, NetworkMode::Auto)?;
        let Some(first) = session.trials.first().filter(|_| existing.listen.is_none()) else { return Ok(false) };
        let planned = Planned { profile: Profile::Ipv6, ..*first };
        let capture = self.folder.path().join("ipv6.jsonl");
        let trial = session.run(planned, &capture, &Launcher::Ourselves, self.interrupt);
        Ok(trial.observed.is_some() && !is_connected(&trial))
    }

    /// A trial at the address that the program dials of its own accord.
    fn run_where_it_dials(&self, existing: &mut Existing) -> Result<Trial, CommandError> {
        existing.run.clone_from(&existing.asked);
        let trial = self.run(existing, NetworkMode::Own)?;
        let Some(dialled) = trial.packets.as_ref().and_then(|packets| packets.dialled_address) else { return Ok(trial) };
        existing.listen = Some(dialled);
        self.run(existing, NetworkMode::Auto)
    }

    /// Learns how to ask for its version.
    fn ask_version(&self, existing: &mut Existing) -> Result<(), CommandError> {
        // Who knows what a program of one's own does with an option that it does not have.
        let tries = if existing.program().contains('/') { &VERSIONS[..1] } else { &VERSIONS };
        for (option, status) in tries {
            existing.version = Some((option, *status));
            let session = self.session(existing, NetworkMode::Shared)?;
            let ready = session.clients.first().map(|participant| participant.ready(self.interrupt));
            match ready {
                Some(Ok(ready)) if *status == 0 || Version::of(&ready.version).is_some() => return Ok(()),
                Some(Err(why @ (NotReady::Missing(_) | NotReady::Interrupted))) => return Err(why.to_string().into()),
                _ => {}
            }
        }
        existing.version = None;
        Ok(())
    }

    fn cases(&self, existing: &Existing) -> PathBuf {
        self.folder.path().join("cases").join(format!("{}.toml", existing.name))
    }

    /// The session of its one trial.
    fn session(&self, existing: &Existing, network: NetworkMode) -> Result<Session, CommandError> {
        let folder = self.folder.path();
        let client = folder.join("clients").join(&existing.name);
        fs::create_dir_all(&client)?;
        fs::create_dir_all(folder.join("cases"))?;
        let run = with_files(&existing.run, |argument| absolute(self.here, argument));
        fs::write(client.join(CLIENT_FILE), existing.client_toml(&run))?;
        fs::write(self.cases(existing), existing.case_toml())?;
        let mut config = Config::find(folder)?;
        config.clients = folder.join("clients");
        config.suites = vec![folder.join("cases")];
        config.network = network;
        config.defined = self.defined.clone();
        Ok(Session::load_unwritten(&config, &Selection::default(), &machine::today())?)
    }

    fn run(&self, existing: &Existing, network: NetworkMode) -> Result<Trial, CommandError> {
        let session = self.session(existing, network)?;
        let planned = *session.trials.first().ok_or("it has no trial")?;
        let capture = self.folder.path().join("capture.jsonl");
        let trial = session.run(planned, &capture, &Launcher::Ourselves, self.interrupt);
        match (&trial.observed, &trial.problem) {
            (None, Some(problem)) if trial.judgement.verdict == Verdict::Missing && network == NetworkMode::Own => {
                Err(format!("nothing in its arguments is the address of this machine, and what it dials cannot be seen here: {problem}; {TELL}").into())
            }
            (None, problem) => Err(problem.clone().unwrap_or_default().into()),
            _ => Ok(trial),
        }
    }
}

/// How a program is told where to connect to.
const TELL: &str = "write {host} and {port}, or {url}, where it takes its address";

fn is_connected(trial: &Trial) -> bool {
    trial.observed.as_ref().is_some_and(|observed| !observed.connections.is_empty())
}

/// Whether what a program did is worth recording; notes that it does not end.
fn judged(existing: &mut Existing, trial: &Trial) -> Result<(), CommandError> {
    let Some(observed) = &trial.observed else { return Ok(()) };
    let complaint = complaint::of(&trial.stderr).map(|complaint| format!(": {}", line(&complaint.line))).unwrap_or_default();
    let how = match observed.end {
        End::Exit(status) => format!("it exited with status {status}{complaint}"),
        End::Signal(signal) => format!("it was ended by signal {signal}{complaint}"),
        _ => format!("its time was up after {:.0} s{complaint}", trial.duration.as_secs_f64()),
    };
    if !is_connected(trial) {
        return Err(format!("the program never connected to the recorder; {how}; {TELL}").into());
    }
    let is_silent = observed.connections.iter().all(|seen| seen.content.length == 0);
    match observed.end {
        End::Exit(0) | End::TimedOut if is_silent => Err(format!(
            "the program connected, and sent nothing; {how}; if it reads from stdin what it sends, add --input TEXT; if it waits for the \
             server to speak first, add --reply 'connect=TEXT' or --server NAME"
        )
        .into()),
        End::Exit(0) => Ok(()),
        End::TimedOut => {
            existing.is_endless = true;
            let last = trial.timelines.iter().flat_map(|timeline| &timeline.received).map(|moment| moment.at_us).max();
            let limit = Duration::from_micros(last.unwrap_or_default()) * 2 + MORE;
            existing.timeout_ms = u64::try_from(limit.as_millis()).ok();
            Ok(())
        }
        _ => Err(format!("the program connected, and failed; {how}").into()),
    }
}

/// Arguments, and what of them may name a file seen otherwise. A program without a slash is one of PATH.
fn with_files(argv: &[String], seen: impl Fn(&str) -> String) -> Vec<String> {
    let may_be_file = |(index, argument): (usize, &String)| index > 0 || argument.contains('/');
    argv.iter().enumerate().map(|one| if may_be_file(one) { seen(one.1) } else { one.1.clone() }).collect()
}

/// An argument that names a file, as seen from everywhere.
fn absolute(here: &Path, argument: &str) -> String {
    if is_file(here, argument) { here.join(argument).display().to_string() } else { argument.to_owned() }
}

/// An argument that names a file, as seen from a client's folder.
fn seen_from(client: &Path, here: &Path, argument: &str) -> String {
    if !is_file(here, argument) {
        return argument.to_owned();
    }
    let file = here.join(argument);
    let parts = |path: &Path| {
        path.components().filter(|part| *part != Component::CurDir).map(|part| part.as_os_str().to_owned()).collect::<Vec<_>>()
    };
    let (from, to) = (parts(client), parts(&file));
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let relative: PathBuf = from[common..].iter().map(|_| "..".into()).chain(to[common..].iter().cloned()).collect();
    relative.display().to_string()
}

fn is_file(here: &Path, argument: &str) -> bool {
    !argument.starts_with('-') && Path::new(argument).is_relative() && here.join(argument).is_file()
}
