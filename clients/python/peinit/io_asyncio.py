"""Conversations and streams for asyncio: any number of tasks may use one client."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, ClassVar, Generic, TypeVar, cast

from .calls import Answer, Call, Endpoint, Line, Opening, StreamCall
from .conversation import Conversation, Waiting
from .errors import Cancelled, ConnectionError, PeinitError, Refused, Timeout
from .line_buffer import usual_max_line
from .patience import Patience, is_unread, turned_away, turned_away_within, unreachable, usual_patience
from .stream_state import StreamState
from .wire import JsonObject

Own = TypeVar("Own", bound="AsyncClient")
AnyLink = TypeVar("AnyLink", bound=asyncio.Protocol)

most_held = 256
"""Lines of a stream that are held for a reader that does not take them; then the connection waits."""


async def _open(path: str, endpoint: Endpoint, patience: Patience, link: AnyLink) -> AnyLink:
    """Where its queue is full, or it is waited for, a moment later it may be otherwise."""
    while True:
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: link, path)
            return link
        except OSError as error:
            pause = patience.after(error, time.monotonic())
            if pause is None:
                raise unreachable(path, endpoint.daemon, error) from None
        await asyncio.sleep(pause)


def _finite(timeout: float | None) -> float | None:
    return None if timeout == math.inf else timeout


async def _within(work: Coroutine[Any, Any, None], timeout: float | None, what: str) -> None:
    try:
        await asyncio.wait_for(work, _finite(timeout))
    except asyncio.TimeoutError:
        raise Timeout(f"no connection for {what} in time") from None


class AsyncPending(Generic[Answer]):
    """A call on its way. `await pending.result()` as often as wanted; cancelling whoever waits does not give it up."""

    def __init__(self, waiting: Waiting[Answer], timeout: float | None) -> None:
        self._waiting = waiting
        self._done = asyncio.Event()
        self._timer = None if timeout is None else asyncio.get_running_loop().call_later(timeout, self._late)
        waiting.on_done = self._settled
        if waiting.is_done:
            self._settled()

    @property
    def is_done(self) -> bool:
        """Its outcome is known."""
        return self._waiting.is_done

    async def result(self) -> Answer:
        """Waits for the answer."""
        await self._done.wait()
        return self._waiting.result()

    def cancel(self) -> None:
        """Its answer is dropped when it comes, and `result` raises Cancelled. What was asked may still happen."""
        self._waiting.fail(Cancelled(f"{self._waiting.request.command} was cancelled"))

    def _late(self) -> None:
        self._waiting.fail(Timeout(f"no answer to {self._waiting.request.command} in time"))

    def _settled(self) -> None:
        self._done.set()
        if self._timer is not None:
            self._timer.cancel()


class _ClientLink(asyncio.Protocol):
    """The connection of a client."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._opened_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._has_written = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._opened_at = time.monotonic()
        self._client._made(self)

    def data_received(self, data: bytes) -> None:
        self._client._received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        is_new = time.monotonic() - self._opened_at < turned_away_within
        self._client._ended(self, is_new and is_unread(exc, self._has_written), exc)

    def write(self, data: bytes) -> None:
        if self._transport is not None and data:
            self._transport.write(data)
            # Where the socket took nothing it is closing by now.
            self._has_written = self._has_written or not self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class AsyncClient:
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
        self._link: _ClientLink | None = None
        self._opening: asyncio.Task[None] | None = None
        self._is_closed = False
        self._was_turned_away = False

    async def __aenter__(self: Own) -> Own:
        await self.connect()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.disconnect()

    async def connect(self) -> None:
        """Connects now and not with the first request; raises ConnectionError."""
        await _within(self._connected(), self._timeout, "connect")

    def disconnect(self) -> None:
        """Ends the connection for good; what is under way fails with ConnectionError."""
        self._is_closed = True
        self._fail(ConnectionError(f"the connection to {self.path} was closed"))
        if self._opening is not None:
            self._opening.cancel()

    def _begin(self) -> Conversation:
        return Conversation(self.endpoint, self._max_line, self.busy, self._subscribed, self._pushed)

    def _subscribed(self, answer: object) -> None:
        """Messages will follow an answer."""

    def _pushed(self, number: int, line: JsonObject) -> None:
        """One of them."""

    def _lost(self, error: PeinitError) -> None:
        """The connection is over."""

    async def _call(self, request: Call[Answer], timeout: float | None) -> Answer:
        length = _finite(self._timeout if timeout is None else timeout)
        began = time.monotonic()
        trying = Patience(self._patience_length)
        while True:
            left = math.inf if length is None else max(0.0, began + length - time.monotonic())
            pending = await self._send(request, left)
            try:
                return await pending.result()
            except asyncio.CancelledError:
                pending.cancel()
                raise
            except Refused as error:
                is_last = self._conversation.is_last(pending._waiting)
                pause = trying.pause(time.monotonic()) if error.code == self.busy_call and is_last else None
                if pause is None or pause >= left:
                    raise
                await asyncio.sleep(pause)
                # What was asked meanwhile must not happen before it.
                if not self._conversation.is_last(pending._waiting):
                    raise

    async def _send(self, request: Call[Answer], timeout: float | None) -> AsyncPending[Answer]:
        length = _finite(self._timeout if timeout is None else timeout)
        began = time.monotonic()
        while self._link is None:
            await _within(self._connected(), length, request.command)
        waiting = self._conversation.ask(request)
        self._link.write(waiting.line)
        return AsyncPending(waiting, None if length is None else max(0.0, began + length - time.monotonic()))

    async def _stream(self, request: StreamCall[Opening, Line], timeout: float | None) -> AsyncStream[Opening, Line]:
        stream = AsyncStream(self.endpoint, self.path, request, self._patience_length, self._max_line, self._awaited)
        await stream.begin(self._timeout if timeout is None else timeout)
        return stream

    async def _connected(self) -> None:
        """One attempt at a time, whoever asks."""
        while self._link is None:
            if self._opening is None:
                self._opening = asyncio.ensure_future(self._connect())
                self._opening.add_done_callback(self._opened)
            await asyncio.shield(self._opening)

    def _opened(self, task: asyncio.Task[None]) -> None:
        self._opening = None
        if not task.cancelled():
            # Whoever waits for it is told; nobody may.
            task.exception()
        if self._was_turned_away and self._link is None:
            self._ask_again()

    async def _connect(self) -> None:
        if self._is_closed:
            raise ConnectionError(f"the connection to {self.path} was closed")
        if self._conversation.failure is not None:
            if not self.reconnects:
                raise self._conversation.failure
            self._conversation = self._begin()
            self._patience = Patience(self._patience_length, self._awaited)
        if self._was_turned_away:
            self._was_turned_away = False
            pause = self._patience.pause(time.monotonic())
            if pause is None:
                error = turned_away(self.path, self.endpoint.daemon, self._patience_length)
                self._fail(error)
                raise error
            await asyncio.sleep(pause)
        await _open(self.path, self.endpoint, self._patience, _ClientLink(self))

    def _made(self, link: _ClientLink) -> None:
        """Noted as soon as it is made, so that nothing that happens to it is missed; first goes what was not read on the one before."""
        if self._is_closed:
            link.close()
            return
        self._link = link
        if not self._conversation.is_idle:
            link.write(self._conversation.unanswered())

    def _received(self, link: _ClientLink, data: bytes) -> None:
        if link is not self._link:
            return
        self._conversation.receive(data)
        if self._conversation.is_turned_away:
            self._ask_again()
        elif self._conversation.failure is not None:
            self._fail(self._conversation.failure)

    def _ended(self, link: _ClientLink, is_unread: bool, problem: Exception | None) -> None:
        if link is not self._link:
            return
        if is_unread and not self._conversation.is_heard:
            self._ask_again()
        else:
            self._fail(ConnectionError(f"the connection to {self.path} {'ended' if problem is None else f'failed: {problem}'}"))

    def _ask_again(self) -> None:
        """There was no place for the connection, and nothing was read: on another one, everything."""
        self._drop()
        self._was_turned_away = True
        # Whoever is at it already goes on.
        if not self._conversation.is_idle and (self._opening is None or self._opening.done()):
            self._opening = asyncio.ensure_future(self._again())
            self._opening.add_done_callback(self._opened)

    async def _again(self) -> None:
        try:
            while self._link is None:
                await self._connect()
        except ConnectionError as error:
            self._fail(error)

    def _fail(self, error: PeinitError) -> None:
        self._conversation.fail(error)
        self._drop()
        self._lost(error)

    def _drop(self) -> None:
        link = self._link
        self._link = None
        if link is not None:
            link.close()


