"""A labelled meeting: its transcript, what people say came out of it, and what must not be reported.

Belongs here: plain immutable values. Must not go here: the format of the files (``reading.py``), scoring (``scoring.py``).
"""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.domain.value import Value

Kind = Literal["action_items", "decisions"]
KINDS: tuple[Kind, ...] = ("action_items", "decisions")


class Stretch(Value):
    """A part of the meeting."""

    start_ms: int
    end_ms: int

    def near(self, other: "Stretch", tolerance_ms: int) -> bool:
        """Whether the two overlap, or are at most ``tolerance_ms`` apart."""
        return self.start_ms <= other.end_ms + tolerance_ms and other.start_ms <= self.end_ms + tolerance_ms


class Gold(Value):
    """An action item or decision that people found.

    ``owner_labelled`` and ``due_labelled`` say whether the labels state them; ``None`` then means nobody, or no date.
    """

    text: str
    evidence: tuple[Stretch, ...]
    owner: str | None = None
    owner_labelled: bool = False
    due: date | None = None
    due_labelled: bool = False


class Trap(Value):
    """A stretch that sounds like an item and is none, such as a promise that is taken back."""

    kind: str
    evidence: tuple[Stretch, ...]


class ScriptedClaim(Value):
    """One item of a model's answer as a script has it, and whether it is true. It tests the checks, not a model."""

    insight: str
    right: bool
    kind: str
    answer: dict[str, Any]


class LabelledMeeting(Value):
    """One meeting of a set.

    ``series`` names meetings of the same people about the same thing: halves of a set are divided between series.
    ``speaker_names`` holds the labelled name of each label; ``None``: the transcript does not reveal it. Empty: not labelled.
    """

    name: str
    series: str
    transcript: Transcript
    title: str | None
    day: date
    participants: tuple[str, ...]
    gold: dict[Kind, tuple[Gold, ...]]
    speaker_names: dict[str, str | None] = Field(default_factory=dict)
    traps: tuple[Trap, ...] = ()
    claims: tuple[ScriptedClaim, ...] = ()

    @property
    def context(self) -> MeetingContext:
        """The details of the meeting that an analyst gets."""
        return MeetingContext(self.title, self.day, self.participants)

    def stretch_of(self, segment_ids: tuple[int, ...]) -> tuple[Stretch, ...]:
        """The stretches of these segments. Unknown ids are left out."""
        return tuple(
            Stretch(start_ms=segment.start_ms, end_ms=segment.end_ms)
            for segment in self.transcript.segments
            if segment.index in segment_ids
        )
