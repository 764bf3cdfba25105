"""Answers with the worker's pid, as slowly as it is asked to: /?ms=500"""
import os
import time
from urllib.parse import parse_qs


def application(environ, start_response):
    open("/run/gunicorn/asked", "w").close()
    time.sleep(int(parse_qs(environ["QUERY_STRING"]).get("ms", ["0"])[0]) / 1000)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"worker {os.getpid()}\n".encode()]
