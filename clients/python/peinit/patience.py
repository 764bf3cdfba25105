"""For how long, and how often, someone who is turned away tries again. Whoever uses it waits."""

from __future__ import annotations

import errno

from .errors import ConnectionError

usual_patience = 5.0
"""Seconds."""

first_pause = 0.02
longest_pause = 0.5

turned_away_within = 2.0
"""Whoever is turned away is so as soon as the daemon gets to it; later it is the end of something else."""

absent = frozenset({errno.ENOENT, errno.ECONNREFUSED})
"""Why connecting fails where nobody listens."""


def is_unread(problem: BaseException | None, has_written: bool) -> bool:
    """
    Whether a connection that has ended before anything was heard has left what was written to it unread, as is so where it is turned away:
    the kernel says so. An end like any other behind what was written may have come after it was read.
    """
    return isinstance(problem, ConnectionResetError) or not has_written


class Patience:
    """Pauses, twice as long each time, until it has been tried for long enough."""

    __slots__ = ("_awaits", "_length", "_pause", "_until")

    def __init__(self, length: float, awaits: bool = False) -> None:
        """`awaits`: where nobody listens yet it is tried again as well."""
        self._length = length
        self._awaits = awaits
        self._until: float | None = None
        self._pause = first_pause

    def after(self, error: OSError, now: float) -> float | None:
        """How long to wait after connecting failed; None: it is over."""
        passes = error.errno == errno.EAGAIN or (self._awaits and error.errno in absent)
        return self.pause(now) if passes else None

    def pause(self, now: float) -> float | None:
        """How long to wait before the next attempt; None: it is over."""
        if self._until is None:
            self._until = now + self._length
        if now >= self._until:
            return None
        pause = self._pause
        self._pause = min(2 * pause, longest_pause)
        return pause


def unreachable(path: str, daemon: str, error: OSError) -> ConnectionError:
    """Why a socket cannot be reached, and what to do."""
    if error.errno == errno.ENOENT:
        return ConnectionError(f"there is no socket of {daemon} at {path}; is this inside a machine that peinit runs?")
    if error.errno == errno.ECONNREFUSED:
        return ConnectionError(f"nobody listens at {path}; {daemon} has ended, or has not begun")
    if error.errno == errno.EACCES:
        return ConnectionError(f"no permission to open {path}")
    if error.errno == errno.EAGAIN:
        return ConnectionError(f"too many wait at {path} already; try again later")
    if error.errno == errno.EPROTOTYPE:
        return ConnectionError(f"{path} does not speak the protocol of {daemon}; is it the right socket?")
    return ConnectionError(f"connecting to {path} failed: {error.strerror}")


def turned_away(path: str, daemon: str, length: float) -> ConnectionError:
    return ConnectionError(
        f"{daemon} closed each connection to {path} at once for {length:g} s: it has no place for one more; "
        "try again when others have ended"
    )
