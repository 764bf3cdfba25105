//! What a driver has open, by the names that it was given.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use peinit::blocking::Client;
use peinit::control::Control;
use peinit::jobs::Jobs;
use peinit::output::Query;
use peinit::registry::Registry;
use peinit::Options;
use serde_json::{json, Map, Value};

use crate::connection::{Begun, Connection, Takes, Waits, Wanted};
use crate::generated;
use crate::reply::{done, Stopped};
use crate::service::Service;

enum Opened {
    Control(Client<Control>),
    Registry(Client<Registry>),
    Query(Client<Query>),
    Jobs(Client<Jobs>),
}

#[derive(Default)]
pub struct Session {
    connections: HashMap<String, Opened>,
    calls: HashMap<String, Box<dyn Waits>>,
    /// Calls that did not get so far as to be waited for.
    stopped: HashMap<String, Stopped>,
    streams: HashMap<String, Box<dyn Takes>>,
    service: Service,
}

type Reply = Result<Value, Stopped>;

fn text<'a>(asked: &'a Value, member: &str) -> &'a str {
    asked[member].as_str().unwrap_or_default()
}

fn members(asked: &Value) -> Map<String, Value> {
    asked["members"].as_object().cloned().unwrap_or_default()
}

fn milliseconds(asked: &Value) -> Option<Duration> {
    asked["timeout_ms"].as_u64().map(Duration::from_millis)
}

impl Session {
    pub fn request(&mut self, asked: &Value) -> Reply {
        match text(asked, "do") {
            "open" => self.open(asked),
            "call" => self.call(asked),
            "answer" => self.answer(text(asked, "call")),
            "cancel" => self.cancel(text(asked, "call")),
            "stream" => self.stream(asked),
            "take" => self.take(asked),
            "leave" => {
                self.streams.remove(text(asked, "stream"));
                Ok(done())
            }
            "submit" => self.submit(asked),
            "close" => self.close(text(asked, "connection")),
            "send" | "line" => Err(Stopped::Unsupported("a client library sends no bytes of others".into())),
            other => self.service.request(other, asked),
        }
    }

    fn open(&mut self, asked: &Value) -> Reply {
        let options = Options::new().path(text(asked, "path"));
        let opened = match text(asked, "socket") {
            "control" => Opened::Control(Client::connect_with(&options)?),
            "registry" => Opened::Registry(Client::connect_with(&options)?),
            "query" => Opened::Query(Client::connect_with(&options)?),
            "jobs" => Opened::Jobs(Client::connect_with(&options)?),
            other => return Err(Stopped::Unsupported(format!("the library knows no socket {other}"))),
        };
        self.connections.insert(text(asked, "connection").to_owned(), opened);
        Ok(done())
    }

    fn begin(&self, asked: &Value, wanted: Wanted) -> Result<Begun, Stopped> {
        let name = text(asked, "connection");
        let timeout = milliseconds(asked);
        let (command, members) = (text(asked, "command"), members(asked));
        macro_rules! on {
            ($client:expr, $dispatch:path) => {
                $dispatch(
                    &Connection {
                        client: $client.with_timeout(timeout),
                        wanted,
                    },
                    command,
                    members,
                )
            };
        }
        match self.connections.get(name) {
            None => Err(Stopped::failed("connection", format!("there is no connection {name}"))),
            Some(Opened::Control(client)) => on!(client, generated::control),
            Some(Opened::Registry(client)) => on!(client, generated::registry),
            Some(Opened::Query(client)) => on!(client, generated::query),
            Some(Opened::Jobs(client)) => on!(client, generated::jobs),
        }
    }

    fn call(&mut self, asked: &Value) -> Reply {
        let name = text(asked, "call").to_owned();
        match self.begin(asked, Wanted::Answer) {
            Ok(Begun::Call(call)) => {
                self.calls.insert(name, call);
            }
            Ok(Begun::Stream(..)) => return Err(Stopped::Unsupported("it is a stream".into())),
            Err(Stopped::Unsupported(why)) => return Err(Stopped::Unsupported(why)),
            // It is told where the answer would be.
            Err(stopped) => {
                self.stopped.insert(name, stopped);
            }
        }
        Ok(done())
    }

    fn answer(&mut self, name: &str) -> Reply {
        if let Some(stopped) = self.stopped.remove(name) {
            return Err(stopped);
        }
        match self.calls.remove(name) {
            Some(call) => Ok(json!({ "answer": call.answer()? })),
            None => Err(Stopped::failed("protocol", format!("there is no call {name}"))),
        }
    }

    fn cancel(&mut self, name: &str) -> Reply {
        if let Some(call) = self.calls.get(name) {
            call.cancel();
        }
        Ok(done())
    }

    fn stream(&mut self, asked: &Value) -> Reply {
        let begun = self.begin(asked, Wanted::Lines)?;
        self.begun(text(asked, "stream"), begun)
    }

    fn submit(&mut self, asked: &Value) -> Reply {
        let options = Options::new().path(text(asked, "path"));
        let connection = Connection {
            client: Client::<Jobs>::connect_with(&options)?,
            wanted: Wanted::Lines,
        };
        let begun = generated::jobs(&connection, "submit", members(asked))?;
        self.begun(text(asked, "stream"), begun)
    }

    fn begun(&mut self, name: &str, begun: Begun) -> Reply {
        match begun {
            Begun::Stream(answer, lines) => {
                self.streams.insert(name.to_owned(), lines);
                Ok(json!({ "answer": answer }))
            }
            Begun::Call(_) => Err(Stopped::Unsupported("it is no stream".into())),
        }
    }

    fn take(&mut self, asked: &Value) -> Reply {
        let name = text(asked, "stream");
        let count = asked["count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        let until = Instant::now() + milliseconds(asked).unwrap_or_default();
        match self.streams.get_mut(name) {
            None => Ok(json!({ "lines": [], "ended": true })),
            Some(stream) => {
                let (lines, ended) = stream.take(count, until)?;
                Ok(json!({ "lines": lines, "ended": ended }))
            }
        }
    }

    fn close(&mut self, name: &str) -> Reply {
        match self.connections.remove(name) {
            Some(Opened::Control(client)) => client.disconnect(),
            Some(Opened::Registry(client)) => client.disconnect(),
            Some(Opened::Query(client)) => client.disconnect(),
            Some(Opened::Jobs(client)) => client.disconnect(),
            None => {}
        }
        Ok(done())
    }
}
