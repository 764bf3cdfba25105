use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::shared::Shared;
use super::stream::Stream;
use crate::connect::Options;
use crate::control::{Control, MachineStatusRequest, PROTOCOL};
use crate::error::Error;
use crate::exchange::{Call, Lines, Parts, Pushes, Request, Socket};
use crate::link::{self, End, Exchange, Id, Step};
use crate::protocol::{self, Compatibility};

/// The answer to a request, and the stream of what follows it.
pub type Pushed<R> = (<R as Pushes>::Answer, Stream<<R as Request>::Socket, <R as Pushes>::Item>);

/// A connection to a socket of the machine. Clones share it, and it ends with the last of them, their calls and their streams.
pub struct Client<S: Socket> {
    shared: Arc<Shared>,
    timeout: Option<Duration>,
    socket: PhantomData<fn() -> S>,
}

impl<S: Socket> Clone for Client<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            timeout: self.timeout,
            socket: PhantomData,
        }
    }
}

impl<S: Socket> fmt::Debug for Client<S> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Client({})", S::FACTS.name)
    }
}

impl<S: Socket> Client<S> {
    /// Connects to the usual socket.
    ///
    /// # Errors
    /// Nobody listens there, or there is no place, within the usual patience.
    pub async fn connect() -> Result<Self, Error<S::Code>> {
        Self::connect_with(&Options::new()).await
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or there is no place, within the patience of the options.
    pub async fn connect_with(options: &Options) -> Result<Self, Error<S::Code>> {
        Ok(Self {
            shared: Shared::connect(S::FACTS, options).await?,
            timeout: options.timeout,
            socket: PhantomData,
        })
    }

    /// The same connection, whose answers may take so long from here.
    #[must_use]
    pub fn with_timeout(&self, timeout: impl Into<Option<Duration>>) -> Self {
        Self {
            timeout: timeout.into(),
            ..self.clone()
        }
    }

    /// Ends the connection, also for its clones: calls and streams end with an error that says so.
    pub fn disconnect(&self) {
        self.shared.close();
    }

    /// Sends a request; the answer is waited for by what this gives. Requests go out in the order of these calls.
    ///
    /// # Errors
    /// The connection has ended.
    pub fn send<R: Call<Socket = S>>(&self, request: R) -> Result<Pending<R>, Error<S::Code>> {
        let exchange = if R::IN_PARTS { Exchange::Joined } else { Exchange::Answer };
        let (id, until) = self.ask(&request, exchange)?;
        Ok(Pending {
            shared: Arc::clone(&self.shared),
            id,
            sleep: until.map(|until| Box::pin(tokio::time::sleep_until(until.into()))),
            whole: None,
        })
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// The daemon refuses it, or there is no answer.
    pub async fn call<R: Call<Socket = S>>(&self, request: R) -> Result<R::Answer, Error<S::Code>> {
        self.send(request)?.await
    }

    /// Sends a request that is answered by lines; the connection is theirs alone from then on.
    ///
    /// # Errors
    /// The daemon refuses it, or there is no answer.
    pub async fn lines<R: Lines<Socket = S>>(&self, request: R) -> Result<Stream<S, R::Item>, Error<S::Code>> {
        let (id, until) = self.ask(&request, Exchange::Lines)?;
        let mut stream = Stream::new(Arc::clone(&self.shared), id, true);
        acknowledged(until, &mut stream).await?;
        Ok(stream)
    }

    /// Sends a request that is answered in parts.
    ///
    /// # Errors
    /// The connection has ended.
    pub async fn parts<R: Parts<Socket = S>>(&self, request: R) -> Result<Stream<S, R::Item>, Error<S::Code>> {
        let (id, _) = self.ask(&request, Exchange::Parts)?;
        Ok(Stream::new(Arc::clone(&self.shared), id, false))
    }

    /// Sends a request whose answer is followed by messages.
    ///
    /// # Errors
    /// The daemon refuses it, or there is no answer.
    pub async fn pushes<R: Pushes<Socket = S>>(&self, request: R) -> Result<Pushed<R>, Error<S::Code>> {
        let (id, until) = self.ask(&request, Exchange::Pushes)?;
        let mut stream = Stream::new(Arc::clone(&self.shared), id, S::FACTS.by.is_none());
        let answer = acknowledged(until, &mut stream).await?;
        let answer = crate::wire::decode(&answer)?;
        stream.set_key(R::key(&answer));
        Ok((answer, stream))
    }

    fn ask<R: Request<Socket = S>>(&self, request: &R, exchange: Exchange) -> Result<(Id, Option<Instant>), Error<S::Code>> {
        let until = self.timeout.and_then(link::until);
        let id = self.shared.ask(R::COMMAND, request, exchange).map_err(End::into_error::<S>)?;
        Ok((id, until))
    }
}

async fn acknowledged<S: Socket, T>(until: Option<Instant>, stream: &mut Stream<S, T>) -> Result<Vec<u8>, Error<S::Code>> {
    let step = match until {
        None => stream.step().await,
        Some(until) => tokio::time::timeout_at(until.into(), stream.step())
            .await
            .map_err(|_| Error::Timeout)?,
    };
    match step {
        Step::Line(line) => Ok(line),
        Step::End(end) => {
            // The connection is as good as before.
            if matches!(end, End::Refused(_)) {
                stream.disown();
            }
            Err(end.into_error::<S>())
        }
        Step::Done | Step::Dropped(_) => Err(Error::Cancelled),
    }
}

impl Client<Control> {
    /// Asks which version of the protocol the daemon speaks.
    ///
    /// # Errors
    /// [`Error::Protocol`] where the major versions differ: the two do not understand each other.
    pub async fn check_protocol(&self) -> Result<Compatibility, crate::control::Error> {
        protocol::compare(PROTOCOL, &self.machine_status(MachineStatusRequest::new()).await?)
    }
}

/// A request that was sent: the future of its answer. Dropped, the answer is dropped when it comes.
#[must_use = "the answer is dropped with it"]
pub struct Pending<R: Call> {
    shared: Arc<Shared>,
    id: Id,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    whole: Option<R::Answer>,
}

impl<R: Call> fmt::Debug for Pending<R> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Pending({} {})", R::COMMAND, self.id)
    }
}

// Nothing in it is pinned but what stands in a box.
impl<R: Call> Unpin for Pending<R> {}

impl<R: Call> Future for Pending<R> {
    type Output = Result<R::Answer, Error<<R::Socket as Socket>::Code>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        while let Poll::Ready(step) = self.shared.poll_step(self.id, context) {
            match step {
                Step::Line(line) => {
                    let part: R::Answer = crate::wire::decode(&line)?;
                    match self.whole.as_mut() {
                        Some(whole) => R::join(whole, part),
                        None => self.whole = Some(part),
                    }
                    if !R::IN_PARTS {
                        return Poll::Ready(self.whole.take().ok_or(Error::Cancelled));
                    }
                }
                Step::Done => return Poll::Ready(self.whole.take().ok_or(Error::Cancelled)),
                Step::Dropped(count) => return Poll::Ready(Err(Error::Lagged(count))),
                Step::End(end) => return Poll::Ready(Err(end.into_error::<R::Socket>())),
            }
        }
        match self.sleep.as_mut().map(|sleep| sleep.as_mut().poll(context)) {
            Some(Poll::Ready(())) => Poll::Ready(Err(Error::Timeout)),
            _ => Poll::Pending,
        }
    }
}

impl<R: Call> Drop for Pending<R> {
    fn drop(&mut self) {
        self.shared.forget(self.id);
    }
}
