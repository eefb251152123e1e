"""The nouns of the pipeline: recording metadata, transcript, insights, provenance.

Belongs here: plain immutable values that several rooms share. Times inside a recording are integer milliseconds from
its start; datetimes are timezone-aware UTC. Speakers are diarization labels (``A``, ``B``, ...): names are resolved
when a record is loaded, so a rename never rewrites a result. In sentences a label is written as a mark, ``{A}``
(``speaker_placeholders.py``).
Must not go here: SQL rows (``store/``), wire formats of a provider (``providers/``), rendering (``minutes.py``).
"""

import datetime as dt
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny

from meeting_pipeline.domain.meeting_day import known_zone
from meeting_pipeline.domain.open_enum import OpenEnum
from meeting_pipeline.domain.text import one_line


class Value(BaseModel):
    """Base of all values: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Provenance(Value):
    """Who made a result. It is shown wherever the result is shown."""

    provider: str
    """``assemblyai``, ``openai``, ``imported`` or ``offline``. Simulated providers of the tests are named as such."""
    model: str
    draft: bool = False
    """True for every result of the offline engine: it must be read as a draft, not as a record."""
    note: str = ""
    """One sentence for the reader, e.g. what a draft can and cannot be trusted for."""


class Segment(Value):
    """A stretch of speech by one speaker.

    ``index`` is the segment's id: 0-based and gapless in order of ``start_ms``.
    ``confidence`` is 0..1, or ``None`` if the provider gives none (imported transcripts).
    Sources without usable times (some Meet exports) get estimated times; their provenance says so.
    """

    index: int
    speaker: str
    start_ms: int
    end_ms: int
    text: str
    confidence: float | None = None


class Transcript(Value):
    """A diarized transcript. ``speaker_names`` holds names given by the source itself (imported transcripts)."""

    segments: tuple[Segment, ...]
    language: str | None
    duration_ms: int
    confidence: float | None
    provenance: Provenance
    speaker_names: dict[str, str] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """Everything that was said, one segment per line, without speakers."""
        return "\n".join(segment.text for segment in self.segments)

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """Speaker labels in order of first appearance."""
        return tuple(dict.fromkeys(segment.speaker for segment in self.segments))


class Evidence(Value):
    """What a statement is based on: ids of existing segments, and words quoted from them."""

    segment_ids: tuple[int, ...]
    quote: str


class SpeakerName(Value):
    """A name for a speaker label. ``name`` is ``None`` if the transcript does not reveal it."""

    label: str
    name: str | None
    confidence: float
    evidence: Evidence | None = None


class Topic(Value):
    """A part of the meeting: its subject and its time range."""

    title: str
    start_ms: int
    end_ms: int


class ActionItem(Value):
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
    """True if the transcript is too uncertain to present the item as a fact."""


class Decision(Value):
    """Something that was decided. ``decided_by`` holds speaker labels, or names as said."""

    decision: str
    decided_by: tuple[str, ...]
    evidence: Evidence
    candidate: bool = False


class Insight(OpenEnum):
    """The optional results; each is an asset."""

    # Each insight is one file (``insights/``). The names here are those that other code refers to.
    SPEAKERS: ClassVar["Insight"]
    SUMMARY: ClassVar["Insight"]
    ACTION_ITEMS: ClassVar["Insight"]
    DECISIONS: ClassVar["Insight"]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of all insights that have a form, in the order of their assets."""
        from meeting_pipeline.domain.insight_forms import forms  # not at the top: that module imports this one

        return tuple(forms())


Insight.SPEAKERS = Insight.named("speakers")
Insight.SUMMARY = Insight.named("summary")
Insight.ACTION_ITEMS = Insight.named("action_items")
Insight.DECISIONS = Insight.named("decisions")


class ResultKind(OpenEnum):
    """Kinds of stored results (artifacts): the transcript, the four insights, the minutes."""

    TRANSCRIPT: ClassVar["ResultKind"]
    SPEAKERS: ClassVar["ResultKind"]
    SUMMARY: ClassVar["ResultKind"]
    ACTION_ITEMS: ClassVar["ResultKind"]
    DECISIONS: ClassVar["ResultKind"]
    MINUTES: ClassVar["ResultKind"]

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """All kinds, in order of dependency."""
        return ("transcript", *Insight.names(), "minutes")


ResultKind.TRANSCRIPT = ResultKind.named("transcript")
ResultKind.SPEAKERS = ResultKind.named("speakers")
ResultKind.SUMMARY = ResultKind.named("summary")
ResultKind.ACTION_ITEMS = ResultKind.named("action_items")
ResultKind.DECISIONS = ResultKind.named("decisions")
ResultKind.MINUTES = ResultKind.named("minutes")


class InsightResult(Value):
    """Base of the results of insights."""


class Speakers(InsightResult):
    """Result of the ``speakers`` insight: one entry per label of the transcript."""

    names: tuple[SpeakerName, ...]


class Summary(InsightResult):
    """Result of the ``summary`` insight. ``coverage`` says which part of the meeting was read."""

    short_summary: str
    topics: tuple[Topic, ...]


class ActionItems(InsightResult):
    """Result of the ``action_items`` insight."""

    items: tuple[ActionItem, ...]


