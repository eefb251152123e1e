"""Tests of splitting: nothing is left out, order is kept, parts fit."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from meeting_pipeline.insights import policies
from meeting_pipeline.insights.prompting import render_segments
from meeting_pipeline.insights.splitting import estimate_tokens, split
from meeting_pipeline_tests.insights.meetings import transcript_of
from meeting_pipeline_tests.random_examples import examples

TEXTS = st.text(max_size=300) | st.text(alphabet="ab é語", min_size=1_000, max_size=4_000)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(TEXTS, max_size=30), st.integers(0, 3_000))
def test_all_words_of_all_segments_are_in_some_part_in_order_and_every_part_fits(texts: list[str], budget: int) -> None:
    segments = transcript_of(("A", text) for text in texts).segments
    parts = split(segments, budget)
    assert {s.index for part in parts for s in part} == {s.index for s in segments}
    limit = max(budget, policies.INSIGHT_PART_TOKENS)
    for part in parts:
        assert [s.index for s in part] == sorted(s.index for s in part)
        assert estimate_tokens(render_segments(part)) <= limit
    for segment in segments:
        said = [s.text for part in parts for s in part if s.index == segment.index]
        assert said[0] == segment.text or "".join(segment.text.split()) in "".join("".join(said).split())


def test_a_transcript_that_fits_is_one_part() -> None:
    segments = transcript_of().segments
    assert split(segments, 10_000) == [segments]
    assert split((), 10_000) == []


def test_parts_overlap_by_a_few_segments() -> None:
    segments = transcript_of(("A", "Some words that were said. " * 3) for _ in range(200)).segments
    parts = split(segments, 1_000)
    assert len(parts) > 2
    for before, after in pairwise(parts):
        shared = [s.index for s in after if s in before]
        assert shared == [s.index for s in before[-policies.INSIGHT_OVERLAP_SEGMENTS :]]


def test_one_overlong_segment_is_cut_into_pieces_with_its_index() -> None:
    words = [f"word{i}" for i in range(5_000)]
    parts = split(transcript_of([("A", "first"), ("B", " ".join(words)), ("A", "last")]).segments, 1_000)
    said = [w for part in parts for s in part if s.index == 1 for w in s.text.split()]
    assert list(dict.fromkeys(said)) == words
    assert parts[-1][-1].text == "last"


def test_scripts_with_many_bytes_per_character_count_for_more_tokens() -> None:
    assert estimate_tokens("語" * 100) > 2 * estimate_tokens("a" * 100)
