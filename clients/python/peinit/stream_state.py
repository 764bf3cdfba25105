"""A stream of lines on a connection of its own, without any I/O: bytes that came go in, lines come out."""

from __future__ import annotations

from collections import deque
from typing import Generic

from .calls import Endpoint, Line, Opening, StreamCall
from .errors import ConnectionError, PeinitError, ProtocolError
from .line_buffer import LineBuffer, encode, parse
from .patience import is_unread
from .wire import JsonObject, quoted

only_id = 1
"""A connection with one request alone needs no second one."""


class StreamState(Generic[Opening, Line]):
    """What came of a stream and is not taken."""

    def __init__(self, endpoint: Endpoint, path: str, request: StreamCall[Opening, Line], longest: int) -> None:
        self._endpoint = endpoint
        self._path = path
        self._request = request
        self._buffer = LineBuffer(longest)
        self.opening: Opening | None = None
        """The answer before the lines."""
        self.is_open = not request.opens
        """Lines may come."""
        self.lines: deque[Line] = deque()
        self.is_heard = False
        self.is_unread = False
        """It ended before the request was read, so that may be sent again."""
        self.is_over = False
        """Nothing more comes."""
        self.error: PeinitError | None = None
        """Why, where that was not to be; it counts behind the lines that are left."""

    def ask(self) -> bytes:
        """What is to be sent."""
        whole = self._request.encode()
        if self._endpoint.discriminator:
            whole[self._endpoint.discriminator] = self._request.command
        if self._endpoint.correlation:
            whole[self._endpoint.correlation] = only_id
        return encode(whole)

    def receive(self, data: bytes) -> None:
        """Takes what came."""
        if self.is_over:
            return
        self.is_heard = True
        try:
            for line in self._buffer.feed(data):
                if self.is_over:
                    return
                self._line(parse(line))
        except PeinitError as error:
            self._end(error)

    def ended(self, problem: OSError | None, has_written: bool = True) -> None:
        """The connection is over; some streams end with it."""
        if self.is_over:
            return
        self.is_unread = not self.is_heard and is_unread(problem, has_written)
        whole = problem is None and self._buffer.is_empty and self.is_open and not self._request.tells_its_end
        why = "ended" if problem is None else f"failed ({problem.strerror})"
        self._end(None if whole else ConnectionError(f"the connection to {self._path} {why} before the end of {self._request.command}"))

    def leave(self) -> None:
        """Nobody takes any more."""
        self.lines.clear()
        self._end(None)

    def _end(self, error: PeinitError | None) -> None:
        self.is_over = True
        self.error = error

    def _line(self, line: JsonObject) -> None:
        endpoint = self._endpoint
        bare = self.is_open and endpoint.correlation == ""
        if not bare:
            outcome = line.get(endpoint.outcome)
            if outcome == (endpoint.error or None):
                raise endpoint.refused(line)
            if outcome != endpoint.ok:
                raise ProtocolError(endpoint.outcome, f"{endpoint.ok} or {endpoint.error or 'missing'}", quoted(outcome))
            if not self.is_open:
                self.opening = self._request.opening(line)
                self.is_open = True
                return
        read = self._request.line(line)
        self.lines.append(read)
        if not self._request.more(read):
            self._end(None)
