"""The specification of an insight: a question, the shape of its answer, a check, a merge, and the form of its result.

Belongs here: the specification that the analysts work with. Add to it only what every insight needs. Must not go here:
anything about one insight, or about one provider; how results are shown (``domain/insight_forms.py``).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar

from meeting_pipeline import policies
from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.insight_forms import Form
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.domain.verification.meeting import Meeting
from meeting_pipeline.insights import over_parts
from meeting_pipeline.insights.correcting import Fault, faults_of
from meeting_pipeline.insights.over_parts import OverParts
from meeting_pipeline.insights.prompting import INSTRUCTIONS, render_input
from meeting_pipeline.insights.wire import Wire, canonical, read_entries, strict_schema

W = TypeVar("W", bound=Wire)
R = TypeVar("R", bound=InsightResult)

_SAMPLE = Transcript(
    segments=(
        Segment(index=0, speaker="A", start_ms=3_723_000, end_ms=3_724_000, text="Good\nmorning."),
        Segment(index=1, speaker="A", start_ms=3_724_000, end_ms=3_725_000, text="Hello."),
    ),
    language="en",
    duration_ms=3_725_000,
    confidence=None,
    provenance=Provenance(provider="sample", model="sample"),
    speaker_names={"A": "Ada"},
)
_SAMPLE_CONTEXT = MeetingContext(
    title="Sample",
    meeting_date=date(2026, 1, 5),
    participants=("Ada",),
    time_zone="Europe/Berlin",
    keyterms=("Sample",),
)


@dataclass(frozen=True)
class Shown:
    """What a model was given: the meeting, and a part of its transcript. Any other segment ids are invented.

    ``prepared`` is the meeting prepared for verification, which the parts of a transcript share.
    """

    transcript: Transcript
    context: MeetingContext
    segments: Mapping[int, Segment]
    prepared: Meeting | None = None

    @cached_property
    def meeting(self) -> Meeting:
        """The meeting, prepared for verification."""
        return self.prepared if self.prepared is not None else Meeting(self.transcript, self.context)

    @property
    def uncertain(self) -> bool:
        """Whether the transcript is too uncertain to present findings as facts, whoever transcribed."""
        confidence = self.transcript.confidence
        return confidence is not None and confidence < policies.DRAFT_FACT_CONFIDENCE


@dataclass(frozen=True)
class Checked(Generic[R]):
    """A checked answer. ``faults``: its entries that a second call may correct."""

    result: R
    faults: tuple[Fault, ...] = ()


class OfflineRules(StrEnum):
    """The built-in rules of the offline engine; see ``providers/offline/analyst.py``."""

    SPEAKERS = "speakers"
    SUMMARY = "summary"
    ACTION_ITEMS = "action_items"
    DECISIONS = "decisions"


@dataclass(frozen=True)
class InsightSpec(Generic[W, R]):
    """Everything specific to one insight.

    Attributes:
        form: its name, and how its result is shown everywhere.
        question: the question that follows the transcript in the prompt.
        wire: shape of the raw answer.
        check: turns a raw answer into the domain's value, each claim with its verdict; raises BadAnswer only for an answer
            that has nothing in it.
        merge: joins the answers to consecutive parts of one transcript, in order; never loses a part.
        known: returns the result if the transcript already contains it, so that no call is needed.
        offline: built-in rules of the offline engine, or a separate rule; ``None``: without a language model it is a gap.
        over_parts: what is asked once more over the answers to several parts; ``None``: ``merge`` is enough.
        revision: the author's version of the question; a new one makes earlier answers out of date.
    """

    form: Form[R]
    question: str
    wire: type[W]
    check: Callable[[W, Shown], R]
    merge: Callable[[Sequence[R]], R]
    known: Callable[[Transcript], R | None] = lambda transcript: None
    offline: OfflineRules | Callable[[Transcript, MeetingContext], R] | None = None
    over_parts: OverParts[R] | None = None
    revision: str = ""

    @property
    def insight(self) -> Insight:
        """The insight's name."""
        return self.form.insight

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Strict JSON schema of the raw answer."""
        return strict_schema(self.wire)

    @cached_property
    def _prompt_hash(self) -> str:
        # A sample rendering represents the layout: a changed layout counts as a changed prompt.
        sample = render_input(_SAMPLE, _SAMPLE_CONTEXT, self.question, segments=_SAMPLE.segments, part=1, parts=2)
        over = self.over_parts
        more = (over_parts.INSTRUCTIONS, over.question, canonical(strict_schema(over.wire))) if over is not None else ()
        text = "\0".join((INSTRUCTIONS, sample, canonical(self.schema), *more))
        return hashlib.sha256(text.encode()).hexdigest()

    def prompt_version(self, model: str) -> str:
        """Short hash of everything that affects an answer: instructions, layout, question, schema and model.

        It is prefixed with the ``revision``, if there is one.
        """
        digest = hashlib.sha256(f"{self._prompt_hash}\0{model}".encode()).hexdigest()[:12]
        return f"{self.revision}:{digest}" if self.revision else digest

    def read(self, text: str, shown: Shown) -> R:
        """Convert a raw answer to the domain's value. Entries that can be read are kept, whatever the others are.

        Raises: BadAnswer ``invalid_answer``.
        """
        return self.checked(text, shown).result

    def checked(self, text: str, shown: Shown) -> Checked[R]:
        """The same, with the entries that a second call may correct. Raises: BadAnswer ``invalid_answer``."""
        answer, unread = read_entries(self.wire, text)
        result = self.check(answer, shown)
        return Checked(result, faults_of(self.form, result, unread))
