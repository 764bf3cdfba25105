use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::pending::Pending;
use super::shared::Shared;
use super::stream::Stream;
use crate::connect::Options;
use crate::control::{Control, MachineStatusRequest, PROTOCOL};
use crate::error::Error;
use crate::exchange::{Call, Lines, Parts, Pushes, Request, Socket};
use crate::jobs::{Jobs, SubmitRequest};
use crate::link::{self, End, Exchange, Step};
use crate::protocol::{self, Compatibility};

/// The answer to a request, and the stream of what follows it.
pub type Pushed<R> = (<R as Pushes>::Answer, Stream<<R as Request>::Socket, <R as Pushes>::Item>);

/// A connection to a socket of the machine. Clones share it, and it ends with the last of them, their calls and their streams.
pub struct Client<S: Socket> {
    pub(super) shared: Arc<Shared>,
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
    pub fn connect() -> Result<Self, Error<S::Code>> {
        Self::connect_with(&Options::new())
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or there is no place, within the patience of the options.
    pub fn connect_with(options: &Options) -> Result<Self, Error<S::Code>> {
        Ok(Self {
            shared: Arc::new(Shared::connect(S::FACTS, options)?),
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

    /// Sends a request without waiting for its answer. Requests go out in the order of these calls.
    ///
    /// # Errors
    /// The connection has ended, or the request could not be written in time.
    pub fn send<R: Call<Socket = S>>(&self, request: R) -> Result<Pending<R>, Error<S::Code>> {
        let exchange = if R::IN_PARTS { Exchange::Joined } else { Exchange::Answer };
        let (id, until) = self.ask(&request, exchange)?;
        Ok(Pending::new(Arc::clone(&self.shared), id, until))
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// The daemon refuses it, or there is no answer.
    pub fn call<R: Call<Socket = S>>(&self, request: R) -> Result<R::Answer, Error<S::Code>> {
        self.send(request)?.wait()
    }

    /// Sends a request that is answered by lines; the connection is theirs alone from then on.
    ///
    /// # Errors
    /// The daemon refuses it, or there is no answer.
    pub fn lines<R: Lines<Socket = S>>(&self, request: R) -> Result<Stream<S, R::Item>, Error<S::Code>> {
        let (id, until) = self.ask(&request, Exchange::Lines)?;
        // Dropped on the way it closes the connection, which is of no use to others.
        let mut stream = Stream::new(Arc::clone(&self.shared), id, None, true);
        self.acknowledged(id, until, &mut stream)?;
        Ok(stream)
    }

    /// Sends a request that is answered in parts.
    ///
    /// # Errors
    /// The connection has ended.
    pub fn parts<R: Parts<Socket = S>>(&self, request: R) -> Result<Stream<S, R::Item>, Error<S::Code>> {
        let (id, _) = self.ask(&request, Exchange::Parts)?;
        Ok(Stream::new(Arc::clone(&self.shared), id, None, false))
    }

    /// Sends a request whose answer is followed by messages.
    ///
    /// # Errors
    /// The daemon refuses it, or there is no answer.
    pub fn pushes<R: Pushes<Socket = S>>(&self, request: R) -> Result<Pushed<R>, Error<S::Code>> {
        let (id, until) = self.ask(&request, Exchange::Pushes)?;
        let mut stream = Stream::new(Arc::clone(&self.shared), id, None, S::FACTS.by.is_none());
        let answer = self.acknowledged(id, until, &mut stream)?;
        let answer = crate::wire::decode(&answer)?;
        stream.set_key(R::key(&answer));
        Ok((answer, stream))
    }

    fn ask<R: Request<Socket = S>>(&self, request: &R, exchange: Exchange) -> Result<(u64, Option<Instant>), Error<S::Code>> {
        let until = self.timeout.and_then(link::until);
        match self.shared.ask(R::COMMAND, request, exchange, until) {
            Ok(id) => Ok((id, until)),
            Err(Some(end)) => Err(end.into_error::<S>()),
            Err(None) => Err(Error::Timeout),
        }
    }

    fn acknowledged<T>(&self, id: u64, until: Option<Instant>, stream: &mut Stream<S, T>) -> Result<Vec<u8>, Error<S::Code>> {
        match self.shared.step(id, until) {
            Ok(Step::Line(line)) => Ok(line),
            Ok(Step::End(end)) => {
                // The connection is as good as before.
                if matches!(end, End::Refused(_)) {
                    stream.disown();
                }
                Err(end.into_error::<S>())
            }
            Ok(Step::Done | Step::Dropped(_)) => Err(Error::Cancelled),
            Err(_) => Err(Error::Timeout),
        }
    }
}

impl Client<Control> {
    /// Asks which version of the protocol the daemon speaks.
    ///
    /// # Errors
    /// [`Error::Protocol`] where the major versions differ: the two do not understand each other.
    pub fn check_protocol(&self) -> Result<Compatibility, crate::control::Error> {
        protocol::compare(PROTOCOL, &self.machine_status(MachineStatusRequest::new())?)
    }
}

impl Client<Jobs> {
    /// Connects to the usual socket and submits a job: there is one connection for each.
    ///
    /// # Errors
    /// The job was not made.
    pub fn run(request: SubmitRequest) -> Result<(String, Stream<Jobs, crate::jobs::JobLine>), crate::jobs::Error> {
        let (answer, lines) = Self::connect()?.submit(request)?;
        Ok((answer.job_id, lines))
    }
}
