"""A part of a title is found in any case and in any alphabet, on both databases."""

# ruff: noqa: RUF001 - letters of other alphabets look like Latin ones

import pytest
from sqlalchemy import select

from meeting_pipeline.store.engine.text_matching import contains
from meeting_pipeline.store.store import Store
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.store.samples import Journey

TITLE = "Über Preise: ÉTÉ 100%_ «Совет» ΑΘΗΝΑ 会议 weekly"


def found(store: Store, text: str) -> bool:
    with store.database.read() as session:
        return session.scalar(select(Recording.key).where(contains(Recording.title, text))) is not None


@pytest.mark.parametrize(
    "text", ["über preise", "ÜBER", "Été", "совет", "СОВЕТ", "αθηνα", "会议 W", "100%_", "", "PREISE: é", TITLE.upper()]
)
def test_case_does_not_matter(store: Store, text: str) -> None:
    Journey(store).accept(title=TITLE)
    assert found(store, text)


@pytest.mark.parametrize(
    "text", ["uber", "100_", "_ber", "%p", "\x00", "\ud800", "議", "".join(chr(at) for at in range(0x430, 0x52F)) * 3]
)
def test_other_texts_are_not_found_and_no_text_is_an_error(store: Store, text: str) -> None:
    Journey(store).accept(title=TITLE)
    assert not found(store, text)
