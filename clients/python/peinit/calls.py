"""What a request is: its line, and how what comes back is read. The printed requests are of these classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from .errors import Refused
from .wire import JsonObject, JsonValue

Answer = TypeVar("Answer")
Opening = TypeVar("Opening")
Line = TypeVar("Line")


@dataclass(frozen=True)
class Endpoint:
    """A socket, as the schema tells it."""

    path: str
    """Where it is inside a machine."""
    daemon: str
    """Who listens there, in a word for messages."""
    discriminator: str
    """Member of a request that names its command; empty: there is one alone."""
    correlation: str
    """Member that relates an answer to its request; empty: answers come in order."""
    outcome: str
    """Member that every answer has."""
    ok: str
    """Its value in a good answer."""
    error: str
    """Its value in a refusal; empty: there it is missing."""
    pushed_by: str
    """Member by which a message that nobody asked for tells whose it is; empty: there is none such."""
    refused: Callable[[object], Refused]
    """Reads a refusal."""


class Request:
    """A request of any socket."""

    __slots__ = ()

    command: ClassVar[str]

    def encode(self) -> dict[str, JsonValue]:
        """Its members as JSON."""
        raise NotImplementedError


class Call(Request, Generic[Answer]):
    """A request with one answer."""

    __slots__ = ()

    subscribes: ClassVar[bool] = False
    """Messages follow the answer for as long as they are wanted."""

    @staticmethod
    def answer(line: JsonObject) -> Answer:
        """Reads a line of the answer."""
        raise NotImplementedError

    @staticmethod
    def more(part: Answer) -> bool:
        """Another line of the same answer follows."""
        return False

    @staticmethod
    def joined(parts: Sequence[Answer]) -> Answer:
        """The lines of an answer as one."""
        return parts[0]


class StreamCall(Request, Generic[Opening, Line]):
    """A request that is answered by a stream of lines."""

    __slots__ = ()

    opens: ClassVar[bool] = True
    """An answer comes before the lines."""
    tells_its_end: ClassVar[bool] = False
    """A line says that it is the last one. Otherwise the stream ends with its connection."""

    @staticmethod
    def opening(line: JsonObject) -> Opening:
        """Reads the answer before the lines."""
        raise NotImplementedError

    @staticmethod
    def line(line: JsonObject) -> Line:
        """Reads a line."""
        raise NotImplementedError

    @staticmethod
    def more(line: Line) -> bool:
        """Another line follows."""
        return True
