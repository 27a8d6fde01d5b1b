//! Urgent octets of a stream (TCP's URG, `MSG_OOB`): whether one waits to be read.
//!
//! They are part of the stream. The kernel lets no read go across the place where one stands, so the first octet of a read is the
//! urgent one, or none is.

use std::io;

use socket2::Socket;

/// What waits to be read.
pub(crate) struct Look {
    /// Octets, the end of stream, or an error.
    pub(crate) readable: bool,
    /// An urgent octet is among them.
    pub(crate) urgent: bool,
}

/// Looks without waiting.
#[cfg(unix)]
pub(crate) fn look(socket: &Socket) -> io::Result<Look> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut asked = [PollFd::new(socket, PollFlags::IN | PollFlags::PRI)];
    poll(&mut asked, Some(&Timespec::default()))?;
    let said = asked[0].revents();
    Ok(Look { readable: said.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR), urgent: said.contains(PollFlags::PRI) })
}

/// Elsewhere nobody says where an urgent octet stands; it is recorded like any other.
#[cfg(not(unix))]
pub(crate) fn look(_: &Socket) -> io::Result<Look> {
    Ok(Look { readable: true, urgent: false })
}
