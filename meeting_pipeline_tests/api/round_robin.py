"""A load balancer on 127.0.0.1 for tests: each connection goes to the next service that takes it.

It knows nothing of HTTP. Must not go here: the services (``serving.py``).
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

_BYTES = 65536


class RoundRobin:
    """The balancer. ``upstreams``: addresses of the services, which may be replaced at any time."""

    def __init__(self, upstreams: list[str]) -> None:
        self.upstreams = upstreams
        self.taken: Counter[str] = Counter()
        """Connections by service."""
        self._turn = itertools.count()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            there = self._connect()
            if there is None:
                return
            with there:
                back = threading.Thread(target=_pass_on, args=(there, client), daemon=True)
                back.start()
                _pass_on(client, there)
                back.join()

    def _connect(self) -> socket.socket | None:
        upstreams = list(self.upstreams)
        first = next(self._turn)
        for number in range(len(upstreams)):
            url = upstreams[(first + number) % len(upstreams)]
            place = urlsplit(url)
            with contextlib.suppress(OSError):
                found = socket.create_connection((place.hostname or "", place.port or 0))
                self.taken[url] += 1
                return found
        return None


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while some := source.recv(_BYTES):
            target.sendall(some)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR if end is source else socket.SHUT_WR)


@contextlib.contextmanager
def balanced(upstreams: list[str]) -> Iterator[RoundRobin]:
    """A balancer while the block runs."""
    made = RoundRobin(upstreams)
    try:
        yield made
    finally:
        made.close()
