"""What watches of the registry told and nobody took yet, without any I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from .generated.registry import WatchEvent, WatchType

most_held = 4096
"""Events that are held for a reader that does not read; beyond that it gets one overflow instead."""


class WatchBatches:
    """The batches of one watch, each what one commit changed."""

    __slots__ = ("_growing", "_held", "batches", "is_over")

    def __init__(self) -> None:
        self.batches: deque[Sequence[WatchEvent]] = deque()
        self._growing: list[WatchEvent] = []
        self._held = 0
        self.is_over = False
        """Nothing more comes."""

    def receive(self, event: WatchEvent) -> None:
        if self.is_over:
            return
        self._held += 1
        if self._held > most_held:
            # What is told then is: read everything again.
            self._growing = []
            self.batches.clear()
            if event.more:
                return
            event = WatchEvent(watch=event.watch, type=WatchType.OVERFLOW, path=event.path, name="", more=False)
            self._held = 1
        self._growing.append(event)
        if not event.more:
            self.batches.append(tuple(self._growing))
            self._growing = []

    def take(self) -> Sequence[WatchEvent] | None:
        """The next batch, if there is one."""
        if not self.batches:
            return None
        batch = self.batches.popleft()
        self._held -= len(batch)
        return batch
