//! A program that answers for as long as it is asked, through its stdin and stdout: started once, and ended with what holds it.
//!
//! It is one of ours, no client: nobody waits for it, and it ends by itself when its stdin does, as it does when we are killed.

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::output::Excerpt;
use super::roster::{self, Helper};
use super::start::{self, LaunchError};
use super::{LAST_WORDS, Program, Scratch, orphans, platform, prepare};

/// A program that runs and waits for what it is asked.
#[derive(Debug)]
pub struct Service {
    child: Child,
    /// Its TMPDIR, by which what it leaves behind is known.
    temporary: PathBuf,
    stderr: Arc<Mutex<Excerpt>>,
    /// Disconnected once stderr has ended.
    is_silent: Receiver<()>,
    _helper: Helper,
    _scratch: Scratch,
}

impl Service {
    /// Starts a program whose TMPDIR is in `scratch`, and hands over what it is asked through and answers through.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(program: &Program, scratch: Scratch) -> Result<(Self, ChildStdin, ChildStdout), LaunchError> {
        prepare();
        let path = start::resolve(program)?;
        let mut command = start::bare(&path, program, program.env.clone());
        command.current_dir(&program.folder).env("TMPDIR", &program.temporary);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        platform::own_group(&mut command);
        let mut command = command.into_std();
        let failed = |error| start::why(path.clone(), program, error);
        let (mut child, helper) = roster::enter_helper(&mut command).map_err(failed)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(mut said)) = pipes else {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        };
        let stderr = Arc::new(Mutex::new(Excerpt::default()));
        let (still_speaks, is_silent) = channel();
        let temporary = program.temporary.clone();
        let service = Self { child, temporary, stderr: Arc::clone(&stderr), is_silent, _helper: helper, _scratch: scratch };
        let reader = thread::Builder::new().name("stderr".into()).spawn(move || {
            let _still_speaks: Sender<()> = still_speaks;
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = said.read(&mut piece) {
                stderr.lock().unwrap_or_else(PoisonError::into_inner).add(&piece[..length]);
            }
        });
        reader.map_err(failed)?;
        Ok((service, stdin, stdout))
    }

    /// Kills it, with its group. One that was waited for is not there any more, and its number may be another's.
    pub fn kill(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            platform::kill_group(self.child.id());
            // Where there are no groups.
            let _ = self.child.kill();
        }
    }

    /// Kills it, and hands over the ends of what it wrote to stderr.
    #[must_use]
    pub fn last_words(mut self) -> String {
        self.end();
        // What escaped may hold it open for ever.
        let _ = self.is_silent.recv_timeout(LAST_WORDS);
        self.stderr.lock().unwrap_or_else(PoisonError::into_inner).text()
    }

    /// Ends it and what it left behind, and waits for that.
    fn end(&mut self) {
        self.kill();
        let _ = self.child.wait();
        orphans::end_blocking(self.child.id(), &self.temporary);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}
