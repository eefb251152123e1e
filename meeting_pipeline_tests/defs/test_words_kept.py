"""The check of an import's words: green from 98 %, amber below, and nothing to judge for other transcripts."""

import dagster as dg
import pytest

from meeting_pipeline.defs.checks import KEPT, transcript_checks
from meeting_pipeline.defs.words_metadata import words_metadata
from meeting_pipeline.domain.provenance import Provenance, WordCount
from meeting_pipeline.domain.transcript import Segment, Transcript


def check(words: WordCount | None) -> dg.AssetCheckResult:
    transcript = Transcript(
        segments=(Segment(index=0, speaker="A", start_ms=0, end_ms=1000, text="Hello."),),
        language=None,
        duration_ms=1000,
        confidence=None,
        provenance=Provenance(provider="imported", model="vtt", words=words),
    )
    return next(found for found in transcript_checks(transcript, 1000) if found.check_name == KEPT)


@pytest.mark.parametrize(("kept", "passed"), [(100, True), (98, True), (97, False), (0, False)])
def test_an_import_turns_amber_below_98_percent(kept: int, passed: bool) -> None:
    found = check(WordCount(words_in=100, words_kept=kept, left_out={"head rows": 100 - kept}))
    assert found.passed is passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert found.metadata["words_in"].value == 100
    assert found.metadata["words_kept"].value == kept


def test_a_transcript_that_was_not_imported_passes() -> None:
    assert check(None).passed
    assert words_metadata(None) == {}


def test_what_was_left_out_is_a_table_of_reasons() -> None:
    table = words_metadata(WordCount(words_in=9, words_kept=5, left_out={"head rows": 4}))["left_out"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data for record in table.records] == [{"reason": "head rows", "words": 4}]


def test_a_provenance_without_words_is_stored_as_before() -> None:
    assert "words" not in Provenance(provider="assemblyai", model="x").model_dump(mode="json")
