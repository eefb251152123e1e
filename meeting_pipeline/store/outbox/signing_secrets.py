"""Signing secrets of single endpoints, and their rotation: during an overlap, the old and the new secret both sign.

For an endpoint without its own secret, the installation's secret signs. Secrets are encrypted at rest.
Must not go here: signatures (``webhooks/signing.py``), the installation's secret (``store/engine/secrets.py``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, delete, or_, select, text
from sqlalchemy.orm import Session

from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.engine.row_helpers import new_id
from meeting_pipeline.store.engine.transaction_retry import retrying
from meeting_pipeline.store.outbox.webhook_urls import shown_url, target_of
from meeting_pipeline.store.tables import WebhookSigningSecret


@dataclass(frozen=True)
class StoredSecret:
    """One secret that signs for an endpoint now. ``encrypted``: ``None`` for the installation's."""

    encrypted: str | None = field(repr=False)


_LOCK: Final = text("SELECT pg_advisory_xact_lock(7310005, hashtext(:target))")
"""Taken while the secrets of an endpoint change. SQLite has one writer at a time."""


@retrying
class SigningSecrets:
    """Repository of the signing secrets of endpoints."""

    def __init__(self, context: StoreContext) -> None:
        self._context = context

    def rotate(self, url: str, secret: str, overlap_s: float) -> datetime | None:
        """From now on, ``secret`` signs for this URL. What signed before does so for ``overlap_s`` more seconds, and no longer.

        Returns until when the old ones sign too; ``None`` if they stop at once.
        """
        target, now = target_of(url), self._context.now()
        ends = now + timedelta(seconds=overlap_s)
        with self._context.database.write() as session:
            if session.connection().dialect.name != "sqlite":  # before the first, there are no rows to lock
                session.execute(_LOCK, {"target": target})
            session.execute(
                delete(WebhookSigningSecret).where(
                    WebhookSigningSecret.target == target, WebhookSigningSecret.valid_until <= now
                )
            )
            rows = session.scalars(_of([target]).with_for_update()).all()
            if not any(row.valid_until is None for row in rows) and overlap_s > 0:
                session.add(self._row(target, url, None, now, ends))  # the installation's secret has signed until now
            for row in rows:
                if row.valid_until is None or row.valid_until > ends:
                    row.valid_until = ends
            session.add(self._row(target, url, self._context.cipher.encrypt(secret), now, None))
        return ends if overlap_s > 0 else None

    def list(self) -> Sequence[WebhookSigningSecret]:
        """All that sign now, by endpoint, newest first."""
        now = self._context.now()
        query = select(WebhookSigningSecret).where(_signs(now))
        order = (WebhookSigningSecret.url, WebhookSigningSecret.target, *_NEWEST_FIRST)
        with self._context.database.read() as session:
            return session.scalars(query.order_by(*order)).all()

    def _row(
        self, target: str, url: str, encrypted: str | None, now: datetime, until: datetime | None
    ) -> WebhookSigningSecret:
        return WebhookSigningSecret(
            id=new_id(), target=target, url=shown_url(url), secret=encrypted, created_at=now, valid_until=until
        )


_NEWEST_FIRST = (
    WebhookSigningSecret.valid_until.is_(None).desc(),
    WebhookSigningSecret.created_at.desc(),
    WebhookSigningSecret.secret.is_(None),  # the installation's, noted with the first of the endpoint's own
)


def secrets_in_use(session: Session, targets: Collection[str], now: datetime) -> dict[str, list[StoredSecret]]:
    """What signs for these endpoints now, newest first. Endpoints without their own secrets are left out."""
    found: dict[str, list[StoredSecret]] = {}
    if targets:
        query = _of(targets).where(_signs(now)).order_by(*_NEWEST_FIRST)
        for row in session.scalars(query):
            found.setdefault(row.target, []).append(StoredSecret(row.secret))
    return found


def _of(targets: Collection[str]) -> Select[tuple[WebhookSigningSecret]]:
    return select(WebhookSigningSecret).where(WebhookSigningSecret.target.in_(sorted(targets)))


def _signs(now: datetime) -> ColumnElement[bool]:
    return or_(WebhookSigningSecret.valid_until.is_(None), WebhookSigningSecret.valid_until > now)
