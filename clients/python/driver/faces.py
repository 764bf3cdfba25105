"""The two faces of the library as one, so that the driver is written once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from peinit import aio, jobs
from peinit.control import CONTROL_REQUESTS, ControlClient
from peinit.generated.jobs import JOBS_REQUESTS, SubmitRequest
from peinit.generated.output import QUERY_REQUESTS
from peinit.generated.registry import REGISTRY_REQUESTS
from peinit.query import QueryClient
from peinit.registry import RegistryClient

requests: Mapping[str, Mapping[str, Callable[[object], Any]]] = {
    "control": CONTROL_REQUESTS,
    "registry": REGISTRY_REQUESTS,
    "query": QUERY_REQUESTS,
    "jobs": JOBS_REQUESTS,
}
"""Reads the request of a command from its members, by socket."""


class Face(Protocol):
    """What the driver asks of the library. Values of its own are of any type here: each face knows its own."""

    async def open(self, kind: str, path: str) -> Any: ...

    async def close(self, client: Any) -> None: ...

    async def send(self, client: Any, request: Any, timeout: float | None) -> Any: ...

    async def result(self, pending: Any) -> Any: ...

    async def stream(self, client: Any, request: Any) -> Any: ...

    async def watch(self, client: Any, request: Any) -> Any: ...

    async def submit(self, path: str, request: SubmitRequest) -> Any: ...

    async def take(self, lines: Any, timeout: float | None) -> Any: ...

    async def leave(self, lines: Any) -> None: ...


class BlockingFace:
    """The clients that block; nothing else goes on in a driver."""

    async def open(self, kind: str, path: str) -> Any:
        client = {"control": ControlClient, "registry": RegistryClient, "query": QueryClient}[kind](path)
        client.connect()
        return client

    async def close(self, client: Any) -> None:
        client.disconnect()

    async def send(self, client: Any, request: Any, timeout: float | None) -> Any:
        return client.send(request, timeout)

    async def result(self, pending: Any) -> Any:
        return pending.result()

    async def stream(self, client: Any, request: Any) -> Any:
        return client.stream(request)

    async def watch(self, client: Any, request: Any) -> Any:
        return client.watch_key(request.path, subtree=request.subtree, handle=request.handle)

    async def submit(self, path: str, request: SubmitRequest) -> Any:
        return jobs.submit(request, path=path)

    async def take(self, lines: Any, timeout: float | None) -> Any:
        return lines.take(timeout)

    async def leave(self, lines: Any) -> None:
        lines.leave()


class AsyncioFace:
    """The clients for asyncio."""

    async def open(self, kind: str, path: str) -> Any:
        clients = {"control": aio.AsyncControlClient, "registry": aio.AsyncRegistryClient, "query": aio.AsyncQueryClient}
        client = clients[kind](path)
        await client.connect()
        return client

    async def close(self, client: Any) -> None:
        client.disconnect()

    async def send(self, client: Any, request: Any, timeout: float | None) -> Any:
        return await client.send(request, timeout)

    async def result(self, pending: Any) -> Any:
        return await pending.result()

    async def stream(self, client: Any, request: Any) -> Any:
        return await client.stream(request)

    async def watch(self, client: Any, request: Any) -> Any:
        return await client.watch_key(request.path, subtree=request.subtree, handle=request.handle)

    async def submit(self, path: str, request: SubmitRequest) -> Any:
        return await aio.submit(request, path=path)

    async def take(self, lines: Any, timeout: float | None) -> Any:
        return await lines.take(timeout)

    async def leave(self, lines: Any) -> None:
        left = lines.leave()
        if left is not None:
            await left


class Lines:
    """What the driver takes one by one: a batch of a watch and a part of an answer have several."""

    def __init__(self, face: Face, source: Any, split: Callable[[Any], list[Any]]) -> None:
        self._face = face
        self.source = source
        self._split = split
        self._held: deque[Any] = deque()
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        return self._has_ended and not self._held

    async def fill(self, timeout: float | None) -> None:
        """Waits for what comes next, if nothing is there."""
        if self._held or self._has_ended:
            return
        taken = await self._face.take(self.source, timeout)
        if taken is None:
            self._has_ended = True
            return
        self._held.extend(self._split(taken))
        self._has_ended = getattr(taken, "more", None) is False and hasattr(taken, "entries")

    def take(self) -> Any | None:
        return self._held.popleft() if self._held else None

    async def leave(self) -> None:
        await self._face.leave(self.source)
