//! A service that notifies: it answers every connection with a greeting, says when it is up and what it does, keeps the watchdog quiet,
//! reloads with SIGHUP, ends with SIGTERM, and has its listener kept over restarts, so that no connection is refused meanwhile.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;

use peinit::notify::{self, Notification};
use signal_hook::consts::{SIGHUP, SIGTERM};
use signal_hook::iterator::Signals;

fn main() -> io::Result<()> {
    // Before anything is said: SIGHUP ends a process that does not expect it.
    let mut signals = Signals::new([SIGHUP, SIGTERM])?;
    let listener = listen()?;
    thread::spawn(move || greet(&listener));
    keep_alive();

    Notification::new().ready().status("greeting at @hello-rust").send()?;
    for signal in signals.forever() {
        if signal == SIGTERM {
            break;
        }
        notify::reloading()?;
        // The configuration would be read here.
        Notification::new().ready().status("greeting at @hello-rust, reloaded").send()?;
    }
    Notification::new().stopping().status("ending").send()?;
    Ok(())
}

// [listen]

/// Takes back the listener of the run before, or makes one; peinit keeps it for the next.
fn listen() -> io::Result<UnixListener> {
    let kept = notify::take_stored().into_iter().find(|(name, _)| name == "listener");
    let listener = match kept {
        Some((_, descriptor)) => {
            println!("goes on with the listener of the run before");
            UnixListener::from(descriptor)
        }
        None => UnixListener::bind_addr(&SocketAddr::from_abstract_name("hello-rust")?)?,
    };
    notify::store("listener", &[listener.as_fd()])?;
    Ok(listener)
}

// [/listen]

fn greet(listener: &UnixListener) {
    for caller in listener.incoming() {
        // One that has left already is no trouble of ours.
        let _ = caller.and_then(|mut caller| caller.write_all(b"hello from Rust\n"));
    }
}

fn keep_alive() {
    let Some(interval) = notify::watchdog_interval() else { return };
    thread::spawn(move || loop {
        thread::sleep(interval / 2);
        if let Err(error) = notify::watchdog() {
            eprintln!("the watchdog was not told: {error}");
        }
    });
}
