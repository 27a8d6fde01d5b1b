//! `samewire new --from-program`: a client around a program that exists already, and its first case, recorded.
//!
//! The program is tried in a temporary folder; what comes of it is written once all has gone well, and nothing otherwise.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::{NewArgs, failed, said};
use crate::cli::signals::stop_on_signal;
use crate::cli::terminal::{STRONG, note, print, styled};
use crate::cli::{CommandError, Status, record};
use crate::client::CLIENT_FILE;
use crate::client::existing::{Existing, FIRST_CASE, Recognised};
use crate::client::version::Version;
use crate::judge::end::End;
use crate::judge::verdict::Verdict;
use crate::printable::{line, shell_word};
use crate::report::complaint;
use crate::run::selection::Selection;
use crate::run::session::Session;
use crate::suite::config::{CONFIG_FILE, Config};
use crate::suite::{BUILTIN, Defined, NetworkMode, Suite};
use crate::trial::launch::Scratch;
use crate::trial::toolchain::NotReady;
use crate::trial::{Interrupt, Launcher, Trial, machine};

/// What programs print their version for, and the status that they end in then.
const VERSIONS: [(&str, i32); 3] = [("--version", 0), ("--version", 1), ("-V", 0)];

/// Of a program that does not end, what comes is recorded for twice the time that its last octet took, and this.
const MORE: Duration = Duration::from_secs(2);

pub(super) fn new(args: &NewArgs) -> Result<Status, CommandError> {
    let config = args.place.config()?;
    let target = Target::of(args, &config)?;
    let here = std::env::current_dir()?;
    let recognised = Recognised::of(&args.program);
    check(args, &here)?;
    let defined = defined(args, config)?;
    let interrupt = Interrupt::new();
    stop_on_signal(interrupt.clone())?;
    let trying = Trying { folder: Scratch::new()?, here: &here, defined, interrupt: &interrupt };
    let mut existing = Existing {
        name: args.name.clone(),
        asked: args.program.clone(),
        run: recognised.argv.clone(),
        version: None,
        input: args.input.clone(),
        replies: args.reply.clone(),
        server: args.server.clone(),
        listen: None,
        is_endless: false,
        timeout_ms: None,
    };
    note(&format!("trying {}\n", line(&existing.asked.join(" "))));
    let made = trying.recorded(&mut existing, &recognised);
    let case = match made {
        _ if interrupt.is_stopped() => {
            note("stopped: nothing was written\n");
            return Ok(Status::Failed);
        }
        made => made.map_err(|why| format!("{why}; nothing was written"))?,
    };
    let run = with_files(&existing.run, |argument| seen_from(&target.client, &here, argument));
    let client = existing.client_toml(&run);
    trying.folder.close()?;
    target.write(&client, &case.text)?;
    let replaced = if existing.run == recognised.argv { recognised.replaced } else { Vec::new() };
    tell(args, &target, &existing, &Told { replaced, client, case })?;
    Ok(Status::Good)
}

/// What is wrong with the arguments alone.
fn check(args: &NewArgs, here: &Path) -> Result<(), CommandError> {
    if let Some(program) = args.program.first().filter(|program| program.contains('/') && !here.join(program).is_file()) {
        return Err(format!("cannot start {}: there is no such file", line(program)).into());
    }
    let has = |name: &str| args.program.iter().any(|argument| argument.contains(name));
    if has("{plan}") {
        return Err(
            "a program that reads plans has all cases, and none is recorded: make its folder with `samewire new NAME`".into()
        );
    }
    if has("{input}") && args.input.is_none() {
        return Err("the arguments name {input}, and nothing says what that is: add --input TEXT".into());
    }
    Ok(())
}

/// What its case may name: a server that the project around it defines.
fn defined(args: &NewArgs, config: Config) -> Result<Defined, CommandError> {
    let servers = Suite::servers(&config.suites, &config.defined)?;
    match &args.server {
        Some(name) if servers.get(name).is_none() => {
            let names = servers.names().collect::<Vec<_>>().join(" ");
            let there = if names.is_empty() { "there is none".into() } else { format!("there are: {names}") };
            Err(format!("there is no server {name:?}; {there}; define it as [server.NAME] in samewire.toml (docs/cases.md)")
                .into())
        }
        _ => Ok(Defined { servers, ..config.defined }),
    }
}

/// Where all is written.
struct Target {
    /// The client's folder; absolute.
    client: PathBuf,
    /// The file of cases; absolute.
    cases: PathBuf,
    /// The `samewire.toml` that is written too, and what it says; nothing where there is one, or flags say it.
    config: Option<(PathBuf, String)>,
    /// The flags with which the same is found.
    flags: String,
}

