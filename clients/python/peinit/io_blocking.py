"""Conversations and streams for callers that block. A client is for one thread at a time; each thread opens its own."""

from __future__ import annotations

import contextlib
import math
import select
import socket
import time
from types import TracebackType
from typing import ClassVar, Generic, TypeVar, cast

from .calls import Answer, Call, Endpoint, Line, Opening, StreamCall
from .conversation import Conversation, Waiting
from .errors import Cancelled, ConnectionError, PeinitError, Refused, Timeout
from .line_buffer import usual_max_line
from .patience import Patience, is_unread, turned_away, turned_away_within, unreachable, usual_patience
from .stream_state import StreamState
from .wire import JsonObject

Own = TypeVar("Own", bound="Client")

_piece = 65536
_at_once = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL


def deadline_of(timeout: float | None) -> float | None:
    """When a time that begins now is over; None: never."""
    return None if timeout is None or timeout == math.inf else time.monotonic() + timeout


def _wait(link: socket.socket, events: int, deadline: float | None, what: str) -> int:
    """Until one of the events is there; raises Timeout."""
    poll = select.poll()
    poll.register(link, events)
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    ready = poll.poll(None if left is None else left * 1000)
    if not ready:
        raise Timeout(f"no answer to {what} in time")
    return ready[0][1]


def _sleep(pause: float, deadline: float | None, what: str) -> None:
    if deadline is not None and time.monotonic() + pause > deadline:
        raise Timeout(f"no connection for {what} in time")
    time.sleep(pause)


def _open(path: str, endpoint: Endpoint, patience: Patience, deadline: float | None, what: str) -> socket.socket:
    """Where its queue is full, or it is waited for, a moment later it may be otherwise."""
    while True:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.setblocking(False)
            link.connect(path)
            link.setblocking(True)
            return link
        except OSError as error:
            link.close()
            pause = patience.after(error, time.monotonic())
            if pause is None:
                raise unreachable(path, endpoint.daemon, error) from None
        except BaseException:
            link.close()
            raise
        _sleep(pause, deadline, what)


class Pending(Generic[Answer]):
    """A call on its way."""

    def __init__(self, client: Client, waiting: Waiting[Answer], deadline: float | None) -> None:
        self._client = client
        self._waiting = waiting
        self._deadline = deadline

    @property
    def is_done(self) -> bool:
        """Its outcome is known. Nothing is read to find that out."""
        return self._waiting.is_done

    def result(self, timeout: float | None = None) -> Answer:
        """Waits for the answer; `timeout` counts from now, in place of the one that the call was sent with."""
        self._client._settle(self._waiting, self._deadline if timeout is None else deadline_of(timeout))
        return self._waiting.result()

    def cancel(self) -> None:
        """Its answer is dropped when it comes, and `result` raises Cancelled. What was asked may still happen."""
        self._client._give_up(self._waiting, Cancelled(f"{self._waiting.request.command} was cancelled"))


