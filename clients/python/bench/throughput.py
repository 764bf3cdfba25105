"""
Requests a second, one at a time: `status` of one service, over a bare socket that reads to the newline, or through the client. Prints one
line of JSON.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peinit.control import ControlClient


def bare(path: str, service: str, requests: int) -> None:
    line = json.dumps({"command": "status", "service": service}).encode() + b"\n"
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        for _ in range(requests):
            link.sendall(line)
            while not link.recv(65536).endswith(b"\n"):
                pass


def client(path: str, service: str, requests: int) -> None:
    with ControlClient(path) as control:
        for _ in range(requests):
            control.status(service)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", required=True)
    parser.add_argument("--service", required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--mode", choices=["bare", "client"], required=True)
    chosen = parser.parse_args()
    began = time.perf_counter()
    (bare if chosen.mode == "bare" else client)(chosen.socket, chosen.service, chosen.requests)
    print(json.dumps({"mode": chosen.mode, "requests": chosen.requests, "seconds": time.perf_counter() - began}))


main()
