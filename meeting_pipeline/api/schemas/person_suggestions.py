"""Suggestions over HTTP: two people who may be the same person, and unnamed speakers who sound like a known person.

The fields are a contract: add some, never rename or remove one.
Must not go here: whom to suggest (``store/people/suggesting.py``).
"""

from pydantic import BaseModel, Field

from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.domain.people.likeness import LikenessReason
from meeting_pipeline.settings import Settings
from meeting_pipeline.store.people.suggesting import Suggested


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
                name=names[one.person_id], similarity=round(one.similarity, 3),
                page=meeting_page(settings.api_base_path, one.recording),
            )
            for one in found.speakers
        ],
    )  # fmt: skip