class _StreamLink(asyncio.Protocol):
    """The connection of a stream. When too many lines are held it is not read until some are taken."""

    def __init__(self, state: StreamState[Any, Any]) -> None:
        self.state = state
        self.changed = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._has_written = False
        self._is_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self.state.ask())
        self._has_written = not self._transport.is_closing()

    def data_received(self, data: bytes) -> None:
        self.state.receive(data)
        self.changed.set()
        if len(self.state.lines) > most_held and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.state.ended(exc if isinstance(exc, OSError) else None, self._has_written)
        self.changed.set()

    def taken(self) -> None:
        if self._is_paused and not self.state.lines and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class AsyncStream(Generic[Opening, Line]):
    """
    Lines as they come, on a connection of their own. Some are held for who does not take them; then the daemon has to wait, which tells it
    (lagged) or ends the stream when its own buffer is full.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        path: str,
        request: StreamCall[Opening, Line],
        patience: float,
        longest: int,
        awaited: bool = False,
    ) -> None:
        self._endpoint = endpoint
        self._path = path
        self._request = request
        self._patience = patience
        self._longest = longest
        self._awaited = awaited
        self._link: _StreamLink

    async def begin(self, timeout: float | None) -> None:
        """Asks; returns once lines can be taken."""
        await _within(self._begin(), timeout, self._request.command)

    async def _begin(self) -> None:
        trying = Patience(self._patience, self._awaited)
        while True:
            state = StreamState(self._endpoint, self._path, self._request, self._longest)
            link = await _open(self._path, self._endpoint, trying, _StreamLink(state))
            self._link = link
            opened_at = time.monotonic()
            try:
                while not state.is_open and not state.is_over:
                    await self._changed()
            except BaseException:
                link.close()
                raise
            if state.error is None or state.lines:
                return
            link.close()
            if not state.is_unread or time.monotonic() - opened_at > turned_away_within:
                raise state.error
            pause = trying.pause(time.monotonic())
            if pause is None:
                raise turned_away(self._path, self._endpoint.daemon, self._patience)
            await asyncio.sleep(pause)

    @property
    def opening(self) -> Opening:
        """The answer before the lines."""
        return cast(Opening, self._link.state.opening)

    def __aiter__(self) -> AsyncStream[Opening, Line]:
        return self

    async def __anext__(self) -> Line:
        line = await self.take()
        if line is None:
            raise StopAsyncIteration
        return line

    async def take(self, timeout: float | None = None) -> Line | None:
        """The next line; None: the stream has ended. Raises Timeout, which does not end it, and what ended it otherwise."""
        state = self._link.state
        if not state.lines and not state.is_over:
            try:
                await asyncio.wait_for(self._more(), timeout)
            except asyncio.TimeoutError:
                raise Timeout(f"no line of {self._request.command} in time") from None
        if state.lines:
            line: Line = state.lines.popleft()
            self._link.taken()
            return line
        self._link.close()
        if state.error is not None:
            raise state.error
        return None

    def leave(self) -> None:
        """Hangs up; nothing more is taken."""
        self._link.state.leave()
        self._link.changed.set()
        self._link.close()

    async def __aenter__(self) -> AsyncStream[Opening, Line]:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()

    async def _more(self) -> None:
        while not self._link.state.lines and not self._link.state.is_over:
            await self._changed()

    async def _changed(self) -> None:
        self._link.changed.clear()
        await self._link.changed.wait()
