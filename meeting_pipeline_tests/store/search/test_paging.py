"""All pages together have each match once, however few lines are read at a time, on both databases."""

import random
from collections.abc import Mapping
from datetime import date

import pytest

from meeting_pipeline.domain.search_lines import LineKind
from meeting_pipeline.store import policies
from meeting_pipeline.store.search.values import Question
from meeting_pipeline.store.store import Store
from meeting_pipeline_tests.store.search.test_search import meeting

DAYS, LINES = 24, 6
LIMITS: Mapping[str, Mapping[str, int]] = {
    "everything is read": {},
    "frequent words are found among few lines": {"SEARCH_READ_LINES": 9, "SEARCH_ENOUGH_LINES": 2, "SEARCH_COMMON_LINES": 1},
    "more lines are read": {
        "SEARCH_READ_LINES": 9, "SEARCH_ENOUGH_LINES": 99, "SEARCH_COMMON_LINES": 2, "SEARCH_READ_MORE_LINES": 30,
        "SEARCH_PAGE_LINES": 2,
    },
    "the index is used": {"SEARCH_READ_LINES": 2, "SEARCH_READ_MORE_LINES": 3, "SEARCH_COMMON_LINES": 99},
    "few matches are ranked together": {
        "SEARCH_RANKED_LINES": 13, "SEARCH_RANKED_LINES_POSTGRES": 13, "SEARCH_READ_LINES": 9, "SEARCH_READ_MORE_LINES": 12,
        "SEARCH_ENOUGH_LINES": 3, "SEARCH_COMMON_LINES": 2, "SEARCH_PAGE_LINES": 1,
    },
}  # fmt: skip
QUESTIONS = (
    Question("often"), Question("seldom"), Question('"often seldom"'), Question("sel", typing=True),
    Question("often", kind=LineKind.TRANSCRIPT), Question("often", title="odd"), Question("often", speaker="ada"),
    Question("often", since=date(2025, 1, 4), until=date(2025, 1, 19)), Question("nowhere"),
)  # fmt: skip


def said(seed: random.Random) -> str:
    return " ".join(seed.choices(("often", "seldom", "other", "words"), weights=(8, 1, 4, 9), k=4)) + "."


def corpus(store: Store) -> None:
    seed = random.Random(5)
    for day in range(1, DAYS + 1):
        talk = [said(seed) for _ in range(LINES)]
        meeting(store, day, talk, title="Odd" if day % 2 else "Even", meeting_date=date(2025, 1, day))


def matches(store: Store, question: Question) -> list[tuple[str, str]]:
    """Meeting and line of each hit, of all pages."""
    found, after = list[tuple[str, str]](), None
    while True:
        page = store.search.find(question, limit=3, lines=LINES + 5, after=after)
        found += [(one.key, f"{hit.kind} {hit.segment_id} {hit.text}") for one in page.meetings for hit in one.hits]
        after = page.after
        if after is None:
            return found


def test_pages_have_each_match_once_however_few_lines_are_read(store: Store) -> None:
    corpus(store)
    expected = {question: sorted(matches(store, question)) for question in QUESTIONS}
    assert [len(expected[question]) > 0 for question in QUESTIONS] == [True] * (len(QUESTIONS) - 1) + [False]
    for name, limits in LIMITS.items():
        with pytest.MonkeyPatch.context() as patched:
            for limit, value in limits.items():
                patched.setattr(policies, limit, value)
            for question in QUESTIONS:
                found = matches(store, question)
                assert sorted(found) == expected[question], f"{name}: {question}"
