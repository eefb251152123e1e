"""Links that let people without a key read one meeting: created, listed, revoked, and looked up.

Only the SHA-256 of a token is stored, as for API keys (``api_keys.py``). Belongs here: the rows. Must not go here: what a link
shows (``api/routes/shared.py``).
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, select

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.api.api_keys import hashed
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.tables import Recording, ShareLink

PREFIX: Final = "ms_"
"""Start of every token, so that people and scanners recognise a leaked one."""
MOST_DAYS: Final = 366
"""A link that nobody remembers must not stay open forever."""
_TOKEN_BYTES: Final = 32
"""Random bytes of a token, 256 bits: it cannot be guessed."""
_LISTED: Final = 500
"""Links of one list, newest first."""
_SHOWN: Final = 5
"""Links named in a message about an ambiguous id."""


@dataclass(frozen=True)
class Shared:
    """What a link shows."""

    with_transcript: bool = False
    with_sound: bool = False


@dataclass(frozen=True)
class NewShareLink:
    """A newly created link: the only time its token is known."""

    row: ShareLink
    token: str = field(repr=False)


@retrying
class ShareLinks:
    """Repository of links."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def create(self, key: str, shared: Shared, days: int, *, by: str) -> NewShareLink:
        """Create a link to a recording. Raises: PermanentError ``unknown_recording``, ``bad_days``."""
        if not 1 <= days <= MOST_DAYS:
            raise PermanentError("bad_days", "A link cannot last that long.", f"Give 1 to {MOST_DAYS} days.")
        encoded = base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode().rstrip("=")
        token, now = PREFIX + encoded, self._context.now()
        row = ShareLink(
            id=f"share_{secrets.token_hex(6)}",
            recording_key=key,
            token_hash=hashed(token),
            with_transcript=shared.with_transcript,
            with_sound=shared.with_sound,
            created_by=by,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        with self._context.database.write() as session:
            # Locked: a deletion that runs at the same time either sees the link or has taken the recording away.
            if session.scalar(select(Recording.key).where(Recording.key == key).with_for_update()) is None:
                raise unknown_recording(key)
            session.add(row)
        return NewShareLink(row, token)

    def list(self, key: str | None = None) -> Sequence[ShareLink]:
        """The links of a recording, or the newest of all; newest first, also those that are over."""
        query = select(ShareLink).order_by(ShareLink.created_at.desc(), ShareLink.id).limit(_LISTED)
        if key is not None:
            query = query.where(ShareLink.recording_key == key)
        with self._context.database.read() as session:
            return session.scalars(query).all()

    def revoke(self, share_id: str, key: str | None = None) -> ShareLink:
        """Revoke a link; if it is revoked already, its time stays.

        The start of its id is enough, unless the recording is named: a program knows the whole.
        Raises: PermanentError ``unknown_share``, ``ambiguous_id``.
        """
        named = ShareLink.id.startswith(share_id.strip(), autoescape=True)
        if key is not None:
            named = and_(ShareLink.id == share_id, ShareLink.recording_key == key)
        query = select(ShareLink).where(named)
        with self._context.database.write() as session:
            found = session.scalars(query.order_by(ShareLink.id).limit(_SHOWN).with_for_update()).all()
            if not share_id.strip() or not found:
                raise PermanentError("unknown_share", "There is no such link.", "`share list` shows the links.")
            if len(found) > 1:
                shown = ", ".join(row.id for row in found)
                raise PermanentError("ambiguous_id", f"{share_id!r} matches several: {shown}.", "Give more characters.")
            [row] = found
            row.revoked_at = row.revoked_at or self._context.now()
        return row

    def find(self, token: str) -> ShareLink | None:
        """The link with this token, unless it is over. Looked up by hash: the time this takes reveals nothing about a token."""
        query = select(ShareLink).where(
            ShareLink.token_hash == hashed(token),
            ShareLink.revoked_at.is_(None),
            ShareLink.expires_at > self._context.now(),
        )
        with self._context.database.read() as session:
            return session.scalars(query).one_or_none()


def state_of(row: ShareLink, now: datetime) -> str:
    """``valid``, ``revoked`` or ``expired``."""
    if row.revoked_at is not None:
        return "revoked"
    return "valid" if row.expires_at > now else "expired"
