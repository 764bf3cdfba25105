#!/usr/bin/env python3
"""Talks to the control socket of peinit. Inside a machine: control.py restart SERVICE | watch [GLOB...]"""

import json
import socket
import sys


class Refused(Exception):
    """peinit answered with an error: args are its code, which is stable, and its message, which is for people."""


class Peinit:
    def __init__(self, path="/run/peinit/control.sock"):
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(path)
        except OSError as error:
            sys.exit(f"{path}: {error.strerror}; this works inside a machine: peinit-sandbox exec NAME -- ...")
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def call(self, command, **members):
        """One request is one line, and so is its answer."""
        self.socket.sendall(json.dumps({"command": command, **members}).encode() + b"\n")
        answer = json.loads(self.lines.readline() or '{"status": "error", "code": "closed", "message": "no answer"}')
        if answer["status"] == "error":
            raise Refused(answer["code"], answer["message"])
        return answer

    def events(self, *globs):
        """The connection is a stream from here on."""
        self.call("subscribe", events=list(globs) or ["*"])
        for line in self.lines:
            yield json.loads(line)


def main(verb="", *words):
    peinit = Peinit()
    if verb == "restart" and len(words) == 1:
        # Waits until the restart is over; whether the service came up is its state.
        answer = peinit.call("restart", service=words[0])
        print(f"{answer['service']} is {answer['state']}")
        return 0 if answer["state"] == "active" else 1
    if verb == "watch":
        for event in peinit.events(*words):
            print(event["event"], json.dumps(event["payload"]), flush=True)
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Refused as refusal:
        sys.exit(": ".join(refusal.args))
