"""Bytes to lines, bounded; and lines to JSON objects."""

from __future__ import annotations

import json
from typing import NoReturn

from .errors import ProtocolError
from .wire import JsonObject

usual_max_line = 64 * 1024 * 1024
"""Longest line that is taken, in bytes. The answers of a machine with tens of thousands of services are below it."""


class LineBuffer:
    """What came and is no whole line yet."""

    __slots__ = ("_pieces", "_size", "longest")

    def __init__(self, longest: int = usual_max_line) -> None:
        self.longest = longest
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def is_empty(self) -> bool:
        return not self._pieces

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now, without their newlines."""
        if not self._pieces and data.find(b"\n") == len(data) - 1 and len(data) <= self.longest:
            return [data[:-1]]
        *lines, rest = data.split(b"\n")
        if lines and self._pieces:
            lines[0] = b"".join([*self._pieces, lines[0]])
            self._pieces = []
            self._size = 0
        if rest:
            self._pieces.append(rest)
            self._size += len(rest)
        if self._size > self.longest or (lines and max(map(len, lines)) > self.longest):
            raise ProtocolError("", f"a line of at most {self.longest} bytes", "longer")
        return lines


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_decode = json.JSONDecoder(parse_constant=_refuse).raw_decode


def parse(line: bytes) -> JsonObject:
    """A line of any socket."""
    try:
        text = line.decode().strip()
        value, end = _decode(text)
        whole = end == len(text) and not (("\\ud" in text or "\\uD" in text) and _has_lone_surrogate(value))
    except (ValueError, RecursionError):
        whole = False
    if not whole or type(value) is not dict:
        raise ProtocolError("", "a JSON object", repr(line[:60]))
    return value


def _has_lone_surrogate(value: JsonObject) -> bool:
    """Which is no text, and could not be written anywhere."""
    try:
        encode(value)
    except UnicodeEncodeError:
        return True
    return False


def encode(whole: JsonObject) -> bytes:
    """A line with its newline."""
    return _encode(whole).encode() + b"\n"


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
