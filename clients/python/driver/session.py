"""What each request to the driver does."""

from __future__ import annotations

import time
from typing import Any

from peinit import Cancelled, ConnectionError, PeinitError, ProtocolError, Refused, Timeout
from peinit.generated.output import encode_event_entry, encode_log_entry

from .faces import Face, Lines, requests
from .in_service import InService

Reply = dict[str, Any]


class Unsupported(Exception):
    """The library cannot say it."""


kinds = ((Timeout, "timeout"), (Cancelled, "cancelled"), (ProtocolError, "protocol"), (ConnectionError, "connection"))


def reply_of(error: PeinitError) -> Reply:
    if isinstance(error, Refused):
        return {"error": {"code": error.code, "message": error.message}}
    return {"failed": {"kind": next(name for kind, name in kinds if isinstance(error, kind)), "message": str(error)}}


def one(line: Any) -> list[Any]:
    return [line.encode()]


def batch(events: Any) -> list[Any]:
    return [event.encode() for event in events]


def entries(part: Any) -> list[Any]:
    encode: Any = encode_log_entry if type(part).__name__.startswith("Logs") else encode_event_entry
    return [encode(entry) for entry in part.entries]


class Session:
    """Connections, calls and streams by their names."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._kinds: dict[str, str] = {}
        self._clients: dict[str, Any] = {}
        self._calls: dict[str, Any] = {}
        self._streams: dict[str, Lines] = {}
        self._in_service = InService()

    async def reply(self, asked: dict[str, Any]) -> Reply:
        try:
            act = getattr(self, f"_{asked['do']}", None) or self._in_service.act(asked["do"])
            if act is None:
                raise Unsupported(f"{asked['do']} is for lines as they are, which the library has none of")
            reply: Reply = await act(asked)
            return reply
        except Unsupported as error:
            return {"unsupported": str(error)}
        except PeinitError as error:
            return reply_of(error)
        except KeyError as error:
            return {"failed": {"kind": "protocol", "message": f"there is no {error}"}}

    def _request(self, kind: str, asked: dict[str, Any], command: str) -> Any:
        """What the library makes of the members; what it would change or leave out it cannot say."""
        read = requests[kind].get(command)
        if read is None:
            raise Unsupported(f"{command} is no command of the library")
        try:
            request = read(asked["members"])
        except ProtocolError as error:
            raise Unsupported(f"{command}: {error}") from None
        if request.encode() != asked["members"]:
            raise Unsupported(f"{command} has other members in the library")
        return request

    async def _open(self, asked: dict[str, Any]) -> Reply:
        name = asked["connection"]
        if name in self._clients:
            await self._face.close(self._clients[name])
        if asked["socket"] == "jobs":
            raise Unsupported("the library connects to the jobs socket with each job")
        self._clients[name] = await self._face.open(asked["socket"], asked["path"])
        self._kinds[name] = asked["socket"]
        return {"done": True}

    async def _close(self, asked: dict[str, Any]) -> Reply:
        client = self._clients.pop(asked["connection"], None)
        if client is not None:
            await self._face.close(client)
        return {"done": True}

    async def _call(self, asked: dict[str, Any]) -> Reply:
        name = asked["connection"]
        request = self._request(self._kinds[name], asked, asked["command"])
        if hasattr(request, "opening"):
            raise Unsupported(f"{asked['command']} is a stream in the library")
        timeout = asked.get("timeout_ms")
        self._calls[asked["call"]] = await self._face.send(self._clients[name], request, None if timeout is None else timeout / 1000)
        return {"done": True}

    async def _answer(self, asked: dict[str, Any]) -> Reply:
        answer = await self._face.result(self._calls.pop(asked["call"]))
        return {"answer": answer.encode()}

    async def _cancel(self, asked: dict[str, Any]) -> Reply:
        self._calls[asked["call"]].cancel()
        return {"done": True}

    async def _stream(self, asked: dict[str, Any]) -> Reply:
        name = asked["connection"]
        kind = self._kinds[name]
        request = self._request(kind, asked, asked["command"])
        if getattr(request, "subscribes", False):
            watch = await self._face.watch(self._clients[name], request)
            self._streams[asked["stream"]] = Lines(self._face, watch, batch)
            return {"answer": {"watch": watch.number}}
        if not hasattr(request, "opening"):
            raise Unsupported(f"{asked['command']} is no stream in the library")
        stream = await self._face.stream(self._clients[name], request)
        lines = Lines(self._face, stream, entries if kind == "query" else one)
        if not request.opens:
            await lines.fill(None)
        self._streams[asked["stream"]] = lines
        return {"answer": {}}

    async def _submit(self, asked: dict[str, Any]) -> Reply:
        job = await self._face.submit(asked["path"], self._request("jobs", asked, "submit"))
        self._streams[asked["stream"]] = Lines(self._face, job, one)
        return {"answer": {"job_id": job.id}}

    async def _take(self, asked: dict[str, Any]) -> Reply:
        lines = self._streams[asked["stream"]]
        deadline = time.monotonic() + asked["timeout_ms"] / 1000
        taken: list[Any] = []
        while len(taken) < asked["count"] and not lines.has_ended:
            try:
                await lines.fill(max(0.0, deadline - time.monotonic()))
            except Timeout:
                break
            line = lines.take()
            if line is not None:
                taken.append(line)
        return {"lines": taken, "ended": lines.has_ended}

    async def _leave(self, asked: dict[str, Any]) -> Reply:
        await self._streams.pop(asked["stream"]).leave()
        return {"done": True}
