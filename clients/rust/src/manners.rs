//! What a client does by itself on some of the sockets.

use std::any::Any;

use serde::Serialize;

use crate::exchange::{Facts, Request, Socket};
use crate::jobs::{JobLine, JobLineKind};
use crate::output::{Query, QueryError};
use crate::registry::{Registry, RegistryError, UnwatchRequest};

/// The request by which a reader that leaves its stream ends what is told on it: its command and its members.
pub(crate) fn leaving(facts: &'static Facts, key: Option<i64>) -> Option<(&'static str, impl Serialize)> {
    let watch = i32::try_from(key?).ok()?;
    (facts.name == Registry::FACTS.name).then(|| (UnwatchRequest::COMMAND, UnwatchRequest::new(watch)))
}

/// Nothing follows, by what the line says: a job tells its end, and the end of its connection before that is an error.
pub(crate) fn is_last<T: Any>(item: &T) -> bool {
    (item as &dyn Any)
        .downcast_ref::<JobLine>()
        .is_some_and(|line| line.kind == JobLineKind::Ended)
}

/// A failure of the connection as a whole says that there is no place for it, so that nothing of it was read.
pub(crate) fn is_full(facts: &'static Facts, failure: &[u8]) -> bool {
    if facts.name == Registry::FACTS.name {
        Registry::refusal(failure).is_ok_and(|told| told.code == RegistryError::Ebusy)
    } else {
        facts.name == Query::FACTS.name && Query::refusal(failure).is_ok_and(|told| told.code == QueryError::Busy)
    }
}
