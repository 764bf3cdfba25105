use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use super::shared::Shared;
use crate::error::Error;
use crate::exchange::{Call, Socket};
use crate::link::{Id, Step};

type Code<R> = <<R as crate::exchange::Request>::Socket as Socket>::Code;

/// A request that was sent and whose answer nobody has taken yet. Dropped, its answer is dropped when it comes.
#[must_use = "the answer is dropped with it"]
pub struct Pending<R: Call> {
    canceller: Canceller,
    until: Option<Instant>,
    request: PhantomData<fn() -> R>,
}

impl<R: Call> fmt::Debug for Pending<R> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Pending({} {})", R::COMMAND, self.canceller.id)
    }
}

impl<R: Call> Pending<R> {
    pub(super) fn new(shared: Arc<Shared>, id: Id, until: Option<Instant>) -> Self {
        Self {
            canceller: Canceller {
                shared,
                id,
            },
            until,
            request: PhantomData,
        }
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// The daemon refused the request, or there is no answer.
    pub fn wait(self) -> Result<R::Answer, Error<Code<R>>> {
        let mut whole: Option<R::Answer> = None;
        loop {
            match self.canceller.shared.step(self.canceller.id, self.until) {
                Ok(Step::Line(line)) => {
                    let part: R::Answer = crate::wire::decode(&line)?;
                    match whole.as_mut() {
                        Some(whole) => R::join(whole, part),
                        None => whole = Some(part),
                    }
                    if !R::IN_PARTS {
                        return whole.ok_or(Error::Cancelled);
                    }
                }
                Ok(Step::Done) => return whole.ok_or(Error::Cancelled),
                Ok(Step::Dropped(count)) => return Err(Error::Lagged(count)),
                Ok(Step::End(end)) => return Err(end.into_error::<R::Socket>()),
                Err(_) => return Err(Error::Timeout),
            }
        }
    }

    /// Gives the call up: `wait` says [`Error::Cancelled`]. The request is not taken back; its answer is dropped when it comes.
    pub fn cancel(&self) {
        self.canceller.cancel();
    }

    /// Something to give the call up with while another thread waits for it.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

impl<R: Call> Drop for Pending<R> {
    fn drop(&mut self) {
        self.canceller.shared.forget(self.canceller.id);
    }
}

/// Gives a call up from another thread.
#[derive(Clone, Debug)]
pub struct Canceller {
    shared: Arc<Shared>,
    id: Id,
}

impl Canceller {
    /// Gives the call up, if it has no answer yet.
    pub fn cancel(&self) {
        self.shared.cancel(self.id);
    }
}
