"""The clients for asyncio: the control socket, the registry, what eventd stores, ad-hoc jobs, and the barrier of notifications."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import cast

from .errors import ConnectionError, PeinitError, Timeout
from .generated.control import CONTROL
from .generated.control_asyncio import AsyncControlMethods
from .generated.jobs import JOBS, JobLine, JobLineKind, SubmitRequest, SubmitResponse
from .generated.output import QUERY, EventsRequest, EventsResponse, LogsRequest, LogsResponse, QueryError
from .generated.output_asyncio import AsyncQueryMethods
from .generated.registry import REGISTRY, RegistryError, WatchEvent, WatchResponse
from .generated.registry_asyncio import AsyncRegistryMethods
from .io_asyncio import AsyncPending, AsyncStream
from .line_buffer import usual_max_line
from .notify import Notifier, usual_barrier_timeout
from .patience import usual_patience
from .progress import Asked, Part, Progress, Told
from .progress import usual_patience as reading_patience
from .protocol_version import ProtocolCheck, compare
from .watch_batches import WatchBatches
from .wire import JsonObject

__all__ = [
    "AsyncControlClient",
    "AsyncJob",
    "AsyncPending",
    "AsyncQueryClient",
    "AsyncRegistryClient",
    "AsyncStream",
    "AsyncWatch",
    "Told",
    "barrier",
    "read_events",
    "read_logs",
    "submit",
]


class AsyncControlClient(AsyncControlMethods):
    """
    A connection to the control socket. Answers come in order: one that waits (`wait`) holds up those behind it, so what must not be held up
    has a client of its own. Streams have a connection of their own.
    """

    endpoint = CONTROL

    async def check_protocol(self, timeout: float | None = None) -> ProtocolCheck:
        """Asks for the version of the protocol that the daemon speaks; raises ProtocolError where it is an incompatible one."""
        return compare((await self.machine_status(timeout=timeout)).protocol)


class AsyncQueryClient(AsyncQueryMethods):
    """A connection to eventd. Answers come as they are ready; `logs` and `events` are streams of parts, each on a connection of its own."""

    endpoint = QUERY
    busy = QueryError.BUSY


def read_logs(
    request: LogsRequest, *, path: str | None = None, patience: float = reading_patience, told: Told | None = None
) -> AsyncIterator[LogsResponse]:
    """
    Lines of output in parts as they come, over restarts of eventd: no line is missing and none comes twice. Raises ConnectionError where
    eventd cannot be reached at the start.
    """
    return _read(Progress[LogsRequest, LogsResponse](request, patience, told or Told()), path)


def read_events(
    request: EventsRequest, *, path: str | None = None, patience: float = reading_patience, told: Told | None = None
) -> AsyncIterator[EventsResponse]:
    """Events, likewise."""
    return _read(Progress[EventsRequest, EventsResponse](request, patience, told or Told()), path)


async def _read(progress: Progress[Asked, Part], path: str | None) -> AsyncIterator[Part]:
    has_connected = False
    while True:
        try:
            client = AsyncQueryClient(path, patience=0 if has_connected else usual_patience)
            async with cast("AsyncStream[None, Part]", await client._stream(progress.rest, None)) as stream:
                has_connected = True
                async for part in stream:
                    yield progress.take(part)
                return
        except PeinitError as error:
            pause = progress.pause(error, time.monotonic()) if has_connected else None
            if pause is None:
                raise
        await asyncio.sleep(pause)


class AsyncRegistryClient(AsyncRegistryMethods):
    """
    A connection to the registry. Handles, transactions and watches end with it, and their numbers would mean something else on another one:
    so it is not made anew, and every later call raises what ended it.
    """

    endpoint = REGISTRY
    busy = RegistryError.EBUSY
    busy_call = RegistryError.EBUSY
    reconnects = False

    def __init__(
        self,
        path: str | None = None,
        *,
        timeout: float | None = None,
        patience: float = usual_patience,
        max_line: int = usual_max_line,
        awaited: bool = False,
    ) -> None:
        """See AsyncClient."""
        self._watches: dict[int, WatchBatches] = {}
        self._told: dict[int, asyncio.Event] = {}
        super().__init__(path, timeout=timeout, patience=patience, max_line=max_line, awaited=awaited)

    async def watch_key(
        self, path: str, *, subtree: bool | None = None, handle: int | None = None, timeout: float | None = None
    ) -> AsyncWatch:
        """Watches a key from now on; iterates over batches, each what one commit changed."""
        number = (await self.watch(path, subtree=subtree, handle=handle, timeout=timeout)).watch
        self._subscribed(WatchResponse(watch=number))
        return AsyncWatch(self, number, self._watches[number], self._told[number])

    def _subscribed(self, answer: object) -> None:
        if isinstance(answer, WatchResponse):
            self._watches.setdefault(answer.watch, WatchBatches())
            self._told.setdefault(answer.watch, asyncio.Event())

    def _pushed(self, number: int, line: JsonObject) -> None:
        # One that was given up before its number was known is nobody's.
        if number in self._watches:
            self._watches[number].receive(WatchEvent.decode(line))
            self._told[number].set()

    def _lost(self, error: PeinitError) -> None:
        for number, batches in self._watches.items():
            batches.is_over = True
            self._told[number].set()


class AsyncWatch:
    """
    A watch of a key. Events that nobody takes are held, up to a number beyond which one overflow stands for them: read everything again.
    """

    def __init__(self, client: AsyncRegistryClient, number: int, batches: WatchBatches, told: asyncio.Event) -> None:
        self._client = client
        self._batches = batches
        self._told = told
        self.number = number

    def __aiter__(self) -> AsyncWatch:
        return self

    async def __anext__(self) -> Sequence[WatchEvent]:
        batch = await self.take()
        if batch is None:
            raise StopAsyncIteration
        return batch

    async def take(self, timeout: float | None = None) -> Sequence[WatchEvent] | None:
        """The next batch; None: the watch was left. Raises Timeout, which does not end it, and ConnectionError where the connection has."""
        batch = self._batches.take()
        if batch is None and not self._batches.is_over:
            try:
                await asyncio.wait_for(self._more(), timeout)
            except asyncio.TimeoutError:
                raise Timeout("no event of the watch in time") from None
            batch = self._batches.take()
        if batch is None and self._client._conversation.failure is not None:
            raise self._client._conversation.failure
        return batch

    async def _more(self) -> None:
        while not self._batches.batches and not self._batches.is_over:
            self._told.clear()
            await self._told.wait()

    async def leave(self) -> None:
        """Ends the watch."""
        if self._batches.is_over:
            return
        self._batches.is_over = True
        self._told.set()
        self._client._watches.pop(self.number, None)
        self._client._told.pop(self.number, None)
        try:
            await self._client.unwatch(self.number)
        except ConnectionError:
            # It has ended with its connection.
            return

    async def __aenter__(self) -> AsyncWatch:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.leave()


async def submit(
    request: SubmitRequest,
    *,
    path: str | None = None,
    timeout: float | None = None,
    patience: float = usual_patience,
    max_line: int = usual_max_line,
    awaited: bool = False,
) -> AsyncJob:
    """
    Has a program run; returns once peinit has made the job. Raises JobsError where there is none, and ConnectionError where nobody answers.
    """
    stream = AsyncStream(JOBS, JOBS.path if path is None else path, request, patience, max_line, awaited)
    await stream.begin(timeout)
    return AsyncJob(stream)


class AsyncJob:
    """A job of ours: its lines as they come, the last one of kind `ended`. Leaving it stops nothing."""

    def __init__(self, stream: AsyncStream[SubmitResponse, JobLine]) -> None:
        self._stream = stream
        self._is_over = False

    @property
    def id(self) -> str:
        """UUID of the job."""
        return self._stream.opening.job_id

    def __aiter__(self) -> AsyncJob:
        return self

    async def __anext__(self) -> JobLine:
        line = await self.take()
        if line is None:
            raise StopAsyncIteration
        return line

    async def take(self, timeout: float | None = None) -> JobLine | None:
        """The next line; None: the last one was taken. Raises Timeout, which does not end it, and ConnectionError where no end was told."""
        if self._is_over:
            return None
        line = await self._stream.take(timeout)
        if line is None:
            raise ConnectionError("the connection ended before the job had")
        if line.kind == JobLineKind.ENDED:
            self._is_over = True
            self._stream.leave()
        return line

    def leave(self) -> None:
        """Hangs up: the job goes on, and what it says is lost to us."""
        self._is_over = True
        self._stream.leave()

    async def __aenter__(self) -> AsyncJob:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()


async def barrier(notifier: Notifier, timeout: float | None = usual_barrier_timeout) -> bool:
    """`Notifier.barrier` without holding up other tasks; raises Timeout."""
    return await asyncio.get_running_loop().run_in_executor(None, notifier.barrier, timeout)
