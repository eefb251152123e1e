"""Tests of the evidence check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meeting_pipeline.domain import policies
from meeting_pipeline.domain.errors import BadAnswer
from meeting_pipeline.domain.evidence import occurs_in, verified, words_of
from meeting_pipeline.domain.transcript import Segment
from meeting_pipeline_tests.insights.meetings import transcript_of

SEGMENTS = {segment.index: segment for segment in transcript_of().segments}


def segments_of(*texts: str) -> dict[int, Segment]:
    return {s.index: s for s in transcript_of(("A", text) for text in texts).segments}


def test_a_quote_that_stands_there_keeps_its_ids() -> None:
    evidence = verified([3], "I will send the report", SEGMENTS)
    assert evidence.segment_ids == (3,)
    assert evidence.quote == "I will send the report"


@pytest.mark.parametrize(
    "quote", ["i WILL  send,\nthe report!", "“I will send the report”", "I will send the report — to Carol"]
)
def test_case_space_and_punctuation_do_not_count(quote: str) -> None:
    assert verified([3], quote, SEGMENTS).segment_ids == (3,)


def test_straight_and_curly_apostrophes_are_the_same() -> None:
    assert verified([4], "I\u2019ll book the room", SEGMENTS).segment_ids == (4,)


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert verified([0], "Zoe\u0308 agrees", segments_of("Zoë agrees")).segment_ids == (0,)


@pytest.mark.parametrize("ids", [[], [5], [-1], [3, 99]])
def test_an_id_that_does_not_exist_is_invented(ids: list[int]) -> None:
    with pytest.raises(BadAnswer) as caught:
        verified(ids, "I will send the report", SEGMENTS)
    assert caught.value.code == "invented_evidence"


@pytest.mark.parametrize("quote", ["", " ", "...", "I will send the invoice", "report the send", "send the rep"])
def test_words_that_do_not_stand_there_are_invented(quote: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        verified([3], quote, SEGMENTS)
    assert caught.value.code == "invented_evidence"
    assert "report" not in str(caught.value)


def test_a_quote_of_a_neighbouring_segment_gets_the_right_id() -> None:
    assert verified([2], "I will send the report", SEGMENTS).segment_ids == (3,)
    assert verified([4], "We decided to ship", SEGMENTS).segment_ids == (2,)


def test_a_quote_from_far_away_is_not_repaired() -> None:
    with pytest.raises(BadAnswer):
        verified([0], "I'll book the room", SEGMENTS)


def test_a_quote_that_runs_on_into_the_next_segment_gets_both_ids() -> None:
    assert verified([3], "to Carol by Friday. Thanks, Ben.", SEGMENTS).segment_ids == (3, 4)


def test_a_sentence_with_an_interjection_between_its_halves_is_evidence() -> None:
    segments = segments_of("I will send the", "mhm", "report by Friday")
    assert verified([0, 2], "I will send the report by Friday", segments).segment_ids == (0, 2)


def test_an_ellipsis_stands_for_words_left_out_but_not_for_another_order() -> None:
    assert verified([3], "I will ... by Friday", SEGMENTS).segment_ids == (3,)
    with pytest.raises(BadAnswer):
        verified([3], "by Friday … I will", SEGMENTS)


def test_a_quote_in_a_script_without_spaces_is_found_inside_a_sentence() -> None:
    assert verified([0], "報告を送ります", segments_of("私は金曜日までに報告を送ります。")).segment_ids == (0,)


def test_too_many_ids_are_narrowed_to_those_that_hold_the_quote() -> None:
    segments = segments_of(*(f"line number {i}" for i in range(100)))
    assert verified(range(100), "line number 77", segments).segment_ids == (77,)


def test_a_long_quote_is_shortened_and_control_characters_go() -> None:
    text = "word " * 400
    evidence = verified([0], text.replace(" ", "\x00\u2028"), segments_of(text))
    assert len(evidence.quote) <= policies.EVIDENCE_QUOTE_CHARACTERS
    assert "\x00" not in evidence.quote


def test_words_are_found_across_two_segments() -> None:
    assert occurs_in("carol by friday thanks", SEGMENTS.values())
    assert not occurs_in("by saturday", SEGMENTS.values())
    assert not occurs_in("?!", SEGMENTS.values())


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=8), st.data())
def test_whatever_stands_in_a_segment_is_accepted_as_its_quote(texts: list[str], data: st.DataObject) -> None:
    segments = segments_of(*texts)
    index = data.draw(st.integers(0, len(texts) - 1))
    if words_of(texts[index]) and "." not in texts[index] and "…" not in texts[index]:
        assert verified([index], texts[index], segments).segment_ids == (index,)
