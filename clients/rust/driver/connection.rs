//! Commands by their names, sent as the typed requests of the library; answers and lines encoded again from their typed values.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use peinit::blocking::{Client, Pending, Stream};
use peinit::exchange::{Call, Lines, Parts, Pushes, Request, Socket};
use peinit::Error;
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::{json, Map, Value};

use crate::reply::Stopped;

/// What a request is asked for.
#[derive(Clone, Copy, PartialEq)]
pub enum Wanted {
    Answer,
    Lines,
}

pub struct Connection<S: Socket> {
    pub client: Client<S>,
    pub wanted: Wanted,
}

pub enum Begun {
    Call(Box<dyn Waits>),
    Stream(Value, Box<dyn Takes>),
}

/// A call that was sent.
pub trait Waits {
    fn cancel(&self);
    fn answer(self: Box<Self>) -> Result<Value, Stopped>;
}

/// A stream.
pub trait Takes {
    /// Lines that came within the time, and whether it has ended.
    fn take(&mut self, count: usize, until: Instant) -> Result<(Vec<Value>, bool), Stopped>;
}

/// A request out of its members; what it does not have cannot be asked with the library.
fn request<R: DeserializeOwned + Serialize>(members: Map<String, Value>) -> Result<R, Stopped> {
    let given = Value::Object(members);
    let unsupported = |why: String| Stopped::Unsupported(format!("{given} is no request of the library: {why}"));
    let typed: R = serde_json::from_value(given.clone()).map_err(|error| unsupported(error.to_string()))?;
    let again = encode(&typed)?;
    // A member that may be null may be left out as well.
    let kept = |value: &Value| {
        value.as_object().map(|all| {
            all.iter()
                .filter(|(_, one)| !one.is_null())
                .map(|(name, one)| (name.clone(), one.clone()))
                .collect::<Map<_, _>>()
        })
    };
    if kept(&again) == kept(&given) {
        Ok(typed)
    } else {
        Err(unsupported(format!("it would be {again}")))
    }
}

fn encode(value: &impl Serialize) -> Result<Value, Stopped> {
    serde_json::to_value(value).map_err(|error| Stopped::failed("protocol", error))
}

impl<S: Socket> Connection<S> {
    fn wants(&self, wanted: Wanted, command: &str) -> Result<(), Stopped> {
        if self.wanted == wanted {
            return Ok(());
        }
        let what = if wanted == Wanted::Lines { "a stream" } else { "one answer" };
        Err(Stopped::Unsupported(format!("the library gives {what} for {command}")))
    }

    pub fn call<R>(&self, members: Map<String, Value>) -> Result<Begun, Stopped>
    where
        R: Call<Socket = S> + DeserializeOwned + 'static,
        R::Answer: Serialize,
    {
        self.wants(Wanted::Answer, R::COMMAND)?;
        Ok(Begun::Call(Box::new(self.client.send(request::<R>(members)?)?)))
    }

    pub fn lines<R>(&self, members: Map<String, Value>) -> Result<Begun, Stopped>
    where
        R: Lines<Socket = S> + DeserializeOwned + Request<Socket = S>,
        R::Item: Serialize + 'static,
    {
        self.wants(Wanted::Lines, R::COMMAND)?;
        let stream = self.client.lines(request::<R>(members)?)?;
        Ok(Begun::Stream(json!({}), Box::new(Taken::new(stream, None))))
    }

    pub fn pushes<R>(&self, members: Map<String, Value>) -> Result<Begun, Stopped>
    where
        R: Pushes<Socket = S> + DeserializeOwned,
        R::Answer: Serialize,
        R::Item: Serialize + 'static,
    {
        self.wants(Wanted::Lines, R::COMMAND)?;
        let (answer, stream) = self.client.pushes(request::<R>(members)?)?;
        Ok(Begun::Stream(encode(&answer)?, Box::new(Taken::new(stream, None))))
    }

    /// The first part is the acknowledgement; what is taken are the elements of the parts.
    pub fn parts<R>(&self, members: Map<String, Value>, list: &'static str) -> Result<Begun, Stopped>
    where
        R: Parts<Socket = S> + DeserializeOwned,
        R::Item: Serialize + 'static,
    {
        self.wants(Wanted::Lines, R::COMMAND)?;
        let mut taken = Taken::new(self.client.parts(request::<R>(members)?)?, Some(list));
        taken.first()?;
        Ok(Begun::Stream(json!({}), Box::new(taken)))
    }
}

impl<R: Call> Waits for Pending<R>
where
    R::Answer: Serialize,
{
    fn cancel(&self) {
        Pending::cancel(self);
    }

    fn answer(self: Box<Self>) -> Result<Value, Stopped> {
        encode(&self.wait()?)
    }
}

struct Taken<S: Socket, T> {
    stream: Stream<S, T>,
    list: Option<&'static str>,
    held: VecDeque<Value>,
    ended: bool,
    trouble: Option<Stopped>,
}

impl<S: Socket, T: DeserializeOwned + Serialize + 'static> Taken<S, T> {
    fn new(stream: Stream<S, T>, list: Option<&'static str>) -> Self {
        Self {
            stream,
            list,
            held: VecDeque::new(),
            ended: false,
            trouble: None,
        }
    }

    fn first(&mut self) -> Result<(), Stopped> {
        match self.stream.next() {
            Some(item) => self.hold(&item?),
            None => {
                self.ended = true;
                Ok(())
            }
        }
    }

    fn hold(&mut self, item: &T) -> Result<(), Stopped> {
        let line = encode(item)?;
        match self.list {
            None => self.held.push_back(line),
            Some(list) => self.held.extend(line[list].as_array().into_iter().flatten().cloned()),
        }
        Ok(())
    }
}

impl<S: Socket, T: DeserializeOwned + Serialize + 'static> Takes for Taken<S, T> {
    fn take(&mut self, count: usize, until: Instant) -> Result<(Vec<Value>, bool), Stopped> {
        while self.held.len() < count && !self.ended && self.trouble.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            match self.stream.next_within(left.max(Duration::from_millis(1))) {
                None | Some(Err(Error::Connection(_))) => self.ended = true,
                Some(Ok(item)) => self.hold(&item)?,
                Some(Err(Error::Timeout)) => break,
                Some(Err(error)) => self.trouble = Some(error.into()),
            }
        }
        let lines: Vec<Value> = self.held.drain(..count.min(self.held.len())).collect();
        match self.trouble.take() {
            Some(trouble) if lines.is_empty() => Err(trouble),
            trouble => {
                self.trouble = trouble;
                Ok((lines, self.ended && self.held.is_empty()))
            }
        }
    }
}
