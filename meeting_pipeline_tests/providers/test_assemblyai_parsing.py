"""AssemblyAI's JSON: odd details have fallbacks, odd texts raise ``BadAnswer``, and nothing else is raised."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.providers.assemblyai_parsing import parse_list, parse_transcript
from meeting_pipeline_tests.random_examples import examples


def _parsed(**fields: Any) -> Transcript:
    found = parse_transcript({"status": "completed", **fields})
    assert isinstance(found, Transcript)
    return found


def _said(**fields: Any) -> dict[str, Any]:
    return {"speaker": "A", "text": "Hello.", "start": 0, "end": 500, "confidence": 0.9, **fields}


def test_segments_are_in_order_of_time_and_numbered_without_gaps() -> None:
    found = _parsed(utterances=[_said(start=900, text="b", speaker="B"), _said(text="a"), _said(start=900, text="c")])
    assert [(s.index, s.text, s.speaker) for s in found.segments] == [(0, "a", "A"), (1, "b", "B"), (2, "c", "A")]


@pytest.mark.parametrize("odd", [None, "12", -5, float("nan"), float("inf"), True, 10**30, []])
def test_an_odd_time_follows_from_the_segment_before(odd: object) -> None:
    found = _parsed(utterances=[_said(), _said(start=odd, end=odd, text="Next.")])
    assert [(s.start_ms, s.end_ms) for s in found.segments] == [(0, 500), (500, 500)]


@pytest.mark.parametrize("odd", [None, "x", -0.1, 1.5, float("nan"), True, {}])
def test_an_odd_confidence_is_none(odd: object) -> None:
    found = _parsed(utterances=[_said(confidence=odd)], confidence=odd)
    assert (found.confidence, found.segments[0].confidence) == (None, None)


@pytest.mark.parametrize(("given_label", "label"), [(None, "?"), ("", "?"), (1, "1"), ("B\x00\n", "B"), ([], "?")])
def test_a_speaker_keeps_its_label_and_a_missing_one_is_marked(given_label: object, label: str) -> None:
    assert _parsed(utterances=[_said(speaker=given_label)]).speakers == (label,)


def test_text_is_what_every_database_takes() -> None:
    found = _parsed(utterances=[_said(text="a\x00b \ud800"), _said(text=" \x00 "), _said(text=None)])
    assert [s.text for s in found.segments] == ["ab ?"]


def test_the_text_stands_as_a_whole_where_words_cannot_be_read() -> None:
    found = _parsed(text="Hello there.", words=[{"text": None}], audio_duration=12.4)
    assert [(s.speaker, s.text, s.start_ms, s.end_ms) for s in found.segments] == [("A", "Hello there.", 0, 12400)]
    assert found.duration_ms == 12400


def test_the_duration_covers_the_last_word() -> None:
    assert _parsed(utterances=[_said(end=2900)], audio_duration=2).duration_ms == 2900


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {},
        {"status": None},
        {"status": "completed", "text": 5},
        {"status": "completed", "utterances": ["x"]},
        {"status": "completed", "utterances": [{"text": 5}]},
    ],
)
def test_what_cannot_be_read_is_a_bad_answer(body: object) -> None:
    with pytest.raises(BadAnswer) as caught:
        parse_transcript(body)
    assert caught.value.code == "invalid_answer"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "start", "end"]), inner),
    max_leaves=6,
)
_FIELDS = ["text", "words", "utterances", "audio_duration", "confidence", "language_code", "audio_url", "error"]


@settings(max_examples=examples(200), deadline=None)
@given(
    st.fixed_dictionaries(
        {"status": st.sampled_from(["completed", "error", "new"])}, optional=dict.fromkeys(_FIELDS, _JSON)
    )
)
def test_whatever_the_fields_hold_nothing_but_a_bad_answer_is_raised(body: dict[str, Any]) -> None:
    for parse in (parse_transcript, lambda item: parse_list({"transcripts": [{"id": "x", **item}]})):
        try:
            found = parse(body)
        except BadAnswer:
            continue
        if isinstance(found, Transcript):
            assert [segment.index for segment in found.segments] == list(range(len(found.segments)))
            assert all(0 <= segment.start_ms <= segment.end_ms for segment in found.segments)
            assert found.model_dump_json()
