use std::fs::File;
use std::io::{IoSliceMut, Read, Seek, SeekFrom, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use peinit::notify::{self, Notification};
use rustix::net::{recvmsg, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags};

/// The next datagram and what descriptors came with it.
fn receive(socket: &UnixDatagram) -> (String, Vec<OwnedFd>) {
    let mut text = [0; 4096];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let length = recvmsg(socket, &mut [IoSliceMut::new(&mut text)], &mut control, RecvFlags::empty())
        .unwrap()
        .bytes;
    let descriptors = control
        .drain()
        .flat_map(|message| match message {
            RecvAncillaryMessage::ScmRights(rights) => rights.collect::<Vec<_>>(),
            _ => Vec::new(),
        })
        .collect();
    (String::from_utf8_lossy(&text[..length]).into_owned(), descriptors)
}

/// One test, for the environment is one.
#[test]
fn a_service_says_what_it_is_and_gives_and_takes_descriptors() {
    std::env::remove_var("NOTIFY_SOCKET");
    assert!(!notify::ready().unwrap(), "nobody wants to know");
    assert!(!notify::barrier(Duration::from_millis(1)).unwrap());

    let path = std::env::temp_dir().join(format!("peinit-rust-notify-{}", std::process::id()));
    let socket = UnixDatagram::bind(&path).unwrap();
    std::env::set_var("NOTIFY_SOCKET", &path);

    assert!(Notification::new().ready().status("up\nSTOPPING=1").send().unwrap());
    assert_eq!(receive(&socket).0, "READY=1\nSTATUS=up STOPPING=1");
    notify::extend_timeout(Duration::from_millis(1500)).unwrap();
    assert_eq!(receive(&socket).0, "EXTEND_TIMEOUT_USEC=1500000");
    notify::reloading().unwrap();
    let said = receive(&socket).0;
    let (first, time) = said.split_once('\n').unwrap();
    assert_eq!(first, "RELOADING=1");
    assert!(time.strip_prefix("MONOTONIC_USEC=").unwrap().parse::<u64>().unwrap() > 0);

    let file = path.with_extension("file");
    let mut stored = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&file)
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    stored.write_all(b"kept").unwrap();
    stored.seek(SeekFrom::Start(0)).unwrap();
    notify::store("it", &[stored.as_fd()]).unwrap();
    let (said, mut descriptors) = receive(&socket);
    assert_eq!(said, "FDSTORE=1\nFDNAME=it");
    let mut text = String::new();
    File::from(descriptors.remove(0)).read_to_string(&mut text).unwrap();
    assert_eq!(text, "kept");

    // Whoever has the descriptor of the barrier says by closing it that all is handled.
    assert_eq!(
        notify::barrier(Duration::from_millis(20)).unwrap_err().kind(),
        std::io::ErrorKind::TimedOut
    );
    assert_eq!(receive(&socket).0, "BARRIER=1");
    let (handled, is_handled) = channel();
    let other = thread::spawn(move || {
        let (said, descriptors) = receive(&socket);
        handled.send((said, descriptors.len())).unwrap();
    });
    assert!(notify::barrier(Duration::from_secs(60)).unwrap());
    assert_eq!(is_handled.recv().unwrap(), ("BARRIER=1".into(), 1));
    other.join().unwrap();

    std::env::set_var("WATCHDOG_USEC", "3000000");
    assert_eq!(notify::watchdog_interval(), Some(Duration::from_secs(3)));
    std::env::set_var("WATCHDOG_PID", "1");
    assert_eq!(notify::watchdog_interval(), None);
    std::fs::remove_file(&path).unwrap();
}
