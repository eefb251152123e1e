"""The results of the four insights, and their parts.

Belongs here: plain immutable values. Labels of speakers are those of the transcript (``transcript.py``).
Must not go here: the prompts (``insights/``), how a result looks (``insight_forms.py``), SQL rows (``store/``).
"""

from datetime import date

from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import Claim, ItemClaim


class SpeakerName(Claim):
    """A name for a speaker label. ``name`` is ``None`` if the transcript does not reveal it."""

    label: str
    name: str | None
    confidence: float
    evidence: Evidence | None = None


class Topic(Claim):
    """A part of the meeting: its subject and its time range."""

    title: str
    start_ms: int
    end_ms: int


class ActionItem(ItemClaim):
    """Something that somebody agreed to do.

    ``owner`` is a speaker label if the owner spoke, otherwise the name as said; ``None`` if nobody was named.
    ``due_words`` keeps the words as said; ``due_date`` is the day they mean, relative to the meeting's date.
    """

    task: str
    owner: str | None
    due_date: date | None
    due_words: str | None
    evidence: Evidence
    candidate: bool = False
    """True if the item is not certain enough to be a fact, because of its transcript or of the rules that found it."""


class Decision(ItemClaim):
    """Something that was decided. ``decided_by`` holds speaker labels, or names as said."""

    decision: str
    decided_by: tuple[str, ...]
    evidence: Evidence
    candidate: bool = False


class SummarySentence(Claim):
    """One sentence of a summary, and the segments that it is based on."""

    text: str
    segment_ids: tuple[int, ...] = ()


class InsightResult(Value):
    """Base of the results of insights."""


class Speakers(InsightResult):
    """Result of the ``speakers`` insight: one entry per label of the transcript."""

    names: tuple[SpeakerName, ...]


class Summary(InsightResult):
    """Result of the ``summary`` insight. ``coverage`` says which part of the meeting was read.

    ``short_summary`` has the sentences that may be presented as facts; ``sentences`` has all of them, each with its verdict
    (none if the summary is older than verdicts).
    """

    short_summary: str
    topics: tuple[Topic, ...]
    sentences: tuple[SummarySentence, ...] = ()


class ActionItems(InsightResult):
    """Result of the ``action_items`` insight."""

    items: tuple[ActionItem, ...]


class Decisions(InsightResult):
    """Result of the ``decisions`` insight."""

    decisions: tuple[Decision, ...]
