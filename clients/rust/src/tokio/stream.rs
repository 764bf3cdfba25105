use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

use serde::de::DeserializeOwned;

use super::shared::Shared;
use crate::error::Error;
use crate::exchange::Socket;
use crate::link::{Exchange, Id, Step};
use crate::manners;

/// What comes for a request line by line: `while let Some(line) = stream.next().await`. It ends where there is nothing more to come; an
/// error other than [`Error::Lagged`] is its last element.
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
    pub(super) fn new(shared: Arc<Shared>, id: Id, alone: bool) -> Self {
        Self {
            shared,
            id,
            key: None,
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

    pub(super) async fn step(&mut self) -> Step {
        poll_fn(|context| self.shared.poll_step(self.id, context)).await
    }
}

impl<S: Socket, T: DeserializeOwned + 'static> Stream<S, T> {
    /// The next element; `None` after the last one. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<T, Error<S::Code>>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same for those who write futures by hand.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error<S::Code>>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let step = match self.shared.poll_step(self.id, context) {
            Poll::Ready(step) => step,
            Poll::Pending => return Poll::Pending,
        };
        let item = match step {
            Step::Dropped(count) => return Poll::Ready(Some(Err(Error::Lagged(count)))),
            Step::Line(line) => Some(crate::wire::decode(&line).map_err(Error::Protocol)),
            Step::Done => None,
            Step::End(end) => Some(Err(end.into_error::<S>())),
        };
        self.ended = !matches!(&item, Some(Ok(item)) if !manners::is_last(item));
        Poll::Ready(item)
    }
}

impl<S: Socket, T> Drop for Stream<S, T> {
    fn drop(&mut self) {
        self.shared.forget(self.id);
        if self.alone {
            self.shared.close();
        } else if let Some((command, members)) = manners::leaving(self.shared.facts(), self.key) {
            // Where it cannot be said there is nobody who tells anything any more.
            if let Ok(id) = self.shared.ask(command, &members, Exchange::Answer) {
                self.shared.forget(id);
            }
        }
    }
}
