"""The golden lines of the schema: what is read from each is written again as it was."""

from __future__ import annotations

import json
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from peinit import Refused
from peinit.calls import Endpoint
from peinit.control import CONTROL, CONTROL_REQUESTS
from peinit.generated.events import encode_payload, payload_decoder
from peinit.generated.jobs import JOBS, JOBS_REQUESTS
from peinit.generated.output import QUERY, QUERY_REQUESTS
from peinit.generated.registry import REGISTRY, REGISTRY_REQUESTS, WatchEvent, WatchRequest

golden = Path(__file__).resolve().parents[3] / "gen" / "golden"

sockets: dict[str, tuple[Endpoint, Any]] = {
    "control": (CONTROL, CONTROL_REQUESTS),
    "registry": (REGISTRY, REGISTRY_REQUESTS),
    "output": (QUERY, QUERY_REQUESTS),
    "jobs": (JOBS, JOBS_REQUESTS),
}


def lines(folder: str) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Command (or event), what it is, and the examples."""
    for path in sorted((golden / folder).glob("*.jsonl")):
        name, _, what = path.name.removesuffix(".jsonl").rpartition(".")
        yield (name, what, [json.loads(line) for line in path.read_text().splitlines()])


def without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    """What a request leaves out where it is null, which is the same to the daemon."""
    return {name: value for name, value in members.items() if value is not None}


class Golden(unittest.TestCase):
    def reader(self, requests: Any, name: str, what: str) -> Callable[[Any], Any] | None:
        """How a line of that kind is read; None: a refusal, or of the link that is between daemons."""
        if what == "request":
            request: Callable[[Any], Any] = requests[name]
            return request
        asked = {command: read.__self__ for command, read in requests.items()}.get(name)
        if asked is None:
            return None
        if what == "answer":
            answer: Callable[[Any], Any] = asked.answer if hasattr(asked, "answer") else asked.opening if asked.opens else asked.line
            return answer
        read: Callable[[Any], Any] = WatchEvent.decode if asked is WatchRequest else asked.line
        return read

    def test_each_line_of_a_socket_is_what_it_was(self) -> None:
        seen = 0
        for folder, (endpoint, requests) in sockets.items():
            framing = {endpoint.discriminator, endpoint.correlation, endpoint.outcome}
            for name, what, examples in lines(folder):
                for example in examples:
                    with self.subTest(folder=folder, name=name, what=what):
                        read = self.reader(requests, name, what)
                        if read is None:
                            self.assertIn(name, ("", "log"))
                            continue
                        members = {member: value for member, value in example.items() if member not in framing}
                        value = read(example if what == "answer" else members)
                        seen += 1
                        if value is None:
                            self.assertEqual(members, {})
                        elif what == "request":
                            self.assertEqual(without_nulls(value.encode()), without_nulls(members))
                        else:
                            self.assertEqual(value.encode(), members)
        self.assertGreater(seen, 100)

    def test_each_refusal_has_a_class_of_its_own(self) -> None:
        for folder, (endpoint, _) in sockets.items():
            for name, what, examples in lines(folder):
                if (name, what) != ("", "error"):
                    continue
                for example in examples:
                    refusal = endpoint.refused(example)
                    code = example["error"] if folder == "registry" else example["code"]
                    self.assertEqual((refusal.code, refusal.message), (code, example["message"]))
                    self.assertIs(type(refusal).__mro__[2], Refused)

    def test_each_event_is_what_it_was(self) -> None:
        for name, what, examples in lines("events"):
            event = f"{name}.{what}" if name else what
            for example in examples:
                with self.subTest(event=event):
                    payload = example.get("payload", example)
                    value = payload_decoder(event)(payload)
                    self.assertNotIsInstance(value, dict)
                    self.assertEqual(encode_payload(value), payload)


if __name__ == "__main__":
    unittest.main()
