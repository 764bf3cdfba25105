//! A connection and the task that reads and writes for all who share it.

use std::collections::HashMap;
use std::future::{poll_fn, Future};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use serde::Serialize;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::Notify;

use crate::connect::Options;
use crate::error::ConnectionError;
use crate::exchange::Facts;
use crate::link::{self, Closed, Core, End, Exchange, Id, Patience, Step};

const PIECE: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Something is to be written, or read again.
    stirred: Arc<Notify>,
    facts: &'static Facts,
    path: PathBuf,
}

#[derive(Debug)]
struct State {
    core: Core,
    waiting: HashMap<Id, Waker>,
}

impl State {
    fn wake(&mut self) {
        let core = &self.core;
        self.waiting.retain(|&id, waker| {
            let ready = core.is_ready(id);
            if ready {
                waker.wake_by_ref();
            }
            !ready
        });
    }
}

impl Shared {
    pub(super) async fn connect(facts: &'static Facts, options: &Options) -> Result<Arc<Self>, ConnectionError> {
        let path = options.path.clone().unwrap_or_else(|| PathBuf::from(facts.path));
        let mut patience = Patience::new(options.patience, options.awaited);
        let socket = open(facts, &path, &mut patience, options.patience).await?;
        let core = Core::new(facts, path.to_string_lossy().into_owned(), options.longest_line, Instant::now());
        let stirred = Arc::new(Notify::new());
        let shared = Arc::new(Self {
            state: Mutex::new(State {
                core,
                waiting: HashMap::new(),
            }),
            stirred: Arc::clone(&stirred),
            facts,
            path: path.clone(),
        });
        let task = Task {
            shared: Arc::downgrade(&shared),
            stirred,
            facts,
            path,
            length: options.patience,
        };
        tokio::spawn(task.run(socket, patience));
        Ok(shared)
    }

    pub(super) fn facts(&self) -> &'static Facts {
        self.facts
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ask(&self, command: &str, members: &impl Serialize, exchange: Exchange) -> Result<Id, End> {
        let id = self.lock().core.ask(command, members, exchange)?;
        self.stirred.notify_one();
        Ok(id)
    }

    pub(super) fn poll_step(&self, id: Id, context: &Context<'_>) -> Poll<Step> {
        let mut state = self.lock();
        let held_back = !state.core.wants_input();
        match state.core.take(id) {
            Some(step) => {
                if held_back {
                    self.stirred.notify_one();
                }
                Poll::Ready(step)
            }
            None => {
                state.waiting.insert(id, context.waker().clone());
                Poll::Pending
            }
        }
    }

    pub(super) fn forget(&self, id: Id) {
        let mut state = self.lock();
        state.core.forget(id);
        state.waiting.remove(&id);
        self.stirred.notify_one();
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.core.fail(End::Connection(link::left(&self.path.to_string_lossy())));
        state.wake();
        self.stirred.notify_one();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stirred.notify_one();
    }
}

struct Task {
    shared: Weak<Shared>,
    stirred: Arc<Notify>,
    facts: &'static Facts,
    path: PathBuf,
    length: Duration,
}

/// What the task waits for.
enum Wanted {
    Nothing,
    Write,
    Read,
    Both,
}

impl Task {
    async fn run(self, mut socket: UnixStream, mut patience: Patience) {
        let mut buffer = vec![0; PIECE];
        while let Some(wanted) = self.wanted() {
            let interest = match wanted {
                Wanted::Nothing => {
                    self.stirred.notified().await;
                    continue;
                }
                Wanted::Write => Interest::WRITABLE,
                Wanted::Read => Interest::READABLE,
                Wanted::Both => Interest::READABLE | Interest::WRITABLE,
            };
            if !self.is_ready(&socket, interest).await {
                continue;
            }
            let Some(ended) = self.exchange(&socket, &mut buffer) else {
                continue;
            };
            match self.again(ended.as_ref(), &mut patience).await {
                Some(other) => socket = other,
                None => return,
            }
        }
    }

    /// False: something stirred first.
    async fn is_ready(&self, socket: &UnixStream, interest: Interest) -> bool {
        let mut stirred = pin!(self.stirred.notified());
        let mut ready = pin!(socket.ready(interest));
        poll_fn(|context| match stirred.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(false),
            Poll::Pending => ready.as_mut().poll(context).map(|_| true),
        })
        .await
    }

    /// `None`: nobody wants anything any more.
    fn wanted(&self) -> Option<Wanted> {
        let shared = self.shared.upgrade()?;
        let state = shared.lock();
        if state.core.has_failed() {
            return None;
        }
        Some(match (state.core.wants_input(), state.core.wants_output()) {
            (false, false) => Wanted::Nothing,
            (false, true) => Wanted::Write,
            (true, false) => Wanted::Read,
            (true, true) => Wanted::Both,
        })
    }

    /// Writes and reads what can be; the end of the socket and why.
    fn exchange(&self, socket: &UnixStream, buffer: &mut [u8]) -> Option<Option<io::Error>> {
        let shared = self.shared.upgrade()?;
        let mut state = shared.lock();
        while state.core.wants_output() {
            match socket.try_write(state.core.outgoing()) {
                Ok(count) => state.core.wrote(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => state.core.cannot_write(),
            }
        }
        if !state.core.wants_input() {
            return None;
        }
        let came = socket.try_read(buffer);
        match came {
            Ok(0) => Some(None),
            Ok(count) => {
                state.core.receive(&buffer[..count]);
                state.wake();
                state.core.is_away().then_some(None)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => Some(Some(error)),
        }
    }

    /// Another socket, where the connection was turned away.
    async fn again(&self, cause: Option<&io::Error>, patience: &mut Patience) -> Option<UnixStream> {
        {
            let shared = self.shared.upgrade()?;
            let mut state = shared.lock();
            if state.core.closed(cause, Instant::now()) == Closed::Over {
                state.wake();
                return None;
            }
        }
        let opened = match patience.pause(Instant::now()) {
            None => Err(link::turned_away(&self.path.to_string_lossy(), self.length)),
            Some(pause) => {
                tokio::time::sleep(pause).await;
                open(self.facts, &self.path, patience, self.length).await
            }
        };
        let shared = self.shared.upgrade()?;
        let mut state = shared.lock();
        match opened {
            Ok(socket) => {
                state.core.reopened(Instant::now());
                Some(socket)
            }
            Err(error) => {
                state.core.fail(End::Connection(error));
                state.wake();
                None
            }
        }
    }
}

/// Tries again while too many wait there already, or nobody listens yet where that is waited for.
async fn open(facts: &Facts, path: &Path, patience: &mut Patience, length: Duration) -> Result<UnixStream, ConnectionError> {
    loop {
        let error = match UnixStream::connect(path).await {
            Ok(socket) => return Ok(socket),
            Err(error) => error,
        };
        let told = link::unreachable(facts, &path.to_string_lossy(), &error);
        if !patience.passes(&error) {
            return Err(told);
        }
        match patience.pause(Instant::now()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None if error.raw_os_error() == Some(Errno::AGAIN.raw_os_error()) => {
                return Err(link::turned_away(&path.to_string_lossy(), length))
            }
            None => return Err(told),
        }
    }
}
