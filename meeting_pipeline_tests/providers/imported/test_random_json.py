"""Whatever a JSON file holds, with the keys of transcripts in any place: reading ends with a transcript or a refusal."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.providers.imported.conservation import NOT_READ
from meeting_pipeline.providers.imported.reading import read_transcript
from meeting_pipeline.steps.intake.json_kind import TRANSCRIPT_KEYS
from meeting_pipeline_tests.random_examples import examples

KEYS = sorted(
    TRANSCRIPT_KEYS
    | {
        "start",
        "end",
        "start_ms",
        "end_ms",
        "speaker",
        "word",
        "punctuated_word",
        "alternatives",
        "channels",
        "body",
        "items",
    }
    | {
        "speakers",
        "label",
        "name",
        "startTime",
        "endTime",
        "timestamps",
        "offsets",
        "from",
        "to",
        "content",
        "type",
        "language",
    }
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(["1.5", "A", "hello there"])
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
    max_leaves=25,
)
SAID = st.lists(st.tuples(st.sampled_from(["Ana", "Ben", None]), st.integers(0, 10**6)), min_size=1, max_size=15)


@settings(
    max_examples=examples(300),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(VALUES)
def test_random_json_is_read_or_refused(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    try:
        transcript = read_transcript(path)
    except IntakeRefused:
        return
    assert all(0 <= one.start_ms <= one.end_ms for one in transcript.segments)
    assert transcript.segments


@settings(
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(SAID)
def test_every_word_of_random_segments_is_kept(tmp_path: Path, said: list[tuple[str | None, int]]) -> None:
    segments = [
        {"start": start / 100, "end": start / 100 + 1, "text": f"word{number} and more", "speaker": speaker}
        for number, (speaker, start) in enumerate(said)
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"text": "", "segments": segments, "language": "en"}))
    transcript = read_transcript(path)
    found = sorted(word for one in transcript.segments for word in one.text.split() if word.startswith("word"))
    assert found == sorted(f"word{number}" for number in range(len(said)))
    assert transcript.provenance.words is not None
    assert NOT_READ not in transcript.provenance.words.left_out
