//! A server while a trial runs: started, waited for, and ended with all that it started.

use std::future::Future;
use std::path::Path;
use std::pin::{Pin, pin};
use std::time::Duration;

use samewire_recorder::Upstream;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

use super::command::Commands;
use super::place::ServerPlace;
use super::said::{ServerSaid, last_lines};
use crate::judge::end::End;
use crate::suite::Server;
use crate::trial::Interrupt;
use crate::trial::launch::{self, Ended, LaunchError, Output, Program, TimeLimit};
use crate::trial::toolchain::{Ready, describe};

/// How soon it is looked again whether a server listens: nothing tells of that.
const LISTENING: Duration = Duration::from_millis(5);

/// How soon `prepare` is tried again: a server that is not ready yet says nothing of when it will be.
const PREPARED: Duration = Duration::from_millis(100);

/// How long a server that has failed a connection is still given to end.
const DYING: Duration = Duration::from_millis(500);

/// Longer than any trial. A server is ended with its trial, and not before.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// A server that is to stand behind the recorder of a trial.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub server: &'a Server,
    pub ready: &'a Ready,
    pub place: &'a ServerPlace<'a>,
}

/// Why a trial has no server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Broken {
    /// The run was stopped first.
    #[error("the run was stopped before its server was ready")]
    Interrupted,
    /// It did not become ready, or failed: a sentence, and its last lines.
    #[error("{0}")]
    Failed(String),
}

/// Why a server is not ready.
enum NotReady {
    Interrupted,
    /// It has ended.
    Gone,
    /// What it did, or did not.
    Failed(String),
    /// Its `prepare` never ended in 0: how it ended, and its last lines.
    NotPrepared(String, String),
}

/// How a server ended, or why it never ran.
type Over = Result<Ended, LaunchError>;

impl Standing<'_> {
    /// Does `trial` while the server runs, with the way to it, and tells what the server said. Where that is why there was no trial,
    /// the reason holds its last lines, and nothing else does.
    pub(crate) async fn during<T>(
        &self,
        (folder, case): (&Path, &str),
        interrupt: &Interrupt,
        trial: impl AsyncFnOnce(Upstream) -> T,
    ) -> (Result<T, Broken>, ServerSaid) {
        let commands = match self.commands(folder, case).await {
            Ok(commands) => commands,
            Err(why) => return (Err(why), self.said_nothing()),
        };
        let program = commands.server();
        let (end, ended) = oneshot::channel::<()>();
        let (mut forever, mut nothing) = (TimeLimit::new(FOREVER), Output::new(None).keeping(0));
        let trial_is_over = async {
            let _ = ended.await;
        };
        let mut runs = pin!(launch::run(&program, &mut forever, trial_is_over, &mut nothing));
        let mut over = None;
        let upstream = self.place.upstream(&self.server.name);
        let gone = Notify::new();
        let getting_ready = self.get_ready(&commands, &gone, interrupt);
        let ready = beside(getting_ready, runs.as_mut(), &mut over, || gone.notify_one()).await;
        let done = match ready {
            Ok(()) if over.is_none() => Ok(beside(trial(upstream.clone()), runs.as_mut(), &mut over, || {}).await),
            Ok(()) => Err(NotReady::Gone),
            Err(why) => Err(why),
        };
        // The connections of one that dies end a moment before it is seen to have ended.
        if over.is_none() && upstream.has_failed() {
            over = timeout(DYING, runs.as_mut()).await.ok();
        }
        let by_itself = over.is_some();
        drop(end);
        let over = match over {
            Some(over) => over,
            None => runs.await,
        };
        let done = match &over {
            Ok(ended) if by_itself && left_foreground(ended, &upstream) => done.and(Err(NotReady::Gone)),
            _ => done,
        };
        self.conclude(done, over, by_itself, interrupt)
    }

    /// What came of it all.
    fn conclude<T>(
        &self,
        done: Result<T, NotReady>,
        over: Over,
        by_itself: bool,
        interrupt: &Interrupt,
    ) -> (Result<T, Broken>, ServerSaid) {
        let name = &self.server.name;
        let ended = match over {
            Ok(ended) => ended,
            Err(error) => return (Err(Broken::Failed(format!("the server {name}: {error}"))), self.said_nothing()),
        };
        let last_lines = last_lines(&ended.stderr.text());
        let broken = |what: String| Broken::Failed(format!("the server {name} {what}{}", behind(&last_lines)));
        let how = describe(ended.end, FOREVER);
        let result = match done {
            Err(NotReady::Interrupted) => Err(Broken::Interrupted),
            Err(NotReady::Gone) => Err(broken(self.gone(ended.end, &how))),
            Err(NotReady::Failed(what)) => Err(broken(what)),
            Err(NotReady::NotPrepared(what, said)) => Err(Broken::Failed(format!(
                "`prepare` of the server {name} {what}{}{}",
                behind(&said),
                if last_lines.is_empty() { String::new() } else { format!("\nthe server{}", behind(&last_lines)) }
            ))),
            // One that was asked to end by its client, and did, is as good as one that runs.
            Ok(_) if by_itself && ended.end != End::Exit(0) && !interrupt.is_stopped() => {
                Err(broken(format!("{how} before the trial was over")))
            }
            Ok(done) => Ok(done),
        };
        let last_lines = if result.is_ok() { last_lines } else { String::new() };
        (result, ServerSaid { ended: by_itself.then_some(ended.end), last_lines, ..self.said_nothing() })
    }

    /// What is known of it before it has said anything.
    fn said_nothing(&self) -> ServerSaid {
        ServerSaid { name: self.server.name.clone(), version: self.ready.version.clone(), ended: None, last_lines: String::new() }
    }

    fn gone(&self, end: End, how: &str) -> String {
        match end {
            End::Exit(0) => {
                format!("{how} before a client came: a server must stay in the foreground, and what it leaves behind is ended")
            }
            _ => format!("{how} before it was ready"),
        }
    }

    async fn commands(&self, folder: &Path, case: &str) -> Result<Commands<'_>, Broken> {
        let (name, place) = (&self.server.name, self.place);
        if let Some(taken) = place.taken().await {
            return Err(Broken::Failed(format!("the server {name} cannot listen: {taken}")));
        }
        let folder = folder.join("server");
        let commands = Commands::make(self.server, self.ready.out.as_deref(), folder, (place.told(), case), place.network());
        commands.map_err(|error| Broken::Failed(format!("cannot make the folder of the server {name}: {error}")))
    }

    /// Waits until the server's port accepts, and `prepare` ended in 0. `gone` tells that it has ended.
    async fn get_ready(&self, commands: &Commands<'_>, gone: &Notify, interrupt: &Interrupt) -> Result<(), NotReady> {
        let mut limit = TimeLimit::new(self.server.timeout);
        let mut patience = Patience { up: pin!(limit.is_up()), gone, interrupt };
        let seconds = self.server.timeout.as_secs_f64();
        loop {
            match self.place.accepts().await {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => return Err(NotReady::Failed(format!("cannot be looked for in its network: {error}"))),
            }
            match patience.pause(LISTENING).await {
                Err(Cut::TimeIsUp) => {
                    return Err(NotReady::Failed(format!("did not listen on {} within {seconds} s", self.place.shown())));
                }
                waited => waited?,
            }
        }
        let Some(program) = commands.prepare() else { return Ok(()) };
        let mut last = None;
        loop {
            let (cut, ended) = prepare(&program, &mut patience).await?;
            if ended.end == End::Exit(0) {
                return Ok(());
            }
            let said = last_lines(&ended.stderr.text());
            let cut = match cut {
                Some(cut) => Err(cut),
                None => patience.pause(PREPARED).await,
            };
            // One that was cut short is told where none ended by itself.
            let (how, said) = match last.take() {
                Some(last) if ended.end == End::Interrupted => last,
                _ => (unprepared(ended.end, seconds), said),
            };
            match cut {
                Err(Cut::TimeIsUp) => return Err(NotReady::NotPrepared(how, said)),
                cut => cut?,
            }
            last = Some((how, said));
        }
    }
}

