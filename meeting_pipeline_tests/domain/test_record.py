"""The one rule that turns a label into a name, and the position of a statement in the recording."""

import pytest

from meeting_pipeline.domain.insight_results import SpeakerName
from meeting_pipeline.domain.provenance import Provenance
from meeting_pipeline.domain.record import Stamp
from meeting_pipeline_tests.catalog.records import MADE, record, transcript


@pytest.mark.parametrize(("said", "shown"), [("B", "Priya"), ("A", "Speaker A"), ("Marcus", "Marcus"), ("", "")])
def test_a_label_becomes_its_name_and_a_name_stays(said: str, shown: str) -> None:
    assert record().speaker_name(said) == shown


def test_a_name_of_the_source_is_used_where_nobody_was_named() -> None:
    named = transcript().model_copy(update={"speaker_names": {"A": "Dana", "B": "P."}})
    assert record(transcript=named).speaker_name("A") == "Dana"
    assert record(transcript=named).speaker_name("B") == "Priya"


def test_a_speaker_whose_name_is_not_told_keeps_the_label() -> None:
    unnamed = (SpeakerName(label="B", name=None, confidence=0.2),)
    assert record(speakers=unnamed).speaker_name("B") == "Speaker B"


def test_a_statement_starts_where_its_first_segment_starts() -> None:
    assert record().start_ms((1, 0)) == 0
    assert record().start_ms((1,)) == 1000
    assert record().start_ms(()) is None
    assert record().start_ms((7,)) is None
    assert record(transcript=None).start_ms((1,)) is None


def test_one_draft_makes_the_record_a_draft() -> None:
    draft = Stamp(1, Provenance(provider="offline", model="rules", draft=True))
    assert not record().draft
    assert record(stamps={"transcript": Stamp(1, MADE), "summary": draft}).draft
