//! What can go wrong with a request.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why there is no answer. `C` is the enum of the codes of the socket.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error<C> {
    /// The daemon refused the request.
    Refused(Refusal<C>),
    /// There is no connection, or it ended before the answer came.
    Connection(ConnectionError),
    /// The answer did not come in time. What was asked for may be done nevertheless.
    Timeout,
    /// The call was given up by this side.
    Cancelled,
    /// So many messages of a stream were dropped here, for they came faster than they were taken; the stream goes on.
    Lagged(u64),
    /// What came is not what the protocol allows.
    Protocol(ProtocolError),
}

impl<C> Error<C> {
    /// The code, where the daemon refused the request.
    pub fn code(&self) -> Option<&C> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            _ => None,
        }
    }
}

impl<C: fmt::Display> fmt::Display for Error<C> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(to),
            Self::Connection(error) => error.fmt(to),
            Self::Timeout => to.write_str("the answer did not come in time; what was asked for may be done nevertheless"),
            Self::Cancelled => to.write_str("the call was cancelled"),
            Self::Lagged(count) => write!(to, "{count} messages were dropped, for they were not taken"),
            Self::Protocol(error) => error.fmt(to),
        }
    }
}

impl<C: fmt::Debug + fmt::Display> std::error::Error for Error<C> {}

impl<C> From<ConnectionError> for Error<C> {
    fn from(error: ConnectionError) -> Self {
        Self::Connection(error)
    }
}

impl<C> From<ProtocolError> for Error<C> {
    fn from(error: ProtocolError) -> Self {
        Self::Protocol(error)
    }
}

/// A request that the daemon refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refusal<C> {
    /// What kind of failure it is; stable.
    pub code: C,
    /// What is wrong and what to do, for people.
    pub message: String,
}

impl<C: fmt::Display> fmt::Display for Refusal<C> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}", self.code, self.message)
    }
}

/// The code of a socket whose failures have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoCode;

impl fmt::Display for NoCode {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("failed")
    }
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// It could not be made.
    Unreachable,
    /// The daemon had no place for it, each time within the patience of the client.
    TurnedAway,
    /// It ended.
    Closed,
    /// It was closed by this side.
    Left,
}

/// There is no connection, or none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionError {
    /// What happened.
    pub loss: Loss,
    /// Number of the system's error, where there is one.
    pub errno: Option<i32>,
    /// What happened and what to do, for people.
    pub message: String,
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.message)
    }
}

impl std::error::Error for ConnectionError {}

/// Something came that the protocol does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtocolError {
    /// Path of the member that is wrong; empty for the line as a whole.
    pub member: String,
    /// What should have been there.
    pub expected: String,
    /// What was there.
    pub received: String,
    /// The beginning of the line.
    pub line: String,
}

const MOST_QUOTED: usize = 200;

impl ProtocolError {
    pub(crate) fn of_line(expected: &str, received: &str, line: &[u8]) -> Self {
        Self {
            member: String::new(),
            expected: expected.to_owned(),
            received: received.to_owned(),
            line: String::from_utf8_lossy(&line[..line.len().min(MOST_QUOTED)]).into_owned(),
        }
    }

    /// From what serde says, which is in words.
    pub(crate) fn of_member(path: &str, message: &str, line: &[u8]) -> Self {
        // Where it stands in the line says less than the path.
        let message = message.rfind(" at line ").map_or(message, |at| &message[..at]);
        let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
        let mut error = Self::of_line("a message of the protocol", message, line);
        error.member = path.to_owned();
        if message.starts_with("missing field ") {
            let dot = if path.is_empty() { "" } else { "." };
            error.member = format!("{path}{dot}{}", quoted(message));
            error.expected = String::from("a value");
            error.received = String::from("nothing");
        } else if let Some((received, expected)) = message.split_once(", expected ") {
            let received = received.trim_start_matches("invalid type: ").trim_start_matches("invalid value: ");
            error.expected = expected.to_owned();
            error.received = received.to_owned();
        }
        error
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.member.is_empty() { "a line" } else { &self.member };
        write!(to, "{whose} must be {}, but is {}: {}", self.expected, self.received, self.line)
    }
}

impl std::error::Error for ProtocolError {}
