//! Asks for the status of a service, one request at a time: with a bare socket that reads to the newline, or through the client, whose
//! answers are typed. Prints one line of JSON.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use peinit::control::{Control, StatusRequest};
use peinit::exchange::{Request, Socket};
use peinit::{ControlClient, Options};
use serde_json::json;

struct Asked {
    path: String,
    service: String,
    requests: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| words.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone());
    let asked = Asked {
        path: option("--socket").unwrap_or_else(|| Control::FACTS.path().to_owned()),
        service: option("--service").ok_or("--service NAME is missing")?,
        requests: option("--requests").map_or(Ok(10_000), |text| text.parse())?,
    };
    let mode = option("--mode").unwrap_or_else(|| "client".to_owned());
    let took = match mode.as_str() {
        "bare" => bare(&asked)?,
        "client" => client(&asked)?,
        other => return Err(format!("--mode {other}: bare or client").into()),
    };
    println!(
        "{}",
        json!({ "mode": mode, "requests": asked.requests, "seconds": took.as_secs_f64() })
    );
    Ok(())
}

fn bare(asked: &Asked) -> Result<Duration, Box<dyn Error>> {
    let mut socket = UnixStream::connect(&asked.path)?;
    let mut answers = BufReader::with_capacity(64 << 10, socket.try_clone()?);
    let mut request = serde_json::to_value(StatusRequest::new(&asked.service))?;
    request[Control::FACTS.discriminator().unwrap_or_default()] = StatusRequest::COMMAND.into();
    let line = format!("{request}\n");
    let mut answer = Vec::new();
    let begin = Instant::now();
    for _ in 0..asked.requests {
        socket.write_all(line.as_bytes())?;
        answer.clear();
        if answers.read_until(b'\n', &mut answer)? == 0 {
            return Err("the connection has ended".into());
        }
    }
    Ok(begin.elapsed())
}

fn client(asked: &Asked) -> Result<Duration, Box<dyn Error>> {
    let client = ControlClient::connect_with(&Options::new().path(&asked.path))?;
    let begin = Instant::now();
    for _ in 0..asked.requests {
        client.status(StatusRequest::new(&asked.service))?;
    }
    Ok(begin.elapsed())
}
