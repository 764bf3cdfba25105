"""What eventd stores, for callers that block: logs and events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from .errors import PeinitError
from .generated.jobs import OutputStream as OutputStream
from .generated.options import *
from .generated.output import *
from .generated.output_blocking import QueryMethods
from .generated.service import *
from .io_blocking import Stream
from .patience import usual_patience as connect_patience
from .progress import Asked, Part, Progress, usual_patience
from .progress import Told as Told


class QueryClient(QueryMethods):
    """A connection to eventd. Answers come as they are ready; `logs` and `events` are streams of parts, each on a connection of its own."""

    endpoint = QUERY
    busy = QueryError.BUSY


def read_logs(
    request: LogsRequest, *, path: str | None = None, patience: float = usual_patience, told: Told | None = None
) -> Iterator[LogsResponse]:
    """
    Lines of output in parts as they come, over restarts of eventd: no line is missing and none comes twice. Raises ConnectionError where
    eventd cannot be reached at the start.
    """
    return _read(Progress[LogsRequest, LogsResponse](request, patience, told or Told()), path)


def read_events(
    request: EventsRequest, *, path: str | None = None, patience: float = usual_patience, told: Told | None = None
) -> Iterator[EventsResponse]:
    """Events, likewise."""
    return _read(Progress[EventsRequest, EventsResponse](request, patience, told or Told()), path)


def _read(progress: Progress[Asked, Part], path: str | None) -> Iterator[Part]:
    has_connected = False
    while True:
        try:
            client = QueryClient(path, patience=0 if has_connected else connect_patience)
            with cast("Stream[None, Part]", client._stream(progress.rest, None)) as stream:
                has_connected = True
                for part in stream:
                    yield progress.take(part)
                return
        except PeinitError as error:
            pause = progress.pause(error, time.monotonic()) if has_connected else None
            if pause is None:
                raise
        time.sleep(pause)
