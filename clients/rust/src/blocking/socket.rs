//! The system calls of the blocking clients. Sockets never block: who waits, waits in poll.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{eventfd, poll, EventfdFlags, PollFd, PollFlags, Timespec};
use rustix::io::{retry_on_intr, Errno};
use rustix::net::{recv, send, RecvFlags, SendFlags};

pub(super) fn open(path: &Path) -> io::Result<UnixStream> {
    let socket = UnixStream::connect(path)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How much of it was written; none where the buffer is full.
pub(super) fn write(socket: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    match retry_on_intr(|| send(socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)) {
        Err(Errno::AGAIN) => Ok(0),
        other => Ok(other?),
    }
}

/// How much came; 0 where the other side has ended, `None` where there is nothing yet.
pub(super) fn read(socket: &UnixStream, into: &mut [u8]) -> io::Result<Option<usize>> {
    match retry_on_intr(|| recv(socket, &mut *into, RecvFlags::DONTWAIT)) {
        Err(Errno::AGAIN) => Ok(None),
        other => Ok(Some(other?.0)),
    }
}

/// Wakes who waits in poll.
#[derive(Debug)]
pub(super) struct Bell(OwnedFd);

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(super) fn ring(&self) {
        // It fails only where it rings already, as often as it can count.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    fn silence(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

/// Waits until the socket can be read (or written, where that is wanted too), the bell rings, or the time is over.
pub(super) fn wait(socket: &UnixStream, bell: &Bell, writes: bool, until: Option<Instant>) -> io::Result<()> {
    let wanted = if writes { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
    let mut both = [
        PollFd::from_borrowed_fd(socket.as_fd(), wanted),
        PollFd::from_borrowed_fd(bell.0.as_fd(), PollFlags::IN),
    ];
    let left = until.map(|until| timespec(until.saturating_duration_since(Instant::now())));
    match poll(&mut both, left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    if !both[1].revents().is_empty() {
        bell.silence();
    }
    Ok(())
}

fn timespec(length: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(length.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(length.subsec_nanos()),
    }
}
