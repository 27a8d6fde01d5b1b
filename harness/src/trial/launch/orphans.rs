//! Processes that left their program's group and outlived it. Linux only; elsewhere nothing finds them.
//!
//! This process is their reaper ("subreaper"): whatever loses its parent becomes a child of ours, so that a list of our children
//! holds all that escaped, or its parent, which is ended first. Trials run side by side, so it matters whose an orphan is: its
//! group says it, or its environment, where TMPDIR names the folder of its trial, or its session, where that was begun by another
//! that is known. One that gives no such sign belongs to whichever program runs alone; and that it is an orphan at all, and no
//! child of the surrounding program, is known only where there is no surrounding program.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, waitpid};
use tokio::time::{Instant, sleep};

use super::roster;
use crate::trial::holders::Process;
use crate::trial::procfs;

/// How long orphans are waited for. They are killed, so only the operating system can be late.
const LIMIT: Duration = Duration::from_millis(500);

/// How soon they are looked at again: no one event says that an orphan and all that it left behind are gone.
const PAUSE: Duration = Duration::from_millis(1);

/// Children of this process from before it adopted any: they are somebody else's.
static FOREIGN: OnceLock<Vec<u32>> = OnceLock::new();

/// Whether every other child of this process is an orphan of a program.
static ALL_OURS: AtomicBool = AtomicBool::new(false);

/// Adopts the orphans of all programs from now on.
pub(super) fn adopt() {
    FOREIGN.get_or_init(|| tasks().iter().flat_map(|task| children(task)).collect());
    // Where it cannot be, there is nothing to find later.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Says that nothing else in this process starts programs.
#[cfg(feature = "cli")]
pub(super) fn claim_all() {
    ALL_OURS.store(true, Ordering::Relaxed);
}

/// Ends what is left of the program that led `group` and whose TMPDIR is `mark`: what that was, as it was started.
pub(super) async fn end(group: u32, mark: &Path) -> Vec<Process> {
    let limit = Instant::now() + LIMIT;
    let mut search = Search::new(group, mark);
    while search.finds_any() && Instant::now() < limit {
        sleep(PAUSE).await;
    }
    search.ended
}

/// The same, for whoever cannot wait but by blocking.
#[expect(clippy::disallowed_methods, reason = "no one event says that orphans are gone, and LIMIT is the bound")]
pub(super) fn end_blocking(group: u32, mark: &Path) {
    let limit = Instant::now() + LIMIT;
    let mut search = Search::new(group, mark);
    while search.finds_any() && Instant::now() < limit {
        std::thread::sleep(PAUSE);
    }
}

struct Search<'a> {
    group: u32,
    mark: &'a Path,
    /// Killed and not yet gone.
    doomed: Vec<u32>,
    /// Begun by the program's descendants: no other process can be in them.
    sessions: Vec<u32>,
    /// What did not end by itself.
    ended: Vec<Process>,
}

impl<'a> Search<'a> {
    fn new(group: u32, mark: &'a Path) -> Self {
        Self { group, mark, doomed: Vec::new(), sessions: Vec::new(), ended: Vec::new() }
    }

    /// Kills what is there now, and says whether to look again.
    fn finds_any(&mut self) -> bool {
        let roster = roster::lock();
        let runs_alone = ALL_OURS.load(Ordering::Relaxed) && roster.has_only(self.group);
        let foreign = FOREIGN.get().map_or(&[][..], Vec::as_slice);
        let mut unsettled = false;
        for id in children(&first_task()) {
            if roster.has_other(self.group, id) || foreign.contains(&id) {
                continue;
            }
            let Some(state) = State::of(id) else { continue };
            if runs_alone || self.owns(id, &state) {
                self.doom(id, &state);
            } else {
                unsettled |= state.is_unsettled();
            }
        }
        // Also after the last is gone: it may have left orphans since the children were listed.
        let again = unsettled || !self.doomed.is_empty();
        self.doomed.retain(|id| !is_reaped(*id));
        again
    }

    fn owns(&self, id: u32, state: &State) -> bool {
        state.group == self.group || self.sessions.contains(&state.session) || has_in_environment(id, self.mark)
    }

    fn doom(&mut self, id: u32, state: &State) {
        if !self.doomed.contains(&id) {
            // One that has ended has no arguments any more.
            self.ended.extend(procfs::arguments(id).map(|arguments| Process { id, arguments }));
        }
        if let Some(pid) = pid(id) {
            // That it has ended already is no error.
            let _ = kill_process(pid, Signal::KILL);
        }
        if !self.doomed.contains(&id) {
            self.doomed.push(id);
        }
        if !is_our_session(state.session) && !self.sessions.contains(&state.session) {
            self.sessions.push(state.session);
        }
    }
}

/// What `/proc/ID/stat` says of a process.
struct State {
    is_zombie: bool,
    is_exiting: bool,
    group: u32,
    session: u32,
    has_environment: bool,
}

impl State {
    fn of(id: u32) -> Option<Self> {
        /// `PF_EXITING` of the kernel.
        const EXITING: u32 = 4;
        let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in parentheses, may hold anything. The state comes next: field 3 of proc_pid_stat(5).
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3).copied();
        Some(Self {
            is_zombie: field(3)? == "Z",
            group: field(5)?.parse().ok()?,
            session: field(6)?.parse().ok()?,
            is_exiting: field(9)?.parse::<u32>().ok()? & EXITING != 0,
            has_environment: field(51)? != "0",
        })
    }

    /// Whether it is about to leave orphans of its own, or is between two programs: it has no environment for a moment.
    fn is_unsettled(&self) -> bool {
        !self.is_zombie && (self.is_exiting || !self.has_environment)
    }
}

fn is_our_session(session: u32) -> bool {
    // Where it is not known, any may be. Read and not asked by getsid(2), of which the library takes no 0 for an answer: that is
    // the session of whoever runs in a container and was started from outside of it.
    State::of(std::process::id()).is_none_or(|ours| ours.session == session)
}

fn has_in_environment(id: u32, mark: &Path) -> bool {
    let mark = mark.as_os_str().as_encoded_bytes();
    fs::read(format!("/proc/{id}/environ")).is_ok_and(|octets| octets.windows(mark.len()).any(|window| window == mark))
}

fn is_reaped(id: u32) -> bool {
    // An error: it is no child of ours any more.
    pid(id).is_none_or(|pid| !matches!(waitpid(Some(pid), WaitOptions::NOHANG), Ok(None)))
}

/// The thread to which Linux gives the orphans of a process, for as long as that thread lives.
fn first_task() -> PathBuf {
    PathBuf::from(format!("/proc/self/task/{}", getpid()))
}

fn tasks() -> Vec<PathBuf> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    tasks.flatten().map(|task| task.path()).collect()
}

/// The children that a thread has started or was given.
fn children(task: &Path) -> Vec<u32> {
    let text = fs::read_to_string(task.join("children")).unwrap_or_default();
    text.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}
