"""
The requests and answers of one connection, without any I/O: bytes that came go in, and settle what waits for them. Answers come in the
order of their requests, or with their ids. A call that was given up stays in its place until its answer has come, so that the ones behind
it get theirs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Generic, cast

from .calls import Answer, Call, Endpoint
from .errors import Cancelled, PeinitError, ProtocolError
from .line_buffer import LineBuffer, encode, parse
from .wire import JsonObject, quoted


class Waiting(Generic[Answer]):
    """A call whose answer has not come."""

    __slots__ = ("_answer", "error", "id", "is_done", "line", "on_done", "parts", "request")

    def __init__(self, request: Call[Answer], id: int, line: bytes) -> None:
        self.request = request
        self.id = id
        self.line = line
        self.parts: list[Answer] | None = None
        """Lines of the answer that came, where another one follows."""
        self.is_done = False
        self.error: PeinitError | None = None
        self.on_done: Callable[[], None] | None = None
        """Called once, whatever the outcome."""
        self._answer: Answer | None = None

    def result(self) -> Answer:
        """The answer; raises what went wrong. Once it is done."""
        if self.error is not None:
            raise self.error
        return cast(Answer, self._answer)

    def succeed(self, answer: Answer) -> None:
        if not self.is_done:
            self._answer = answer
            self._end()

    def fail(self, error: PeinitError) -> None:
        if not self.is_done:
            self.error = error
            self._end()

    def _end(self) -> None:
        self.is_done = True
        if self.on_done is not None:
            self.on_done()


class Conversation:
    """What was asked on one connection and is not answered."""

    def __init__(
        self,
        endpoint: Endpoint,
        longest: int,
        busy: str | None = None,
        on_subscribed: Callable[[object], None] | None = None,
        on_pushed: Callable[[int, JsonObject], None] | None = None,
    ) -> None:
        """`busy`: the code of a refusal of the connection itself that says that there is no place for it."""
        self._endpoint = endpoint
        self._buffer = LineBuffer(longest)
        self._busy = busy
        self._on_subscribed = on_subscribed
        self._on_pushed = on_pushed
        self._ordered = endpoint.correlation == ""
        self._error = endpoint.error or None
        self._queue: deque[Waiting[Any]] = deque()
        self._by_id: dict[int, Waiting[Any]] = {}
        self._last_id = 0
        self.is_heard = False
        """Something came, so what was asked may have been read."""
        self.is_turned_away = False
        """It was said that there is no place for this connection, before anything was read."""
        self.failure: PeinitError | None = None
        """Why nothing can be asked any more."""

    @property
    def is_idle(self) -> bool:
        """Nobody waits."""
        return not (self._queue or self._by_id)

    def ask(self, request: Call[Answer]) -> Waiting[Answer]:
        """Its `line` is to be sent."""
        self._last_id += 1
        whole = request.encode()
        if self._endpoint.discriminator:
            whole[self._endpoint.discriminator] = request.command
        if not self._ordered:
            whole[self._endpoint.correlation] = self._last_id
        waiting = Waiting(request, self._last_id, encode(whole))
        if self._ordered:
            self._queue.append(waiting)
        else:
            self._by_id[waiting.id] = waiting
        return waiting

    def is_last(self, waiting: Waiting[Any]) -> bool:
        """Nothing was asked behind it."""
        return waiting.id == self._last_id

    def give_up(self, waiting: Waiting[Any], error: PeinitError | None = None) -> None:
        """Nobody wants its answer any more."""
        waiting.fail(error or Cancelled("the call was cancelled"))

    def unanswered(self) -> bytes:
        """What is to be asked again on another connection, after nothing was read on this one. What was given up is not asked."""
        self._buffer = LineBuffer(self._buffer.longest)
        self.is_turned_away = False
        self._queue = deque(waiting for waiting in self._queue if not waiting.is_done)
        self._by_id = {id: waiting for id, waiting in self._by_id.items() if not waiting.is_done}
        return b"".join(waiting.line for waiting in (*self._queue, *self._by_id.values()))

    def receive(self, data: bytes) -> None:
        """Takes what came. What is no line of the protocol ends the conversation."""
        try:
            for line in self._buffer.feed(data):
                self._line(parse(line))
        except ProtocolError as error:
            self.fail(error)
        self.is_heard = self.is_heard or not (self._buffer.is_empty or self.is_turned_away)

    def fail(self, error: PeinitError) -> None:
        """The connection is over."""
        if self.failure is not None:
            return
        self.failure = error
        for waiting in (*self._queue, *self._by_id.values()):
            waiting.fail(error)
        self._queue.clear()
        self._by_id.clear()

    def _line(self, line: JsonObject) -> None:
        if self.failure is not None or self.is_turned_away:
            return
        endpoint = self._endpoint
        outcome = line.get(endpoint.outcome)
        if outcome == endpoint.ok:
            self._answered(line)
        elif outcome == self._error:
            if self._is_pushed(line):
                self._pushed(line)
            else:
                self._refused(line)
        elif self._is_pushed(line):
            self._pushed(line)
        else:
            raise ProtocolError(endpoint.outcome, f"{endpoint.ok} or {endpoint.error or 'missing'}", quoted(outcome))
        self.is_heard = self.is_heard or not self.is_turned_away

    def _is_pushed(self, line: JsonObject) -> bool:
        endpoint = self._endpoint
        return endpoint.pushed_by != "" and endpoint.correlation not in line and type(line.get(endpoint.pushed_by)) is int

    def _pushed(self, line: JsonObject) -> None:
        if self._on_pushed is not None:
            self._on_pushed(cast(int, line[self._endpoint.pushed_by]), line)

    def _answered(self, line: JsonObject) -> None:
        waiting = self._next(line)
        if waiting is None:
            return
        request = waiting.request
        try:
            answer = request.answer(line)
            if request.more(answer):
                if not waiting.is_done:
                    waiting.parts = [*(waiting.parts or ()), answer]
                return
            whole = answer if waiting.parts is None else request.joined([*waiting.parts, answer])
        except ProtocolError as error:
            self._forget(waiting)
            waiting.fail(error)
            return
        self._forget(waiting)
        # What follows may be in the same piece, so it must be expected before the caller knows of it.
        if request.subscribes and self._on_subscribed is not None and not waiting.is_done:
            self._on_subscribed(answer)
        waiting.succeed(whole)

    def _refused(self, line: JsonObject) -> None:
        refusal = self._endpoint.refused(line)
        if not self._ordered and line.get(self._endpoint.correlation) == 0:
            # It concerns the connection as a whole.
            if refusal.code == self._busy and not self.is_heard:
                self.is_turned_away = True
            else:
                self.fail(refusal)
            return
        waiting = self._next(line)
        if waiting is not None:
            self._forget(waiting)
            waiting.fail(refusal)

    def _next(self, line: JsonObject) -> Waiting[Any] | None:
        """Whose the line is; None: of a call that was over already."""
        if self._ordered:
            if not self._queue:
                raise ProtocolError("", "the answer to a request", "one too many")
            return self._queue[0]
        name = self._endpoint.correlation
        id = line.get(name)
        if type(id) is not int or not 0 < id <= self._last_id:
            raise ProtocolError(name, f"the id of a request, 1 to {self._last_id}", quoted(id))
        return self._by_id.get(id)

    def _forget(self, waiting: Waiting[Any]) -> None:
        if self._ordered:
            self._queue.popleft()
        else:
            self._by_id.pop(waiting.id, None)
