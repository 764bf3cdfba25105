"""
Reading what eventd stores over its restarts, without any I/O: where a connection ends, the next one goes on behind the last part that came,
so that no record is missing and none comes twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from .errors import ConnectionError, PeinitError
from .generated.output import (
    EventsRequest,
    EventsResponse,
    Gap,
    InvalidCursor,
    LogsRequest,
    LogsResponse,
    QueryCallError,
    QueryError,
    StoredEvent,
    StoredLine,
)
from .patience import Patience
from .wire import UnknownForm

Asked = TypeVar("Asked", LogsRequest, EventsRequest)
Part = TypeVar("Part", LogsResponse, EventsResponse)

usual_patience = 10.0
"""Seconds for which a reader that does not follow tries again; one that does tries for ever."""

_passing = frozenset({QueryError.BUSY, QueryError.TOO_SLOW, QueryError.STORE_FAILED})


@dataclass(frozen=True)
class Told:
    """What a reader is told beside the records."""

    on_lost: Callable[[PeinitError], None] | None = None
    """The connection has ended, and it tries again; called once for each loss."""
    on_back: Callable[[], None] | None = None
    """It goes on."""
    on_replaced: Callable[[], None] | None = None
    """What is stored is another database than before: what had not come by then never will."""


class Progress(Generic[Asked, Part]):
    """How far a reading has come, and what is to be asked for the rest."""

    def __init__(self, request: Asked, patience: float, told: Told) -> None:
        self.rest: Asked = request
        """The next request."""
        self._follows = request.follow is True
        self._latest: dict[str, int] = {}
        self._latest_at: str | None = None
        self._has_begun = False
        self._patience_length = math.inf if self._follows else patience
        self._trying: Patience | None = None
        self._told = told

    def take(self, part: Part) -> Part:
        """What is new of a part."""
        if self._trying is not None and self._told.on_back is not None:
            self._told.on_back()
        self._trying = None
        self._has_begun = True
        entries: Sequence[Any] = [entry for entry in part.entries if self._is_new(entry)]
        count = sum(not isinstance(entry, Gap) for entry in entries)
        rest = self.rest
        # What stands behind the first part of a reader that follows is all wanted: the latest ones were counted from its beginning.
        counted = rest.most is not None and (not self._follows or part.cursor is None)
        most = max(0, (rest.most or 0) - count) if counted else None
        self.rest = replace(rest, most=most, after=rest.after if part.cursor is None else part.cursor)
        return part if len(entries) == len(part.entries) else replace(part, entries=tuple(entries))

    def pause(self, error: PeinitError, now: float) -> float | None:
        """How long to wait before the rest is asked for; None: the error is the end of it."""
        if self._is_replaced(error):
            if self._told.on_replaced is not None:
                self._told.on_replaced()
            return 0
        if not isinstance(error, ConnectionError) and not (isinstance(error, QueryCallError) and error.code in _passing):
            return None
        if self._trying is None:
            self._trying = Patience(self._patience_length)
            if self._told.on_lost is not None:
                self._told.on_lost(error)
        return self._trying.pause(now)

    def _is_new(self, entry: StoredLine | StoredEvent | Gap | UnknownForm) -> bool:
        if not self._follows or isinstance(entry, UnknownForm):
            return True
        id = entry.to if isinstance(entry, Gap) else entry.id
        if id <= self._latest.get(entry.boot_id, 0):
            return False
        self._latest[entry.boot_id] = id
        if not isinstance(entry, Gap):
            self._latest_at = entry.timestamp
        return True

    def _is_replaced(self, error: PeinitError) -> bool:
        """The database has gone since the last part: from then on, in the new one."""
        if not isinstance(error, InvalidCursor) or not self._has_begun or not self._follows or self.rest.after is None:
            return False
        self.rest = replace(self.rest, after=None, since=self._latest_at or self.rest.since)
        return True
