"""The offline rules read hostile talk in linear time."""

from datetime import date

import pytest

from meeting_pipeline.domain.answers import MeetingContext
from meeting_pipeline.domain.due_dates import resolve_due
from meeting_pipeline.domain.evidence import occurs_in, words_of
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline.providers.offline.analyst import OfflineAnalyst
from meeting_pipeline_tests.processor_time import assert_within

CPU_SECONDS = 10.0
DAY = date(2026, 1, 5)


def talk(text: str) -> Transcript:
    segment = Segment(index=0, speaker="A", start_ms=0, end_ms=1000, text=text)
    return Transcript(
        segments=(segment,),
        language="en",
        duration_ms=1000,
        confidence=None,
        provenance=Provenance(provider="imported", model="txt"),
    )


@pytest.mark.parametrize("piece", ["we will ", "I will and ", "and ", "St. A ", "if we will ", "a'", "so I will "])
def test_one_endless_sentence_is_read_in_linear_time(piece: str) -> None:
    transcript = talk(piece * (200_000 // len(piece)))
    context = MeetingContext(title="t", meeting_date=DAY, participants=("Ann",))
    assert_within(CPU_SECONDS, lambda: [OfflineAnalyst().extract(insight, transcript, context) for insight in Insight])


def test_quotes_and_marks_are_compared_in_linear_time() -> None:
    said = talk("a " * 200_000 + "b").segments

    def compare() -> None:
        assert not occurs_in("a " * 100_000 + "c", said)
        assert occurs_in("a " * 100_000 + "b", said)
        words_of("a" + "\u0327\u0301" * 200_000)

    assert_within(CPU_SECONDS, compare)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_ends_of_the_calendar_give_no_date_and_no_error(day: date) -> None:
    for words in ("tomorrow", "end of next year", "next friday", "in 30 weeks", "21 March", "end of january"):
        resolve_due(words, day)
