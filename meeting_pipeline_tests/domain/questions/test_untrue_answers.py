"""Answers that were written before the rules were read: none that is untrue is shown, and most that are true are."""

from datetime import UTC, date, datetime
from functools import cache

import pytest

from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.questions.checking import Citation, CitedMeeting, Drafted, Proven, proven
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.transcript import Segment, Transcript
from meeting_pipeline_tests.domain.questions.untrue_answers import LANGUAGES, NAMES, TALKS, TRUE, UNTRUE, Said

WITHHELD = 6
"""True answers of which nothing is shown: each is a loss, and none may be added."""
AS_WRITTEN = 14
"""True answers that are shown as the model wrote them; instead of the others, what was said is shown."""


@cache
def meetings() -> dict[str, CitedMeeting]:
    """The meetings, of which a model was shown everything."""
    return {key: _meeting(key) for key in TALKS}


def _meeting(key: str) -> CitedMeeting:
    talk = TALKS[key]
    segments = tuple(
        Segment(index=at, speaker=label, start_ms=at * 5000, end_ms=at * 5000 + 4500, text=text)
        for at, (label, text) in enumerate(talk)
    )
    transcript = Transcript(
        segments=segments, language=LANGUAGES[key], duration_ms=len(talk) * 5000, confidence=None,
        provenance=Provenance(provider="imported", model="vtt"), speaker_names=NAMES[key],
    )  # fmt: skip
    record = MeetingRecord(
        key=key, title="Weekly", original_name="m.wav", meeting_date=date(2026, 3, 11), duration_ms=1000,
        status=RecordingStatus.COMPLETED, stage=Stage.DONE, revision=1, submitted_at=datetime.now(UTC),
        completed_at=None, transcript=transcript,
    )  # fmt: skip
    return CitedMeeting(record, (), range(len(talk)))


def shown(said: Said) -> Proven | None:
    """What of an answer is shown. Without a quote, each segment is cited with its own words."""
    talk = TALKS[said.meeting]
    quotes = [(said.ids, said.quote)] if said.quote is not None else [((at,), talk[at][1]) for at in said.ids]
    citations = tuple(Citation(said.meeting, tuple(ids), quote) for ids, quote in quotes)
    return proven(Drafted(said.text, citations), meetings())


@pytest.mark.parametrize("said", UNTRUE, ids=lambda said: said.text[:60])
def test_what_is_untrue_is_not_shown(said: Said) -> None:
    found = shown(said)
    if found is not None:  # the words of the meeting, whole sentences, in place of the model's
        assert found.quoted
        lines = [text for _, text in TALKS[said.meeting]]
        assert all(any(part in line for line in lines) for part in found.text.split(" … "))


def test_most_of_what_is_true_is_shown() -> None:
    found = [shown(said) for said in TRUE]
    assert found.count(None) <= WITHHELD
    assert len([one for one in found if one is not None and not one.quoted]) >= AS_WRITTEN
