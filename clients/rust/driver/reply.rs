//! What the driver replies.

use std::fmt::Display;

use peinit::Error;
use serde_json::{json, Value};

/// Why something was not done.
#[derive(Clone, Debug)]
pub enum Stopped {
    /// The library cannot express it.
    Unsupported(String),
    Refused {
        code: String,
        message: String,
    },
    Failed {
        kind: &'static str,
        message: String,
    },
}

impl Stopped {
    pub fn unknown(command: &str) -> Self {
        Self::Unsupported(format!("the library has no command {command}"))
    }

    pub fn failed(kind: &'static str, message: impl Display) -> Self {
        Self::Failed {
            kind,
            message: message.to_string(),
        }
    }

    pub fn into_reply(self) -> Value {
        match self {
            Self::Unsupported(why) => json!({ "unsupported": why }),
            Self::Refused {
                code,
                message,
            } => json!({ "error": { "code": code, "message": message } }),
            Self::Failed {
                kind,
                message,
            } => json!({ "failed": { "kind": kind, "message": message } }),
        }
    }
}

impl<C: Display> From<Error<C>> for Stopped {
    fn from(error: Error<C>) -> Self {
        let kind = match &error {
            Error::Refused(refusal) => {
                return Self::Refused {
                    code: refusal.code.to_string(),
                    message: refusal.message.clone(),
                }
            }
            Error::Connection(_) => "connection",
            Error::Timeout => "timeout",
            Error::Cancelled => "cancelled",
            _ => "protocol",
        };
        Self::failed(kind, error)
    }
}

impl From<std::io::Error> for Stopped {
    fn from(error: std::io::Error) -> Self {
        let kind = if error.kind() == std::io::ErrorKind::TimedOut {
            "timeout"
        } else {
            "connection"
        };
        Self::failed(kind, error)
    }
}

pub fn done() -> Value {
    json!({ "done": true })
}
