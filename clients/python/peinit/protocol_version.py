"""Whether the daemon speaks the protocol that this library was printed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import ProtocolError
from .generated import PROTOCOL
from .generated.control import ProtocolVersion


@dataclass(frozen=True, slots=True)
class ProtocolCheck:
    """Two versions of the same major number."""

    daemon: tuple[int, int]
    """What the daemon speaks."""
    client: tuple[int, int]
    """What this library was printed from."""
    relation: Literal["same", "daemon newer", "daemon older"]
    """A newer daemon knows more, and is understood. An older one refuses commands and passes over members that it does not know."""


def compare(version: ProtocolVersion | None) -> ProtocolCheck:
    """`version`: what machine-status says; None: a daemon of before it had one."""
    major, minor = PROTOCOL
    if version is None:
        return ProtocolCheck((major, 0), PROTOCOL, "daemon older")
    if version.major != major:
        raise ProtocolError("protocol.major", f"{major}, which this library speaks", str(version.major))
    relation: Literal["same", "daemon newer", "daemon older"] = "same"
    if version.minor != minor:
        relation = "daemon newer" if version.minor > minor else "daemon older"
    return ProtocolCheck((version.major, version.minor), PROTOCOL, relation)
