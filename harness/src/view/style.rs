//! The colours of what is printed. Whoever prints leaves them out where they are not wanted.

use anstyle::{AnsiColor, Style};

/// The colour of what is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// The colour of what is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The colour of what was not tried.
pub const SKIPPED: Style = AnsiColor::Yellow.on_default();
/// What stands out.
pub const STRONG: Style = Style::new().bold();

/// Text in a style.
#[must_use]
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
