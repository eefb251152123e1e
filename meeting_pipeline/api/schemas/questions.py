"""Questions and answers over HTTP. The fields are a contract: add some, never rename or remove one.

Belongs here: the models of ``api/routes/questions.py``. Must not go here: answering (``steps/asking/``).
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline.domain.page_links import meeting_page
from meeting_pipeline.domain.questions import passages as domain
from meeting_pipeline.domain.questions.checking import Citation, Proven
from meeting_pipeline.domain.questions.reading import QUESTION_CHARACTERS
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.asking.ask import Answered
from meeting_pipeline.store.search.values import Question


class AskedQuestion(BaseModel):
    """A question, and the meetings that it is about."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(max_length=2 * QUESTION_CHARACTERS, description="In a sentence or a few words.")]
    recording_id: str | None = Field(default=None, max_length=200, description="Only this meeting.")
    title: str | None = Field(default=None, max_length=300, description="Only meetings whose title contains this text.")
    since: date | None = Field(default=None, description="Only meetings of this day and later.")
    until: date | None = Field(default=None, description="Only meetings of this day and earlier.")

    def to_question(self) -> Question:
        """What is asked of the search."""
        return Question(
            self.question, recording_key=self.recording_id, title=self.title, since=self.since, until=self.until
        )


class AnswerCitation(BaseModel):
    """A place in a meeting, and the words there."""

    recording_id: str
    title: str
    meeting_date: date
    segment_ids: list[int]
    start_ms: int = Field(description="Start of the first segment, from the start of the recording.")
    speaker: str = Field(description="Who says the first words.")
    quote: str
    page: str = Field(description="Path of the page that opens the meeting at this place and plays from there.")


class AnswerSentence(BaseModel):
    """A sentence of the answer, which code has verified against the words that it cites."""

    text: str
    quoted: bool = Field(
        description="The text is what was said, word for word, instead of the model's sentence: that uses other words, or "
        "the meeting is in a language that the checks do not know."
    )
    citations: list[AnswerCitation]


class PassageLine(BaseModel):
    """A segment of a passage."""

    segment_id: int
    speaker: str
    start_ms: int
    text: str = Field(description="Plain text. A long segment is cut around a word of the question, marked by `…`.")


class PassageClaim(BaseModel):
    """An item of the passage that contains words of the question."""

    kind: LineKind
    text: str
    people: list[str]
    status: ItemStatus | None


class AnswerPassage(BaseModel):
    """Consecutive lines of a meeting."""

    recording_id: str
    title: str
    meeting_date: date
    lines: list[PassageLine]
    claims: list[PassageClaim]
    page: str
    media: str | None = Field(description="Path of the recording, for an audio player.")


class AnswerReason(BaseModel):
    """Why there is no answer."""

    code: str = Field(
        description="`not_in_meetings`, `no_language_model`, `questions_limit_reached`, `daily_limit_reached`, "
        "`unknown_price`, or the code of an error of the provider."
    )
    message: str
    advice: str


class Passages(BaseModel):
    """The passages, which are known before the answer. Data of the event `passages`."""

    passages: list[AnswerPassage]
    pending: int = Field(
        description="Recordings that are not indexed yet, after an upgrade or while the index is rebuilt."
    )


class Answer(Passages):
    """The answer to a question. Data of the event `answer`."""

    sentences: list[AnswerSentence] = Field(description="Verified sentences; none if there is no answer.")
    reason: AnswerReason | None = Field(description="Why there is no sentence.")
    dropped: int = Field(
        description="Sentences that are not shown, because the words that they cite do not support them."
    )
    model: str | None = Field(description="The model that was asked, if one was.")
    cost_usd: float = Field(description="Price of the call, as far as it is known.")
    price_known: bool
    ranking: Literal["words", "words_and_meaning"] = Field(
        description="Whether passages were chosen by their meaning too, if search by meaning is turned on."
    )
    ranking_note: str | None = Field(description="Why they were not, although it is turned on; for people.")


def passages_of(settings: Settings, passages: Sequence[domain.Passage], pending: int) -> Passages:
    """The representation of passages."""
    return Passages(passages=[_passage(settings.api_base_path, one) for one in passages], pending=pending)


def answer_of(settings: Settings, found: Answered) -> Answer:
    """The representation of an answer."""
    base, reason = settings.api_base_path, found.reason
    return Answer(
        passages=[_passage(base, one) for one in found.passages],
        pending=found.pending,
        sentences=[_sentence(base, one, found) for one in found.sentences],
        reason=AnswerReason(code=reason.code, message=reason.message, advice=reason.advice) if reason else None,
        dropped=found.dropped,
        model=found.model,
        cost_usd=round(found.cost_usd, 6),
        price_known=not found.unpriced,
        ranking="words_and_meaning" if found.by_meaning else "words",
        ranking_note=found.why_not,
    )


def _sentence(base: str, one: Proven, found: Answered) -> AnswerSentence:
    citations = [_citation(base, citation, found.meetings[citation.key]) for citation in one.citations]
    return AnswerSentence(text=one.text, quoted=one.quoted, citations=citations)


def _citation(base: str, citation: Citation, record: MeetingRecord) -> AnswerCitation:
    assert record.transcript is not None  # noqa: S101 - a citation has segments
    first = citation.segment_ids[0]
    segment = next(one for one in record.transcript.segments if one.index == first)
    return AnswerCitation(
        recording_id=citation.key,
        title=record.title,
        meeting_date=record.meeting_date,
        segment_ids=list(citation.segment_ids),
        start_ms=segment.start_ms,
        speaker=record.speaker_name(segment.speaker),
        quote=citation.quote,
        page=meeting_page(base, citation.key, segment=first),
    )


def _passage(base: str, one: domain.Passage) -> AnswerPassage:
    return AnswerPassage(
        recording_id=one.key,
        title=one.title,
        meeting_date=one.meeting_date,
        lines=[
            PassageLine(segment_id=line.segment_id, speaker=line.speaker, start_ms=line.start_ms, text=line.text)
            for line in one.lines
        ],
        claims=[
            PassageClaim(
                kind=claim.kind,
                text=claim.text,
                people=list(claim.people),
                status=ItemStatus(claim.status) if claim.status else None,
            )
            for claim in one.claims
        ],
        page=meeting_page(base, one.key, segment=one.lines[0].segment_id),
        media=f"{base}/v1/recordings/{quote(one.key)}/media" if one.has_media else None,
    )
