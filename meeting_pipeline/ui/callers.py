"""Who calls the UI: a key, a session, a program of this home, or anybody on this machine while there is no key.

Belongs here: looking callers up, and how often unknown ones may try. Must not go here: where a request comes from
(``origin.py``), what a caller may do (``guard.py``).
"""

import asyncio
import contextlib
import hmac
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.api.api_keys import hashed
from meeting_pipeline.store.engine.secrets import encryption_key
from meeting_pipeline.store.tables import ApiKey
from meeting_pipeline.ui import policies
from meeting_pipeline.ui.sessions import Session, Sessions

_WRITES: Final = "admin"
"""The scope that may change something in Dagster. Its mutations cannot be told apart by recording: who may launch a run
may launch any, so `submit` looks, as `read` does."""


@dataclass(frozen=True)
class Caller:
    """Who calls. ``id``: of the key, ``local`` where none is asked for, ``internal`` for this home's own programs."""

    id: str
    name: str
    may_write: bool
    session: Session | None = None


LOCAL: Final = Caller("local", "this machine", may_write=True)
INTERNAL: Final = Caller("internal", "a program of this home", may_write=True)


class TooManyFailures(Exception):
    """Too many unknown keys were tried lately. ``seconds``: how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Callers:
    """Finds out who calls. All methods that look something up raise StoreUnavailable when the database is away."""

    def __init__(self, installation: Installation, *, beyond_loopback: bool, internal_token: str | None) -> None:
        """``beyond_loopback``: other machines reach the UI, so that a key is asked for whatever keys there are."""
        self.sessions = Sessions(encryption_key(installation.settings))
        self._keys = installation.store.api_keys
        self._now = installation.store.context.now
        self._beyond_loopback = beyond_loopback
        self._internal = internal_token
        self._rows: dict[str, tuple[float, ApiKey | None]] = {}
        self._known: set[str] = set()
        self._failures = _Failures()

    async def asks_for_key(self) -> bool:
        """Whether callers must show who they are."""
        return self._beyond_loopback or await asyncio.to_thread(self._keys.any_in_force)

    async def any_key(self) -> bool:
        """Whether there is a key to log in with."""
        return await asyncio.to_thread(self._keys.any_in_force)

    async def of_key(self, key: str) -> Caller | None:
        """The holder of a key, or ``None``. Raises: TooManyFailures."""
        if self._internal is not None and hmac.compare_digest(key.encode(errors="replace"), self._internal.encode()):
            return INTERNAL
        return await asyncio.to_thread(self._holder, key)

    async def of_session(self, cookie: str) -> Caller | None:
        """Who logged in with this cookie, or ``None``. A revoked key is noticed within ``API_KEYS_SEEN_SECONDS``."""
        session = self.sessions.read(cookie, self._now())
        if session is None:
            return None
        noted = self._rows.get(session.key_id)
        if noted is None or time.monotonic() - noted[0] > shared_policies.API_KEYS_SEEN_SECONDS:
            row = await asyncio.to_thread(self._keys.in_force, session.key_id)
            self._rows[session.key_id] = noted = (time.monotonic(), row)
        return None if noted[1] is None else _caller(noted[1], session)

    def log_in(self, caller: Caller) -> str:
        """The cookie of a new session of this caller."""
        return self.sessions.mint(caller.id, self._now())

    def log_out(self, session: Session) -> None:
        """End a session."""
        self.sessions.end(session, self._now())

    def _holder(self, key: str) -> Caller | None:
        digest = hashed(key)
        if digest not in self._known:  # one that was good before is no guess
            self._failures.refuse_if_many()
        row = self._keys.find(key)
        if row is None:
            self._failures.note()
            return None
        self._known.add(digest)
        with contextlib.suppress(StoreUnavailable):  # a full disk must not keep people from looking
            self._keys.note_use(row)
        return _caller(row)


class _Failures:
    """Moments of the latest lookups that found nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: deque[float] = deque(maxlen=policies.UI_FAILED_LOGINS)

    def note(self) -> None:
        with self._lock:
            self._moments.append(time.monotonic())

    def refuse_if_many(self) -> None:
        with self._lock:
            if len(self._moments) < policies.UI_FAILED_LOGINS:
                return
            left = policies.UI_FAILED_LOGINS_SECONDS - (time.monotonic() - self._moments[0])
        if left > 0:
            raise TooManyFailures(int(left) + 1)


def _caller(row: ApiKey, session: Session | None = None) -> Caller:
    return Caller(row.id, row.name, _WRITES in row.scopes, session)
