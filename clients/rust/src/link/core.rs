//! One connection: what was asked and is not answered, whose a line is, and what is done when the connection ends.
//!
//! A request has a slot from when it is asked until its last line came. Answers wait in their slots, as lines, until they are taken:
//! who takes them knows their type. On a socket without correlation the slots stand in a queue, and one that is given up keeps its
//! place there, so that the answers behind it go to whom they are for.
//!
//! Until anything was heard, all that was sent is kept: a daemon that has no place closes a connection without reading from it.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use serde::Serialize;

use super::frames::{Frames, TooLong};
use super::header::{self, Header};
use super::request;
use super::trouble;
use crate::error::{ConnectionError, Error, Loss, ProtocolError};
use crate::exchange::{Facts, Socket};
use crate::manners;

/// Whoever is turned away is so as soon as the daemon gets to it; later it is the end of something else.
const TURNED_AWAY_WITHIN: Duration = Duration::from_secs(2);
/// Parts that are kept for a reader that does not take them; then nothing more is read.
const MOST_PARTS: usize = 4;
/// Lines that are kept likewise, of a stream that has the connection for itself.
const MOST_LINES: usize = 1024;
/// Messages that are kept for a reader that does not take them; beyond that they are dropped, and it is told.
const MOST_PUSHED: usize = 4096;

pub(crate) type Id = u64;
pub(crate) type Line = Vec<u8>;

/// What comes back for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Exchange {
    Answer,
    /// Several lines that are one answer.
    Joined,
    /// Several lines, each for itself.
    Parts,
    /// An acknowledgement, then bare lines for as long as the connection lasts.
    Lines,
    /// An answer, then messages.
    Pushes,
}

/// Why nothing more comes for a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// The failure, as it came.
    Refused(Line),
    Connection(ConnectionError),
    Protocol(ProtocolError),
    Cancelled,
}

impl End {
    pub(crate) fn into_error<S: Socket>(self) -> Error<S::Code> {
        match self {
            Self::Refused(line) => S::refusal(&line).map_or_else(Error::Protocol, Error::Refused),
            Self::Connection(error) => Error::Connection(error),
            Self::Protocol(error) => Error::Protocol(error),
            Self::Cancelled => Error::Cancelled,
        }
    }
}

/// The next thing that happened to a request.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    Line(Line),
    /// So many messages were dropped here.
    Dropped(u64),
    /// All that there was came.
    Done,
    End(End),
}

/// What to do about a connection that ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Closed {
    /// It was turned away: open another one, after a pause.
    TurnedAway,
    Over,
}

#[derive(Debug)]
struct Slot {
    exchange: Exchange,
    steps: VecDeque<Step>,
    /// The acknowledgement, or the answer, came.
    answered: bool,
    /// Nothing more comes.
    over: bool,
    /// Messages of the other side say this of themselves.
    key: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct Core {
    facts: &'static Facts,
    path: String,
    frames: Frames,
    outgoing: Vec<u8>,
    unheard: Vec<u8>,
    heard: bool,
    /// It was said that there is no place for the connection.
    away: bool,
    /// The other side takes nothing any more; what it said before its end is read all the same.
    deaf: bool,
    opened: Instant,
    last: Id,
    slots: HashMap<Id, Slot>,
    /// Requests without an answer, where answers come in order.
    queue: VecDeque<Id>,
    /// Requests that messages are pushed for, by what these say.
    routes: HashMap<i64, Id>,
    /// The request that has the connection for itself.
    alone: Option<Id>,
    /// Streams that hold as much as they may.
    full: usize,
    failure: Option<End>,
}

impl Core {
    pub(crate) fn new(facts: &'static Facts, path: String, longest: usize, now: Instant) -> Self {
        Self {
            facts,
            path,
            frames: Frames::new(longest),
            outgoing: Vec::new(),
            unheard: Vec::new(),
            heard: false,
            away: false,
            deaf: false,
            opened: now,
            last: 0,
            slots: HashMap::new(),
            queue: VecDeque::new(),
            routes: HashMap::new(),
            alone: None,
            full: 0,
            failure: None,
        }
    }

    /// Puts a request into what is to be sent.
    pub(crate) fn ask(&mut self, command: &str, members: &impl Serialize, exchange: Exchange) -> Result<Id, End> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.alone.is_some() {
            let error = ConnectionError {
                loss: Loss::Left,
                errno: None,
                message: format!("the connection to {} is a stream's alone; ask {command} on another one", self.path),
            };
            return Err(End::Connection(error));
        }
        let id = self.last + 1;
        let line = request::encode(self.facts, id, command, members).map_err(End::Protocol)?;
        self.last = id;
        if !self.heard {
            self.unheard.extend_from_slice(&line);
        }
        self.outgoing.extend_from_slice(&line);
        let slot = Slot {
            exchange,
            steps: VecDeque::new(),
            answered: false,
            over: false,
            key: None,
        };
        self.slots.insert(id, slot);
        if self.facts.correlation.is_none() {
            self.queue.push_back(id);
        }
        if exchange == Exchange::Lines || (exchange == Exchange::Pushes && self.facts.by.is_none()) {
            self.alone = Some(id);
        }
        Ok(id)
    }

