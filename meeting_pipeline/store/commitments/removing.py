"""Removes a deleted recording from commitments: its rows, and its words in the rows of other recordings.

Must not go here: linking what is left (``relinking.py``), a recording's other rows (``store/deletions/``).
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from meeting_pipeline.domain.commitments.values import Place
from meeting_pipeline.store.commitments.moving_edits import move_edits
from meeting_pipeline.store.commitments.relinking import lock_series, relink
from meeting_pipeline.store.tables import (
    Commitment,
    CommitmentChange,
    CommitmentEdit,
    CommitmentMeeting,
    CommitmentPart,
    CommitmentReport,
    WebhookEvent,
)

_UNSYNCED: Final = {"synchronize_session": False}
_WORDS: Final = ("text", "owner", "words")
"""Fields of a commitment in a webhook's body that hold what was said."""


def remove_from_commitments(session: Session, key: str, now: datetime) -> int:
    """Delete all data of a recording from commitments, with people's edits of its items. Returns the number of rows.

    What people said of a commitment that goes on in other meetings stays.
    Commitments of other meetings are relinked, so that none of its words is left in them. Events for submitters of other
    recordings may contain its words too: they are deleted here, and emptied in stored bodies.
    """
    gone = [
        delete(CommitmentEdit).where(
            or_(CommitmentEdit.recording_key == key, CommitmentEdit.other_recording_key == key)
        ),
        delete(CommitmentPart).where(CommitmentPart.recording_key == key),
        delete(CommitmentReport).where(CommitmentReport.recording_key == key),
        delete(CommitmentMeeting).where(CommitmentMeeting.recording_key == key),
        delete(CommitmentChange).where(CommitmentChange.recording_key == key),
    ]
    meeting = session.get(CommitmentMeeting, key)
    touched: set[str] = set()
    if meeting is not None:
        lock_series(session, [meeting.series])
        place, series = Place(meeting.meeting_date, key), meeting.series
        session.expunge(meeting)
        touched = _empty_bodies(session, series, key, _commitments_of(session, series, key))
        move_edits(session, session.scalars(select(CommitmentPart).where(CommitmentPart.recording_key == key)).all())
        session.flush()
    rows = [session.execute(one.execution_options(**_UNSYNCED)) for one in gone]
    if meeting is not None:
        relink(session, series, place, now)
        if touched:
            forget = update(Commitment).where(Commitment.id.in_(touched)).values(told=None)
            session.execute(forget.execution_options(**_UNSYNCED))
    return sum(int(getattr(one, "rowcount", 0)) for one in rows)


def _commitments_of(session: Session, series: str, key: str) -> set[str]:
    """The commitments of the series of which this recording says something."""
    found = session.execute(select(Commitment.id, Commitment.events).where(Commitment.series == series)).tuples()
    return {one for one, events in found if any(event["recording"] == key for event in events)}


def _empty_bodies(session: Session, series: str, key: str, mentioned: Collection[str]) -> set[str]:
    """Empty other recordings' events about these commitments, and about those that this recording has announced.

    Returns all of these commitments. An event that is delivered again afterwards says what became of one, without words.
    """
    others = select(CommitmentMeeting.recording_key).where(CommitmentMeeting.series == series)
    events = session.scalars(
        select(WebhookEvent).where(WebhookEvent.recording_key.in_(others), WebhookEvent.type == "commitment.changed")
    ).all()
    bodies: list[tuple[WebhookEvent, dict[str, Any]]] = [(event, json.loads(event.body)) for event in events]
    touched = {*mentioned, *(body["commitment"]["id"] for event, body in bodies if event.recording_key == key)}
    for event, body in bodies:
        if event.recording_key != key and body["commitment"]["id"] in touched:
            told = {
                name: value if value is None else value | {word: None for word in _WORDS if word in value}
                for name, value in ((name, body[name]) for name in ("commitment", "before"))
            }
            event.body = json.dumps(body | told, ensure_ascii=False, separators=(",", ":")).encode()
    return touched
