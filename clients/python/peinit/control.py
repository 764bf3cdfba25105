"""The control socket for callers that block: services, operations, ad-hoc jobs and the machine itself."""

from __future__ import annotations

from .generated.control import *
from .generated.control_blocking import ControlMethods
from .generated.options import *
from .generated.security import *
from .generated.service import *
from .protocol_version import ProtocolCheck, compare


class ControlClient(ControlMethods):
    """
    A connection to the control socket. Requests may be sent without waiting (`send`), and their answers come in order: an answer that waits
    (`wait`) holds up those behind it. Streams have a connection of their own.
    """

    endpoint = CONTROL

    def check_protocol(self, timeout: float | None = None) -> ProtocolCheck:
        """Asks for the version of the protocol that the daemon speaks; raises ProtocolError where it is an incompatible one."""
        return compare(self.machine_status(timeout=timeout).protocol)