    /// What is to be written; [`Core::wrote`] tells how much of it was.
    pub(crate) fn outgoing(&self) -> &[u8] {
        &self.outgoing
    }

    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.outgoing.drain(..bytes);
    }

    /// It could not be: waiting until it can would be in vain, and reading tells why.
    pub(crate) fn cannot_write(&mut self) {
        self.deaf = true;
    }

    pub(crate) fn wants_output(&self) -> bool {
        !self.outgoing.is_empty() && !self.deaf
    }

    /// A reader that takes nothing makes the connection wait.
    pub(crate) fn wants_input(&self) -> bool {
        let held = self.alone.and_then(|id| self.slots.get(&id)).map_or(0, |slot| slot.steps.len());
        self.full == 0 && held < MOST_LINES && self.failure.is_none()
    }

    /// Nobody waits for an answer by order: what comes now nobody asked for.
    pub(crate) fn awaits_nothing(&self) -> bool {
        self.facts.correlation.is_none() && self.queue.is_empty() && self.alone.is_none() && self.failure.is_none()
    }

    /// There is no place for the connection; [`Core::closed`] says what to do.
    pub(crate) fn is_away(&self) -> bool {
        self.away
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// What came from the socket.
    pub(crate) fn receive(&mut self, piece: &[u8]) {
        self.frames.push(piece);
        while self.failure.is_none() && !self.away {
            match self.frames.next() {
                Ok(None) => return,
                Ok(Some(line)) => {
                    if let Err(error) = self.line(line) {
                        self.fail(End::Protocol(error));
                    }
                    self.heard = !self.away;
                    if self.heard {
                        self.unheard = Vec::new();
                    }
                }
                Err(TooLong) => self.fail(End::Protocol(ProtocolError::of_line("a line of bounded length", "longer", b""))),
            }
        }
    }

    fn line(&mut self, line: Line) -> Result<(), ProtocolError> {
        // Lines of a stream that has the connection for itself are looked at by who takes them.
        if let (Some(id), true, None) = (self.alone, self.queue.is_empty(), self.facts.correlation) {
            self.step(id, Step::Line(line));
            return Ok(());
        }
        let Some(header) = header::read(&line, self.facts) else {
            return Err(ProtocolError::of_line("a JSON object", "something else", &line));
        };
        if self.facts.correlation.is_some() {
            self.line_with_id(line, &header)
        } else {
            let Some(id) = self.queue.pop_front() else {
                return Err(ProtocolError::of_line("an answer", "one to no request", &line));
            };
            self.answer(id, line, &header)
        }
    }

    fn line_with_id(&mut self, line: Line, header: &Header) -> Result<(), ProtocolError> {
        match (header.id, header.by) {
            (None, Some(by)) => {
                // Of a watch that was left, perhaps.
                if let Some(&id) = self.routes.get(&by) {
                    self.step(id, Step::Line(line));
                }
                Ok(())
            }
            (Some(0), _) => {
                self.away = !self.heard && manners::is_full(self.facts, &line);
                if !self.away {
                    self.fail(End::Refused(line));
                }
                Ok(())
            }
            (Some(id), _) => match Id::try_from(id) {
                // The answer to a call that was given up has no slot any more.
                Ok(id) if id <= self.last => self.answer(id, line, header),
                _ => Err(ProtocolError::of_line("an answer", "one to no request", &line)),
            },
            (None, None) => Err(ProtocolError::of_line("an answer", "a line without an id", &line)),
        }
    }

    fn answer(&mut self, id: Id, line: Line, header: &Header) -> Result<(), ProtocolError> {
        let outcome = header.outcome.as_deref();
        if outcome == self.facts.error {
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.over = true;
                self.step(id, Step::End(End::Refused(line)));
            }
            self.alone = self.alone.filter(|&alone| alone != id);
            return Ok(());
        }
        if outcome != Some(self.facts.ok) && self.facts.outcome.is_some() {
            return Err(ProtocolError::of_line("an outcome", outcome.unwrap_or("none"), &line));
        }
        let Some(slot) = self.slots.get_mut(&id) else {
            return Ok(());
        };
        let exchange = slot.exchange;
        slot.answered = true;
        match exchange {
            Exchange::Answer => slot.over = true,
            Exchange::Joined | Exchange::Parts => match header.more {
                Some(more) => slot.over = !more,
                None => {
                    return Err(ProtocolError::of_line(
                        "an answer in parts",
                        "one that does not say whether it is the last",
                        &line,
                    ))
                }
            },
            Exchange::Lines => {}
            Exchange::Pushes => {
                slot.key = header.by;
                if let Some(by) = header.by {
                    self.routes.insert(by, id);
                }
            }
        }
        self.step(id, Step::Line(line));
        Ok(())
    }

    fn step(&mut self, id: Id, step: Step) {
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        if slot.key.is_some() && slot.steps.len() >= MOST_PUSHED && matches!(step, Step::Line(_)) {
            if let Some(Step::Dropped(count)) = slot.steps.back_mut() {
                *count += 1;
            } else {
                slot.steps.push_back(Step::Dropped(1));
            }
        } else {
            slot.steps.push_back(step);
        }
        if slot.exchange == Exchange::Parts && slot.steps.len() == MOST_PARTS {
            self.full += 1;
        }
    }

    /// The next step of a request; `None`: nothing yet.
    pub(crate) fn take(&mut self, id: Id) -> Option<Step> {
        let Some(slot) = self.slots.get_mut(&id) else {
            return Some(Step::Done);
        };
        if slot.exchange == Exchange::Parts && slot.steps.len() == MOST_PARTS {
            self.full -= 1;
        }
        let step = slot.steps.pop_front();
        if step.is_some() {
            let only_answer = slot.exchange == Exchange::Answer;
            if only_answer || matches!(step, Some(Step::End(_))) {
                self.forget(id);
            }
            return step;
        }
        if slot.over {
            self.forget(id);
            return Some(Step::Done);
        }
        let failure = self.failure.clone()?;
        // Bare lines end with their connection, which has nothing else to tell.
        let natural = slot.exchange == Exchange::Lines && slot.answered;
        self.forget(id);
        Some(match failure {
            End::Connection(error) if natural && error.loss == Loss::Closed && error.errno.is_none() => Step::Done,
            other => Step::End(other),
        })
    }

    /// [`Core::take`] would give something.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_ready(&self, id: Id) -> bool {
        self.failure.is_some() || self.slots.get(&id).map_or(true, |slot| slot.over || !slot.steps.is_empty())
    }

    /// Gives a request up: what comes for it is dropped.
    pub(crate) fn forget(&mut self, id: Id) {
        if let Some(slot) = self.slots.remove(&id) {
            if slot.exchange == Exchange::Parts && slot.steps.len() >= MOST_PARTS {
                self.full -= 1;
            }
            if let Some(key) = slot.key {
                self.routes.remove(&key);
            }
        }
    }

    /// Gives a request up, and who waits for it is told.
    pub(crate) fn cancel(&mut self, id: Id) {
        if let Some(slot) = self.slots.get_mut(&id) {
            if !slot.over || slot.exchange != Exchange::Answer || slot.steps.is_empty() {
                if slot.exchange == Exchange::Parts && slot.steps.len() >= MOST_PARTS {
                    self.full -= 1;
                }
                slot.steps.clear();
                slot.steps.push_back(Step::End(End::Cancelled));
            }
        }
    }

    /// The socket ended, by itself (`None`) or with an error.
    pub(crate) fn closed(&mut self, cause: Option<&io::Error>, now: Instant) -> Closed {
        if self.failure.is_some() {
            return Closed::Over;
        }
        let unread = match cause.and_then(io::Error::raw_os_error).map(Errno::from_raw_os_error) {
            // The other side had not read all that was sent, or could not be sent anything any more.
            Some(Errno::CONNRESET | Errno::PIPE) => true,
            Some(_) => false,
            // It may have read what was sent.
            None => self.outgoing.len() == self.unheard.len(),
        };
        let away = self.away || (!self.heard && self.frames.is_empty() && unread);
        if away && now.duration_since(self.opened) <= TURNED_AWAY_WITHIN {
            return Closed::TurnedAway;
        }
        self.fail(End::Connection(trouble::ended(&self.path, cause)));
        Closed::Over
    }

    /// There is another socket: everything is sent once more.
    pub(crate) fn reopened(&mut self, now: Instant) {
        self.opened = now;
        self.frames.clear();
        self.away = false;
        self.deaf = false;
        self.outgoing = self.unheard.clone();
    }

    /// Nothing more comes for anybody.
    pub(crate) fn fail(&mut self, end: End) {
        if self.failure.is_none() {
            self.failure = Some(end);
            self.outgoing = Vec::new();
        }
    }
}
