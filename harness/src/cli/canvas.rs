//! Where the bar is drawn: a terminal that may have stopped, which then holds up nothing.

use std::io;

use indicatif::TermLike;

use super::feed::Feed;
use super::terminal::width;

/// A terminal that is written through a [`Feed`].
pub(super) struct Canvas(pub Feed);

impl std::fmt::Debug for Canvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canvas")
    }
}

impl Canvas {
    fn draw(&self, text: &str) -> io::Result<()> {
        self.0.offer(text);
        Ok(())
    }

    /// The sequence that moves by so much in a direction.
    fn go(&self, by: usize, direction: char) -> io::Result<()> {
        if by == 0 { Ok(()) } else { self.draw(&format!("\x1b[{by}{direction}")) }
    }
}

impl TermLike for Canvas {
    fn width(&self) -> u16 {
        u16::try_from(width()).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, by: usize) -> io::Result<()> {
        self.go(by, 'A')
    }

    fn move_cursor_down(&self, by: usize) -> io::Result<()> {
        self.go(by, 'B')
    }

    fn move_cursor_right(&self, by: usize) -> io::Result<()> {
        self.go(by, 'C')
    }

    fn move_cursor_left(&self, by: usize) -> io::Result<()> {
        self.go(by, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.draw(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.draw(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.draw("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
