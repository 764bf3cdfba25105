//! The driver of the conformance suite: does what it is told with the library, and tells what the library says. One line of JSON in, one
//! line out, in order; with `--connect PATH` on that Unix socket, as the main process of a service.

mod connection;
mod generated;
mod reply;
mod service;
mod session;

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [] => serve(io::stdin().lock(), io::stdout().lock()),
        [flag, path] if flag == "--connect" => {
            let socket = UnixStream::connect(path)?;
            serve(BufReader::new(socket.try_clone()?), socket)
        }
        _ => {
            eprintln!("usage: driver [--connect PATH]");
            std::process::exit(2);
        }
    }
}

fn serve(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut session = session::Session::default();
    for line in input.lines() {
        let asked = serde_json::from_str(&line?)?;
        let reply = session.request(&asked).unwrap_or_else(reply::Stopped::into_reply);
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    Ok(())
}
