"""The rows of ``record_edits``: setting and unsetting fields, each with the data to undo it.

Must not go here: which fields there are, and what they do (``domain/``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.tables import EditHistoryRow, RecordEdit


@dataclass(frozen=True)
class Subject:
    """What an edit is about: an item or segment as it was found."""

    name: str
    kind: str
    anchor: Mapping[str, Any]
    insight: str | None = None
    added: bool = False


def set_fields(
    context: StoreContext, session: Session, key: str, subject: Subject, by: str, number: int,
    given: Mapping[str, Any], unset: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Set and unset fields. Returns what undoes it. A row without fields is deleted."""
    row = session.get(RecordEdit, (key, subject.name))
    old = dict(row.fields) if row is not None else {}
    fields = {name: value for name, value in old.items() if name not in unset} | dict(given)
    touched = [*given, *unset]
    restore = {
        "set": {name: old[name] for name in touched if name in old},
        "unset": [name for name in touched if name not in old],
        "now": dict(given),
        "gone": list(unset),
        "anchor": dict(subject.anchor),
        "insight": subject.insight,
        "added": subject.added,
    }
    if not fields:
        if row is not None:
            session.delete(row)
        return restore
    if row is None:
        row = RecordEdit(recording_key=key, subject=subject.name, kind=subject.kind, insight=subject.insight)
        row.added, row.anchor = subject.added, dict(subject.anchor)
        session.add(row)
    row.fields, row.version, row.edited_by, row.edited_at = fields, number, by, context.now()
    return restore


def undo_fields(context: StoreContext, session: Session, entry: EditHistoryRow, by: str, number: int) -> dict[str, Any]:
    """Undo what ``set_fields`` did, as the history has it. Returns what undoes that. Raises: PermanentError ``edited_since``.

    If that made the subject, nothing may be left of it: a field that was set later is refused too.
    """
    restore = entry.restore
    row = session.get(RecordEdit, (entry.recording_key, entry.subject))
    fields = row.fields if row is not None else {}
    if any(name not in fields or fields[name] != value for name, value in restore["now"].items()) or any(
        name in fields for name in restore["gone"]
    ):
        raise edited_since()
    if entry.action == "added" and fields.keys() - restore["now"].keys():
        raise edited_since()
    anchor = row.anchor if row is not None else restore["anchor"]
    about = Subject(entry.subject, entry.kind, anchor, restore["insight"], restore["added"])
    return set_fields(context, session, entry.recording_key, about, by, number, restore["set"], restore["unset"])


def edited_since() -> PermanentError:
    """The error for an edit on which a later one rests."""
    return PermanentError(
        "edited_since",
        "A later edit changed the same fields, or the item that this one added.",
        "Undo the later edit first, or write what it should say.",
    )
