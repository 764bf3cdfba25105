"""Lines to answers, without any I/O."""

from __future__ import annotations

import json
import unittest
from typing import Any

from peinit import Cancelled, ProtocolError
from peinit.control import CONTROL, ControlError, State, StatusRequest, StopRequest, StopResponse, UnknownService, WhoamiRequest
from peinit.conversation import Conversation
from peinit.registry import REGISTRY, Enoent, QueryRequest, ReadTreeRequest, RegistryError, WatchRequest

limit = 1 << 20


def line(**members: Any) -> bytes:
    return json.dumps(members).encode() + b"\n"


def stopped(service: str, **more: Any) -> bytes:
    return line(status="ok", operation_id="1", service=service, state="inactive", cause=None, warnings=[], **more)


class Ordered(unittest.TestCase):
    def setUp(self) -> None:
        self.conversation = Conversation(CONTROL, limit)

    def test_answers_come_in_the_order_of_their_requests_byte_by_byte(self) -> None:
        first = self.conversation.ask(StopRequest(service="a"))
        second = self.conversation.ask(StatusRequest(service="b"))
        third = self.conversation.ask(StopRequest(service="c", wait=True))
        self.assertEqual(json.loads(third.line), {"command": "stop", "service": "c", "wait": True})
        whole = stopped("a") + line(status="error", code="UNKNOWN_SERVICE", message="no b") + stopped("c", newer=[1])
        for index in range(len(whole)):
            self.conversation.receive(whole[index : index + 1])
        self.assertEqual(
            first.result(),
            StopResponse(operation_id="1", service="a", state=State.INACTIVE, cause=None, warnings=()),
        )
        with self.assertRaises(UnknownService) as refused:
            second.result()
        self.assertEqual((refused.exception.code, refused.exception.message), ("UNKNOWN_SERVICE", "no b"))
        self.assertEqual(third.result().service, "c")
        self.assertTrue(self.conversation.is_idle)

    def test_an_answer_that_nobody_waits_for_does_not_shift_the_next_ones(self) -> None:
        first, second = (self.conversation.ask(StopRequest(service=name)) for name in "ab")
        self.conversation.give_up(first)
        self.conversation.receive(stopped("a") + stopped("b"))
        self.assertEqual(second.result().service, "b")
        self.assertRaises(Cancelled, first.result)

    def test_words_of_a_newer_daemon_are_kept(self) -> None:
        waiting = self.conversation.ask(StopRequest(service="a"))
        self.conversation.receive(stopped("a").replace(b"inactive", b"hibernating"))
        state = waiting.result().state
        self.assertEqual((state, isinstance(state, State), state is not None and state.is_known), ("hibernating", True, False))
        self.assertEqual(waiting.result().encode()["state"], "hibernating")

    def test_a_refusal_with_a_newer_code_is_told(self) -> None:
        waiting = self.conversation.ask(WhoamiRequest())
        self.conversation.receive(line(status="error", code="TOO_LATE", message="come earlier"))
        with self.assertRaises(ControlError) as refused:
            waiting.result()
        self.assertEqual((type(refused.exception), refused.exception.code), (ControlError, "TOO_LATE"))

    def test_what_is_wrong_with_an_answer_is_named_and_ends_nothing_else(self) -> None:
        cases = [
            (stopped("a").replace(b'"operation_id": "1", ', b'"operation_id": 1, '), "operation_id", "a string", "1"),
            (stopped("a").replace(b'"warnings": []', b'"warnings": ["x", 7]'), "warnings[1]", "a string", "7"),
            (stopped("a").replace(b'"warnings": []', b'"other": []'), "warnings", "there", "missing"),
            (stopped("a").replace(b'"service": "a"', b'"service": null'), "service", "a string", "null"),
        ]
        for answer, member, expected, received in cases:
            waiting = self.conversation.ask(StopRequest(service="a"))
            behind = self.conversation.ask(StopRequest(service="b"))
            self.conversation.receive(answer + stopped("b"))
            with self.assertRaises(ProtocolError) as wrong:
                waiting.result()
            told = wrong.exception
            self.assertEqual((told.member, told.expected, told.received), (member, expected, received))
            self.assertEqual(behind.result().service, "b")

    def test_what_is_no_line_of_the_protocol_ends_the_conversation(self) -> None:
        for wrong in (
            b"nonsense\n",
            b"[1]\n",
            b'{"status":"ok","service":NaN}\n',
            b'{"status":"fine"}\n',
            b"\xff{}\n",
            b"[" * 100_000 + b"\n",
            b"1" * 5000 + b"\n",
            b'{"status":"ok","service":"\\uD800"}\n',
        ):
            conversation = Conversation(CONTROL, limit)
            waiting = conversation.ask(WhoamiRequest())
            conversation.receive(wrong)
            self.assertRaises(ProtocolError, waiting.result)
            self.assertIsInstance(conversation.failure, ProtocolError)

    def test_an_answer_that_nobody_asked_for_ends_it(self) -> None:
        self.conversation.receive(stopped("a"))
        self.assertIsInstance(self.conversation.failure, ProtocolError)

    def test_a_line_without_an_end_takes_no_endless_memory(self) -> None:
        conversation = Conversation(CONTROL, 1000)
        waiting = conversation.ask(WhoamiRequest())
        for _ in range(11):
            conversation.receive(b"x" * 100)
        self.assertRaises(ProtocolError, waiting.result)


