"""The ``summary`` insight: what the meeting was about, in short and as topics with their time ranges.

Belongs here: everything specific to this insight. Must not go here: what all insights share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from meeting_pipeline.domain.document import Block, Entry, Heading, Paragraph
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.evidence import no_such_segment
from meeting_pipeline.domain.insight_forms import Form, StoredItem
from meeting_pipeline.domain.insight_results import Summary, Topic
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.text import clock
from meeting_pipeline.insights import policies
from meeting_pipeline.insights.plain import statement
from meeting_pipeline.insights.spec import InsightSpec, OfflineRules, Shown
from meeting_pipeline.insights.wire import Wire

QUESTION: Final = """\
Question: what was this meeting about?
`short_summary`: three to six sentences for somebody who was not there; what it came to before how it went
there.
`topics`: the parts of the meeting in order, at most twelve, each with a title of a few words and the indexes
of its first and last segment (`first_segment`, `last_segment`). Together they cover the meeting to its end.
"""


class TopicWire(Wire):
    """A part of the meeting, by the indexes of its first and last segment."""

    title: str
    first_segment: int
    last_segment: int


class SummaryWire(Wire):
    """The raw answer."""

    short_summary: str
    topics: list[TopicWire]


def check(answer: SummaryWire, shown: Shown) -> Summary:
    """A summary of limited length, and topics in order of time, with the times of their segments.

    Raises: BadAnswer ``invented_evidence`` (a segment that was not shown), ``invalid_answer`` (no text, too many topics).
    """
    text = statement(answer.short_summary, policies.INSIGHT_SUMMARY_CHARACTERS, shown.transcript)
    if not text:
        raise BadAnswer("invalid_answer", "The model's summary is empty.", "It is retried.")
    if len(answer.topics) > policies.INSIGHT_TOPICS:
        raise BadAnswer(
            "invalid_answer",
            f"The model gave more than {policies.INSIGHT_TOPICS} topics.",
            "It is retried.",
        )
    topics = [_topic(topic, shown) for topic in answer.topics]
    named = [topic for topic in topics if topic.title]
    return Summary(short_summary=text, topics=tuple(sorted(named, key=lambda topic: topic.start_ms)))


def _topic(topic: TopicWire, shown: Shown) -> Topic:
    for index in (topic.first_segment, topic.last_segment):
        if index not in shown.segments:
            raise no_such_segment()
    low, high = sorted((topic.first_segment, topic.last_segment))
    start_ms, end_ms = shown.segments[low].start_ms, shown.segments[high].end_ms
    return Topic(
        title=statement(topic.title, policies.INSIGHT_TITLE_CHARACTERS, shown.transcript),
        start_ms=start_ms,
        end_ms=max(start_ms, end_ms),
    )


def merge(results: Sequence[Summary]) -> Summary:
    """The short summaries joined in order, and all topics. Consecutive topics with the same title become one."""
    if len(results) == 1:
        return results[0]
    topics: list[Topic] = []
    for topic in (topic for result in results for topic in result.topics):
        last = topics[-1] if topics else None
        if last is not None and last.title.casefold() == topic.title.casefold():
            topics[-1] = last.model_copy(update={"end_ms": max(last.end_ms, topic.end_ms)})
        else:
            topics.append(topic)
    return Summary(short_summary=" ".join(result.short_summary for result in results), topics=tuple(topics))


@dataclass(frozen=True, kw_only=True)
class SummaryForm(Form[Summary]):
    """Running text with topics below it."""

    def named(self, result: Summary, record: MeetingRecord) -> Summary:
        """See ``Form``."""
        topics = (topic.model_copy(update={"title": record.with_names(topic.title)}) for topic in result.topics)
        return Summary(short_summary=record.with_names(result.short_summary), topics=tuple(topics))

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
    form=FORM, question=QUESTION, wire=SummaryWire, check=check, merge=merge, offline=OfflineRules.SUMMARY
)
