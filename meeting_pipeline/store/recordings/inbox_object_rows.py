"""Objects of the inbox's bucket as values, and how rows become them.

Must not go here: queries and changes (``inbox_objects.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from meeting_pipeline.store.tables import InboxObject

ObjectState = Literal["seen", "left", "taken", "spare", "done"]
"""``seen``: waits to be taken. ``left``: left out, for a reason. ``taken``: became part of a recording, and must be removed from
the bucket. ``spare``: the same, and must be moved to the rejected files before. ``done``: never examined again."""
OPEN_STATES = ("seen", "left")
UNFINISHED_STATES = ("taken", "spare")


@dataclass(frozen=True)
class SeenObject:
    """An object as a row knows it. ``due_at``: it is not tried before."""

    digest: str
    state: ObjectState
    name: str
    recording_key: str | None
    first_seen_at: datetime
    seen_at: datetime
    tries: int
    due_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Sighting:
    """An object of a listing. ``left``: why it will not be taken, if that is plain from its name."""

    digest: str
    name: str
    left: str | None = None


def new_object(one: Sighting, now: datetime, first: datetime) -> dict[str, object]:
    """The columns of an object that was seen ``now``, and ``first`` then."""
    return {
        "digest": one.digest,
        "state": "seen" if one.left is None else "left",
        "name": one.name,
        "reason": one.left,
        "tries": 0,
        "first_seen_at": first,
        "seen_at": now,
        "listed_at": now,
    }


def object_state(text: str) -> ObjectState:
    """The state that a column has."""
    for state in ("seen", "left", "taken", "spare", "done"):
        if state == text:
            return state
    raise AssertionError(text)


def seen_object(row: InboxObject) -> SeenObject:
    """The value of a row."""
    return SeenObject(
        row.digest,
        object_state(row.state),
        row.name or "",
        row.recording_key,
        row.first_seen_at,
        row.seen_at,
        row.tries,
        row.due_at,
        row.reason,
    )
