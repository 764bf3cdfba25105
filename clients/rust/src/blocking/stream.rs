use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::shared::Shared;
use crate::error::Error;
use crate::exchange::Socket;
use crate::link::{self, Exchange, Id, Step};
use crate::manners;

/// What comes for a request line by line: an iterator that waits for the next one. It ends where there is nothing more to come; an error
/// other than [`Error::Lagged`] or [`Error::Timeout`] is its last element.
///
/// What nobody takes is bounded: of a stream that has its connection for itself, or whose answer comes in parts, nothing more is read for a
/// while; of a watch at most 4096 events are kept, and [`Error::Lagged`] tells how many were dropped.
pub struct Stream<S: Socket, T> {
    shared: Arc<Shared>,
    id: Id,
    key: Option<i64>,
    /// The connection is of no use to others once this is left.
    alone: bool,
    ended: bool,
    types: PhantomData<fn() -> (S, T)>,
}

impl<S: Socket, T> fmt::Debug for Stream<S, T> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Stream({} {})", S::FACTS.name, self.id)
    }
}

impl<S: Socket, T> Stream<S, T> {
    pub(super) fn new(shared: Arc<Shared>, id: Id, key: Option<i64>, alone: bool) -> Self {
        Self {
            shared,
            id,
            key,
            alone,
            ended: false,
            types: PhantomData,
        }
    }

    pub(super) fn set_key(&mut self, key: Option<i64>) {
        self.key = key;
    }

    /// Leaving it changes nothing for the connection.
    pub(super) fn disown(&mut self) {
        self.alone = false;
    }
}

impl<S: Socket, T: DeserializeOwned + 'static> Stream<S, T> {
    /// The next element, if it comes within that time; [`Error::Timeout`] if not, and the stream goes on.
    pub fn next_within(&mut self, timeout: Duration) -> Option<Result<T, Error<S::Code>>> {
        self.take(link::until(timeout))
    }

    fn take(&mut self, until: Option<Instant>) -> Option<Result<T, Error<S::Code>>> {
        if self.ended {
            return None;
        }
        match self.shared.step(self.id, until) {
            Err(_) => Some(Err(Error::Timeout)),
            Ok(Step::Dropped(count)) => Some(Err(Error::Lagged(count))),
            Ok(Step::Line(line)) => {
                let item = crate::wire::decode(&line).map_err(Error::Protocol);
                self.ended = item.as_ref().map_or(true, manners::is_last);
                Some(item)
            }
            Ok(Step::Done) => {
                self.ended = true;
                None
            }
            Ok(Step::End(end)) => {
                self.ended = true;
                Some(Err(end.into_error::<S>()))
            }
        }
    }
}

impl<S: Socket, T: DeserializeOwned + 'static> Iterator for Stream<S, T> {
    type Item = Result<T, Error<S::Code>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take(None)
    }
}

impl<S: Socket, T> Drop for Stream<S, T> {
    fn drop(&mut self) {
        self.shared.forget(self.id);
        if self.alone {
            self.shared.close();
        } else if let Some((command, members)) = manners::leaving(self.shared.facts(), self.key) {
            // Where it cannot be said there is nobody who tells anything any more.
            let soon = Instant::now() + Duration::from_secs(1);
            if let Ok(id) = self.shared.ask(command, &members, Exchange::Answer, Some(soon)) {
                self.shared.forget(id);
            }
        }
    }
}
