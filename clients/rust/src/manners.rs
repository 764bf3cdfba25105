//! What a client does by itself on some of the sockets.

use serde::Serialize;

use crate::exchange::{Facts, Request, Socket};
use crate::registry::{Registry, UnwatchRequest};

/// The request by which a reader that leaves its stream ends what is told on it: its command and its members.
pub(crate) fn leaving(facts: &'static Facts, key: Option<i64>) -> Option<(&'static str, impl Serialize)> {
    let watch = i32::try_from(key?).ok()?;
    (facts.name == Registry::FACTS.name).then(|| (UnwatchRequest::COMMAND, UnwatchRequest::new(watch)))
}
