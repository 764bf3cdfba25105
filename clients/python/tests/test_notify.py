"""Datagrams to a manager of the test."""

from __future__ import annotations

import array
import os
import socket
import tempfile
import threading
import unittest
from pathlib import Path

from peinit import ConnectionError, Timeout
from peinit.aio import barrier
from peinit.notify import Notification, Notifier, stored_descriptors, watchdog_interval


class Notify(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = str(Path(directory.name) / "notify")
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path)
        self.manager.settimeout(60)
        self.notifier = Notifier(self.path)

    def told(self) -> tuple[list[str], list[int]]:
        text, ancillary, _, _ = self.manager.recvmsg(65536, socket.CMSG_SPACE(64))
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
        return text.decode().split("\n"), list(descriptors)

    def test_each_message_has_its_lines(self) -> None:
        notifier = self.notifier
        self.assertTrue(notifier.ready(status="serving\nnow"))
        self.assertTrue(notifier.send(Notification(watchdog_usec=5, exit_status=3)))
        for say in (notifier.stopping, notifier.watchdog):
            say()
        notifier.set_watchdog(1.5)
        notifier.extend_timeout(2)
        notifier.failed(13, "no")
        notifier.remove_stored("a")
        notifier.main_pid(7)
        self.assertEqual(
            [self.told()[0] for _ in range(9)],
            [
                ["READY=1", "STATUS=serving now"],
                ["EXIT_STATUS=3", "WATCHDOG_USEC=5"],
                ["STOPPING=1"],
                ["WATCHDOG=1"],
                ["WATCHDOG_USEC=1500000"],
                ["EXTEND_TIMEOUT_USEC=2000000"],
                ["STATUS=no", "ERRNO=13"],
                ["FDNAME=a", "FDSTOREREMOVE=1"],
                ["MAINPID=7"],
            ],
        )
        notifier.reloading()
        [first, second] = self.told()[0]
        self.assertEqual((first, second.split("=")[0]), ("RELOADING=1", "MONOTONIC_USEC"))

    def test_descriptors_go_along(self) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(b"kept")
            file.flush()
            self.notifier.store([file.fileno()], "a")
        lines, [descriptor] = self.told()
        self.addCleanup(os.close, descriptor)
        self.assertEqual((lines, os.pread(descriptor, 9, 0)), (["FDSTORE=1", "FDNAME=a"], b"kept"))

    def test_a_barrier_waits_until_its_descriptor_is_closed(self) -> None:
        self.assertRaises(Timeout, self.notifier.barrier, 0.05)
        lines, [descriptor] = self.told()
        self.assertEqual(lines, ["BARRIER=1"])
        os.close(descriptor)

        thread = threading.Thread(target=lambda: os.close(self.told()[1][0]))
        thread.start()
        self.assertTrue(self.notifier.barrier(60))
        thread.join()

    async def test_a_barrier_holds_up_no_other_task(self) -> None:
        thread = threading.Thread(target=lambda: os.close(self.told()[1][0]))
        thread.start()
        self.assertTrue(await barrier(self.notifier, 60))
        thread.join()

    def test_a_queue_that_is_full_is_waited_for(self) -> None:
        told: list[list[str]] = []

        def read_all() -> None:
            while told[-1:] != [["STOPPING=1"]]:
                told.append(self.told()[0])

        reading = threading.Timer(0.2, read_all)
        reading.start()
        for number in range(2000):
            self.notifier.status(f"{number}")
        self.notifier.stopping()
        reading.join()
        self.assertEqual(told, [*[[f"STATUS={number}"] for number in range(2000)], ["STOPPING=1"]])

    def test_without_a_manager_nothing_is_told_and_nothing_fails(self) -> None:
        self.assertEqual([Notifier("").ready(), Notifier("").barrier()], [False, False])
        self.assertRaises(ConnectionError, Notifier("/nowhere/at/all").ready)

    def test_what_the_environment_says(self) -> None:
        own = str(os.getpid())
        self.assertEqual(watchdog_interval({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": own}), 1.5)
        self.assertIsNone(watchdog_interval({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}))
        self.assertIsNone(watchdog_interval({}))
        self.assertEqual(stored_descriptors({"LISTEN_FDS": "2", "LISTEN_PID": "1"}), ())


if __name__ == "__main__":
    unittest.main()
