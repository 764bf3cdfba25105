//! Descriptors that this process was started with.

use std::env;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::generated::notification::{LISTEN_FDNAMES, LISTEN_FDS, LISTEN_PID};
use rustix::io::{fcntl_getfd, fcntl_setfd, FdFlags};

const FIRST: RawFd = 3;

static TAKEN: AtomicBool = AtomicBool::new(false);

/// What peinit has kept for the service ([`store`](super::store)), in the order of its numbers, each with its name. They are this process's
/// own from then on and are closed when it runs another program; asked a second time, there is nothing left.
#[must_use]
pub fn take_stored() -> Vec<(String, OwnedFd)> {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    let (Some(count), false) = (number(LISTEN_FDS), TAKEN.swap(true, Ordering::SeqCst)) else {
        return Vec::new();
    };
    if number(LISTEN_PID).is_some_and(|pid| pid != std::process::id()) {
        return Vec::new();
    }
    let names = env::var(LISTEN_FDNAMES).unwrap_or_default();
    let mut names = names.split(':');
    let last = FIRST.saturating_add(RawFd::try_from(count).unwrap_or(0));
    (FIRST..last)
        .filter_map(|number| {
            let name = names.next().unwrap_or_default().to_owned();
            Some((name, take(number)?))
        })
        .collect()
}

/// `None`: no such descriptor is open.
#[allow(unsafe_code)]
fn take(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: only looked at; a number that is not open is an error of the call.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    let flags = fcntl_getfd(borrowed).ok()?;
    fcntl_setfd(borrowed, flags | FdFlags::CLOEXEC).ok()?;
    // SAFETY: it is open, it was given to this process under this number for it to own, and nobody took it before (`TAKEN`).
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}
