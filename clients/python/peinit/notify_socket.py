"""The notify socket: datagrams with descriptors, without waiting for more than room in its queue."""

from __future__ import annotations

import array
import os
import select
import socket
import time
from collections.abc import Sequence

from .errors import ConnectionError, Timeout

_longest_wait = 5.0
"""Seconds that the manager may take to make room for one more datagram."""


def _address(path: str) -> str | bytes:
    """A leading @ stands for the abstract namespace."""
    return b"\0" + path[1:].encode() if path.startswith("@") else path


def send_datagram(path: str, lines: Sequence[str], descriptors: Sequence[int] = ()) -> None:
    """One datagram; raises ConnectionError, and Timeout where the manager takes none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.setblocking(False)
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        deadline = time.monotonic() + _longest_wait
        try:
            link.connect(_address(path))
            while True:
                try:
                    link.sendmsg(["\n".join(lines).encode()], ancillary, socket.MSG_NOSIGNAL)
                    return
                except BlockingIOError:
                    _room(link, deadline, path)
        except OSError as error:
            raise ConnectionError(f"{path} took no notification: {error.strerror}") from None


def _room(link: socket.socket, deadline: float, path: str) -> None:
    poll = select.poll()
    poll.register(link, select.POLLOUT)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise Timeout(f"{path} took no notification for {_longest_wait:g} s")


class Barrier:
    """A pipe whose one end the manager closes once it has handled everything that was sent before."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.pipe2(os.O_CLOEXEC)

    def sent(self) -> None:
        """The manager has its end; what is open of it here would keep it from being closed."""
        os.close(self.theirs)
        self.theirs = -1

    def wait(self, timeout: float | None) -> bool:
        """Whether it was closed in time."""
        poll = select.poll()
        poll.register(self.ours, 0)
        return bool(poll.poll(None if timeout is None else max(0.0, timeout) * 1000))

    def close(self) -> None:
        os.close(self.ours)
        if self.theirs >= 0:
            os.close(self.theirs)
