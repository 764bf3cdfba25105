"""What the driver does as the main process of a service."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

from peinit.generated.notify import Notification
from peinit.notify import Notifier, stored_descriptors

caught_signals = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM)


class InService:
    """Notifications, the environment, kept descriptors and signals."""

    def __init__(self) -> None:
        self._notifier = Notifier()
        self._caught: list[str] | None = None
        self._told = asyncio.Event()

    def act(self, do: str) -> Callable[[dict[str, Any]], Awaitable[dict[str, Any]]] | None:
        known = {
            "notify": self._notify,
            "environment": self._environment,
            "stored": self._stored,
            "signals": self._signals,
            "exit": self._exit,
        }
        return known.get(do)

    async def _notify(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not self._notifier.is_managed:
            return {"failed": {"kind": "connection", "message": "NOTIFY_SOCKET is not set"}}
        say = self._words(asked)
        if say is None:
            return {"unsupported": f"the library has no {asked['notify']}"}
        say()
        return {"done": True}

    def _words(self, asked: dict[str, Any]) -> Callable[[], bool] | None:
        notifier = self._notifier
        text, name, number = asked.get("text", ""), asked.get("name", ""), asked.get("number", 0)
        seconds = asked.get("usec", 0) / 1_000_000
        timeout = asked.get("timeout_ms", 20_000) / 1000
        known: dict[str, Callable[[], bool]] = {
            "ready": notifier.ready,
            "reloading": notifier.reloading,
            "stopping": notifier.stopping,
            "status": lambda: notifier.status(text),
            "watchdog": notifier.watchdog,
            "watchdog_usec": lambda: notifier.set_watchdog(seconds),
            "extend_timeout": lambda: notifier.extend_timeout(seconds),
            "errno": lambda: notifier.failed(number),
            "exit_status": lambda: notifier.send(Notification(exit_status=number)),
            "mainpid": lambda: notifier.main_pid(number),
            "store": lambda: self._store(text, name),
            "remove": lambda: notifier.remove_stored(name),
            "barrier": lambda: notifier.barrier(timeout),
        }
        return known.get(asked["notify"])

    def _store(self, text: str, name: str) -> bool:
        """A file that has no name any more."""
        with tempfile.TemporaryFile() as file:
            file.write(text.encode())
            file.flush()
            return self._notifier.store([file.fileno()], name)

    async def _environment(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"answer": {name: os.environ.get(name) for name in asked["names"]}}

    async def _stored(self, asked: dict[str, Any]) -> dict[str, Any]:
        kept = stored_descriptors()
        return {"answer": [{"name": name, "text": os.pread(fd, os.fstat(fd).st_size, 0).decode()} for name, fd in kept]}

    async def _signals(self, asked: dict[str, Any]) -> dict[str, Any]:
        caught = self._caught
        if caught is None:
            caught = self._caught = []
            for number in caught_signals:
                asyncio.get_running_loop().add_signal_handler(number, self._signalled, number.name.removeprefix("SIG"))
        deadline = time.monotonic() + asked["timeout_ms"] / 1000
        while len(caught) < asked["count"] and time.monotonic() < deadline:
            self._told.clear()
            try:
                await asyncio.wait_for(self._told.wait(), deadline - time.monotonic())
            except asyncio.TimeoutError:
                break
        return {"answer": list(caught)}

    def _signalled(self, name: str) -> None:
        if self._caught is not None:
            self._caught.append(name)
        self._told.set()

    async def _exit(self, asked: dict[str, Any]) -> dict[str, Any]:
        sys.stdout.flush()
        os._exit(asked["status"])