impl Target {
    /// Nothing of it is there yet.
    fn of(args: &NewArgs, config: &Config) -> Result<Self, CommandError> {
        let (name, flags) = (&args.name, args.place.flags());
        let path = config.folder.join(CONFIG_FILE);
        let is_new = !path.is_file() && flags.is_empty();
        let suite = match config.suites.iter().find(|suite| !suite.to_string_lossy().starts_with(BUILTIN)) {
            Some(suite) => suite.clone(),
            None if path.is_file() => {
                let path = path.display();
                return Err(format!("{path} has no folder of cases of its own; add one, such as `suites = [\"cases\"]`").into());
            }
            None => config.folder.join("cases"),
        };
        // Clients that are there already have the cases that they had.
        let wire = if config.clients.is_dir() { "\"builtin:wire\", " } else { "" };
        let text = format!("clients = \"clients\"\nsuites  = [{wire}\"cases\"]\n");
        let flags = match (path.is_file(), args.place.suite.is_empty()) {
            (false, true) if !is_new => format!("{flags} --suite {}", shell_word(&suite.display().to_string())),
            _ => flags,
        };
        let absolute = |path: PathBuf| std::path::absolute(path);
        let target = Self {
            client: absolute(config.clients.join(name))?,
            cases: absolute(suite.join(format!("{name}.toml")))?,
            config: is_new.then_some((path, text)),
            flags,
        };
        for path in [&target.client, &target.cases] {
            if path.symlink_metadata().is_ok() {
                return Err(failed(path, &io::ErrorKind::AlreadyExists.into()).into());
            }
        }
        Ok(target)
    }

    /// Writes all of it; what is there by now stays as it is, and where one fails, the others are taken back.
    fn write(&self, client: &str, cases: &str) -> Result<(), CommandError> {
        super::make(&self.client).map_err(|error| failed(&self.client, &error))?;
        let config = self.config.iter().map(|(path, text)| (path.clone(), text.as_str()));
        let files = [(self.client.join(CLIENT_FILE), client), (self.cases.clone(), cases)].into_iter().chain(config);
        let mut written: Vec<PathBuf> = Vec::new();
        for (path, text) in files {
            if let Err(error) = write_new(&path, text) {
                // What cannot be taken back either is said by the next who looks.
                written.iter().for_each(|path| drop(fs::remove_file(path)));
                let _ = fs::remove_dir(&self.client);
                return Err(format!("cannot write {}: {error}; nothing was written", path.display()).into());
            }
            written.push(path);
        }
        Ok(())
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| drop(fs::remove_file(path)))
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
        existing.timeout_ms = None;
        match is_recorded {
            true => Ok(Recorded { text: fs::read_to_string(self.cases(existing))?, said }),
            false => Err(format!("what it sends cannot be expected of it: {}", said.trim_end()).into()),
        }
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

/// All that there is to say.
struct Told {
    replaced: Vec<(String, String)>,
    client: String,
    case: Recorded,
}

fn tell(args: &NewArgs, target: &Target, existing: &Existing, told: &Told) -> Result<(), CommandError> {
    let mut text = String::new();
    for (before, after) in &told.replaced {
        text += &format!("recognised {} as {after}\n", line(before));
    }
    if let Some(listen) = existing.listen {
        text += &format!("it dials {listen} of its own accord: `listen` has the recorder there\n");
    }
    if existing.is_endless {
        text += "it did not end by itself: it never does, or waits for an answer; then remove what was written, and add \
                 --reply 'WHEN=TEXT' or --server NAME, which give one\n";
    }
    let shown = |path: &Path| styled(STRONG, &line(&path.display().to_string()));
    let indented = |text: &str| text.lines().map(|text| format!("  {}\n", line(text)).replace("  \n", "\n")).collect::<String>();
    text += &format!("wrote {}\n{}", shown(&target.client.join(CLIENT_FILE)), indented(&told.client));
    text += &format!("wrote {}\n{}", shown(&target.cases), indented(&told.case.text));
    if let Some((path, config)) = &target.config {
        text += &format!("wrote {}\n{}", shown(path), indented(config));
    }
    let notes = told.case.said.lines().skip(1).filter(|line| !line.contains(" = ")).map(|line| format!("{line}\n"));
    text += &notes.collect::<String>();
    let (name, flags) = (&args.name, &target.flags);
    let run = said(&format!("samewire run --client {name}{flags}"), "asserts that it sends this");
    let wait = said(&format!("samewire list{flags}"), "the client, and all its cases");
    print(&format!("{text}\nreview what {name}/{FIRST_CASE} expects: one program alone can be wrong\n\n  {run}\n  {wait}\n"))?;
    Ok(())
}
