"""Queries for people about webhook deliveries: which there are, where they go, and what they wait for. Reading only.

Must not go here: anything that changes a delivery (``outbox.py``, ``endpoints.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, tuple_

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.engine.database import AT_ONCE, Database
from meeting_pipeline.store.outbox.webhook_urls import is_endpoint, shown_url, target_of
from meeting_pipeline.store.tables import Submission, WebhookDelivery, WebhookEndpoint, WebhookEvent

NOT_ARRIVED = ("pending", "dead", "held")
"""States that a replay of many deliveries selects by default."""


@dataclass(frozen=True)
class DeliveryFilter:
    """A filter for deliveries; all given conditions must hold."""

    states: tuple[str, ...] = ()
    key: str | None = None
    endpoint: str | None = None
    """A URL, as submitted or as shown, a host, or host:port."""
    since: datetime | None = None
    """Created at or after this time ..."""
    until: datetime | None = None
    """... and before this time."""


@dataclass(frozen=True)
class Found:
    """A delivery with its event's revision and its endpoint."""

    row: WebhookDelivery
    revision: int
    url: str = field(repr=False)
    """As shown to people."""
    endpoint: WebhookEndpoint | None
    """``None`` if the endpoint works."""


@dataclass(frozen=True)
class PagePosition:
    """The place of a delivery among all of them, newest first."""

    created_at: datetime
    revision: int
    id: str


def position_of(found: Found) -> PagePosition:
    """The place of a delivery."""
    return PagePosition(found.row.created_at, found.revision, found.row.id)


def find_deliveries(
    database: Database, criteria: DeliveryFilter, *, limit: int | None = None, after: PagePosition | None = None
) -> list[Found]:
    """The deliveries, newest first; with ``after``, only those after that place.

    Raises: PermanentError ``unknown_endpoint``.
    """
    targets = [] if criteria.endpoint is None else targets_of(database, criteria.endpoint)
    parts = [targets[start : start + AT_ONCE] for start in range(0, len(targets), AT_ONCE)] or [[]]
    found = [one for part in parts for one in _find(database, criteria, part, limit, after)]
    found.sort(key=lambda one: (one.row.created_at, one.revision, one.row.id), reverse=True)
    return found[:limit]


def find_delivery(database: Database, delivery_id: str) -> Found:
    """One delivery, by its full id. Raises: PermanentError ``unknown_delivery``."""
    with database.read() as session:
        found = session.execute(_query().where(WebhookDelivery.id == delivery_id)).one_or_none()
    if found is None:
        raise unknown_delivery(delivery_id)
    row, revision, url, endpoint = found
    return Found(row, revision, shown_url(url or ""), endpoint)


def unknown_delivery(text: str) -> PermanentError:
    """The error for an unknown delivery id."""
    return PermanentError(
        "unknown_delivery", f"There is no delivery {text!r}.", "`meeting-pipeline webhooks list` shows the deliveries."
    )


def targets_of(database: Database, text: str) -> list[str]:
    """The endpoints that a person means by ``text``: the hashes of ``urls_of``. Raises: PermanentError ``unknown_endpoint``."""
    return sorted(target_of(url) for url in urls_of(database, text))


def urls_of(database: Database, text: str) -> list[str]:
    """The URLs that a person means by ``text``, among those that ever had a submission.

    Raises: PermanentError ``unknown_endpoint``; its message does not repeat a URL, which may contain a credential.
    """
    query = select(Submission.webhook_url).where(Submission.webhook_url.is_not(None)).distinct()
    with database.read() as session:
        found = sorted({url for url in session.scalars(query) if url and is_endpoint(url, text)})
    if not found:
        shown = shown_url(text) if "://" in text else text
        raise PermanentError(
            "unknown_endpoint",
            f"No webhook goes to {shown}.",
            "Use a URL, a host or host:port; `meeting-pipeline webhooks list` shows them.",
        )
    return found


def _query() -> Select[tuple[WebhookDelivery, int, str | None, WebhookEndpoint]]:
    """The endpoint is ``None`` if it works, which the types of an outer join do not express."""
    return (
        select(WebhookDelivery, WebhookEvent.revision, Submission.webhook_url, WebhookEndpoint)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .join(Submission, Submission.id == WebhookDelivery.submission_id)
        .outerjoin(WebhookEndpoint, WebhookEndpoint.target == WebhookDelivery.target)
    )


def _find(
    database: Database, criteria: DeliveryFilter, targets: Sequence[str], limit: int | None, after: PagePosition | None
) -> list[Found]:
    conditions: list[Any] = []
    if after is not None:
        place = tuple_(WebhookDelivery.created_at, WebhookEvent.revision, WebhookDelivery.id)
        conditions.append(place < (after.created_at, after.revision, after.id))
    if criteria.states:
        conditions.append(WebhookDelivery.state.in_(criteria.states))
    if criteria.key is not None:
        conditions.append(WebhookDelivery.recording_key == criteria.key)
    if targets:
        conditions.append(WebhookDelivery.target.in_(targets))
    if criteria.since is not None:
        conditions.append(WebhookDelivery.created_at >= criteria.since)
    if criteria.until is not None:
        conditions.append(WebhookDelivery.created_at < criteria.until)
    order = (WebhookDelivery.created_at.desc(), WebhookEvent.revision.desc(), WebhookDelivery.id.desc())
    with database.read() as session:
        rows = session.execute(_query().where(*conditions).order_by(*order).limit(limit)).all()
    return [Found(row, revision, shown_url(url or ""), endpoint) for row, revision, url, endpoint in rows]