class Decisions(InsightResult):
    """Result of the ``decisions`` insight."""

    decisions: tuple[Decision, ...]


class Usage(Value):
    """What an answer cost. ``cost_usd`` is computed from the price table in the settings."""

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        """The sum of both."""
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
        )


class Coverage(Value):
    """Which part of the meeting a result is based on: ``segments_read`` of ``segments_total``, in ``parts`` calls."""

    segments_read: int
    segments_total: int
    parts: int = 1

    @property
    def complete(self) -> bool:
        """Whether the whole transcript was read."""
        return self.segments_read == self.segments_total


class Answer(Value):
    """A validated insight from an analyst (a language model or the offline rules)."""

    insight: Insight
    result: SerializeAsAny[InsightResult]
    coverage: Coverage
    usage: Usage
    provenance: Provenance
    prompt_version: str


class LLMRequest(Value):
    """One call of a language model, as stored in the ledger. Calls with the same ``digest`` have identical requests."""

    insight: Insight
    digest: str
    model: str
    prompt_version: str


class LLMResponse(Value):
    """The response to such a call: the raw text, the model named by the server, and the cost."""

    text: str
    model: str
    usage: Usage


class Unavailable(Value):
    """A typed gap: the insight could not be made. It is shown as a gap, and retried if ``retryable``."""

    insight: Insight
    code: str
    reason: str
    advice: str = ""
    retryable: bool = True
    retry_after_s: float | None = None


EARLIEST_MEETING: Final = date(1900, 1, 1)
LATEST_MEETING: Final = date(2199, 12, 31)
"""The accepted range of meeting dates. Sound was recorded before 1900, but no meetings. Due dates are counted from the
meeting date, and Python has no dates after the year 9999."""


def _zone_name(value: str | None) -> str | None:
    if value is not None:
        known_zone(value)
    return value


def _plain_words(value: str) -> str:
    """Names and terms go into prompts, requests and databases, so control characters and lone surrogates are removed."""
    return one_line(value)


def _no_boolean(value: object) -> object:
    """Python treats ``True`` as 1, but a submitter who writes `true` did not give a number."""
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def _no_timestamp(value: object) -> object:
    """Pydantic reads a number as seconds since 1970, but a day must be written out."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().lstrip("+-").isdecimal()):
        raise ValueError("must be a day such as 2026-11-20")
    return value


_Words = Annotated[str, Field(max_length=200), AfterValidator(_plain_words)]


class SidecarOptions(Value):
    """Details that a submitter can give in ``NAME.json`` or on the command line (strict: unknown keys fail)."""

    title: str | None = Field(default=None, max_length=300)
    webhook_url: str | None = Field(default=None, max_length=2000)
    webhook_secret: str | None = Field(default=None, min_length=8, max_length=500)
    participants: tuple[_Words, ...] = Field(default=(), max_length=200)
    keyterms: tuple[_Words, ...] = Field(default=(), max_length=1000)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}(_[a-z]{2})?$")
    speakers_expected: Annotated[int | None, BeforeValidator(_no_boolean)] = Field(default=None, ge=1, le=30)
    date: Annotated[dt.date | None, BeforeValidator(_no_timestamp)] = Field(
        default=None, ge=EARLIEST_MEETING, le=LATEST_MEETING
    )
    timezone: Annotated[str | None, AfterValidator(_zone_name)] = Field(default=None, max_length=64)
    file_modified_at: dt.datetime | None = None


class TranscriptionOptions(Value):
    """All options that affect a transcription. For one recording, equal options never buy a second transcription."""

    provider: str
    speech_models: tuple[str, ...] = ()
    language: str | None = None
    keyterms: tuple[str, ...] = ()
    speakers_expected: int | None = None


class MediaFacts(Value):
    """What decoding a file revealed. ``duration_ms`` is the decoded length, not the one in the header.

    ``recorded_at``: the recording time stated in the file, as ISO 8601 with an offset; ``None`` if there is none.
    """

    duration_ms: int
    codec: str
    container: str
    sample_rate_hz: int
    channels: int
    recorded_at: str | None = None


class RecordingStatus(StrEnum):
    """How far a recording is, for submitters."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def terminal(self) -> bool:
        """Whether the recording has an outcome."""
        return self in (RecordingStatus.COMPLETED, RecordingStatus.FAILED)


class Stage(StrEnum):
    """The stage of a recording. See ``docs/adr/0003-state-machine.md``."""

    ORDERING = "ordering"
    """accepted; its transcription is to be ordered at ``due_at``."""
    TRANSCRIBING = "transcribing"
    """ordered; the provider is working, nothing runs on our side."""
    READY = "ready"
    """the transcript is available; a run is to be requested at ``due_at``."""
    QUEUED = "queued"
    """a run was requested."""
    COLLECTING = "collecting"
    """a run fetches or makes the transcript."""
    EXTRACTING = "extracting"
    """a run makes the insights and writes the minutes."""
    DONE = "done"
    """terminal."""


Source = Literal["drop_folder", "cli", "api"]


@dataclass(frozen=True)
class MeetingContext:
    """What a language model may know about a meeting besides its transcript."""

    title: str | None
    meeting_date: date
    participants: tuple[str, ...]
