"""Small meetings, and claims about them as an analyst gives them.

Must not go here: what is true (``true_items.py``) and what is not (``false_items.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verdicts import Claim
from meeting_pipeline.domain.verification.basis import Source
from meeting_pipeline.domain.verification.items import action_item, decision
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.domain.verification.summaries import summary_sentence

WEDNESDAY = date(2026, 3, 11)
"""The day of every meeting."""


def meeting_of(
    *talk: str,
    language: str | None = "en",
    names: dict[str, str] | None = None,
    participants: Iterable[str] = (),
) -> Meeting:
    """A meeting in which each ``A: words`` is a segment of 5 s."""
    split = [row.split(": ", 1) for row in talk]
    segments = tuple(
        Segment(index=i, speaker=label, start_ms=i * 5_000, end_ms=i * 5_000 + 4_500, text=words)
        for i, (label, words) in enumerate(split)
    )
    transcript = Transcript(
        segments=segments,
        language=language,
        duration_ms=len(talk) * 5_000,
        confidence=0.9,
        provenance=Provenance(provider="imported", model="vtt"),
        speaker_names=names or {},
    )
    return Meeting(transcript, MeetingContext(None, WEDNESDAY, tuple(participants)))


def source(meeting: Meeting, quote: str, *ids: int) -> Source:
    """A quote from these segments; the whole meeting was shown."""
    return Source(meeting, ids, quote, meeting.segments)


@dataclass(frozen=True)
class Task:
    """An action item about ``talk``. ``why``: the reason that must be among those of a false one."""

    talk: tuple[str, ...]
    task: str
    owner: str | None
    quote: str
    ids: tuple[int, ...]
    due: tuple[str | None, str | None] = (None, None)
    why: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def judged(self) -> Claim:
        """The item with its verdict."""
        return action_item(
            source(meeting_of(*self.talk, **self.more), self.quote, *self.ids),
            task=self.task, owner=self.owner, due_words=self.due[0], due_date=self.due[1], candidate=False,
        )  # fmt: skip


@dataclass(frozen=True)
class Resolution:
    """A decision about ``talk``."""

    talk: tuple[str, ...]
    text: str
    by: tuple[str, ...]
    quote: str
    ids: tuple[int, ...]
    why: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    def judged(self) -> Claim:
        """The decision with its verdict."""
        return decision(
            source(meeting_of(*self.talk, **self.more), self.quote, *self.ids),
            text=self.text,
            decided_by=self.by,
            candidate=False,
        )


@dataclass(frozen=True)
class Recap:
    """A sentence of a summary of ``talk``."""

    talk: tuple[str, ...]
    text: str
    ids: tuple[int, ...]
    more: dict[str, Any] = field(default_factory=dict)

    def judged(self) -> Claim:
        """The sentence with its verdict."""
        meeting = meeting_of(*self.talk, **self.more)
        return summary_sentence(meeting, self.text, self.ids, meeting.segments)
