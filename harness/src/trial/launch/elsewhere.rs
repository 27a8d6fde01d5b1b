//! Stands for `guardian`, `heirloom` and `orphans` where the operating system has no way to do their work.

pub(super) mod guardian {
    use std::path::Path;

    pub(in crate::trial::launch) fn start(_: &Path) {}

    pub(in crate::trial::launch) fn dismiss() {}
}

pub(super) mod heirloom {
    pub(in crate::trial::launch) fn given<T>(start: impl FnOnce() -> T) -> T {
        start()
    }
}

pub(super) mod orphans {
    use std::path::Path;

    use crate::trial::holders::Process;

    pub(in crate::trial::launch) fn adopt() {}

    #[cfg(feature = "cli")]
    pub(in crate::trial::launch) fn claim_all() {}

    pub(in crate::trial::launch) async fn end(_: u32, _: &Path) -> Vec<Process> {
        Vec::new()
    }

    pub(in crate::trial::launch) fn end_blocking(_: u32, _: &Path) {}
}
