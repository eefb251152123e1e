"""People over HTTP. The fields are a contract: add some, never rename or remove one.

Belongs here: a person, the list and its cursor. Must not go here: edits (``person_edits.py``), suggestions
(``person_suggestions.py``), whose name it is (``domain/people/``).
"""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from meeting_pipeline.api.schemas.cursors import bad_cursor, read_parts, write_parts
from meeting_pipeline.api.schemas.person_edits import PersonEditEntry
from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.domain.people.identities import EVERYWHERE, PersonEditKind, is_id, recording_in
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.people.pages import After, PersonWithMeetings
from meeting_pipeline.store.people.pages import Person as PersonRow


class NameOf(BaseModel):
    """A name of a person in meetings."""

    name: str
    meetings: int = Field(description="Number of meetings with this name.")


class Person(BaseModel):
    """A person over all meetings: one name, or several that people have merged."""

    id: str
    name: str = Field(description="The name that people gave this person, or else the fullest name.")
    names: list[NameOf] = Field(description="The most frequent first.")
    meetings: int = Field(description="Meetings that have one of its names.")
    talk_ms: int = Field(description="How long the person spoke in all of them, in milliseconds.")
    open_commitments: int = Field(description="Action items that the person owns and that are not closed.")
    first_seen: date
    last_seen: date


class PersonMeeting(BaseModel):
    """A meeting of a person."""

    recording_id: str
    title: str
    meeting_date: date
    series: str = Field(description="As in commitments: `title:...`, `people:...` or `recording:...`.")
    names: list[str] = Field(description="The person's name there.")
    talk_ms: int | None = Field(description="How long the person spoke; null if not at all.")
    page: str = Field(description="Path of the page that opens the meeting.")


class PersonDetail(Person):
    """A person with the newest meetings and the edits."""

    version: int = Field(description="Counts the edits of this person.")
    in_meetings: list[PersonMeeting] = Field(description="At most 100, the newest first.")
    edits: list[PersonEditEntry] = Field(description="Newest first, including those that were undone.")


class PersonPage(BaseModel):
    """A page of people, most recently seen first."""

    people: list[Person]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last page.")
    pending: bool = Field(description="Whether the names of some recordings have not been read yet, after an upgrade.")


def person_json(person: PersonRow) -> Person:
    """The representation of a person."""
    return Person(**_fields(person))


def detail_json(settings: Settings, whole: PersonWithMeetings) -> PersonDetail:
    """The representation of a person with its meetings and edits."""
    return PersonDetail(
        **_fields(whole.person),
        version=whole.version,
        in_meetings=[
            PersonMeeting(
                recording_id=one.recording, title=one.title, meeting_date=one.meeting_date, series=one.series,
                names=list(one.names), talk_ms=one.talk_ms,
                page=meeting_page(settings.api_base_path, one.recording),
            )
            for one in whole.meetings
        ],
        edits=[
            PersonEditEntry(
                number=edit.number, kind=PersonEditKind(edit.kind), person_id=edit.person_id, other_id=edit.other_id,
                other_name=_other(whole, edit.person_id, edit.other_id), name=edit.name or edit.folded,
                series=edit.scope if edit.scope != EVERYWHERE and recording_in(edit.scope or "") is None else None,
                recording_id=recording_in(edit.scope or ""), edited_by=edit.edited_by, edited_at=edit.edited_at,
                undone_by=edit.undone_by, undone_at=edit.undone_at,
            )
            for edit in whole.edits
        ],
    )  # fmt: skip


def _other(whole: PersonWithMeetings, *ids: str | None) -> str | None:
    named = (whole.others.get(one) for one in ids if one and one != whole.person.person_id)
    return next((name for name in named if name), None)


def _fields(person: PersonRow) -> dict[str, Any]:
    return {
        "id": person.person_id,
        "name": person.name,
        "names": [NameOf(name=one.name, meetings=one.meetings) for one in person.names],
        "meetings": person.meetings,
        "talk_ms": person.talk_ms,
        "open_commitments": person.open,
        "first_seen": person.first_day,
        "last_seen": person.last_day,
    }


def write_place(after: After) -> str:
    """Encode a place in the list as a cursor."""
    return write_parts([after.last_day.isoformat(), after.person_id])


def read_place(cursor: str) -> After:
    """Decode a cursor of the list. Raises: ApiError 400 ``bad_cursor``."""
    day, person_id = read_parts(cursor, 2)
    if not isinstance(day, str) or not isinstance(person_id, str) or not is_id(person_id):
        raise bad_cursor()
    try:
        return After(date.fromisoformat(day), person_id)
    except ValueError as error:
        raise bad_cursor() from error
