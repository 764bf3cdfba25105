"""What events tell: the payloads of `subscribe` and of stored events, one class for each name."""

from __future__ import annotations

from .generated.events import *
