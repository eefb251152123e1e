"""What people may write into items and segments: it is cleaned or refused. All of it is data.

Belongs here: limits and clean forms. Must not go here: what an edit does (``edited_claims.py``, ``segment_edits.py``).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.item_edits import FIELDS, EditField
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.sidecar_options import EARLIEST_MEETING, LATEST_MEETING
from meeting_pipeline.domain.speaker_edits import clean_name
from meeting_pipeline.domain.text import one_line
from meeting_pipeline.domain.verdicts import ItemStatus


def clean_fields(record: MeetingRecord, insight: Insight, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an item as they are stored: text on one line, people as labels where they speak, dates as ISO 8601.

    Raises: PermanentError ``bad_edit`` (a field that such an item does not have, no text, too long, no such status),
        ``bad_name``.
    """
    allowed = FIELDS.get(insight, frozenset())
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in allowed:
            raise bad_edit(f"{insight.value} have no {name}.", f"They have: {', '.join(sorted(allowed))}.")
        found[name] = _clean(record, EditField(name), value)
    return found


def clean_text(value: Any, limit: int) -> str:
    """The text on one line. Raises: PermanentError ``bad_edit``."""
    text = one_line(value) if isinstance(value, str) else ""
    if not text or len(text) > limit:
        raise bad_edit(f"A text has 1 to {limit} characters.", "Send the text as it should appear.")
    return text


def bad_edit(message: str, advice: str) -> PermanentError:
    """The error for an edit that says nothing that can be stored."""
    return PermanentError("bad_edit", message, advice)


def person(record: MeetingRecord, name: str) -> str:
    """The label of the only speaker who is called so, so that a later rename follows; otherwise the name as it was written."""
    labels = record.transcript.speakers if record.transcript is not None else ()
    if name in labels:
        return record.merged.get(name, name)
    clean = clean_name(name)
    called = [label for label in labels if record.speaker_name(label).casefold() == clean.casefold()]
    return called[0] if len(called) == 1 else clean


def _clean(record: MeetingRecord, field: EditField, value: Any) -> Any:
    match field:
        case EditField.TEXT:
            return clean_text(value, policies.EDITED_ITEM_CHARACTERS)
        case EditField.OWNER:
            return None if value is None else person(record, str(value))
        case EditField.DECIDED_BY:
            people = list(dict.fromkeys(person(record, str(one)) for one in value or ()))
            if len(people) > policies.EDITED_PEOPLE:
                raise bad_edit(f"At most {policies.EDITED_PEOPLE} people can be named.", "Name only those who matter.")
            return people
        case EditField.DUE_DATE:
            return None if value is None else _day(value)
        case EditField.STATUS:
            try:
                return ItemStatus(value).value
            except ValueError:
                known = ", ".join(status.value for status in ItemStatus)
                raise bad_edit("There is no such status.", f"There are: {known}.") from None


def _day(value: Any) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise bad_edit("That is not a date.", "Write it as 2026-11-20.") from None
    if not EARLIEST_MEETING <= day <= LATEST_MEETING:
        raise bad_edit("That date is out of range.", f"Name one from {EARLIEST_MEETING} to {LATEST_MEETING}.")
    return day.isoformat()
