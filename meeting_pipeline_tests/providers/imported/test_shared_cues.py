"""Cue files of people who do this job, with the right value of each: ``../shared/cases/inputs/exports``, beside the checkout."""

import pytest

from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.shared_cases import INPUTS
from meeting_pipeline_tests.shared_cases.cues import CUE_LABELS, CUE_STARTS_MS, RIGHT_CUES

EXPORTS = INPUTS / "exports"

pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason="../shared/cases is not there")


@pytest.mark.parametrize("name", sorted(RIGHT_CUES))
def test_a_cue_file_gives_its_right_value(name: str) -> None:
    transcript = read_transcript(EXPORTS / name)
    said = [(transcript.speaker_names.get(segment.speaker), segment.text) for segment in transcript.segments]
    assert said == RIGHT_CUES[name]
    starts = CUE_STARTS_MS.get(name, [])
    assert [segment.start_ms for segment in transcript.segments][: len(starts)] == starts
    if name in CUE_LABELS:
        assert transcript.speaker_names == CUE_LABELS[name]
    words = transcript.provenance.words
    assert words is not None
    assert words.words_in == words.words_kept > 0


def test_every_cue_file_has_a_right_value() -> None:
    there = {path.name for path in EXPORTS.iterdir() if path.suffix in (".vtt", ".srt")}
    assert there == set(RIGHT_CUES)
