//! The system calls of notify.

use std::env;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::io::{retry_on_intr, Errno};
use rustix::net::{
    sendmsg_addr, socket_with, AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};
use rustix::time::{clock_gettime, ClockId};

/// False where there is no socket to send to.
pub(super) fn send(text: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<bool> {
    let Some(name) = env::var_os(crate::generated::notification::NOTIFY_SOCKET) else {
        return Ok(false);
    };
    let address = match name.as_bytes() {
        [] => return Ok(false),
        [b'@', rest @ ..] => SocketAddrUnix::new_abstract_name(rest)?,
        path => SocketAddrUnix::new(path)?,
    };
    let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    let mut control = SendAncillaryBuffer::default();
    let message = SendAncillaryMessage::ScmRights(descriptors);
    let mut space = vec![std::mem::MaybeUninit::uninit(); message.size()];
    if !descriptors.is_empty() {
        control = SendAncillaryBuffer::new(&mut space);
        if !control.push(message) {
            return Err(Errno::INVAL.into());
        }
    }
    retry_on_intr(|| sendmsg_addr(&socket, &address, &[IoSlice::new(text)], &mut control, SendFlags::NOSIGNAL))?;
    Ok(true)
}

/// Waits until nobody has the other end any more.
pub(super) fn await_hang_up(socket: &UnixStream, until: Option<Instant>) -> io::Result<()> {
    loop {
        let length = until.map(|until| {
            let left = until.saturating_duration_since(Instant::now());
            Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(left.subsec_nanos()),
            }
        });
        let mut one = [PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)];
        match poll(&mut one, length.as_ref()) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::TimedOut, "what was said before is not handled yet")),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

pub(super) fn monotonic_usec() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let parts = (u64::try_from(now.tv_sec), u64::try_from(now.tv_nsec));
    match parts {
        (Ok(seconds), Ok(nanoseconds)) => seconds * 1_000_000 + nanoseconds / 1_000,
        _ => 0,
    }
}
