"""Questions of people about many rows at once, by key prefix or for a list. Reading only.

Belongs here: what the command line asks beside the repositories. Must not go here: anything that writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.engine.database import Database
from meeting_pipeline.store.engine.row_helpers import unknown_recording
from meeting_pipeline.store.outbox.queries import unknown_delivery
from meeting_pipeline.store.tables import Artifact, GapRow, Recording, Submission, WebhookDelivery

_SHOWN = 5


@dataclass(frozen=True)
class RecordingSummary:
    """What a list says beside status: missing insights, and whether any current result is a draft."""

    gaps: tuple[str, ...] = ()
    draft: bool = False


def resolve_key(database: Database, text: str) -> str:
    """The key that is, or alone begins with, ``text``.

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


def resolve_delivery(database: Database, text: str) -> WebhookDelivery:
    """The webhook delivery whose id is, or alone begins with, ``text``.

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


def recording_summaries(database: Database, keys: Sequence[str]) -> dict[str, RecordingSummary]:
    """Gaps and drafts of these recordings."""
    results = (
        select(Artifact.recording_key, Artifact.kind, Artifact.provenance)
        .where(Artifact.recording_key.in_(keys), Artifact.available.is_(True))
        .order_by(Artifact.version)
    )
    missing = (
        select(GapRow.recording_key, GapRow.insight).where(GapRow.recording_key.in_(keys)).order_by(GapRow.insight)
    )
    with database.read() as session:
        newest = {(key, kind): provenance for key, kind, provenance in session.execute(results).all()}
        gaps = [(key, insight) for key, insight in session.execute(missing).all()]
    drafts = {key for (key, _), provenance in newest.items() if provenance.get("draft")}
    return {
        key: RecordingSummary(tuple(insight for found, insight in gaps if found == key), key in drafts) for key in keys
    }


def all_keys(database: Database) -> Sequence[str]:
    """Every recording, by key."""
    with database.read() as session:
        return session.scalars(select(Recording.key).order_by(Recording.key)).all()


def stored_secret(database: Database) -> str | None:
    """Some encrypted webhook secret, to try the encryption key on."""
    query = select(Submission.webhook_secret).where(Submission.webhook_secret.is_not(None)).limit(1)
    with database.read() as session:
        return session.scalar(query)


def _ambiguous(text: str, found: Sequence[str]) -> PermanentError:
    shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    return PermanentError("ambiguous_id", f"{text!r} begins several: {shown}.", "Give more characters.")
