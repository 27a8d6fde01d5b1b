//! Who watches the rules at work: a benchmark, which wants to know which of them is slow.

use std::fmt;

/// Told the name of each rule just before it is tried. Nothing else hangs on it.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a>(pub Option<&'a dyn Fn(&'static str)>);

impl Watch<'_> {
    /// Nobody is told.
    pub(super) const NOBODY: Watch<'static> = Watch(None);

    /// A rule is about to be tried.
    pub(super) fn tries(self, name: &'static str) {
        if let Some(tell) = self.0 {
            tell(name);
        }
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Watch" } else { "Nobody" })
    }
}
