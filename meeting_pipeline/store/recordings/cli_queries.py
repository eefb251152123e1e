"""Extra queries for the command line: rows by the start of their id. Reading only.

Must not go here: anything that writes, details of a recording (``queries.py``).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.outbox.queries import unknown_delivery
from meeting_pipeline.store.tables import Recording, Submission, WebhookDelivery

_SHOWN = 5
"""Ids named in a message about an ambiguous one: enough to see how they go on."""


def resolve_key(database: Database, text: str) -> str:
    """The recording id that equals ``text``, or the only one that starts with it.

    Raises: PermanentError ``unknown_recording``, ``ambiguous_id``.
    """
    wanted = text.strip().lower()
    query = select(Recording.key).where(Recording.key.startswith(wanted, autoescape=True)).order_by(Recording.key)
    with database.read() as session:
        found = session.scalars(query.limit(_SHOWN + 1)).all()
    if not wanted or not found:
        raise unknown_recording(text)
    if wanted in found or len(found) == 1:
        return wanted if wanted in found else found[0]
    raise _ambiguous(text, found)


def resolve_keys(database: Database, texts: Iterable[str]) -> Sequence[str]:
    """The recording id of each, without repetitions. Raises: as ``resolve_key``."""
    return tuple(dict.fromkeys(resolve_key(database, text) for text in texts))


def resolve_delivery(database: Database, text: str) -> WebhookDelivery:
    """The webhook delivery whose id equals ``text``, or the only one whose id starts with it.

    Raises: PermanentError ``unknown_delivery``, ``ambiguous_id``.
    """
    query = select(WebhookDelivery).where(WebhookDelivery.id.startswith(text.strip().lower(), autoescape=True))
    with database.read() as session:
        found = session.scalars(query.order_by(WebhookDelivery.id).limit(_SHOWN + 1)).all()
    if not text.strip() or not found:
        raise unknown_delivery(text)
    if len(found) > 1:
        raise _ambiguous(text, [row.id for row in found])
    return found[0]


def all_keys(database: Database) -> Sequence[str]:
    """The ids of all recordings, sorted."""
    with database.read() as session:
        return session.scalars(select(Recording.key).order_by(Recording.key)).all()


def stored_secret(database: Database) -> str | None:
    """Any encrypted webhook secret, to test the encryption key."""
    query = select(Submission.webhook_secret).where(Submission.webhook_secret.is_not(None)).limit(1)
    with database.read() as session:
        return session.scalar(query)


def _ambiguous(text: str, found: Sequence[str]) -> PermanentError:
    shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    return PermanentError("ambiguous_id", f"{text!r} matches several: {shown}.", "Give more characters.")
