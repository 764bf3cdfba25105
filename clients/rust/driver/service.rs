//! What a driver does that is the main process of a service.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{channel, Receiver};
use std::time::{Duration, Instant};

use peinit::notify::{self, Notification};
use serde_json::{json, Value};
use signal_hook::consts::{SIGHUP, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

use crate::reply::{done, Stopped};

#[derive(Default)]
pub struct Service {
    stored: Option<Vec<(String, File)>>,
    signals: Option<Receiver<&'static str>>,
    caught: Vec<&'static str>,
}

type Reply = Result<Value, Stopped>;

impl Service {
    pub fn request(&mut self, what: &str, asked: &Value) -> Reply {
        match what {
            "notify" => say(asked),
            "environment" => {
                let names = asked["names"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let values = names.map(|name| (name.to_owned(), std::env::var(name).ok().into()));
                Ok(json!({ "answer": values.collect::<serde_json::Map<_, _>>() }))
            }
            "stored" => self.stored(),
            "signals" => self.signals(asked),
            "exit" => std::process::exit(i32::try_from(asked["status"].as_i64().unwrap_or(0)).unwrap_or(0)),
            other => Err(Stopped::Unsupported(format!("the driver knows no {other}"))),
        }
    }

    fn stored(&mut self) -> Reply {
        let take = || {
            notify::take_stored()
                .into_iter()
                .map(|(name, descriptor)| (name, File::from(descriptor)))
                .collect()
        };
        let mut all = Vec::new();
        for (name, file) in self.stored.get_or_insert_with(take) {
            let mut text = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(0)];
            let size = file.read_at(&mut text, 0)?;
            all.push(json!({ "name": name, "text": String::from_utf8_lossy(&text[..size]) }));
        }
        Ok(json!({ "answer": all }))
    }

    fn signals(&mut self, asked: &Value) -> Reply {
        if self.signals.is_none() {
            let mut signals = Signals::new([SIGHUP, SIGUSR1, SIGUSR2, SIGTERM])?;
            let (to, from) = channel();
            std::thread::spawn(move || {
                for signal in &mut signals {
                    let name = match signal {
                        SIGHUP => "HUP",
                        SIGUSR1 => "USR1",
                        SIGUSR2 => "USR2",
                        _ => "TERM",
                    };
                    if to.send(name).is_err() {
                        return;
                    }
                }
            });
            self.signals = Some(from);
        }
        let until = Instant::now() + Duration::from_millis(asked["timeout_ms"].as_u64().unwrap_or(0));
        let count = asked["count"].as_u64().unwrap_or(0);
        if let Some(from) = &self.signals {
            self.caught.extend(from.try_iter());
            while (self.caught.len() as u64) < count {
                match from.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(name) => self.caught.push(name),
                    Err(_) => break,
                }
            }
        }
        Ok(json!({ "answer": self.caught }))
    }
}

fn say(asked: &Value) -> Reply {
    let text = asked["text"].as_str().unwrap_or_default();
    let usec = asked["usec"].as_u64().unwrap_or(0);
    let number = i32::try_from(asked["number"].as_i64().unwrap_or(0)).unwrap_or(0);
    let named = |lines: Notification| match asked["name"].as_str() {
        Some(name) => lines.fd_name(name),
        None => lines,
    };
    let said = match asked["notify"].as_str().unwrap_or_default() {
        "ready" => notify::ready(),
        "reloading" => notify::reloading(),
        "stopping" => notify::stopping(),
        "status" => notify::status(text),
        "watchdog" => notify::watchdog(),
        "watchdog_usec" => Notification::new().watchdog_usec(usec).send(),
        "extend_timeout" => notify::extend_timeout(Duration::from_micros(usec)),
        "errno" => notify::errno(number),
        "exit_status" => Notification::new().exit_status(number).send(),
        "mainpid" => notify::mainpid(u32::try_from(number).unwrap_or(0)),
        "store" => named(Notification::new().fd_store()).send_with(&[file_with(text)?.as_fd()]),
        "remove" => named(Notification::new().fd_store_remove()).send(),
        "barrier" => notify::barrier(Duration::from_millis(asked["timeout_ms"].as_u64().unwrap_or(20_000))),
        other => return Err(Stopped::Unsupported(format!("the library has no {other}"))),
    };
    match said? {
        true => Ok(done()),
        false => Err(Stopped::failed("connection", "NOTIFY_SOCKET is not set")),
    }
}

/// A file that has no name any more.
fn file_with(text: &str) -> Result<File, Stopped> {
    let path = std::env::temp_dir().join(format!("conformance-rust-{}", std::process::id()));
    fs::write(&path, text)?;
    let file = File::open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}
