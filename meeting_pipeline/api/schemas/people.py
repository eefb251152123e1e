"""People over HTTP. The fields are a contract: add some, never rename or remove one.

Belongs here: the models of ``api/routes/people.py``, and its cursor. Must not go here: whose name it is (``domain/people/``).
"""

from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, model_validator

from meeting_pipeline.api.schemas.cursors import bad_cursor, read_parts, write_parts
from meeting_pipeline.api.schemas.edits import Version
from meeting_pipeline.domain.people.identities import EVERYWHERE, PersonEditKind, is_id, recording_in
from meeting_pipeline.domain.people.likeness import LikenessReason
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.people.pages import After, WholePerson
from meeting_pipeline.store.people.pages import Person as PersonRow
from meeting_pipeline.store.people.suggesting import Suggested

_ID: Final = r"^person-[0-9a-f]{16}$"
_NAME: Final = 300
_KEY: Final = 80


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


class PersonEditEntry(BaseModel):
    """A person's edit of it."""

    number: int
    kind: PersonEditKind
    person_id: str
    other_id: str | None = Field(
        description="The other person: merged with this one, given the name, or marked as somebody else."
    )
    other_name: str | None = Field(
        description="The name of that person, or of the merged one; null if nobody has it now."
    )
    name: str | None = Field(description="The name that was given or split off.")
    series: str | None = Field(description="The series in which the name was split off; null: in all.")
    recording_id: str | None = Field(description="The recording in which the name was split off; null: in all.")
    edited_by: str
    edited_at: datetime
    undone_by: str | None
    undone_at: datetime | None


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


class SuggestedPerson(BaseModel):
    """One of two people who may be one."""

    id: str
    name: str = Field(description="The person's name.")
    because_of: str = Field(description="The name that resembles one of the other person's.")


class PersonSuggestion(BaseModel):
    """Two people who may be one."""

    one: SuggestedPerson
    other: SuggestedPerson
    reason: LikenessReason
    series: str | None = Field(description="A series of meetings that has both, if that was a reason.")
    similarity: float | None = Field(
        default=None, description="How alike their voices are, up to 1; null unless voices are compared and alike."
    )


class SuggestedSpeaker(BaseModel):
    """An unnamed speaker who sounds like a known person."""

    recording_id: str
    title: str
    label: str = Field(description="The label of the speaker there: name it with `PATCH .../speakers`.")
    person: str = Field(description="The `id` of the person.")
    name: str = Field(description="The name of the person.")
    similarity: float = Field(description="How alike the voices are, up to 1.")
    page: str = Field(description="Path of the page that opens the meeting.")


class PersonSuggestions(BaseModel):
    """Pairs of people who may be one person, most likely first. Nobody is merged automatically."""

    suggestions: list[PersonSuggestion]
    speakers: list[SuggestedSpeaker] = Field(
        default_factory=list,
        description="Speakers without a name who sound like somebody. Empty unless voices are compared.",
    )


class SplitName(BaseModel):
    """A name that is somebody else's."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=_NAME, description="One of `names`.")
    series: str | None = Field(
        default=None,
        max_length=_NAME,
        description="Only in meetings of this series, including future ones: its name or a title.",
    )
    recording_id: str | None = Field(default=None, max_length=_KEY, description="Only in this recording.")
    to: str | None = Field(default=None, pattern=_ID, description="Whose name it is; without it, a new person's.")


class EditPerson(BaseModel):
    """An edit of a person: one of `name`, `merge_into`, `split` and `differs_from`."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(
        default=None, max_length=_NAME, description="The name to show in lists; null: the fullest name in meetings."
    )
    merge_into: str | None = Field(default=None, pattern=_ID, description="The person to merge this one into.")
    split: SplitName | None = None
    differs_from: str | None = Field(
        default=None, pattern=_ID, description="A different person, so that the pair is not suggested again."
    )
    version: Version

    @model_validator(mode="after")
    def _one_thing(self) -> "EditPerson":
        if len(self.model_fields_set - {"version"}) != 1 or (
            self.model_fields_set & {"merge_into", "split", "differs_from"}
        ) != {name for name in ("merge_into", "split", "differs_from") if getattr(self, name) is not None}:
            raise ValueError("send one of name, merge_into, split and differs_from")
        return self


def person_json(person: PersonRow) -> Person:
    """The representation of a person."""
    return Person(**_fields(person))


def detail_json(settings: Settings, whole: WholePerson) -> PersonDetail:
    """The representation of a person with its meetings and edits."""
    return PersonDetail(
        **_fields(whole.person),
        version=whole.version,
        in_meetings=[
            PersonMeeting(
                recording_id=one.recording, title=one.title, meeting_date=one.meeting_date, series=one.series,
                names=list(one.names), talk_ms=one.talk_ms,
                page=_page(settings, one.recording),
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


def _other(whole: WholePerson, *ids: str | None) -> str | None:
    named = (whole.others.get(one) for one in ids if one and one != whole.person.person_id)
    return next((name for name in named if name), None)


def suggestions_json(settings: Settings, found: Suggested) -> PersonSuggestions:
    """The representation of suggestions."""
    names = found.names
    return PersonSuggestions(
        suggestions=[
            PersonSuggestion(
                one=SuggestedPerson(id=each.one, name=names[each.one], because_of=each.names[0]),
                other=SuggestedPerson(id=each.other, name=names[each.other], because_of=each.names[1]),
                reason=each.reason,
                series=each.series,
                similarity=round(each.similarity, 3) if each.similarity is not None else None,
            )
            for each in found.pairs
        ],
        speakers=[
            SuggestedSpeaker(
                recording_id=one.recording, title=one.title, label=one.label, person=one.person_id,
                name=names[one.person_id], similarity=round(one.similarity, 3), page=_page(settings, one.recording),
            )
            for one in found.speakers
        ],
    )  # fmt: skip


def _page(settings: Settings, key: str) -> str:
    return f"{settings.api_base_path}/#/meetings/{quote(key)}"


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
