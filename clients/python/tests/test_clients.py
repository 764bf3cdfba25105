"""Both faces of the library against a daemon that does what the test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import unittest
from collections.abc import Callable
from typing import Any

from peinit import Cancelled, ConnectionError, ProtocolError, Timeout
from peinit.aio import AsyncControlClient, AsyncQueryClient, AsyncRegistryClient
from peinit.aio import submit as submit_async
from peinit.control import ControlClient, FollowRequest, StopRequest, SubscribeRequest
from peinit.generated.output import Gap, LogEntry, StoredLine
from peinit.jobs import AccessDenied, SubmitRequest, submit
from peinit.query import QueryClient
from peinit.registry import RegistryClient, WatchType
from peinit.wire import UnknownForm

from .fake_daemon import Wire, daemon, daemon_beside

ack: dict[str, Any] = {"status": "ok"}


def stopped(service: str) -> dict[str, Any]:
    return {"status": "ok", "operation_id": "1", "service": service, "state": "inactive", "cause": None, "warnings": []}


def answers(wire: Wire) -> None:
    """Each stop, until the end."""
    while request := wire.request():
        wire.say(stopped(request["service"]))


def turns_away(wire: Wire) -> None:
    """Closes before anything is read."""


def reads_and_ends(seen: list[Any], said: bytes = b"") -> Callable[[Wire], None]:
    """May have done what it was asked."""

    def act(wire: Wire) -> None:
        seen.append(wire.request())
        wire.say(said)

    return act


half_said = (b"", b'{"status":"ok","ser')


class Blocking(unittest.TestCase):
    def test_turned_away_it_asks_again(self) -> None:
        with daemon(turns_away, turns_away, answers) as path, ControlClient(path) as control:
            calls = [control.send(StopRequest(service=name)) for name in "abc"]
            self.assertEqual([call.result().service for call in calls], ["a", "b", "c"])

    def test_without_patience_it_says_so(self) -> None:
        with daemon(turns_away) as path:
            self.assertRaises(ConnectionError, ControlClient(path, patience=0).stop, "a")

    def test_nobody_listens(self) -> None:
        with self.assertRaisesRegex(ConnectionError, "there is no socket"):
            ControlClient("/nowhere/at/all").connect()

    def test_what_may_have_been_read_is_not_sent_twice(self) -> None:
        seen: list[str] = []

        def dies(wire: Wire) -> None:
            wire.say(stopped(wire.request()["service"]))
            seen.append(wire.request()["service"])

        def lives(wire: Wire) -> None:
            while request := wire.request():
                seen.append(request["service"])
                wire.say(stopped(request["service"]))

        with daemon(dies, lives) as path, ControlClient(path) as control:
            self.assertEqual(control.stop("a").service, "a")
            self.assertRaises(ConnectionError, control.stop, "b")
            self.assertEqual(control.stop("c").service, "c")
        self.assertEqual(seen, ["b", "c"])

    def test_what_may_have_been_read_at_once_is_not_sent_twice(self) -> None:
        for said in half_said:
            seen: list[Any] = []
            with daemon(reads_and_ends(seen, said)) as path, ControlClient(path) as control:
                self.assertRaises(ConnectionError, control.stop, "a")
            self.assertEqual(seen, [{"command": "stop", "service": "a"}])

    def test_a_job_that_may_have_been_made_is_not_asked_for_twice(self) -> None:
        for said in half_said:
            seen: list[Any] = []
            with daemon(reads_and_ends(seen, said)) as path:
                self.assertRaises(ConnectionError, submit, SubmitRequest(image_path="/bin/true"), path=path)
            self.assertEqual(seen, [{"image_path": "/bin/true"}])

    def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(self) -> None:
        said = threading.Event()

        def says_too_much(wire: Wire) -> None:
            wire.say(stopped(wire.request()["service"]))
            wire.say(stopped("nobody"))
            said.set()
            self.assertEqual(wire.request(), {})

        with daemon(says_too_much, answers) as path, ControlClient(path) as control:
            self.assertEqual(control.stop("a").service, "a")
            said.wait(60)
            self.assertEqual(control.stop("b").service, "b")

    def test_who_has_no_time_to_be_turned_away_does_not_shift_the_next_ones(self) -> None:
        with daemon(turns_away, answers) as path, ControlClient(path) as control:
            self.assertRaises(Timeout, control.stop, "a", timeout=0.01)
            self.assertEqual(control.stop("b", timeout=30).service, "b")

    def test_what_nobody_can_have_read_is_asked_on_a_new_connection(self) -> None:
        gone = threading.Event()

        def ends(wire: Wire) -> None:
            wire.say(stopped(wire.request()["service"]))
            wire.link.close()
            wire._file.close()
            gone.set()

        with daemon(ends, answers) as path, ControlClient(path) as control:
            self.assertEqual(control.stop("a").service, "a")
            gone.wait(60)
            self.assertEqual(control.stop("b").service, "b")

    def test_a_late_answer_is_dropped(self) -> None:
        late = threading.Event()

        def slow(wire: Wire) -> None:
            first = wire.request()
            second = wire.request()
            late.wait(60)
            wire.say(stopped(first["service"]), stopped(second["service"]))
            answers(wire)

        with daemon(slow) as path, ControlClient(path, timeout=30) as control:
            self.assertRaises(Timeout, control.stop, "a", timeout=0.05)
            given_up = control.send(StopRequest(service="b"))
            given_up.cancel()
            late.set()
            self.assertEqual(control.stop("c").service, "c")
            self.assertRaises(Cancelled, given_up.result)

    def test_more_requests_than_the_socket_holds(self) -> None:
        with daemon(answers) as path, ControlClient(path) as control:
            names = [f"{index}{'x' * 200}" for index in range(5000)]
            calls = [control.send(StopRequest(service=name)) for name in names]
            self.assertEqual([call.result().service for call in calls], names)

    def test_a_stream_has_its_own_connection_and_ends_with_it(self) -> None:
        def streams(wire: Wire) -> None:
            self.assertEqual(wire.request(), {"command": "subscribe", "follow": False})
            wire.say(ack, {"kind": "lagged"}, {"kind": "rumour", "who": "knows"})
            wire.say({"kind": "event", "id": 1, "event": "new.kind", "timestamp": "t", "payload": {"a": 1}})

        with daemon(streams) as path, ControlClient(path).stream(SubscribeRequest(follow=False)) as lines:
            told = [line.encode() for line in lines]
        self.assertEqual(
            told,
            [
                {"kind": "lagged"},
                {"kind": "rumour"},
                {"kind": "event", "id": 1, "event": "new.kind", "timestamp": "t", "payload": {"a": 1}},
            ],
        )

    def test_a_stream_that_breaks_off_within_a_line_is_an_error(self) -> None:
        def breaks(wire: Wire) -> None:
            wire.request()
            wire.say(ack, b'{"kind":')

        with daemon(breaks) as path:
            lines = ControlClient(path).stream(FollowRequest())
            self.assertRaises(ConnectionError, lines.take, 30)

    def test_parts_until_the_last_one_and_forms_that_are_new(self) -> None:
        def stores(wire: Wire) -> None:
            self.assertEqual(wire.request(), {"op": "logs", "id": 1, "most": 3})
            stored = {
                "boot_id": "b",
                "id": 1,
                "service": None,
                "origin": "o",
                "job_id": "j",
                "is_error": False,
                "timestamp": "t",
                "text": "x",
            }
            gap = {"boot_id": "b", "from": 2, "to": 3, "count": 2}
            wire.say({"id": 1, "status": "ok", "entries": [{"kind": "line", **stored}], "more": True, "caught_up": False, "cursor": "c"})
            rest = [{"kind": "gap", **gap}, {"kind": "hole", "deep": 7}]
            wire.say({"id": 1, "status": "ok", "entries": rest, "more": False, "caught_up": True, "cursor": None})
            wire.request()

        with daemon(stores) as path:
            entries: list[LogEntry] = [entry for part in QueryClient(path).logs(most=3) for entry in part.entries]
        self.assertEqual([type(entry) for entry in entries], [StoredLine, Gap, UnknownForm])
        self.assertEqual(entries[2], UnknownForm("hole", {"kind": "hole", "deep": 7}))

    def test_parts_that_break_off_are_an_error(self) -> None:
        def breaks(wire: Wire) -> None:
            wire.request()
            wire.say({"id": 1, "status": "ok", "entries": [], "more": True, "caught_up": False, "cursor": None})

        with daemon(breaks) as path:
            parts = QueryClient(path).logs()
            self.assertIsNotNone(parts.take(30))
            self.assertRaises(ConnectionError, parts.take, 30)

    def test_a_job_and_a_job_that_is_refused(self) -> None:
        def runs(wire: Wire) -> None:
            self.assertEqual(wire.request(), {"image_path": "/bin/true"})
            wire.say({"status": "ok", "job_id": "7"}, {"kind": "started", "pid": 1, "at": "t"})
            wire.say({"kind": "ended", "final_state": "completed", "lost": 0})
            wire.request()

        def refuses(wire: Wire) -> None:
            wire.request()
            wire.say({"status": "error", "code": "ACCESS_DENIED", "message": "no"})

        with daemon(turns_away, runs, refuses) as path:
            with submit(SubmitRequest(image_path="/bin/true"), path=path, timeout=30) as job:
                self.assertEqual((job.id, [line.kind for line in job]), ("7", ["started", "ended"]))
            self.assertRaises(AccessDenied, submit, SubmitRequest(image_path="/bin/true"), path=path)

    def test_a_stream_that_is_not_acknowledged_is_late(self) -> None:
        def says_nothing(wire: Wire) -> None:
            wire.request()
            wire.request()

        with daemon(says_nothing, says_nothing) as path:
            self.assertRaises(Timeout, submit, SubmitRequest(image_path="/bin/true"), path=path, timeout=0.05)
            self.assertRaises(Timeout, ControlClient(path).follow, timeout=0.05)

    def test_a_watch_that_nobody_reads_is_bounded(self) -> None:
        def floods(wire: Wire) -> None:
            wire.say({"id": wire.request()["id"], "status": "ok", "watch": 1})
            request = wire.request()
            event = {"watch": 1, "type": "value_set", "path": "a", "name": "x", "more": False}
            wire.say(*[event] * 5000, {"id": request["id"], "status": "ok", "names": []}, {**event, "name": "last"})
            wire.say({"id": wire.request()["id"], "status": "ok"})
            wire.request()

        with daemon(floods) as path, RegistryClient(path) as registry:
            watch = registry.watch_key("a")
            self.assertEqual(registry.enum("a").names, ())
            batch = watch.take(30)
            self.assertEqual([event.type for event in batch or ()], [WatchType.OVERFLOW])
            watch.leave()

    def test_the_registry_does_not_go_on_with_numbers_of_another_connection(self) -> None:
        def once(wire: Wire) -> None:
            wire.say({"id": wire.request()["id"], "status": "ok", "handle": 1, "granted": 1})

        with daemon(once) as path, RegistryClient(path) as registry:
            self.assertEqual(registry.open("a").handle, 1)
            for _ in range(2):
                self.assertRaises(ConnectionError, registry.enum, "", handle=1)


class Asyncio(unittest.IsolatedAsyncioTestCase):
    async def test_turned_away_it_asks_again(self) -> None:
        async with daemon_beside(turns_away, turns_away, answers) as path:
            async with AsyncControlClient(path) as control:
                told = await asyncio.gather(*[control.stop(name) for name in "abc"])
            self.assertEqual([answer.service for answer in told], ["a", "b", "c"])

    async def test_without_patience_it_says_so(self) -> None:
        async with daemon_beside(turns_away) as path:
            with self.assertRaises(ConnectionError):
                async with AsyncControlClient(path, patience=0) as control:
                    await control.stop("a")

    async def test_what_may_have_been_read_is_not_sent_twice(self) -> None:
        seen: list[str] = []

        def dies(wire: Wire) -> None:
            wire.say(stopped(wire.request()["service"]))
            seen.append(wire.request()["service"])

        async with daemon_beside(dies, answers) as path:
            async with AsyncControlClient(path) as control:
                self.assertEqual((await control.stop("a")).service, "a")
                with self.assertRaises(ConnectionError):
                    await control.stop("b")
                self.assertEqual((await control.stop("c")).service, "c")
        self.assertEqual(seen, ["b"])

    async def test_what_may_have_been_read_at_once_is_not_sent_twice(self) -> None:
        for said in half_said:
            seen: list[Any] = []
            async with daemon_beside(reads_and_ends(seen, said)) as path, AsyncControlClient(path) as control:
                with self.assertRaises(ConnectionError):
                    await control.stop("a")
            self.assertEqual(seen, [{"command": "stop", "service": "a"}])

    async def test_a_job_that_may_have_been_made_is_not_asked_for_twice(self) -> None:
        for said in half_said:
            seen: list[Any] = []
            async with daemon_beside(reads_and_ends(seen, said)) as path:
                with self.assertRaises(ConnectionError):
                    await submit_async(SubmitRequest(image_path="/bin/true"), path=path)
            self.assertEqual(seen, [{"image_path": "/bin/true"}])

    async def test_late_and_cancelled_calls_do_not_shift_the_next_ones(self) -> None:
        late = threading.Event()

        def slow(wire: Wire) -> None:
            asked = [wire.request() for _ in range(3)]
            late.wait(60)
            wire.say(*[stopped(request["service"]) for request in asked])
            answers(wire)

        async with daemon_beside(slow) as path:
            async with AsyncControlClient(path, timeout=30) as control:
                with self.assertRaises(Timeout):
                    await control.stop("a", timeout=0.05)
                given_up = await control.send(StopRequest(service="b"))
                given_up.cancel()
                task = asyncio.create_task(control.stop("c"))
                await asyncio.sleep(0)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                late.set()
                self.assertEqual((await control.stop("d")).service, "d")
                with self.assertRaises(Cancelled):
                    await given_up.result()

    async def test_a_stream_that_nobody_takes_makes_the_daemon_wait(self) -> None:
        written: list[int] = []
        full = threading.Event()

        def floods(wire: Wire) -> None:
            wire.request()
            wire.say(ack)
            line = json.dumps({"kind": "output", "lines": ["x" * 1000]}).encode() + b"\n"
            wire.link.settimeout(2)
            with contextlib.suppress(TimeoutError, BrokenPipeError):
                while sum(written) < 50_000_000:
                    written.append(wire.link.send(line))
            full.set()

        async with daemon_beside(floods) as path:
            lines = await AsyncControlClient(path).follow()
            self.assertTrue(await asyncio.get_running_loop().run_in_executor(None, full.wait, 60))
            self.assertLess(sum(written), 50_000_000)
            lines.leave()

    async def test_jobs_parts_and_watches(self) -> None:
        def runs(wire: Wire) -> None:
            wire.request()
            wire.say({"status": "ok", "job_id": "7"}, {"kind": "ended", "final_state": "completed"})
            wire.request()

        def stores(wire: Wire) -> None:
            wire.request()
            wire.say({"id": 1, "status": "ok", "entries": [], "more": False, "caught_up": True, "cursor": None})
            wire.request()

        def watches(wire: Wire) -> None:
            event = {"watch": 1, "type": "value_set", "path": "a", "name": "x", "more": False}
            wire.say({"id": wire.request()["id"], "status": "ok", "watch": 1}, {**event, "more": True}, event)

        async with daemon_beside(runs, stores, watches) as path:
            async with await submit_async(SubmitRequest(image_path="/bin/true"), path=path) as job:
                self.assertEqual([line.kind async for line in job], ["ended"])
            parts = [part.caught_up async for part in await AsyncQueryClient(path).logs()]
            self.assertEqual(parts, [True])
            async with AsyncRegistryClient(path) as registry:
                watch = await registry.watch_key("a")
                self.assertEqual(len(await watch.take(30) or ()), 2)
                with self.assertRaises(ConnectionError):
                    await watch.take(30)

    async def test_what_is_no_line_of_the_protocol_ends_everything(self) -> None:
        def talks(wire: Wire) -> None:
            wire.request()
            wire.say(b"HTTP/1.1 400 Bad Request\r\n")
            wire.request()

        async with daemon_beside(talks) as path:
            async with AsyncControlClient(path) as control:
                with self.assertRaises(ProtocolError):
                    await control.stop("a")


if __name__ == "__main__":
    unittest.main()
