"""
The driver of this library for the conformance suite: requests on standard input, or on the Unix socket of `--connect PATH`, and a line back
for each, in order (docs/conformance.md). `--api asyncio` lets it use the clients for asyncio, otherwise those that block.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from driver.faces import AsyncioFace, BlockingFace
from driver.session import Session


async def serve(session: Session, requests: IO[str], replies: IO[str]) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, requests.readline):
        reply = await session.reply(json.loads(line))
        replies.write(json.dumps(reply, ensure_ascii=False, separators=(",", ":")) + "\n")
        replies.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--connect", metavar="PATH")
    parser.add_argument("--api", choices=["blocking", "asyncio"], default="blocking")
    chosen = parser.parse_args()
    session = Session(BlockingFace() if chosen.api == "blocking" else AsyncioFace())
    if chosen.connect is None:
        asyncio.run(serve(session, sys.stdin, sys.stdout))
        return
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(chosen.connect)
        asyncio.run(serve(session, link.makefile("r", encoding="utf-8"), link.makefile("w", encoding="utf-8")))


main()
