//! Which requests there are and what comes back for them. What is generated implements these; the clients work for whatever does.

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::error::{ProtocolError, Refusal};

/// How messages are told apart on a socket.
#[derive(Debug)]
#[non_exhaustive]
pub struct Facts {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    /// Member with the command.
    pub(crate) discriminator: Option<&'static str>,
    /// Member that relates an answer to its request; without one, answers come in order.
    pub(crate) correlation: Option<&'static str>,
    /// Member that says how it went, and its two values; without `error` it is missing in a failure.
    pub(crate) outcome: Option<&'static str>,
    pub(crate) ok: &'static str,
    pub(crate) error: Option<&'static str>,
    /// Member that says that another part follows.
    pub(crate) more: Option<&'static str>,
    /// Member that says whose a pushed message is.
    pub(crate) by: Option<&'static str>,
}

impl Facts {
    /// Where the socket is inside a machine.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Member of a request that names its command, where there are several.
    #[must_use]
    pub fn discriminator(&self) -> Option<&'static str> {
        self.discriminator
    }
}

/// A socket of the machine.
pub trait Socket: Send + Sync + 'static {
    /// Codes of failed requests.
    type Code: std::fmt::Debug + std::fmt::Display + Clone + PartialEq + Send + Sync + 'static;

    /// How its messages are told apart.
    const FACTS: &'static Facts;

    /// What a failure says.
    ///
    /// # Errors
    /// The line is no failure of this socket.
    fn refusal(line: &[u8]) -> Result<Refusal<Self::Code>, ProtocolError>;
}

/// A request of a command.
pub trait Request: Serialize {
    /// Where it is sent.
    type Socket: Socket;

    /// Name of the command on the wire.
    const COMMAND: &'static str;
}

/// One answer comes back.
pub trait Call: Request {
    /// The answer.
    type Answer: DeserializeOwned;

    /// It comes in several lines.
    const IN_PARTS: bool = false;

    /// Adds a further part.
    fn join(_whole: &mut Self::Answer, _part: Self::Answer) {}
}

/// Lines come back until the connection ends, which is theirs alone.
pub trait Lines: Request {
    /// A line.
    type Item: DeserializeOwned;
}

/// Parts come back until the last one.
pub trait Parts: Request {
    /// A part.
    type Item: DeserializeOwned;
}

/// An answer comes back, and then messages unasked.
pub trait Pushes: Request {
    /// The answer.
    type Answer: DeserializeOwned;

    /// A message.
    type Item: DeserializeOwned;

    /// What its messages say that they are of.
    fn key(answer: &Self::Answer) -> Option<i64>;
}
