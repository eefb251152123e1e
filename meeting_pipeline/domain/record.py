"""The meeting record: everything that is known about one recording, gathered for rendering.

Belongs here: the value that minutes, exports, the command line and the webhook payload are all rendered from, and the
one rule that turns a speaker label into a name. Must not go here: how it is stored (``store/``), how it looks
(``minutes.py``, ``exports.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from meeting_pipeline.domain.models import (
    ActionItem,
    ActionItems,
    Coverage,
    Decision,
    Decisions,
    Insight,
    InsightResult,
    Provenance,
    RecordingStatus,
    SpeakerName,
    Speakers,
    Stage,
    Summary,
    Transcript,
)
from meeting_pipeline.domain.speaker_placeholders import resolved

R = TypeVar("R", bound=InsightResult)


@dataclass(frozen=True)
class Gap:
    """An insight that is missing: since when, and after how many tries.

    ``retry_at`` is ``None`` when it will not be asked for again by itself.
    """

    insight: Insight
    code: str
    reason: str
    advice: str = ""
    retry_at: datetime | None = None
    since: datetime | None = None
    tries: int = 0


@dataclass(frozen=True)
class Problem:
    """Why a recording failed, or what it waits for."""

    code: str
    message: str
    advice: str = ""


@dataclass(frozen=True)
class Stamp:
    """Where one result came from: version, maker and coverage."""

    version: int
    provenance: Provenance
    coverage: Coverage | None = None


@dataclass(frozen=True)
class MeetingRecord:
    """One recording and all of its current results. A result that is missing and was asked for is named in ``gaps``.

    ``results`` has the insights that there are, by name.
    ``stamps`` has one entry per result that exists, by kind (``transcript``, ``summary``, ...).
    ``named`` holds the names that people gave to labels; ``merged`` the labels that people said are another one's. In the
    transcript and the results of a record that was loaded they are applied, and texts have names (``speaker_edits.py``).
    """

    key: str
    title: str
    original_name: str
    meeting_date: date
    duration_ms: int
    status: RecordingStatus
    stage: Stage
    revision: int
    submitted_at: datetime
    completed_at: datetime | None
    error: Problem | None = None
    gaps: tuple[Gap, ...] = ()
    transcript: Transcript | None = None
    results: Mapping[Insight, InsightResult] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    cost_usd: float = 0.0
    named: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)

    @property
    def speakers(self) -> tuple[SpeakerName, ...] | None:
        """The names of labels that were found; ``None`` if they are missing."""
        found = self.result(Speakers)
        return None if found is None else found.names

    @property
    def summary(self) -> Summary | None:
        """What it was about; ``None`` if that is missing."""
        return self.result(Summary)

    @property
    def action_items(self) -> tuple[ActionItem, ...] | None:
        """What somebody undertook; ``None`` if that is missing."""
        found = self.result(ActionItems)
        return None if found is None else found.items

    @property
    def decisions(self) -> tuple[Decision, ...] | None:
        """What was settled; ``None`` if that is missing."""
        found = self.result(Decisions)
        return None if found is None else found.decisions

    def result(self, kind: type[R]) -> R | None:
        """The result of this kind; ``None`` if it is missing."""
        return next((found for found in self.results.values() if isinstance(found, kind)), None)

    @property
    def draft(self) -> bool:
        """Whether any current result is a draft of the offline engine."""
        return any(stamp.provenance.draft for stamp in self.stamps.values())

    def speaker_name(self, speaker: str) -> str:
        """The name to show for a label: as people said, the named speaker, the source's own name, or ``Speaker A``.

        A word that is no label of this transcript is a name already and is returned as it is.
        """
        label = self.merged.get(speaker, speaker)
        known = self.known_name(label)
        if known is not None:
            return known
        has_label = self.transcript is not None and label in self.transcript.speakers
        return f"Speaker {label}" if has_label else label

    def known_name(self, label: str) -> str | None:
        """The name of this very label, if there is one."""
        if label in self.named:
            return self.named[label]
        for found in self.speakers or ():
            if found.label == label and found.name:
                return found.name
        return self.transcript.speaker_names.get(label) if self.transcript is not None else None

    def with_names(self, text: str) -> str:
        """An analyst's text with names for the marks of speakers in it."""
        labels = self.transcript.speakers if self.transcript is not None else ()
        return resolved(text, {*labels, *self.merged}, self.speaker_name)

    def start_ms(self, segment_ids: tuple[int, ...]) -> int | None:
        """When the first of these segments starts, in ms; ``None`` without a transcript or ids."""
        if self.transcript is None or not segment_ids:
            return None
        by_index = {segment.index: segment.start_ms for segment in self.transcript.segments}
        starts = [by_index[i] for i in segment_ids if i in by_index]
        return min(starts) if starts else None
