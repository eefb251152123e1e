"""The ``summary`` insight: what the meeting was about, in short and as topics with their time ranges.

Belongs here: everything specific to this insight. Must not go here: what all insights share.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.document import Block, Entry, Heading, Paragraph
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.insight_forms import Form, StoredItem
from meeting_pipeline.domain.insight_results import Summary, SummarySentence, Topic
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import clock
from meeting_pipeline.domain.verification.summaries import checked_topics, summary_sentence
from meeting_pipeline.domain.verification.words import sentences_of
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.over_parts import OverParts
from meeting_pipeline.insights.plain import statement
from meeting_pipeline.insights.spec import InsightSpec, OfflineRules, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: what was this meeting about?
`sentences`: a summary of three to six sentences for somebody who was not there; what it came to before how it
went there. Each with `segment_ids`, the indexes of the lines that it is based on, and its `text`: numbers and
names as they were said. Leave out greetings, small talk and the course of the talk ("then they discussed ..."),
and what is true of any meeting ("the team made progress").
`topics`: the parts of the meeting in order, at most twelve, each with the indexes of its first and last segment
(`first_segment`, `last_segment`) and a `title` of a few words. Together they cover the meeting to its end.
"""


class TopicWire(Wire):
    """A part of the meeting, by the indexes of its first and last segment."""

    first_segment: int
    last_segment: int
    title: str


class SentenceWire(Wire):
    """A sentence of the summary, after the segments that it is based on."""

    segment_ids: list[int]
    text: str


