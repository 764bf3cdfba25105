"""Texts of notifications."""

from __future__ import annotations


def one_line(text: str) -> str:
    """A newline would begin another key."""
    return text.replace("\n", " ")
