"""A daemon of a test: a thread that does what the test says with each connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

Connection = socket.socket
Act = Callable[["Wire"], None]


class Wire:
    """One connection from the daemon's side."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self._file = link.makefile("rb")

    def request(self) -> dict[str, Any]:
        """The next request; {} at the end."""
        line = self._file.readline()
        whole: dict[str, Any] = json.loads(line) if line else {}
        return whole

    def say(self, *lines: dict[str, Any] | bytes) -> None:
        self.link.sendall(b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines))


@contextlib.contextmanager
def daemon(*acts: Act) -> Iterator[str]:
    """The path of its socket. Each connection gets the next act, and is closed behind it."""
    problems: list[BaseException] = []
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listener:
        path = str(Path(directory) / "socket")
        listener.bind(path)
        listener.listen()
        listener.settimeout(60)

        def serve() -> None:
            try:
                for act in acts:
                    link, _ = listener.accept()
                    with link:
                        link.settimeout(60)
                        act(Wire(link))
            except BaseException as problem:
                problems.append(problem)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path
        thread.join(60)
        assert not problems, problems
        assert not thread.is_alive(), "the daemon was not asked everything"


@contextlib.asynccontextmanager
async def daemon_beside(*acts: Act) -> AsyncIterator[str]:
    """The same beside the tasks of a test, which go on while it is waited for."""
    running = daemon(*acts)
    path = running.__enter__()
    try:
        yield path
    finally:
        await asyncio.get_running_loop().run_in_executor(None, running.__exit__, None, None, None)
