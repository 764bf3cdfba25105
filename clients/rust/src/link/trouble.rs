//! Why there is no connection, for people.

use std::io;
use std::time::Duration;

use rustix::io::Errno;

use crate::error::{ConnectionError, Loss};
use crate::exchange::Facts;

fn error(loss: Loss, errno: Option<i32>, message: String) -> ConnectionError {
    ConnectionError {
        loss,
        errno,
        message,
    }
}

/// A socket that cannot be opened.
pub(crate) fn unreachable(facts: &Facts, path: &str, cause: &io::Error) -> ConnectionError {
    let name = facts.name;
    let errno = cause.raw_os_error();
    let message = match errno.map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) => format!("there is no {name} socket at {path}; is this inside a machine that peinit runs?"),
        Some(Errno::CONNREFUSED) => format!("nobody listens at {path}; the daemon of the {name} socket has ended or is not up yet"),
        Some(Errno::ACCESS) => format!("no permission to open {path}"),
        Some(Errno::PROTOTYPE) => format!("{path} is no {name} socket; the usual one is {}", facts.path),
        _ => format!("connecting to {path} failed: {cause}"),
    };
    error(Loss::Unreachable, errno, message)
}

pub(crate) fn turned_away(path: &str, patience: Duration) -> ConnectionError {
    let message = format!(
        "each connection to {path} was closed at once for {} s: the daemon has no place for one more; try again when others have ended",
        patience.as_secs_f32()
    );
    error(Loss::TurnedAway, None, message)
}

pub(crate) fn ended(path: &str, cause: Option<&io::Error>) -> ConnectionError {
    match cause {
        None => error(Loss::Closed, None, format!("the daemon closed the connection to {path}")),
        Some(cause) => error(
            Loss::Closed,
            cause.raw_os_error(),
            format!("the connection to {path} failed: {cause}"),
        ),
    }
}

pub(crate) fn left(path: &str) -> ConnectionError {
    error(Loss::Left, None, format!("the connection to {path} was closed"))
}
