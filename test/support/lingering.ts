import { existsSync } from 'node:fs';

/** Null: this machine has none. */
export const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : null;

export interface Lingering {
  /** Of the datagram socket. */
  readonly path: string;
  readonly datagrams: number;
  /** So many others go before each, for the reader to be busy while the sender closes its own descriptors. */
  readonly before: number;
  /** In each datagram. */
  readonly descriptors: number;
  /** SO_LINGER. */
  readonly seconds: number;
  /** How long the peers live, which read nothing, in seconds. */
  readonly hold: number;
}

/** Python that sends TCP connections which are full and which linger: closing the last of them takes as long as that. */
export const sendLingering = ({ path, datagrams, before, descriptors, seconds, hold }: Lingering): string => `
import array, socket, struct, threading, time
listener = socket.create_server(("127.0.0.1", 0), backlog=1)
peers = []
def full():
    here = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    peers.append(peer)
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    here.setblocking(False)
    try:
        while True: here.send(b"x" * 65536)
    except BlockingIOError: pass
    here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, ${seconds}))
    return here
to = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
to.connect("${path}")
for _ in range(${datagrams}):
    all = [full() for _ in range(${descriptors})]
    rights = array.array("i", [each.fileno() for each in all])
    for _ in range(${before}): to.send(b"X=1")
    try: to.sendmsg([b"X=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    except PermissionError: pass
    # Not the last ones while the datagram is under way; if it is read too soon, this process waits, and not for long.
    closing = threading.Thread(target=lambda these: [one.close() for one in these], args=(all,), daemon=True)
    closing.start()
    closing.join(0.1)
time.sleep(${hold})
`;
