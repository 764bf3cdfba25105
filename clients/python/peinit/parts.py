"""Answers that come as several lines, put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Element = TypeVar("Element")


def joined_lists(
    lists: Sequence[Sequence[Element]],
    key: Callable[[Element], str],
    merge: Callable[[Element, Element], Element],
) -> list[Element]:
    """All elements in their order; the first one of a list may continue the last one before it, which then has the same key."""
    whole: list[Element] = []
    for one in lists:
        for index, element in enumerate(one):
            if index == 0 and whole and key(whole[-1]) == key(element):
                whole[-1] = merge(whole[-1], element)
            else:
                whole.append(element)
    return whole
