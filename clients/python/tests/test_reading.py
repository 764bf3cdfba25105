"""Stored records over the ends of connections."""

from __future__ import annotations

import unittest
from typing import Any

from peinit import ConnectionError, aio
from peinit.query import AccessDenied, LogsRequest, Told, read_logs

from .fake_daemon import Wire, daemon, daemon_beside


def stored(id: int) -> dict[str, Any]:
    line = {"kind": "line", "boot_id": "b", "id": id, "service": "s", "origin": "s", "job_id": "j"}
    return {**line, "is_error": False, "timestamp": f"t{id}", "text": "x"}


def part(*entries: dict[str, Any], more: bool, cursor: str | None) -> dict[str, Any]:
    return {"id": 1, "status": "ok", "entries": list(entries), "more": more, "caught_up": not more, "cursor": cursor}


class Reading(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.told: list[str] = []
        self.listener = Told(
            on_lost=lambda _: self.told.append("lost"),
            on_back=lambda: self.told.append("back"),
            on_replaced=lambda: self.told.append("replaced"),
        )

    def says(self, *lines: dict[str, Any]) -> Any:
        def act(wire: Wire) -> None:
            request = wire.request()
            self.asked.append({name: value for name, value in request.items() if name not in ("op", "id")})
            wire.say(*lines)

        return act

    def follows(self) -> tuple[Any, ...]:
        return (
            self.says(part(stored(1), stored(2), more=True, cursor="c2")),
            self.says(part(stored(2), stored(3), more=True, cursor="c3")),
            self.says({"id": 1, "status": "error", "code": "INVALID_CURSOR", "message": "another one"}),
            self.says(part(stored(4), more=False, cursor="d1")),
        )

    def came(self, ids: list[int]) -> None:
        self.assertEqual(ids, [1, 2, 3, 4])
        self.assertEqual(self.told, ["lost", "back", "lost", "replaced", "back"])
        expected: list[dict[str, object]] = [{"most": 9}, {"after": "c2"}, {"after": "c3"}, {"since": "t3"}]
        self.assertEqual(self.asked, [{"follow": True, **members} for members in expected])

    def test_a_reader_that_follows_goes_on_behind_the_last_part(self) -> None:
        with daemon(*self.follows()) as path:
            parts = read_logs(LogsRequest(most=9, follow=True), path=path, told=self.listener)
            ids = [getattr(entry, "id", 0) for part in parts for entry in part.entries]
        self.came(ids)

    async def test_so_does_one_of_asyncio(self) -> None:
        async with daemon_beside(*self.follows()) as path:
            parts = aio.read_logs(LogsRequest(most=9, follow=True), path=path, told=self.listener)
            ids = [getattr(entry, "id", 0) async for part in parts for entry in part.entries]
        self.came(ids)

    def test_what_is_left_of_a_number_is_asked_for(self) -> None:
        first = self.says(part(stored(1), stored(2), more=True, cursor="c2"))
        with daemon(first, self.says(part(stored(3), more=False, cursor="c3"))) as path:
            self.assertEqual(len(list(read_logs(LogsRequest(most=3), path=path))), 2)
        self.assertEqual(self.asked, [{"most": 3}, {"most": 1, "after": "c2"}])

    def test_a_refusal_is_the_end_and_so_is_patience_that_is_over(self) -> None:
        refused = {"id": 1, "status": "error", "code": "ACCESS_DENIED", "message": "no"}
        with daemon(self.says(refused)) as path:
            self.assertRaises(AccessDenied, list, read_logs(LogsRequest(), path=path))
        with daemon(self.says(part(more=True, cursor=None))) as path:
            self.assertRaises(ConnectionError, list, read_logs(LogsRequest(), path=path, patience=0))


if __name__ == "__main__":
    unittest.main()
