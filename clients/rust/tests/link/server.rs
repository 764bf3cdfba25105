//! A server of its own for each test.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use peinit::Options;

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub struct Server {
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

/// The daemon's end of a connection.
pub struct Peer(BufReader<UnixStream>);

impl Peer {
    /// The next line; empty at the end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap_or(0);
        line.trim_end().to_owned()
    }

    pub fn say(&mut self, lines: &str) {
        self.0.get_mut().write_all(lines.as_bytes()).expect("the client reads");
    }

    /// Whether so much can be said before the client makes it wait.
    pub fn can_say(&mut self, line: &str, times: usize) -> bool {
        self.0
            .get_ref()
            .set_write_timeout(Some(Duration::from_millis(200)))
            .expect("a timeout");
        (0..times).all(|_| self.0.get_mut().write_all(line.as_bytes()).is_ok())
    }
}

pub fn serve(how: impl FnOnce(&UnixListener) + Send + 'static) -> Server {
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let path = std::env::temp_dir().join(format!("peinit-rust-{}-{number}", std::process::id()));
    let listener = UnixListener::bind(&path).expect("a socket");
    Server {
        path,
        thread: Some(thread::spawn(move || how(&listener))),
    }
}

pub fn accept(listener: &UnixListener) -> Peer {
    Peer(BufReader::new(listener.accept().expect("a client").0))
}

/// A server with one connection.
pub fn serve_one(how: impl FnOnce(Peer) + Send + 'static) -> Server {
    serve(|listener| how(accept(listener)))
}

impl Server {
    pub fn options(&self) -> Options {
        Options::new().path(&self.path)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.thread.take().map(JoinHandle::join);
        let _ = std::fs::remove_file(&self.path);
        if !thread::panicking() {
            assert!(!matches!(ended, Some(Err(_))), "the server has failed");
        }
    }
}
