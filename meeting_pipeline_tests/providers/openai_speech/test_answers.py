"""Answers of transcription servers: three shapes and their varieties; odd details have fallbacks, and no word is lost."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.providers.openai_speech.answers import detail_of, read_answer
from meeting_pipeline.providers.openai_speech.variants import Detail
from meeting_pipeline_tests.random_examples import examples


def said(body: dict[str, Any], duration_ms: int = 60_000) -> list[tuple[str | None, int, int, str]]:
    found = read_answer(body, duration_ms)
    return [(one.speaker, one.start_ms, one.end_ms, one.text) for one in found.said]


def test_diarized_json_has_times_and_speakers() -> None:
    body = {
        "text": "Hi. Ho.", "task": "transcribe", "duration": 2.0,
        "segments": [
            {"type": "transcript.text.segment", "id": "1", "start": 0.0, "end": 0.9, "text": "Hi.", "speaker": "A"},
            {"type": "transcript.text.segment", "id": "2", "start": 1.0, "end": 1.9, "text": "Ho.", "speaker": "B"},
        ],
    }  # fmt: skip
    assert said(body) == [("A", 0, 900, "Hi."), ("B", 1_000, 1_900, "Ho.")]
    assert detail_of(body) is Detail.SPEAKERS


def test_verbose_json_has_times_confidence_and_words() -> None:
    body = {
        "text": "Hi there. Ho.", "language": "english",
        "segments": [
            {"start": 0.0, "end": 1.0, "text": " Hi there.", "avg_logprob": -0.1},
            {"start": 1.0, "end": 2.0, "text": " Ho.", "avg_logprob": "odd"},
        ],
        "words": [
            {"word": "Hi", "start": 0.0, "end": 0.4}, {"word": "there", "start": 0.5, "end": 0.9},
            {"word": "Ho", "start": 1.1, "end": 1.5},
        ],
    }  # fmt: skip
    found = read_answer(body, 60_000)
    assert [(one.text, [w.text for w in one.words]) for one in found.said] == [
        ("Hi there.", ["Hi", "there"]), ("Ho.", ["Ho"]),
    ]  # fmt: skip
    assert found.said[0].confidence == pytest.approx(0.9048, abs=1e-4)
    assert found.said[1].confidence is None
    assert (found.timed, found.language, detail_of(body)) == (True, "english", Detail.TIMES)


def test_words_inside_segments_are_read_too() -> None:
    words = [{"word": " Hi", "start": 0.0, "end": 0.4}, {"word": " there", "start": 0.5, "end": 0.9}]
    found = read_answer(
        {"text": "Hi there", "segments": [{"start": 0, "end": 1, "text": "Hi there", "words": words}]}, 9_000
    )
    assert [word.text for word in found.said[0].words] == ["Hi", "there"]


def test_json_is_one_piece_without_times() -> None:
    found = read_answer({"text": " Hi there. "}, 9_000)
    assert (found.timed, [(one.text, one.start_ms, one.end_ms) for one in found.said]) == (
        False,
        [("Hi there.", 0, 9_000)],
    )
    assert detail_of({"text": "Hi"}) is Detail.TEXT


def test_mistrals_speakers_are_read() -> None:
    body = {"model": "voxtral", "text": "Hi.", "segments": [{"text": "Hi.", "start": 0, "end": 1, "speaker_id": "s_1"}]}
    assert said(body) == [("s_1", 0, 1_000, "Hi.")]
    assert read_answer(body, 9_000).model == "voxtral"


def test_a_piece_without_a_speaker_belongs_to_the_one_before_it() -> None:
    segments = [
        {"text": "a", "start": 0, "end": 1}, {"text": "b", "start": 1, "end": 2, "speaker": "B"},
        {"text": "c", "start": 2, "end": 3, "speaker": None},
    ]  # fmt: skip
    assert [who for who, *_ in said({"text": "a b c", "segments": segments})] == ["B", "B", "B"]


def test_what_the_text_has_after_the_last_segment_is_kept() -> None:
    body = {"text": "Hi there. And more words.", "segments": [{"start": 0, "end": 1, "text": "Hi there."}]}
    assert said(body, 5_000) == [(None, 0, 1_000, "Hi there."), (None, 1_000, 5_000, "And more words.")]


def test_segments_without_times_are_text() -> None:
    found = read_answer({"segments": [{"text": "Hi"}, {"text": "there."}]}, 9_000)
    assert (found.timed, [one.text for one in found.said]) == (False, ["Hi there."])


def test_words_without_segments_give_times() -> None:
    words = [{"word": "Hi", "start": 0, "end": 1}, {"word": "there", "start": 1, "end": 2}]
    found = read_answer({"text": "Hi there", "words": words}, 9_000)
    assert found.timed
    assert [word.text for word in found.said[0].words] == ["Hi", "there"]


@pytest.mark.parametrize("odd", [None, "x", -5, float("nan"), float("inf"), True, 10**30, [], "1" * 5_000])
def test_an_odd_time_follows_from_the_piece_before(odd: object) -> None:
    segments = [{"text": "a", "start": 0, "end": 2}, {"text": "b", "start": odd, "end": odd}]
    assert said({"segments": segments})[1][1:3] == (2_000, 2_000)


def test_no_time_lies_beyond_the_part() -> None:
    assert said({"segments": [{"text": "a", "start": 3, "end": 99}]}, 5_000) == [(None, 3_000, 5_000, "a")]


def test_times_in_strings_are_times() -> None:
    assert said({"segments": [{"text": "a", "start": "1.5", "end": "2"}]})[0][1:3] == (1_500, 2_000)


def test_silence_is_an_answer_that_shows_nothing() -> None:
    assert read_answer({"text": ""}, 9_000).said == ()
    assert detail_of({"text": "", "segments": []}) is None


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": 5}, {"segments": "x"}, {"error": "no"}])
def test_what_is_no_transcription_is_a_bad_answer(body: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_answer(body, 9_000)
    assert caught.value.code == "invalid_answer"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "word", "start", "end", "speaker", "avg_logprob", "words"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=examples(300), deadline=None)
@given(st.dictionaries(st.sampled_from(["text", "segments", "words", "language", "model"]), _JSON))
def test_whatever_the_fields_hold_nothing_but_a_bad_answer_is_raised(body: dict[str, Any]) -> None:
    try:
        found = read_answer(body, 60_000)
    except BadAnswer:
        return
    assert all(0 <= one.start_ms <= one.end_ms <= 60_000 for one in found.said)
    assert all(one.text.strip() for one in found.said)
    if isinstance(body.get("text"), str) and not body.get("segments") and not body.get("words"):
        assert " ".join(one.text for one in found.said).split() == str(body["text"]).replace("\x00", "").split()
