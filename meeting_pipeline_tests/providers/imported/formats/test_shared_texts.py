"""The text exports of the shared cases are read with the speakers, words and times that a person reads in them."""

import pytest

from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline_tests.shared_cases import INPUTS
from meeting_pipeline_tests.shared_cases.texts import RIGHT_TEXTS

EXPORTS = INPUTS / "exports"


@pytest.mark.parametrize("name", RIGHT_TEXTS)
def test_a_shared_text_export_is_read_as_it_stands(name: str) -> None:
    if not (EXPORTS / name).exists():
        pytest.skip(f"{name} is not beside the checkout (../shared/cases)")
    transcript = read_transcript(EXPORTS / name)
    said = [(transcript.speaker_names.get(each.speaker), each.text) for each in transcript.segments]
    assert said == [(speaker, text) for speaker, text, _ in RIGHT_TEXTS[name]]
    for segment, (_, _, start) in zip(transcript.segments, RIGHT_TEXTS[name], strict=True):
        assert start is None or segment.start_ms == start * 1000


def test_every_text_export_has_a_right_value() -> None:
    if not EXPORTS.is_dir():
        pytest.skip("../shared/cases is not there")
    assert {path.name for path in EXPORTS.glob("*.txt")} == set(RIGHT_TEXTS)
