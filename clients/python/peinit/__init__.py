"""
The Python client of peinit: `peinit.control`, `peinit.registry`, `peinit.query` (logs and events), `peinit.jobs` and `peinit.notify`
for callers that block, and `peinit.aio` for asyncio.
"""

from __future__ import annotations

from .errors import Cancelled, ConnectionError, PeinitError, ProtocolError, Refused, Timeout
from .generated import PROTOCOL

__all__ = ["PROTOCOL", "Cancelled", "ConnectionError", "PeinitError", "ProtocolError", "Refused", "Timeout", "__version__"]

__version__ = "0.2.0"
