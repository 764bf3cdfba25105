"""Reading of values."""

from __future__ import annotations

import unittest
from unittest.mock import Mock

from peinit.aio import AsyncControlClient, AsyncRegistryClient
from peinit.errors import ProtocolError
from peinit.generated.control import ProtocolVersion
from peinit.io_asyncio import _ClientLink
from peinit.registry import RegistryClient

from .fake_daemon import Wire, daemon, daemon_beside


class Integers(unittest.TestCase):
    def test_those_beyond_their_type_are_no_answer(self) -> None:
        most = ProtocolVersion.decode({"major": 4294967295, "minor": 0})
        self.assertEqual((most.major, most.minor), (4294967295, 0))
        for wrong in (-1, 4294967296, 1.0, True, "1", None):
            with self.assertRaises(ProtocolError) as caught:
                ProtocolVersion.decode({"major": 1, "minor": wrong})
            self.assertEqual((caught.exception.member, caught.exception.expected), ("minor", "an integer from 0 to 4294967295"))


class Connections(unittest.IsolatedAsyncioTestCase):
    async def test_one_that_is_lost_as_soon_as_it_is_made_is_none(self) -> None:
        client = AsyncControlClient("/nowhere/at/all")
        link = _ClientLink(client)
        link.connection_made(Mock())
        self.assertIs(client._link, link)
        link.connection_lost(None)
        self.assertIsNone(client._link)


class Busy(unittest.TestCase):
    def test_what_a_busy_registry_refuses_is_asked_again(self) -> None:
        answers = [{"id": 1, "error": "EBUSY", "message": "held"}, {"id": 2, "status": "ok", "names": ["a"]}]

        def play(wire: Wire) -> None:
            for answer in answers:
                wire.request()
                wire.say(answer)

        with daemon(play) as path, RegistryClient(path) as registry:
            self.assertEqual(list(registry.enum("A").names), ["a"])


class BusyBeside(unittest.IsolatedAsyncioTestCase):
    async def test_what_a_busy_registry_refuses_is_asked_again(self) -> None:
        def play(wire: Wire) -> None:
            wire.request()
            wire.say({"id": 1, "error": "EBUSY", "message": "held"})
            wire.request()
            wire.say({"id": 2, "status": "ok", "names": ["a"]})

        async with daemon_beside(play) as path, AsyncRegistryClient(path) as registry:
            self.assertEqual(list((await registry.enum("A")).names), ["a"])
