"""The fields of a file that describes a labelled meeting. ``docs/evaluation.md`` explains them.

An unknown field is an error, so that a misspelt label is not silently missing; only below ``gold`` other kinds of labels are
allowed, because corpora have them. Must not go here: reading files (``reading.py``).
"""

from datetime import date as day
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_NO_DAY: Final = day(2026, 1, 5)
"""For meetings without a date: a Monday. Nothing in their labels depends on it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TurnFile(_Part):
    """Something that was said: ``"A: words"``, or an object with times in seconds."""

    speaker: str = Field(min_length=1, max_length=100)
    text: str
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        speaker, colon, text = given.partition(": ")
        if not colon:
            raise ValueError('write a turn as "A: words"')
        return {"speaker": speaker, "text": text}


class EvidenceFile(BaseModel):
    """A labelled stretch in seconds. Speaker and words are for people; corpora may add more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    text: str | None = None


class GoldFile(_Part):
    """An action item or decision, with its evidence as stretches or as numbers of turns, counted from 0."""

    text: str = Field(min_length=1)
    evidence: list[EvidenceFile] = []
    turns: list[int] = []
    owner: str | None = None
    due: day | None = None


class LabelsFile(BaseModel):
    """All labels of a meeting."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    actions: list[GoldFile] = []
    decisions: list[GoldFile] = []
    speakers: dict[str, str | None] = {}


class TrapFile(_Part):
    """A stretch from which nothing may be reported."""

    kind: str = Field(min_length=1)
    evidence: list[EvidenceFile] = []
    turns: list[int] = []


class ClaimFile(_Part):
    """An item of a model's answer, and whether it is true."""

    insight: Literal["action_items", "decisions"]
    right: bool
    kind: str
    answer: dict[str, Any]


class MeetingFile(_Part):
    """The whole file."""

    meeting: str | None = None
    series: str | None = None
    title: str | None = None
    date: day = _NO_DAY
    language: str = "en"
    participants: list[str] = []
    source: Any = None
    speakers: Any = None
    turns: list[TurnFile] = Field(min_length=1)
    gold: LabelsFile = LabelsFile()
    traps: list[TrapFile] = []
    claims: list[ClaimFile] = []

    @property
    def numbers_turns(self) -> bool:
        """Whether labels refer to turns by their place in the file."""
        numbers = [label.turns for label in (*self.gold.actions, *self.gold.decisions)]
        numbers += [trap.turns for trap in self.traps]
        return bool(self.claims) or any(numbers)