class Client:
    """
    One end of a connection that is made with the first request, and anew when it has ended. What was under way then fails with
    ConnectionError, unless nothing of it was read: that is asked again.
    """

    endpoint: ClassVar[Endpoint]
    reconnects: ClassVar[bool] = True
    """Nothing that was said on a connection counts on the next one."""
    busy: ClassVar[str | None] = None
    """Code of a refusal that says that there is no place for the connection."""
    busy_call: ClassVar[str | None] = None
    """Code of a refusal of a call with which nothing was done: it is asked again, unless something was asked behind it."""

    def __init__(
        self,
        path: str | None = None,
        *,
        timeout: float | None = None,
        patience: float = usual_patience,
        max_line: int = usual_max_line,
        awaited: bool = False,
    ) -> None:
        """
        - path: The socket; where it is inside a machine when left out.
        - timeout: Seconds that each call has when it says nothing else; as long as it takes when left out. A call says `math.inf` for that.
        - patience: For how many seconds it tries again when it is turned away.
        - max_line: Longest line that is taken, in bytes; a longer one is a ProtocolError.
        - awaited: A socket that is not there yet, or where nobody listens yet, is waited for as well.
        """
        self.path = self.endpoint.path if path is None else path
        self._timeout = timeout
        self._patience_length = patience
        self._max_line = max_line
        self._awaited = awaited
        self._patience = Patience(patience, awaited)
        self._conversation = self._begin()
        self._socket: socket.socket | None = None
        self._opened_at = 0.0
        self._has_written = False
        self._is_closed = False

    def __enter__(self: Own) -> Own:
        self.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.disconnect()

    def connect(self) -> None:
        """Connects now and not with the first request; raises ConnectionError."""
        if self._socket is None:
            self._connect(deadline_of(self._timeout), "connect")

    def disconnect(self) -> None:
        """Ends the connection for good; what is under way fails with ConnectionError."""
        self._is_closed = True
        self._fail(ConnectionError(f"the connection to {self.path} was closed"))

    def _begin(self) -> Conversation:
        return Conversation(self.endpoint, self._max_line, self.busy, self._subscribed, self._pushed)

    def _subscribed(self, answer: object) -> None:
        """Messages will follow an answer."""

    def _pushed(self, number: int, line: JsonObject) -> None:
        """One of them."""

    def _lost(self, error: PeinitError) -> None:
        """The connection is over."""

    def _call(self, request: Call[Answer], timeout: float | None) -> Answer:
        deadline = deadline_of(self._timeout if timeout is None else timeout)
        trying = Patience(self._patience_length)
        while True:
            waiting = self._ask(request, deadline)
            self._settle(waiting, deadline)
            is_busy = isinstance(waiting.error, Refused) and waiting.error.code == self.busy_call
            pause = trying.pause(time.monotonic()) if is_busy and self._conversation.is_last(waiting) else None
            if pause is None:
                return waiting.result()
            _sleep(pause, deadline, request.command)

    def _send(self, request: Call[Answer], timeout: float | None) -> Pending[Answer]:
        deadline = deadline_of(self._timeout if timeout is None else timeout)
        return Pending(self, self._ask(request, deadline), deadline)

    def _stream(self, request: StreamCall[Opening, Line], timeout: float | None) -> Stream[Opening, Line]:
        deadline = deadline_of(self._timeout if timeout is None else timeout)
        return Stream(self.endpoint, self.path, request, deadline, self._patience_length, self._max_line, self._awaited)

    def _connect(self, deadline: float | None, what: str) -> None:
        if self._is_closed:
            raise ConnectionError(f"the connection to {self.path} was closed")
        if self._conversation.failure is not None:
            if not self.reconnects:
                raise self._conversation.failure
            self._conversation = self._begin()
            self._patience = Patience(self._patience_length, self._awaited)
        self._socket = _open(self.path, self.endpoint, self._patience, deadline, what)
        self._opened_at = time.monotonic()
        self._has_written = False
        # What was turned away before; where it is once more, reading tells.
        with contextlib.suppress(OSError):
            self._write(self._conversation.unanswered(), deadline, what)

    def _ask(self, request: Call[Answer], deadline: float | None) -> Waiting[Answer]:
        for last in (False, True):
            if self._socket is None:
                self._connect(deadline, request.command)
            if self._conversation.is_idle and not self._look(deadline, request.command):
                continue
            conversation = self._conversation
            waiting = conversation.ask(request)
            try:
                self._write(waiting.line, deadline, request.command)
                return waiting
            except Timeout as error:
                # A part of it may be on its way, and nothing can follow that.
                self._fail(error)
                raise
            except OSError as error:
                if self._is_new():
                    # Reading tells, and then it is asked again with the others.
                    return waiting
                # Nobody was there to read it. Answers to others may still have come.
                self._drain(conversation, waiting)
                if last or not self.reconnects:
                    raise ConnectionError(f"the connection to {self.path} failed: {error.strerror}") from None
        raise ConnectionError(f"the connection to {self.path} ended again and again")

    def _look(self, deadline: float | None, what: str) -> bool:
        """While nobody waits: takes what came unasked, which would be taken for the next answer. False: the connection has ended."""
        try:
            data = cast("socket.socket", self._socket).recv(_piece, socket.MSG_DONTWAIT)
        except OSError:
            # Where it has failed, writing tells.
            return True
        if data:
            self._conversation.receive(data)
        if self._conversation.failure is not None:
            self._fail(self._conversation.failure)
        elif self._conversation.is_turned_away or (not data and self._is_new()):
            self._ask_again(deadline, what)
        elif not data:
            self._fail(ConnectionError(f"the connection to {self.path} ended"))
        return self._socket is not None

    def _write(self, line: bytes, deadline: float | None, what: str) -> None:
        link = cast("socket.socket", self._socket)
        sent = 0
        while sent < len(line):
            try:
                sent += link.send(line[sent:] if sent else line, _at_once)
                self._has_written = True
            except BlockingIOError:
                # Its answers may be in the way of what we ask.
                if _wait(link, select.POLLIN | select.POLLOUT, deadline, what) & select.POLLIN:
                    self._conversation.receive(link.recv(_piece))

    def _drain(self, conversation: Conversation, unsent: Waiting[Answer]) -> None:
        conversation.give_up(unsent)
        while self._conversation is conversation and self._socket is not None:
            try:
                data = self._socket.recv(_piece, socket.MSG_DONTWAIT)
            except OSError:
                data = b""
            if not data:
                self._fail(ConnectionError(f"the connection to {self.path} ended"))
            else:
                conversation.receive(data)

    def _settle(self, waiting: Waiting[Answer], deadline: float | None) -> None:
        """Reads until it is done."""
        try:
            while not waiting.is_done:
                self._pump(deadline, waiting.request.command)
        except Timeout as error:
            self._give_up(waiting, error)

    def _give_up(self, waiting: Waiting[Answer], error: PeinitError) -> None:
        self._conversation.give_up(waiting, error)

    def _pump(self, deadline: float | None, what: str) -> None:
        """Takes what came, or waits for it."""
        link = self._socket
        if link is None:
            self._ask_again(deadline, what)
            return
        if deadline is not None:
            _wait(link, select.POLLIN, deadline, what)
        try:
            data = link.recv(_piece)
            problem = None
        except OSError as error:
            data = b""
            problem = error
        if data:
            self._conversation.receive(data)
            if self._conversation.is_turned_away:
                self._ask_again(deadline, what)
            elif self._conversation.failure is not None:
                self._fail(self._conversation.failure)
        elif self._is_new() and is_unread(problem, self._has_written):
            self._ask_again(deadline, what)
        else:
            why = "ended" if problem is None else f"failed: {problem.strerror}"
            self._fail(ConnectionError(f"the connection to {self.path} {why}"))

    def _is_new(self) -> bool:
        """It may be turned away."""
        return not self._conversation.is_heard and time.monotonic() - self._opened_at < turned_away_within

    def _ask_again(self, deadline: float | None, what: str) -> None:
        """There was no place for the connection, and nothing was read: on another one, everything."""
        self._drop()
        try:
            pause = self._patience.pause(time.monotonic())
            if pause is None:
                raise turned_away(self.path, self.endpoint.daemon, self._patience_length)
            _sleep(pause, deadline, what)
            self._connect(deadline, what)
        except ConnectionError as error:
            self._fail(error)

    def _fail(self, error: PeinitError) -> None:
        self._conversation.fail(error)
        self._drop()
        self._lost(error)

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class Stream(Generic[Opening, Line]):
    """
    Lines as they come, on a connection of their own. They are read from it when they are taken: who takes none makes the daemon wait, which
    tells it (lagged) or ends the stream when its own buffer is full.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        path: str,
        request: StreamCall[Opening, Line],
        deadline: float | None,
        patience: float,
        longest: int,
        awaited: bool = False,
    ) -> None:
        self._path = path
        self._what = request.command
        trying = Patience(patience, awaited)
        while True:
            self._state = StreamState(endpoint, path, request, longest)
            self._socket = _open(path, endpoint, trying, deadline, self._what)
            opened_at = time.monotonic()
            try:
                self._begin(deadline)
                return
            except BaseException as error:
                self._socket.close()
                if not self._state.is_unread or not isinstance(error, ConnectionError) or time.monotonic() - opened_at > turned_away_within:
                    raise
            pause = trying.pause(time.monotonic())
            if pause is None:
                raise turned_away(path, endpoint.daemon, patience)
            _sleep(pause, deadline, self._what)

    def _begin(self, deadline: float | None) -> None:
        try:
            self._socket.sendall(self._state.ask())
        except OSError as error:
            # Without its end no request is one.
            self._state.is_unread = True
            raise ConnectionError(f"the connection to {self._path} failed: {error.strerror}") from None
        while not self._state.is_open and not self._state.is_over:
            self._pump(deadline)
        if self._state.error is not None and not self._state.lines:
            raise self._state.error

    @property
    def opening(self) -> Opening:
        """The answer before the lines."""
        return cast(Opening, self._state.opening)

    def __iter__(self) -> Stream[Opening, Line]:
        return self

    def __next__(self) -> Line:
        line = self.take()
        if line is None:
            raise StopIteration
        return line

    def take(self, timeout: float | None = None) -> Line | None:
        """The next line; None: the stream has ended. Raises Timeout, which does not end it, and what ended it otherwise."""
        state = self._state
        deadline = deadline_of(timeout)
        while not state.lines and not state.is_over:
            self._pump(deadline)
        if state.lines:
            return state.lines.popleft()
        self._socket.close()
        if state.error is not None:
            raise state.error
        return None

    def leave(self) -> None:
        """Hangs up; nothing more is taken."""
        self._state.leave()
        self._socket.close()

    def __enter__(self) -> Stream[Opening, Line]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()

    def _pump(self, deadline: float | None) -> None:
        if deadline is not None:
            _wait(self._socket, select.POLLIN, deadline, self._what)
        try:
            data = self._socket.recv(_piece)
        except OSError as error:
            self._state.ended(error)
            return
        if data:
            self._state.receive(data)
        else:
            self._state.ended(None)