class SummaryWire(Wire):
    """The raw answer."""

    sentences: list[SentenceWire]
    topics: list[TopicWire]

    @classmethod
    def adapted(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Accepts one text instead of sentences: servers without structured outputs give it. It is cut into sentences."""
        if not isinstance(value.get("short_summary"), str) or "sentences" in value:
            return value
        rest = {key: item for key, item in value.items() if key != "short_summary"}
        return {
            "sentences": [{"segment_ids": [], "text": text} for text in sentences_of(value["short_summary"])],
            **rest,
        }


def check(answer: SummaryWire, shown: Shown) -> Summary:
    """A summary of limited length, and topics in order of time, each sentence and topic with its verdict.

    Raises: BadAnswer ``invalid_answer`` (no text).
    """
    sentences = tuple(_sentences(answer, shown))
    if not sentences:
        raise BadAnswer("invalid_answer", "The model's summary is empty.", "It is retried.")
    return _summary(sentences, checked_topics(shown.meeting, _topics(answer, shown), shown.segments))


def _sentences(answer: SummaryWire, shown: Shown) -> Iterator[SummarySentence]:
    room = policies.INSIGHT_SUMMARY_CHARACTERS
    for one in answer.sentences:
        text = statement(one.text, room, shown.transcript)
        if text and room > 1:
            room -= len(text)
            yield summary_sentence(shown.meeting, text, one.segment_ids, shown.segments)


def _summary(sentences: Sequence[SummarySentence], topics: Iterable[Topic]) -> Summary:
    """The text holds the sentences that may be presented as facts; all of them are kept."""
    facts = " ".join(sentence.text for sentence in sentences if not sentence.withheld)
    return Summary(short_summary=facts, topics=tuple(topics), sentences=tuple(sentences))


def _topics(answer: SummaryWire, shown: Shown) -> Iterator[tuple[str, int, int]]:
    for one in answer.topics[: policies.INSIGHT_TOPICS]:
        title = statement(one.title, policies.INSIGHT_TITLE_CHARACTERS, shown.transcript)
        if title:
            yield title, one.first_segment, one.last_segment


def merge(results: Sequence[Summary]) -> Summary:
    """The short summaries joined in order, and all topics. Consecutive topics with the same title become one."""
    if len(results) == 1:
        return results[0]
    topics: list[Topic] = []
    for one in (one for result in results for one in result.topics):
        last = topics[-1] if topics else None
        if last is not None and last.title.casefold() == one.title.casefold() and last.withheld == one.withheld:
            topics[-1] = last.model_copy(update={"end_ms": max(last.end_ms, one.end_ms)})
        else:
            topics.append(one)
    return _summary([sentence for result in results for sentence in result.sentences], topics)


QUESTION_OVER_PARTS: Final = """\
Question: what was this meeting about?
The notes are the summaries of its parts, and their topics as `topic FIRST-LAST: title`.
`sentences`: one summary of the whole meeting of three to six sentences for somebody who was not there; what it came
to before how it went there. What a later note takes back is not reported as if it still held. Each with
`segment_ids`, the indexes of the notes that it is based on, and its `text`: numbers and names as in the notes.
`topics`: the topics of the meeting in order, at most twelve; join those that belong together. `first_segment` of the
first and `last_segment` of the last that is joined, and a `title` of a few words.
"""


def notes(result: Summary, shown: Shown) -> Iterator[str]:
    """The sentences that can be presented as facts, and the topics by the segments of their times."""
    for sentence in result.sentences:
        if not sentence.withheld:
            yield f"[{', '.join(str(index) for index in sentence.segment_ids)}] {sentence.text}"
    for topic in result.topics:
        inside = [
            index
            for index, segment in shown.segments.items()
            if topic.start_ms <= segment.start_ms and segment.end_ms <= topic.end_ms
        ]
        if inside and not topic.withheld:
            yield f"topic {min(inside)}-{max(inside)}: {topic.title}"


def rewrite(result: Summary, answer: SummaryWire, shown: Shown) -> Summary:
    """The summary as it is written over the parts; what the parts say, if nothing in it can be presented as a fact."""
    written = check(answer, shown)
    topics = written.topics if any(not topic.withheld for topic in written.topics) else result.topics
    if not written.short_summary:
        return result
    return written.model_copy(update={"topics": topics})


@dataclass(frozen=True, kw_only=True)
class SummaryForm(Form[Summary]):
    """Running text with topics below it."""

    def named(self, result: Summary, record: MeetingRecord) -> Summary:
        """See ``Form``."""
        topics = (topic.model_copy(update={"title": record.with_names(topic.title)}) for topic in result.topics)
        sentences = (one.model_copy(update={"text": record.with_names(one.text)}) for one in result.sentences)
        return Summary(
            short_summary=record.with_names(result.short_summary), topics=tuple(topics), sentences=tuple(sentences)
        )

    def section(self, result: Summary | None, record: MeetingRecord) -> Iterator[Block]:
        """See ``Form``."""
        if result is None:
            return
        yield Paragraph(result.short_summary)
        if result.topics:
            yield Heading(3, "Topics")
        for topic in result.topics:
            yield Entry(topic.title, (f"{clock(topic.start_ms)} to {clock(topic.end_ms)}",))

    def as_json(self, result: Summary | None, record: MeetingRecord) -> Any:
        """See ``Form``."""
        return None if result is None else result.model_dump(mode="json")

    def columns(self) -> tuple[str, ...]:
        """See ``Form``."""
        return ("topic", "from", "to")

    def table(self, result: Summary, record: MeetingRecord) -> list[dict[str, str]]:
        """See ``Form``."""
        return [
            {"topic": record.with_names(topic.title), "from": clock(topic.start_ms), "to": clock(topic.end_ms)}
            for topic in result.topics
        ]

    def abstract(self, result: Summary, record: MeetingRecord) -> str:
        """See ``Form``."""
        return record.with_names(result.short_summary)

    def stored_items(self, result: Summary) -> Sequence[StoredItem]:
        """Empty: a summary is one text and has no rows for SQL."""
        return ()


FORM: Final = SummaryForm(
    insight=Insight.SUMMARY,
    title="Summary",
    result=Summary,
    description="What the meeting was about: a short summary, and topics with their time ranges.",
    place=10,
    available="summary_is_available",
)
SUMMARY: Final = InsightSpec(
    form=FORM,
    question=QUESTION,
    wire=SummaryWire,
    check=check,
    merge=merge,
    offline=OfflineRules.SUMMARY,
    over_parts=OverParts(QUESTION_OVER_PARTS, SummaryWire, notes, rewrite),
)
