"""Sessions of people who logged in to the UI: a signed cookie that names the key but does not contain it.

The cookie is ``expiry.key id.number.signature``, signed with a key derived from the encryption key of the installation. It
becomes invalid when it expires, at a logout, or when its key is revoked.
Must not go here: whether the key is still valid (``callers.py``).
"""

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from meeting_pipeline.ui import policies

_PURPOSE: Final = b"meeting_pipeline: session of the UI, 1"
_LONGEST: Final = 300
"""Characters of a cookie that are compared; ours have some 90."""


@dataclass(frozen=True)
class Session:
    """A session that is valid according to its cookie. ``until``: Unix time."""

    key_id: str
    until: float
    number: str


class Sessions:
    """Creates and reads the cookies of one UI. Logouts are remembered until the process ends; sessions outlive it."""

    def __init__(self, encryption_key: str) -> None:
        self._secret = hmac.digest(encryption_key.encode(), _PURPOSE, hashlib.sha256)
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {}

    def mint(self, key_id: str, now: datetime) -> str:
        """The cookie of a new session, which lasts ``UI_SESSION_SECONDS``."""
        until = int((now + timedelta(seconds=policies.UI_SESSION_SECONDS)).timestamp())
        claim = f"{until}.{key_id}.{secrets.token_urlsafe(12)}"
        return f"{claim}.{self._signature(claim)}"

    def read(self, cookie: str, now: datetime) -> Session | None:
        """The session of a cookie that this installation created, unless it has ended."""
        claim, _, signature = cookie.rpartition(".")
        if len(cookie) > _LONGEST or not hmac.compare_digest(signature.encode(), self._signature(claim).encode()):
            return None
        until, key_id, number = claim.split(".")
        if int(until) <= now.timestamp():
            return None
        with self._lock:
            return None if number in self._ended else Session(key_id, float(until), number)

    def end(self, session: Session, now: datetime) -> None:
        """Log out: the cookie becomes invalid, including any copies."""
        with self._lock:
            self._ended = {number: until for number, until in self._ended.items() if until > now.timestamp()}
            self._ended[session.number] = session.until

    def _signature(self, claim: str) -> str:
        signed = hmac.digest(self._secret, claim.encode(errors="surrogatepass"), hashlib.sha256)
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")
