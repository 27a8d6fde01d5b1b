//! Whoever watches a recording.

use crate::cli::feed::Feed;
use crate::cli::terminal::{defused_in_a_workflow, remark};

/// Shows text on stdout, or on stderr where stdout is not ours; it waits for nobody.
pub(super) fn show(live: Option<&Feed>, text: &str) {
    match live {
        Some(live) => live.offer(&defused_in_a_workflow(text)),
        None => remark(text),
    }
}