/// How long is waited for a server, and what ends that.
struct Patience<'a, Up> {
    up: Pin<&'a mut Up>,
    gone: &'a Notify,
    interrupt: &'a Interrupt,
}

/// What ended waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    TimeIsUp,
    Gone,
    Interrupted,
}

impl From<Cut> for NotReady {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::TimeIsUp => Self::Failed("was not ready in time".into()),
            Cut::Gone => Self::Gone,
            Cut::Interrupted => Self::Interrupted,
        }
    }
}

impl<Up: Future<Output = ()>> Patience<'_, Up> {
    /// Ready when nobody waits any more.
    async fn is_over(&mut self) -> Cut {
        tokio::select! {
            biased;
            () = self.gone.notified() => Cut::Gone,
            () = self.interrupt.stopped() => Cut::Interrupted,
            () = self.up.as_mut() => Cut::TimeIsUp,
        }
    }

    async fn pause(&mut self, time: Duration) -> Result<(), Cut> {
        tokio::select! {
            biased;
            cut = self.is_over() => Err(cut),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }
}

/// Runs `prepare` once, and says what ended it where it did not end by itself.
async fn prepare(
    program: &Program,
    patience: &mut Patience<'_, impl Future<Output = ()>>,
) -> Result<(Option<Cut>, Ended), NotReady> {
    let mut cut = None;
    let stopped = async { cut = Some(patience.is_over().await) };
    let (mut forever, mut nothing) = (TimeLimit::new(FOREVER), Output::new(None).keeping(0));
    let ran = launch::run(program, &mut forever, stopped, &mut nothing).await;
    let ended = ran.map_err(|error| NotReady::Failed(format!("cannot be prepared: {error}")))?;
    Ok((cut, ended))
}

/// Whether a server ended in order before anybody connected: then what listens is in the background.
fn left_foreground(ended: &Ended, upstream: &Upstream) -> bool {
    ended.end == End::Exit(0) && upstream.first_asked().is_none_or(|first| ended.at.into_std() < first)
}

/// Does `work` while a server runs. Where that ends first, it is told.
async fn beside<T>(
    work: impl Future<Output = T>,
    mut runs: Pin<&mut impl Future<Output = Over>>,
    over: &mut Option<Over>,
    tell: impl Fn(),
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            ended = runs.as_mut(), if over.is_none() => {
                *over = Some(ended);
                tell();
            }
            done = &mut work => return done,
        }
    }
}

/// How `prepare` was last seen.
fn unprepared(end: End, seconds: f64) -> String {
    match end {
        End::Interrupted => format!("did not end within the {seconds} s that the server had to be ready"),
        end => format!("{}, each time in the {seconds} s that the server had to be ready", describe(end, FOREVER)),
    }
}

/// What a program said, behind what it did.
fn behind(last_lines: &str) -> String {
    match last_lines {
        "" => "; it said nothing".into(),
        line if !line.contains('\n') => format!("; it said: {line}"),
        lines => format!("; it said:\n{lines}"),
    }
}
