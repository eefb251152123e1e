"""API keys of the HTTP service: created, listed, revoked, and looked up.

Only the SHA-256 of a key is stored. Slow hashes are for passwords, which people choose and machines can guess. A key has 256
random bits, which cannot be guessed however fast the hash is, and a fast hash does not slow requests down. Belongs here: the
rows.
Must not go here: what a caller may do (``api/security/access.py``).
"""

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select, update

from meeting_pipeline import policies as shared_policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store import policies
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import ApiKey

SCOPES: Final = ("read", "submit", "admin")
"""Each includes the ones before it."""
PREFIX: Final = "mp_"
"""Start of every key, so that people and scanners recognise a leaked one."""
_KEY_BYTES: Final = 32
"""Random bytes of a key, 256 bits: it cannot be guessed, so its hash needs no salt."""
_SHOWN: Final = 5
"""Keys named in a message about an ambiguous id."""


@dataclass(frozen=True)
class NewKey:
    """A newly created key: the only time it is known."""

    id: str
    key: str = field(repr=False)


@retrying
class ApiKeys:
    """Repository of API keys."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._noted: dict[str, datetime] = {}
        self._asked_at = 0.0
        self._in_force = False

    def create(self, name: str, scope: str) -> NewKey:
        """Create a key. Raises: PermanentError ``bad_scope``, ``bad_name``."""
        if scope not in SCOPES:
            raise PermanentError("bad_scope", f"There is no scope {scope!r}.", f"One of {', '.join(SCOPES)}.")
        if not name.strip() or not name.isprintable():
            raise PermanentError("bad_name", "An API key needs a printable name.", "Name whoever will use it.")
        made = NewKey(f"key_{secrets.token_hex(6)}", PREFIX + _encoded(secrets.token_bytes(_KEY_BYTES)))
        row = ApiKey(
            id=made.id,
            name=name.strip(),
            key_hash=hashed(made.key),
            scopes=[scope],
            created_at=self._context.now(),
        )
        with self._context.database.write() as session:
            session.add(row)
        self._forget()
        return made

    def list(self) -> Sequence[ApiKey]:
        """All keys including revoked ones, oldest first."""
        with self._context.database.read() as session:
            return session.scalars(select(ApiKey).order_by(ApiKey.created_at, ApiKey.id)).all()

    def revoke(self, key_id: str) -> ApiKey:
        """Revoke a key; if it is revoked already, its time stays. The start of its id is enough.

        Raises: PermanentError ``unknown_key``, ``ambiguous_id``.
        """
        query = select(ApiKey).where(ApiKey.id.startswith(key_id.strip(), autoescape=True)).order_by(ApiKey.id)
        with self._context.database.write() as session:
            found = session.scalars(query.limit(_SHOWN).with_for_update()).all()
            if not key_id.strip() or not found:
                raise PermanentError("unknown_key", f"There is no key {key_id!r}.", "`keys list` shows the keys.")
            if len(found) > 1:
                shown = ", ".join(row.id for row in found)
                raise PermanentError("ambiguous_id", f"{key_id!r} matches several: {shown}.", "Give more characters.")
            [row] = found
            row.revoked_at = row.revoked_at or self._context.now()
        self._forget()
        return row

    def find(self, key: str) -> ApiKey | None:
        """The row of this key unless it is revoked. Looked up by hash: the time this takes reveals nothing about the key."""
        query = select(ApiKey).where(ApiKey.key_hash == hashed(key), ApiKey.revoked_at.is_(None))
        with self._context.database.read() as session:
            return session.scalars(query).one_or_none()

    def is_in_force(self, key_id: str) -> bool:
        """Whether the key with this id exists and is not revoked."""
        with self._context.database.read() as session:
            return bool(session.scalar(select(exists().where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)))))

    def in_force(self, key_id: str) -> ApiKey | None:
        """The row of the key with this id, unless it is revoked."""
        query = select(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        with self._context.database.read() as session:
            return session.scalars(query).one_or_none()

    def any_in_force(self) -> bool:
        """Whether there is any key that is not revoked. Queried at most once per ``API_KEYS_SEEN_SECONDS``."""
        with self._lock:
            if self._asked_at and time.monotonic() - self._asked_at < shared_policies.API_KEYS_SEEN_SECONDS:
                return self._in_force
        asked_at = time.monotonic()
        with self._context.database.read() as session:
            found = bool(session.scalar(select(exists().where(ApiKey.revoked_at.is_(None)))))
        with self._lock:
            # A slow query from before the first key must not overwrite a later result: that would leave the service
            # open.
            if asked_at > self._asked_at:
                self._in_force, self._asked_at = found, asked_at
            return self._in_force

    def note_use(self, row: ApiKey) -> None:
        """Record that a key is in use, at most once per ``API_KEY_NOTED_SECONDS``, so that reads do not turn into writes."""
        now = self._context.now()
        since = now - timedelta(seconds=policies.API_KEY_NOTED_SECONDS)
        with self._lock:
            latest = max(filter(None, (row.last_used_at, self._noted.get(row.id))), default=None)
            if latest is not None and latest > since:
                return
        with self._context.database.write() as session:
            session.execute(update(ApiKey).where(ApiKey.id == row.id).values(last_used_at=now))
        with self._lock:  # only now: the write may be retried
            self._noted[row.id] = now

    def _forget(self) -> None:
        with self._lock:
            self._asked_at = 0.0


def hashed(key: str) -> str:
    """The stored form of a key: its SHA-256, in hex."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
