//! Versions of the protocol.

use std::fmt;

use crate::control::{Error, MachineStatusResponse};
use crate::error::ProtocolError;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protocol {
    /// Another one: what is known of one does not hold for the other.
    pub major: u32,
    /// A higher one knows more.
    pub minor: u32,
}

impl fmt::Display for Protocol {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}.{}", self.major, self.minor)
    }
}

/// How the protocol of a daemon and that of this crate ([`PROTOCOL`](crate::control::PROTOCOL)) go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compatibility {
    /// They are the same.
    Same,
    /// The daemon knows more, which is passed over here.
    DaemonNewer(Protocol),
    /// The daemon knows less: newer commands are refused as none, and newer members are passed over there.
    DaemonOlder(Protocol),
}

/// What the answer to machine-status says of it.
pub(crate) fn compare(ours: Protocol, status: &MachineStatusResponse) -> Result<Compatibility, Error> {
    let daemon = Protocol {
        major: status.protocol.major,
        minor: status.protocol.minor,
    };
    if daemon.major != ours.major {
        let mut error = ProtocolError::of_line(&format!("{} or another of that kind", ours), &daemon.to_string(), b"");
        error.member = String::from("protocol");
        return Err(Error::Protocol(error));
    }
    Ok(match daemon.minor.cmp(&ours.minor) {
        std::cmp::Ordering::Equal => Compatibility::Same,
        std::cmp::Ordering::Greater => Compatibility::DaemonNewer(daemon),
        std::cmp::Ordering::Less => Compatibility::DaemonOlder(daemon),
    })
}
