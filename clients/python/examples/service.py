"""A service that notifies: it says when it is up and what it does, keeps the watchdog quiet, reloads with SIGHUP and ends with SIGTERM."""

from __future__ import annotations

import os
import signal
import sys

from peinit.notify import Notifier, stored_descriptors, watchdog_interval

SIGNALS = {signal.SIGHUP, signal.SIGTERM}


# [kept]
def kept_file(manager: Notifier) -> int:
    """A file in memory that outlives this process: the manager keeps it for the next start."""
    for name, descriptor in stored_descriptors():
        if name == "starts":
            return descriptor
    descriptor = os.memfd_create("starts")
    manager.store([descriptor], "starts")
    return descriptor


# [/kept]


def main() -> int:
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    manager = Notifier()
    starts = kept_file(manager)
    os.write(starts, b".")
    print(f"start number {os.fstat(starts).st_size}", flush=True)

    # [told]
    manager.ready(status="serving")
    interval = watchdog_interval()
    while True:
        # The work would stand here; this one waits for signals, and wakes up to say that it is alive.
        received = signal.sigtimedwait(SIGNALS, interval / 2 if interval else 60)
        if received is None:
            manager.watchdog()
        elif received.si_signo == signal.SIGHUP:
            manager.reloading()
            print("read the configuration again", flush=True)
            manager.ready(status="serving, reloaded")
        else:
            manager.stopping(status="ending")
            # What was told is handled before this process is gone.
            manager.barrier()
            return 0
    # [/told]


sys.exit(main())
