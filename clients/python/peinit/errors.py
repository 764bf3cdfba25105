"""What may go wrong, whatever the socket. Refusals of a daemon have a class per code, printed from the schema beside its messages."""

from __future__ import annotations


class PeinitError(Exception):
    """Everything that this library raises on purpose."""


class ConnectionError(PeinitError):
    """The connection could not be made, turned us away, or ended before the answer came."""


class Timeout(PeinitError):
    """The answer did not come in time. What was asked may still happen; the answer is dropped when it comes."""


class Cancelled(PeinitError):
    """The caller gave the call up. What was asked may still happen; the answer is dropped when it comes."""


class ProtocolError(PeinitError):
    """What came is not what the schema says: `member` (a path such as `output[3].at`), what was expected and what came instead."""

    def __init__(self, member: str, expected: str, received: str) -> None:
        super().__init__(member, expected, received)
        self.member = member
        self.expected = expected
        self.received = received

    def __str__(self) -> str:
        return f"{self.member or 'the line'} must be {self.expected}, and is {self.received}"

    def inside(self, place: str) -> ProtocolError:
        """The same, told from one level further out; `place` is a member, or `[3]`."""
        gap = "" if self.member == "" or self.member.startswith("[") else "."
        return ProtocolError(f"{place}{gap}{self.member}", self.expected, self.received)


class Refused(PeinitError):
    """A daemon refused a request: `code` is stable, `message` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
