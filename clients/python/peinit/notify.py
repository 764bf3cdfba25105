"""
What a service tells its manager (sd_notify), for callers that block; also usable with asyncio, since nothing but `barrier` waits. Must come
from the main process of the service.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from .errors import Timeout
from .generated.notify import (
    LISTEN_FDNAMES,
    LISTEN_FDS,
    LISTEN_PID,
    NOTIFY_SOCKET,
    WATCHDOG_PID,
    WATCHDOG_USEC,
    Notification,
)
from .notify_socket import Barrier, send_datagram

__all__ = ["Notification", "Notifier", "stored_descriptors", "watchdog_interval"]

usual_barrier_timeout = 5.0
"""Seconds."""

first_descriptor = 3
"""Where kept descriptors begin: SD_LISTEN_FDS_START."""


class Notifier:
    """
    Tells the manager about this process. Without a manager (no NOTIFY_SOCKET) every method says False and does nothing, so that a program
    runs by hand as well.
    """

    def __init__(self, path: str | None = None) -> None:
        """`path`: the socket; what NOTIFY_SOCKET says when left out."""
        self.path = os.environ.get(NOTIFY_SOCKET, "") if path is None else path

    @property
    def is_managed(self) -> bool:
        """There is a manager to tell."""
        return self.path != ""

    def send(self, message: Notification, descriptors: Sequence[int] = ()) -> bool:
        """Any message, with descriptors. Raises ConnectionError, and Timeout where the manager takes none."""
        return self._send(message.lines(), descriptors)

    def _send(self, lines: Sequence[str], descriptors: Sequence[int] = ()) -> bool:
        if self.is_managed:
            send_datagram(self.path, lines, descriptors)
        return self.is_managed

    def ready(self, status: str | None = None) -> bool:
        """The service is up, or has finished its reload."""
        return self.send(Notification(ready=True, status=status))

    def status(self, text: str) -> bool:
        """What it does, for people."""
        return self.send(Notification(status=text))

    def reloading(self, status: str | None = None) -> bool:
        """It has begun a reload, which `ready` ends. Other managers want to know when that was."""
        usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self.send(Notification(reloading=True, status=status, monotonic_usec=usec))

    def stopping(self, status: str | None = None) -> bool:
        """It is ending by itself."""
        return self.send(Notification(stopping=True, status=status))

    def watchdog(self) -> bool:
        """It is alive."""
        return self.send(Notification(watchdog=True))

    def set_watchdog(self, seconds: float) -> bool:
        """A new interval within which `watchdog` must come."""
        return self.send(Notification(watchdog_usec=_microseconds(seconds)))

    def extend_timeout(self, seconds: float) -> bool:
        """The start, stop or reload under way may take that long from now on."""
        return self.send(Notification(extend_timeout_usec=_microseconds(seconds)))

    def failed(self, errno: int, status: str | None = None) -> bool:
        """The errno of a failure."""
        return self.send(Notification(errno=errno, status=status))

    def main_pid(self, pid: int) -> bool:
        """Another process is the main one from now on. For other managers: peinit keeps to the process that it started."""
        return self.send(Notification(mainpid=pid))

    def store(self, descriptors: Sequence[int], name: str) -> bool:
        """Has the manager keep descriptors for the next start of the service, which takes them from `stored_descriptors`."""
        return self.send(Notification(fd_store=True, fd_name=name or None), descriptors)

    def remove_stored(self, name: str) -> bool:
        """Drops the kept descriptors of that name."""
        return self.send(Notification(fd_store_remove=True, fd_name=name))

    def barrier(self, timeout: float | None = usual_barrier_timeout) -> bool:
        """Waits until everything that was told before is handled; raises Timeout."""
        if not self.is_managed:
            return False
        barrier = Barrier()
        try:
            self.send(Notification(barrier=True), [barrier.theirs])
            barrier.sent()
            if not barrier.wait(timeout):
                raise Timeout(f"{self.path} did not handle what it was told in time")
        finally:
            barrier.close()
        return True


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def watchdog_interval(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds within which `watchdog` must come, half of which is a good rhythm; None: nobody asks for it, or not this process."""
    if environment.get(WATCHDOG_PID, str(os.getpid())) != str(os.getpid()):
        return None
    text = environment.get(WATCHDOG_USEC, "")
    return int(text) / 1_000_000 if text.isdecimal() and int(text) > 0 else None


def stored_descriptors(environment: Mapping[str, str] = os.environ) -> Sequence[tuple[str, int]]:
    """What an earlier run of the service had kept: names and descriptors. They are no longer inherited by what this process runs."""
    if environment.get(LISTEN_PID, str(os.getpid())) != str(os.getpid()):
        return ()
    count = environment.get(LISTEN_FDS, "")
    if not count.isdecimal():
        return ()
    descriptors = range(first_descriptor, first_descriptor + int(count))
    names = environment.get(LISTEN_FDNAMES, "").split(":")
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return tuple((names[index] if index < len(names) else "", descriptor) for index, descriptor in enumerate(descriptors))
