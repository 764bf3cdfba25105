//! For services: what they say of themselves to peinit, and what peinit has given them.
//!
//! Only the main process of a service is heard. Where there is no service manager that wants to know, nothing is sent: everything here
//! then gives `Ok(false)`, so a program need not care whether it is a service.
//!
//! ```no_run
//! use peinit::notify;
//!
//! notify::ready()?;
//! notify::status("serving 3 clients")?;
//! // Several things at once:
//! notify::Notification::new().ready().status("up").send()?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod inherited;
mod socket;

use std::fmt;
use std::fmt::Write as _;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

pub use crate::generated::notification::{
    LISTEN_FDNAMES, LISTEN_FDS, LISTEN_PID, MAX_DATAGRAM, NOTIFY_SOCKET, PATH, WATCHDOG_PID, WATCHDOG_USEC,
};
pub use inherited::take_stored;

/// Lines of one datagram, applied in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it is said with send"]
pub struct Notification {
    text: String,
}

impl Notification {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of one's own, with spaces for newlines; peinit passes over keys that it does not know.
    pub fn line(mut self, key: &str, value: impl fmt::Display) -> Self {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let begin = self.text.len();
        // Writing to a text does not fail.
        let _ = write!(self.text, "{key}={value}");
        if self.text[begin..].contains(['\n', '\r']) {
            let flat = self.text[begin..].replace(['\n', '\r'], " ");
            self.text.replace_range(begin.., &flat);
        }
        self
    }

    /// The lines as they are sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Sends it; false where nobody wants to know.
    ///
    /// # Errors
    /// The datagram could not be sent.
    pub fn send(&self) -> io::Result<bool> {
        socket::send(self.text.as_bytes(), &[])
    }

    /// Sends it with descriptors.
    ///
    /// # Errors
    /// The datagram could not be sent.
    pub fn send_with(&self, descriptors: &[BorrowedFd<'_>]) -> io::Result<bool> {
        socket::send(self.text.as_bytes(), descriptors)
    }
}

/// The service is up, or has finished its reload.
///
/// # Errors
/// The datagram could not be sent.
pub fn ready() -> io::Result<bool> {
    Notification::new().ready().send()
}

/// The service has begun a reload, now.
///
/// # Errors
/// The datagram could not be sent.
pub fn reloading() -> io::Result<bool> {
    Notification::new().reloading().monotonic_usec(socket::monotonic_usec()).send()
}

/// The service is ending by itself.
///
/// # Errors
/// The datagram could not be sent.
pub fn stopping() -> io::Result<bool> {
    Notification::new().stopping().send()
}

/// What the service does, for people.
///
/// # Errors
/// The datagram could not be sent.
pub fn status(text: &str) -> io::Result<bool> {
    Notification::new().status(text).send()
}

/// The service is alive. To be said well within [`watchdog_interval`].
///
/// # Errors
/// The datagram could not be sent.
pub fn watchdog() -> io::Result<bool> {
    Notification::new().watchdog().send()
}

/// The start, stop or reload under way may take so long from now.
///
/// # Errors
/// The datagram could not be sent.
pub fn extend_timeout(length: Duration) -> io::Result<bool> {
    Notification::new().extend_timeout_usec(usec(length)).send()
}

/// Number of a system error that made the service fail.
///
/// # Errors
/// The datagram could not be sent.
pub fn errno(number: i32) -> io::Result<bool> {
    Notification::new().errno(number).send()
}

/// Another process is the main one. Of sd_notify; peinit passes over it: the main process of a service is the one that it started.
///
/// # Errors
/// The datagram could not be sent.
pub fn mainpid(pid: u32) -> io::Result<bool> {
    Notification::new().mainpid(pid).send()
}

/// Has peinit keep descriptors over restarts of the service, under a name; [`take_stored`] gives them back.
///
/// # Errors
/// The datagram could not be sent.
pub fn store(name: &str, descriptors: &[BorrowedFd<'_>]) -> io::Result<bool> {
    Notification::new().fd_store().fd_name(name).send_with(descriptors)
}

/// Has peinit drop the descriptors that it keeps under a name.
///
/// # Errors
/// The datagram could not be sent.
pub fn remove_stored(name: &str) -> io::Result<bool> {
    Notification::new().fd_store_remove().fd_name(name).send()
}

/// Waits until everything that was said before is handled.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] where that is not so within the time, or the datagram could not be sent.
pub fn barrier(timeout: Duration) -> io::Result<bool> {
    let until = Instant::now().checked_add(timeout);
    let (ours, theirs) = UnixStream::pair()?;
    if !Notification::new().barrier().send_with(&[theirs.as_fd()])? {
        return Ok(false);
    }
    // Whoever else has it now closes it when it is done.
    drop(theirs);
    socket::await_hang_up(&ours, until)?;
    Ok(true)
}

/// How often at least the service must say [`watchdog`]; `None` where nobody waits for that.
#[must_use]
pub fn watchdog_interval() -> Option<Duration> {
    let whose = std::env::var(WATCHDOG_PID).ok();
    if whose.is_some_and(|pid| pid.parse() != Ok(std::process::id())) {
        return None;
    }
    let usec: u64 = std::env::var(WATCHDOG_USEC).ok()?.parse().ok()?;
    (usec > 0).then(|| Duration::from_micros(usec))
}

fn usec(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_stay_lines() {
        let text = Notification::new().status("a\nREADY=1").ready().fd_name("x\r\ny");
        assert_eq!(text.as_str(), "STATUS=a READY=1\nREADY=1\nFDNAME=x  y");
    }
}
