"""A tool that controls: restarts a service, tells what happened, and shows what the service wrote meanwhile."""

from __future__ import annotations

import sys

from peinit import ConnectionError, Timeout
from peinit.control import AccessDenied, ControlClient, RestartRequest, StatusRequest, UnknownService


def main(service: str) -> int:
    with ControlClient(timeout=30) as control:
        print(f"protocol: {control.check_protocol().relation}")

        # [restart]
        try:
            # The lines have a connection of their own, and are told from here on.
            lines = control.follow(services=[service])
        except (AccessDenied, UnknownService) as error:
            print(error.message)
            return 4
        with lines:
            restarted = control.restart(service)
            print(f"{restarted.service} is {restarted.state}, because of {restarted.cause}")
            line = lines.take(timeout=5)
            print(f"it wrote: {line.lines}" if line is not None else "it wrote nothing")
        # [/restart]

        # [pipelining]
        # Any number of requests may be on their way; the answers come in their order.
        names = [entry.service for entry in control.list().services]
        calls = [control.send(StatusRequest(service=name)) for name in names]
        for status in [call.result() for call in calls]:
            print(f"{status.service}: {status.state}" + (f", {status.status_text}" if status.status_text else ""))
        # [/pipelining]

        # [give-up]
        # An answer that nobody waits for any more is dropped when it comes, and the next one is still the right one.
        call = control.send(RestartRequest(service=service, wait=True))
        call.cancel()
        print(f"{service} is {control.status(service).state}")
        # [/give-up]
    return 0


try:
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "hello-python"))
except (ConnectionError, Timeout) as error:
    print(error, file=sys.stderr)
    sys.exit(1)
