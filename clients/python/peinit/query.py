"""What eventd stores, for callers that block: logs and events."""

from __future__ import annotations

from .generated.jobs import OutputStream as OutputStream
from .generated.options import *
from .generated.output import *
from .generated.output_blocking import QueryMethods
from .generated.service import *


class QueryClient(QueryMethods):
    """A connection to eventd. Answers come as they are ready; `logs` and `events` are streams of parts, each on a connection of its own."""

    endpoint = QUERY
    busy = QueryError.BUSY
