//! A connection that threads share. One of those who wait reads for all of them; the others sleep until something came for them.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::io::Errno;
use serde::Serialize;

use super::socket::{self, Bell};
use crate::connect::Options;
use crate::error::ConnectionError;
use crate::exchange::Facts;
use crate::link::{self, Closed, Core, End, Exchange, Id, Patience, Step};

const PIECE: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    bell: Bell,
    path: PathBuf,
    facts: &'static Facts,
    patience: std::time::Duration,
}

#[derive(Debug)]
struct State {
    core: Core,
    socket: Arc<UnixStream>,
    /// Somebody reads for all.
    led: bool,
    patience: Patience,
    buffer: Vec<u8>,
}

/// The time was over.
#[derive(Debug)]
pub(super) struct Late;

impl Shared {
    pub(super) fn connect(facts: &'static Facts, options: &Options) -> Result<Self, ConnectionError> {
        let path = options.path.clone().unwrap_or_else(|| PathBuf::from(facts.path));
        let mut patience = Patience::new(options.patience, options.awaited);
        let socket = open(facts, &path, &mut patience, options.patience)?;
        let bell = Bell::new().map_err(|error| link::unreachable(facts, &path.to_string_lossy(), &error))?;
        let core = Core::new(facts, path.to_string_lossy().into_owned(), options.longest_line, Instant::now());
        let state = State {
            core,
            socket: Arc::new(socket),
            led: false,
            patience,
            buffer: Vec::new(),
        };
        Ok(Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            bell,
            path,
            facts,
            patience: options.patience,
        })
    }

    pub(super) fn facts(&self) -> &'static Facts {
        self.facts
    }

    /// A thread that panicked has left nothing half done: the core is changed in single steps.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request; what the socket does not take at once is written before this returns.
    pub(super) fn ask(
        &self,
        command: &str,
        members: &impl Serialize,
        exchange: Exchange,
        until: Option<Instant>,
    ) -> Result<Id, Option<End>> {
        let mut state = self.lock();
        if state.core.awaits_nothing() && !state.led {
            self.look(&mut state);
        }
        let id = state.core.ask(command, members, exchange)?;
        self.write(&mut state);
        if state.core.wants_output() {
            let written = |core: &mut Core| (core.has_failed() || !core.wants_output()).then_some(());
            if self.drive(state, written, until).is_err() {
                return Err(None);
            }
        }
        Ok(id)
    }

    /// Waits for the next step of a request.
    pub(super) fn step(&self, id: Id, until: Option<Instant>) -> Result<Step, Late> {
        self.drive(self.lock(), |core| core.take(id), until)
    }

    pub(super) fn forget(&self, id: Id) {
        self.change(|core| core.forget(id));
    }

    pub(super) fn cancel(&self, id: Id) {
        self.change(|core| core.cancel(id));
    }

    /// Ends the connection for all.
    pub(super) fn close(&self) {
        let path = self.path.to_string_lossy();
        self.change(|core| core.fail(End::Connection(link::left(&path))));
        let socket = Arc::clone(&self.lock().socket);
        let _ = socket.shutdown(std::net::Shutdown::Both);
    }

    fn change(&self, how: impl FnOnce(&mut Core)) {
        how(&mut self.lock().core);
        self.changed.notify_all();
        self.bell.ring();
    }

    /// Takes what came while nobody waited, which would be taken for the answer to what is asked next.
    fn look(&self, state: &mut State) {
        let mut buffer = std::mem::take(&mut state.buffer);
        buffer.resize(PIECE, 0);
        // How it has ended the next reader finds out, who finds it again.
        if let Ok(Some(count)) = socket::read(&state.socket, &mut buffer) {
            if count > 0 {
                state.core.receive(&buffer[..count]);
            }
        }
        state.buffer = buffer;
    }

    fn write(&self, state: &mut State) {
        while state.core.wants_output() {
            match socket::write(&state.socket, state.core.outgoing()) {
                Ok(0) => return,
                Ok(count) => state.core.wrote(count),
                // The reader finds out why, and what is to be done.
                Err(_) => state.core.cannot_write(),
            }
        }
    }

    fn drive<'a, T>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        ready: impl Fn(&mut Core) -> Option<T>,
        until: Option<Instant>,
    ) -> Result<T, Late> {
        loop {
            let held_back = !state.core.wants_input();
            if let Some(found) = ready(&mut state.core) {
                if held_back && state.core.wants_input() {
                    // Who waits for something else may read again.
                    self.changed.notify_all();
                }
                return Ok(found);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Err(Late);
            }
            let can_lead = state.core.wants_input() || state.core.wants_output();
            state = if state.led || !can_lead {
                self.sleep(state, until)
            } else {
                self.lead(state, until)
            };
        }
    }

    fn sleep<'a>(&'a self, state: MutexGuard<'a, State>, until: Option<Instant>) -> MutexGuard<'a, State> {
        match until {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Waits for the socket once, without holding the lock, and takes what came.
    fn lead<'a>(&'a self, mut state: MutexGuard<'a, State>, until: Option<Instant>) -> MutexGuard<'a, State> {
        state.led = true;
        let socket = Arc::clone(&state.socket);
        let writes = state.core.wants_output();
        let mut buffer = std::mem::take(&mut state.buffer);
        buffer.resize(PIECE, 0);
        drop(state);
        let came = socket::wait(&socket, &self.bell, writes, until).and_then(|()| socket::read(&socket, &mut buffer));
        let mut state = self.lock();
        state.led = false;
        match came {
            Ok(Some(0)) => state = self.ended(state, None, until),
            Ok(Some(count)) => {
                state.core.receive(&buffer[..count]);
                if state.core.is_away() {
                    state = self.ended(state, None, until);
                }
            }
            Ok(None) => {}
            Err(error) => state = self.ended(state, Some(&error), until),
        }
        state.buffer = buffer;
        self.write(&mut state);
        self.changed.notify_all();
        state
    }

    /// The socket is at its end; where it was turned away there is another one.
    fn ended<'a>(&'a self, mut state: MutexGuard<'a, State>, cause: Option<&io::Error>, until: Option<Instant>) -> MutexGuard<'a, State> {
        if state.core.closed(cause, Instant::now()) == Closed::Over {
            return state;
        }
        let Some(pause) = state.patience.pause(Instant::now()) else {
            let error = link::turned_away(&self.path.to_string_lossy(), self.patience);
            state.core.fail(End::Connection(error));
            return state;
        };
        // Whoever has less time than the pause is told so first; the next one who waits goes on.
        let mut patience = std::mem::replace(&mut state.patience, Patience::new(self.patience, false));
        state.led = true;
        drop(state);
        let pause = until.map_or(pause, |until| pause.min(until.saturating_duration_since(Instant::now())));
        std::thread::sleep(pause);
        let opened = open(self.facts, &self.path, &mut patience, self.patience);
        let mut state = self.lock();
        state.led = false;
        state.patience = patience;
        match opened {
            Ok(socket) => {
                state.socket = Arc::new(socket);
                state.core.reopened(Instant::now());
            }
            Err(error) => state.core.fail(End::Connection(error)),
        }
        state
    }
}

/// Tries again while too many wait there already, or nobody listens yet where that is waited for.
fn open(facts: &Facts, path: &Path, patience: &mut Patience, length: std::time::Duration) -> Result<UnixStream, ConnectionError> {
    loop {
        let error = match socket::open(path) {
            Ok(socket) => return Ok(socket),
            Err(error) => error,
        };
        let told = link::unreachable(facts, &path.to_string_lossy(), &error);
        if !patience.passes(&error) {
            return Err(told);
        }
        match patience.pause(Instant::now()) {
            Some(pause) => std::thread::sleep(pause),
            None if error.raw_os_error() == Some(Errno::AGAIN.raw_os_error()) => {
                return Err(link::turned_away(&path.to_string_lossy(), length))
            }
            None => return Err(told),
        }
    }
}
