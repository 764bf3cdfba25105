"""The registry for callers that block."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from types import TracebackType

from .errors import ConnectionError, PeinitError
from .generated.registry import *
from .generated.registry_blocking import RegistryMethods
from .io_blocking import deadline_of
from .line_buffer import usual_max_line
from .patience import usual_patience
from .registry_values import *
from .watch_batches import WatchBatches
from .wire import JsonObject


class RegistryClient(RegistryMethods):
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
        """See Client."""
        self._watches: dict[int, WatchBatches] = {}
        super().__init__(path, timeout=timeout, patience=patience, max_line=max_line, awaited=awaited)

    def watch_key(self, path: str, *, subtree: bool | None = None, handle: int | None = None, timeout: float | None = None) -> Watch:
        """Watches a key from now on; iterates over batches, each what one commit changed."""
        number = self.watch(path, subtree=subtree, handle=handle, timeout=timeout).watch
        return Watch(self, number, self._watches.setdefault(number, WatchBatches()))

    def _subscribed(self, answer: object) -> None:
        if isinstance(answer, WatchResponse):
            self._watches.setdefault(answer.watch, WatchBatches())

    def _pushed(self, number: int, line: JsonObject) -> None:
        # One that was given up before its number was known is nobody's.
        if number in self._watches:
            self._watches[number].receive(WatchEvent.decode(line))

    def _lost(self, error: PeinitError) -> None:
        for batches in self._watches.values():
            batches.is_over = True


class Watch:
    """
    A watch of a key. Events that come while the connection is used for something else are held, up to a number beyond which one overflow
    stands for them: read everything again.
    """

    def __init__(self, client: RegistryClient, number: int, batches: WatchBatches) -> None:
        self._client = client
        self._batches = batches
        self.number = number

    def __iter__(self) -> Watch:
        return self

    def __next__(self) -> Sequence[WatchEvent]:
        batch = self.take()
        if batch is None:
            raise StopIteration
        return batch

    def take(self, timeout: float | None = None) -> Sequence[WatchEvent] | None:
        """The next batch; None: the watch was left. Raises Timeout, which does not end it, and ConnectionError where the connection has."""
        deadline = deadline_of(timeout)
        while True:
            batch = self._batches.take()
            if batch is not None or self._batches.is_over:
                break
            self._client._pump(deadline, "watch")
        if batch is None and self._client._conversation.failure is not None:
            raise self._client._conversation.failure
        return batch

    def leave(self) -> None:
        """Ends the watch."""
        if self._batches.is_over:
            return
        self._batches.is_over = True
        self._client._watches.pop(self.number, None)
        # It may have ended with its connection.
        with contextlib.suppress(ConnectionError):
            self._client.unwatch(self.number)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()
