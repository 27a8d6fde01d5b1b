//! Which files are opened, as Linux tells it: before whoever opens one can read it.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

/// Room for what is told at once, in octets.
const ROOM: usize = 4096;

/// Files that are watched, and what is told of them.
#[derive(Debug)]
pub(super) struct Opened {
    told: OwnedFd,
    files: BTreeMap<i32, PathBuf>,
}

impl Opened {
    /// Watches those files that there are; nothing where none can be.
    pub(super) fn watch<'a>(files: impl IntoIterator<Item = &'a Path>) -> Option<Self> {
        let told = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        let watched = |file: &Path| Some((add_watch(&told, file, WatchFlags::OPEN).ok()?, file.to_owned()));
        let files: BTreeMap<i32, PathBuf> = files.into_iter().filter_map(watched).collect();
        (!files.is_empty()).then_some(Self { told, files })
    }

    /// The files that were opened since this was last asked.
    pub(super) fn since(&mut self) -> BTreeSet<PathBuf> {
        let mut room = [MaybeUninit::uninit(); ROOM];
        let mut events = Reader::new(&self.told, &mut room);
        let mut files = BTreeSet::new();
        // It would block where there is no more.
        while let Ok(event) = events.next() {
            files.extend(self.files.get(&event.wd()).cloned());
        }
        files
    }
}
