"""The same with asyncio: tells what is done with a service while it is stopped and started."""

from __future__ import annotations

import asyncio
import sys

from peinit.aio import AsyncControlClient
from peinit.control import StreamKind
from peinit.events import OperationCompleted


async def main(service: str) -> None:
    async with AsyncControlClient(timeout=30) as control:
        # [watch]
        # Told is what happens from here on, whatever else is asked meanwhile.
        async with await control.subscribe(events=["operation.*"]) as events:
            await asyncio.gather(control.stop(service), control.start(service))
            async for line in events:
                if line.kind == StreamKind.LAGGED:
                    print("events were lost here")
                elif isinstance(line.payload, OperationCompleted) and line.payload.service == service:
                    print(f"{line.payload.type} of {service}: {line.payload.result}")
                    if line.payload.type == "start":
                        return
        # [/watch]


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "hello-python"))
