"""The meeting record: everything that is known about one recording, gathered for rendering.

Belongs here: the value from which minutes, exports, the command line and the webhook payload are rendered, and the
one rule that turns a speaker label into a name. Must not go here: how it is stored (``store/``), how it is rendered
(``minutes.py``, ``exports.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from meeting_pipeline.domain.insight_results import (
    ActionItem,
    ActionItems,
    Decision,
    Decisions,
    InsightResult,
    SpeakerName,
    Speakers,
    Summary,
)
from meeting_pipeline.domain.item_edits import ItemEdit
from meeting_pipeline.domain.judged_claims import ClaimEdit, JudgedClaim
from meeting_pipeline.domain.provenance import Coverage, Provenance
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.segment_edits import SegmentEdit
from meeting_pipeline.domain.speaker_placeholders import resolved
from meeting_pipeline.domain.submitter_data import NOTHING_ATTACHED, SubmitterData
from meeting_pipeline.domain.transcript import Transcript

R = TypeVar("R", bound=InsightResult)


@dataclass(frozen=True)
class Gap:
    """A missing insight: since when, and after how many attempts.

    ``retry_at`` is ``None`` if it is not retried automatically.
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
    """Why a recording failed or waits."""

    code: str
    message: str
    advice: str = ""


@dataclass(frozen=True)
class Stamp:
    """The origin of one result: version, provenance and coverage, and the version of the transcript that it rests on.

    ``meeting_date``: the day that its due dates are counted from; ``None``: the meeting's present one.
    """

    version: int
    provenance: Provenance
    coverage: Coverage | None = None
    transcript_version: int | None = None
    meeting_date: date | None = None


@dataclass(frozen=True)
class MeetingRecord:
    """One recording and all of its current results. A result that was requested but is missing is named in ``gaps``.

    ``results`` holds the existing insights, by name, with only those claims that may be presented as facts.
    ``claims`` holds all their claims, also those that are withheld or deleted, and ``claim_edits`` what people said about them,
    by the claim's id. Loading a record fills both and selects the facts (``claim_edits.py``); ``None``: not done yet.
    ``stamps`` has one entry per existing result, by kind (``transcript``, ``summary``, ...).
    ``named`` maps labels to names given by people; ``merged`` maps labels to the label that people merged them into.
    Loading a record applies both to its transcript and results, and puts names into texts (``speaker_edits.py``).
    ``item_edits`` and ``segment_edits`` are all that people changed in items and segments, also what does not fit at present;
    ``edited_segments`` are the corrections that are in the transcript, by the index of their segment.
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
    unpriced_purchases: int = 0
    """Purchases whose price is unknown, and which are not in ``cost_usd``."""
    named: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    claims: tuple[JudgedClaim, ...] | None = None
    claim_edits: Mapping[str, ClaimEdit] = field(default_factory=dict)
    item_edits: tuple[ItemEdit, ...] = ()
    segment_edits: tuple[SegmentEdit, ...] = ()
    edited_segments: Mapping[int, SegmentEdit] = field(default_factory=dict)
    attached: SubmitterData = NOTHING_ATTACHED
    """The submitters' own reference and metadata."""
    silent_labels: tuple[str, ...] = ()
    """Labels of the transcript whose every segment people gave to somebody else; items may still name them."""

    @property
    def speakers(self) -> tuple[SpeakerName, ...] | None:
        """The names found for the labels; ``None`` if the result is missing."""
        found = self.result(Speakers)
        return None if found is None else found.names

    @property
    def summary(self) -> Summary | None:
        """What the meeting was about; ``None`` if the result is missing."""
        return self.result(Summary)

    @property
    def action_items(self) -> tuple[ActionItem, ...] | None:
        """What people agreed to do; ``None`` if the result is missing."""
        found = self.result(ActionItems)
        return None if found is None else found.items

    @property
    def decisions(self) -> tuple[Decision, ...] | None:
        """What was decided; ``None`` if the result is missing."""
        found = self.result(Decisions)
        return None if found is None else found.decisions

    def result(self, kind: type[R]) -> R | None:
        """The result of this kind; ``None`` if it is missing."""
        return next((found for found in self.results.values() if isinstance(found, kind)), None)

    def claims_withheld(self, insight: Insight) -> tuple[JudgedClaim, ...]:
        """The claims of this insight that are not confirmed by the words of the meeting, and that nobody has accepted."""
        return tuple(claim for claim in self.claims or () if claim.insight is insight and claim.withheld)

    @property
    def draft(self) -> bool:
        """Whether any current result is a draft of the offline engine."""
        return any(stamp.provenance.draft for stamp in self.stamps.values())

    def speaker_name(self, speaker: str) -> str:
        """The name to show for a label: given by a person, found by the insight, given by the source, or ``Speaker A``.

        A word that is not a label of this transcript is already a name and is returned unchanged.
        """
        label = self.merged.get(speaker, speaker)
        known = self.known_name(label)
        if known is not None:
            return known
        has_label = self.transcript is not None and label in (*self.transcript.speakers, *self.silent_labels)
        return f"Speaker {label}" if has_label else label

    def known_name(self, label: str) -> str | None:
        """The name of exactly this label (merges are not followed), if there is one."""
        if label in self.named:
            return self.named[label]
        for found in self.speakers or ():
            if found.label == label and found.name and (self.claims is not None or not found.withheld):
                return found.name
        return self.transcript.speaker_names.get(label) if self.transcript is not None else None

    def with_names(self, text: str) -> str:
        """An analyst's text with its speaker marks replaced by names."""
        labels = self.transcript.speakers if self.transcript is not None else ()
        return resolved(text, {*labels, *self.silent_labels, *self.merged}, self.speaker_name)

    def start_ms(self, segment_ids: tuple[int, ...]) -> int | None:
        """The start of the earliest of these segments in ms; ``None`` without a transcript or known ids."""
        if self.transcript is None or not segment_ids:
            return None
        by_index = {segment.index: segment.start_ms for segment in self.transcript.segments}
        starts = [by_index[i] for i in segment_ids if i in by_index]
        return min(starts) if starts else None
