"""The time of the database: the one clock that leases, claims and due times are written and compared with.

The clocks of two machines differ, and a worker whose clock is 90 s behind must not look silent to another. SQLite is a file on
this machine, so its time is this machine's. PostgreSQL is asked now and then; in between, the time continues with the monotonic
clock, which nobody sets. A query with SQL's ``now()`` everywhere would be exact too, but costs a round trip wherever a time is
needed in Python, and tests could not move the clock.
Must not go here: what the time is used for.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from meeting_pipeline.store import policies

_ASK = text("SELECT clock_timestamp()")
"""Not ``now()``, which is when the transaction began."""


def utc_now() -> datetime:
    """The current time of this machine, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Measured:
    """What the server's clock showed, and what the clocks of this process showed then."""

    server: datetime
    monotonic_s: float
    machine: datetime


class DatabaseClock:
    """The time of one database, as this process knows it. ``machine`` and ``monotonic``: the clocks of this machine."""

    def __init__(
        self, machine: Callable[[], datetime] = utc_now, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._machine = machine
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._measured: _Measured | None = None
        self._asked_s = 0.0
        self._missed_s: float | None = None

    def now(self) -> datetime:
        """The time of the database; until it was measured, that of this machine."""
        measured = self._measured
        if measured is None:
            return self._machine()
        return measured.server + timedelta(seconds=self._monotonic() - measured.monotonic_s)

    def is_due(self) -> bool:
        """Whether to measure again: the last time is long ago, or this machine slept or its clock was set since."""
        measured, now_s = self._measured, self._monotonic()
        if measured is None or now_s - self._asked_s > policies.CLOCK_SECONDS:
            return True
        passed = timedelta(seconds=now_s - measured.monotonic_s)
        return abs(self._machine() - measured.machine - passed) > policies.CLOCK_JUMP

    def may_connect(self) -> bool:
        """Whether a connection may be opened only to ask: not shortly after one that failed, each of which takes seconds."""
        return self._missed_s is None or self._monotonic() - self._missed_s > policies.CLOCK_RETRY_SECONDS

    def missed(self) -> None:
        """The server could not be asked."""
        self._missed_s = self._monotonic()

    def measure(self, connection: Connection) -> None:
        """Ask the server. The answer is off by at most half its round trip; less than that is not a change."""
        began = self._monotonic()
        server: datetime = connection.execute(_ASK).scalar_one()
        ended = self._monotonic()
        found = _Measured(server.astimezone(UTC), (began + ended) / 2, self._machine())
        with self._lock:
            before, self._asked_s, self._missed_s = self._measured, ended, None
            if before is not None:
                expected = before.server + timedelta(seconds=found.monotonic_s - before.monotonic_s)
                tolerance = timedelta(seconds=(ended - began) / 2) + policies.CLOCK_TOLERANCE
                if abs(found.server - expected) <= tolerance:
                    # Keep the older offset, so that the time does not jitter, and note that the clocks still agree.
                    found = _Measured(expected, found.monotonic_s, found.machine)
            self._measured = found