class Related(unittest.TestCase):
    def setUp(self) -> None:
        self.subscribed: list[object] = []
        self.pushed: list[tuple[int, object]] = []
        self.conversation = Conversation(
            REGISTRY, limit, RegistryError.EBUSY, self.subscribed.append, lambda number, told: self.pushed.append((number, told["name"]))
        )

    def test_answers_may_overtake_each_other(self) -> None:
        first, second = (self.conversation.ask(QueryRequest(path="a", name=name)) for name in "xy")
        self.assertEqual(json.loads(second.line), {"op": "query", "id": 2, "path": "a", "name": "y"})
        self.conversation.receive(line(id=2, status="ok", type="QWORD", data="18446744073709551615", sequence=3))
        self.conversation.receive(line(id=1, error="ENOENT", message="no x"))
        self.assertEqual(second.result().data, "18446744073709551615")
        self.assertRaises(Enoent, first.result)

    def test_an_answer_in_parts_is_one(self) -> None:
        def node(path: str, *names: str) -> dict[str, Any]:
            return {"path": path, "values": [{"name": name, "type": "SZ", "data": ""} for name in names]}

        waiting = self.conversation.ask(ReadTreeRequest(path="a"))
        self.conversation.receive(line(id=1, status="ok", nodes=[node("", "1"), node("b", "2")], more=True))
        self.assertFalse(waiting.is_done)
        self.conversation.receive(line(id=1, status="ok", nodes=[node("b", "3"), node("c")], more=False))
        tree = [(node.path, [value.name for value in node.values]) for node in waiting.result().nodes]
        self.assertEqual(tree, [("", ["1"]), ("b", ["2", "3"]), ("c", [])])

    def test_what_follows_a_watch_in_the_same_piece_is_expected(self) -> None:
        self.conversation.ask(WatchRequest(path="a"))
        event = line(watch=7, type="value_set", path="a", name="x", more=False)
        self.conversation.receive(line(id=1, status="ok", watch=7) + event)
        self.assertEqual((len(self.subscribed), self.pushed), (1, [(7, "x")]))

    def test_an_answer_that_comes_too_late_is_passed_over(self) -> None:
        waiting = self.conversation.ask(QueryRequest(path="a", name="x"))
        self.conversation.give_up(waiting)
        self.conversation.receive(line(id=1, error="ENOENT", message="no x") * 2)
        self.assertIsNone(self.conversation.failure)

    def test_an_id_that_nobody_gave_ends_it(self) -> None:
        self.conversation.receive(line(id=1, error="ENOENT", message="no x"))
        self.assertIsInstance(self.conversation.failure, ProtocolError)

    def test_no_place_before_anything_was_read_is_told_apart(self) -> None:
        waiting = self.conversation.ask(QueryRequest(path="a", name="x"))
        self.conversation.receive(line(id=0, error="EBUSY", message="no place"))
        self.assertEqual((self.conversation.is_turned_away, waiting.is_done), (True, False))
        self.assertEqual(self.conversation.unanswered(), waiting.line)


if __name__ == "__main__":
    unittest.main()
