"""Values of the registry as Python has them, and back: each type has a form of its own in JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeAlias

from .errors import ProtocolError
from .generated.registry import RegistryType
from .wire import JsonValue, quoted

__all__ = ["RegistryValue", "binary", "dword", "multi_sz", "python_value", "qword", "sz"]

RegistryValue: TypeAlias = "str | int | bytes | Sequence[str]"

_texts = frozenset({RegistryType.SZ, RegistryType.EXPAND_SZ})


def python_value(type: RegistryType, data: JsonValue) -> RegistryValue:
    """Text, number, list of texts or bytes; REG_QWORD is a number, as it is."""
    if type in _texts:
        if isinstance(data, str):
            return data
        raise ProtocolError("data", f"a string, as {type} has it", quoted(data))
    if type == RegistryType.DWORD:
        if isinstance(data, int) and not isinstance(data, bool):
            return data
        raise ProtocolError("data", "an integer, as DWORD has it", quoted(data))
    if type == RegistryType.QWORD:
        if isinstance(data, str) and data.isascii() and data.isdecimal():
            return int(data)
        raise ProtocolError("data", "decimal digits in a string, as QWORD has it", quoted(data))
    if type == RegistryType.MULTI_SZ:
        if isinstance(data, list) and all(isinstance(one, str) for one in data):
            return tuple(str(one) for one in data)
        raise ProtocolError("data", "a list of strings, as MULTI_SZ has it", quoted(data))
    try:
        return base64.b64decode(data if isinstance(data, str) else "?", validate=True)
    except binascii.Error:
        raise ProtocolError("data", f"bytes in base64, as {type} has it", quoted(data)) from None


def sz(text: str) -> tuple[RegistryType, JsonValue]:
    """Type and data of a text, for `set`."""
    return RegistryType.SZ, text


def multi_sz(texts: Sequence[str]) -> tuple[RegistryType, JsonValue]:
    """Type and data of a list of texts."""
    return RegistryType.MULTI_SZ, list(texts)


def dword(number: int) -> tuple[RegistryType, JsonValue]:
    """Type and data of a number of 32 bits."""
    return RegistryType.DWORD, number


def qword(number: int) -> tuple[RegistryType, JsonValue]:
    """Type and data of a number of 64 bits."""
    return RegistryType.QWORD, str(number)


def binary(data: bytes) -> tuple[RegistryType, JsonValue]:
    """Type and data of bytes."""
    return RegistryType.BINARY, base64.b64encode(data).decode()
