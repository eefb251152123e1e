"""Who calls the UI: a key, a session, a program of this home, or anyone on this machine while there is no key.

Belongs here: looking up callers, and limiting attempts with unknown keys. Must not go here: where a request comes from
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
"""The scope that may change something in Dagster. Dagster's mutations are not limited to a recording: a caller who may launch
one run may launch any. So `submit` may only read, like `read`."""


@dataclass(frozen=True)
class Caller:
    """A caller. ``id``: of the key; ``local`` if no key is required, ``internal`` for this home's own programs."""

    id: str
    name: str
    may_write: bool
    session: Session | None = None


LOCAL: Final = Caller("local", "this machine", may_write=True)
INTERNAL: Final = Caller("internal", "a program of this home", may_write=True)


class TooManyFailures(Exception):
    """Too many unknown keys were tried recently. ``seconds``: how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class Callers:
    """Finds out who calls. Methods that look something up raise StoreUnavailable if the database is unavailable."""

    def __init__(self, installation: Installation, *, beyond_loopback: bool, internal_token: str | None) -> None:
        """``beyond_loopback``: other machines reach the UI, so a key is required even if none exists."""
        self.sessions = Sessions(encryption_key(installation.settings))
        self._keys = installation.store.api_keys
        self._now = installation.store.context.now
        self._beyond_loopback = beyond_loopback
        self._internal = internal_token
        self._rows: dict[str, tuple[float, ApiKey | None]] = {}
        self._known: set[str] = set()
        self._failures = _Failures()

    async def asks_for_key(self) -> bool:
        """Whether callers must authenticate."""
        return self._beyond_loopback or await asyncio.to_thread(self._keys.any_in_force)

    async def any_key(self) -> bool:
        """Whether a key exists to log in with."""
        return await asyncio.to_thread(self._keys.any_in_force)

    async def of_key(self, key: str) -> Caller | None:
        """The holder of a key, or ``None``. Raises: TooManyFailures."""
        if self._internal is not None and hmac.compare_digest(key.encode(errors="replace"), self._internal.encode()):
            return INTERNAL
        return await asyncio.to_thread(self._holder, key)

    async def of_session(self, cookie: str) -> Caller | None:
        """The caller who logged in with this cookie, or ``None``. A revoked key is noticed within ``API_KEYS_SEEN_SECONDS``."""
        session = self.sessions.read(cookie, self._now())
        if session is None:
            return None
        noted = self._rows.get(session.key_id)
        if noted is None or time.monotonic() - noted[0] > shared_policies.API_KEYS_SEEN_SECONDS:
            row = await asyncio.to_thread(self._keys.in_force, session.key_id)
            self._rows[session.key_id] = noted = (time.monotonic(), row)
        return None if noted[1] is None else _caller(noted[1], session)

    def log_in(self, caller: Caller) -> str:
        """The cookie of a new session for this caller."""
        return self.sessions.mint(caller.id, self._now())

    def log_out(self, session: Session) -> None:
        """End a session."""
        self.sessions.end(session, self._now())

    def _holder(self, key: str) -> Caller | None:
        digest = hashed(key)
        if digest not in self._known:  # a key that was valid before is not a guess
            self._failures.refuse_if_many()
        row = self._keys.find(key)
        if row is None:
            self._failures.note()
            return None
        self._known.add(digest)
        with contextlib.suppress(StoreUnavailable):  # a full disk must not prevent people from reading
            self._keys.note_use(row)
        return _caller(row)


class _Failures:
    """Times of the latest lookups that found nothing."""

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
