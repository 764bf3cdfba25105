"""JSON to typed values and back: what the printed modules are made of. Members that are not declared are passed over."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, TypeAlias, TypeVar, Union, cast

from .errors import ProtocolError

JsonValue: TypeAlias = Union[bool, int, float, str, Sequence["JsonValue"], Mapping[str, "JsonValue"], None]
JsonObject: TypeAlias = Mapping[str, JsonValue]

Value = TypeVar("Value")
Enum = TypeVar("Enum", bound="OpenEnum")

_longest_quote = 60


def quoted(value: object) -> str:
    """A value of a line in a few words, for messages."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _longest_quote else f"{text[:_longest_quote]}..."


class OpenEnum(str):
    """
    A word of the protocol: a `str` whose known values are constants of its class. A word that is not among them, of a newer daemon, is kept
    as it is.
    """

    __slots__ = ()

    _known: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        cls._known = {}
        for name, declared in list(vars(cls).items()):
            if isinstance(declared, Word):
                word = cls(declared.text)
                cls._known[declared.text] = word
                setattr(cls, name, word)

    @property
    def is_known(self) -> bool:
        """This version of the library knows it."""
        return str(self) in self._known

    @classmethod
    def words(cls: type[Enum]) -> Sequence[Enum]:
        """All that are known, in the order of the schema."""
        return tuple(cls._known.values())

    @classmethod
    def decode(cls: type[Enum], value: object) -> Enum:
        """Reads it from JSON."""
        if type(value) is not str:
            raise ProtocolError("", "a string", quoted(value))
        known: Enum | None = cls._known.get(value)
        return cls(value) if known is None else known

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class Word:
    """Declares a constant of an OpenEnum, which takes its place."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __get__(self, instance: object, owner: type[Enum]) -> Enum:
        raise AttributeError("a word is declared in a subclass of OpenEnum")


@dataclass(frozen=True)
class UnknownForm:
    """A form of a union that this version of the library does not know, as it came."""

    kind: str
    """What it says that it is."""
    members: JsonObject
    """All of its members, that one included."""


def as_string(value: object) -> str:
    if type(value) is not str:
        raise ProtocolError("", "a string", quoted(value))
    return value


def as_boolean(value: object) -> bool:
    if type(value) is not bool:
        raise ProtocolError("", "true or false", quoted(value))
    return value


def integer_within(least: int, most: int) -> Callable[[object], int]:
    def convert(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ProtocolError("", f"an integer from {least} to {most}", quoted(value))
        return value

    return convert


def as_decimal(value: object) -> int:
    """A number that is written as text, since not every reader of JSON holds it exactly."""
    if type(value) is str and value.isdecimal() and value.isascii() and int(value) < 1 << 64:
        return int(value)
    raise ProtocolError("", "an integer with 64 bits in decimal digits as a string", quoted(value))


def as_json(value: object) -> JsonValue:
    return cast(JsonValue, value)


def members(value: object) -> JsonObject:
    if type(value) is not dict:
        raise ProtocolError("", "an object", quoted(value))
    return value


def text_of(whole: JsonObject, name: str) -> str | None:
    """A member that tells how another one is read; what is wrong with it is told with itself."""
    value = whole.get(name)
    return value if type(value) is str else None


def or_null(convert: Callable[[object], Value]) -> Callable[[object], Value | None]:
    """For elements of a list that may be null."""
    return lambda value: None if value is None else convert(value)


def required(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Value:
    """A member that is always there."""
    try:
        value = whole[name]
    except KeyError:
        raise ProtocolError(name, "there", "missing") from None
    try:
        return convert(value)
    except ProtocolError as error:
        raise error.inside(name) from None


def nullable(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Value | None:
    """A member that is always there, and may be null."""
    try:
        value = whole[name]
    except KeyError:
        raise ProtocolError(name, "there", "missing") from None
    if value is None:
        return None
    try:
        return convert(value)
    except ProtocolError as error:
        raise error.inside(name) from None


_missing = object()


def wrong(whole: JsonObject, name: str, expected: str) -> NoReturn:
    """A member that is missing or of another type."""
    if name not in whole:
        raise ProtocolError(name, "there", "missing")
    raise ProtocolError(name, expected, quoted(whole[name]))


def required_word(whole: JsonObject, name: str, words: type[Enum]) -> Enum:
    value = whole.get(name)
    if type(value) is not str:
        wrong(whole, name, "a string")
    known: Enum | None = words._known.get(value)
    return words(value) if known is None else known


def nullable_word(whole: JsonObject, name: str, words: type[Enum]) -> Enum | None:
    value = whole.get(name, _missing)
    if value is None:
        return None
    if type(value) is not str:
        wrong(whole, name, "a string or null")
    known: Enum | None = words._known.get(value)
    return words(value) if known is None else known


def optional(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Value | None:
    """A member that may be missing, but is not null."""
    return required(whole, name, convert) if name in whole else None


def lenient(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Value | None:
    """A member that may be missing or null."""
    return nullable(whole, name, convert) if name in whole else None


def _list(value: object, convert: Callable[[object], Value]) -> Sequence[Value]:
    if type(value) is not list:
        raise ProtocolError("", "a list", quoted(value))
    if not value:
        return ()
    try:
        return tuple([convert(element) for element in value])
    except ProtocolError:
        return tuple(_told(convert, element, index) for index, element in enumerate(value))


def required_list(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Sequence[Value]:
    try:
        return _list(whole[name], convert)
    except KeyError:
        raise ProtocolError(name, "there", "missing") from None
    except ProtocolError as error:
        raise error.inside(name) from None


def nullable_list(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Sequence[Value] | None:
    return None if whole.get(name, _missing) is None else required_list(whole, name, convert)


def optional_list(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Sequence[Value] | None:
    return required_list(whole, name, convert) if name in whole else None


def lenient_list(whole: JsonObject, name: str, convert: Callable[[object], Value]) -> Sequence[Value] | None:
    return nullable_list(whole, name, convert) if name in whole else None


def _told(convert: Callable[[object], Value], element: object, index: int) -> Value:
    """Once more, to say which one it was."""
    try:
        return convert(element)
    except ProtocolError as error:
        raise error.inside(f"[{index}]") from None


def elements(values: Sequence[Value]) -> list[Value]:
    """The elements of a list to be written. A text alone is no list of texts, whatever its type says."""
    if isinstance(values, str):
        raise TypeError(f"{values!r} must stand in a list")
    return list(values)
