"""A port for a program that has to be told one before it starts.

It is below the range from which the kernel takes ports for connections and for ``bind`` to port 0. One from that range may be
taken by anybody between the look and the start of the program, and again whenever it is restarted.
Must not go here: servers.
"""

from __future__ import annotations

import random
import socket

_CHOICE = range(20_000, 32_000)
_TRIES = 200


def free_port() -> int:
    """A port of this machine that nobody uses, and that only somebody who asks here may be given too."""
    for port in random.SystemRandom().sample(_CHOICE, _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError(f"none of {_TRIES} ports is free")
