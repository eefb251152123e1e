"""Whether a ``.json`` file is a sidecar or a transcript."""

import pytest

from meeting_pipeline.steps.intake.json_kind import begins_transcript


@pytest.mark.parametrize(
    "text",
    [
        '{"data": {"transcript": {"sentences": []}}}',
        '{"value": [{"speakerDisplayName": "Ana", "startDateTime": "x"}]}',
        '{"recognizedPhrases": []}',
        '[{"text": "Good morning."}]',
    ],
)
def test_a_file_that_wraps_objects_of_a_program_is_no_sidecar(text: str) -> None:
    assert begins_transcript(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Weekly", "metadata": {"project": {"name": "Apollo"}}}',
        '{"titel": "Weekly", "metadata": {"project": "Apollo"}}',
        '{"titel": "Weekly"}',
        "{}",
    ],
)
def test_a_file_with_details_of_a_meeting_is_a_sidecar_even_with_a_mistake(text: str) -> None:
    assert not begins_transcript(text.encode())


def test_json_that_windows_wrote_as_utf_16_is_looked_at() -> None:
    assert begins_transcript('{"segments": []}'.encode("utf-16"))
    assert not begins_transcript('{"title": "Weekly"}'.encode("utf-16"))
