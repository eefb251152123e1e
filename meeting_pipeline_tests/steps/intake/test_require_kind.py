"""Files that are refused by their names, before anything is copied."""

from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.media.formats import TRANSCRIPT_SUFFIXES
from meeting_pipeline.steps.intake.accept import require_kind
from meeting_pipeline.steps.intake.pairing import TRANSCRIPT_ENDINGS


@pytest.mark.parametrize("name", ["a.pdf", "Weekly.DOC", "a.pages", "a.xlsx"])
def test_a_document_that_is_not_read_is_refused_with_what_to_save_instead(name: str) -> None:
    with pytest.raises(IntakeRefused) as refused:
        require_kind(Path(name), 10)
    assert refused.value.code == "unsupported_type"
    assert "save it as a Word document" in (refused.value.advice or "")


@pytest.mark.parametrize("name", ["Weekly - Chat.sbv", "Weekly (2026-11-20) – Chat.txt", "Weekly - chat (1).sbv"])  # noqa: RUF001
def test_the_chat_of_meet_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(IntakeRefused) as refused:
        require_kind(Path(name), 10)
    assert refused.value.code == "bad_transcript"


@pytest.mark.parametrize(
    "name", ["Fireside chat.vtt", "Chat with Ana.txt", "Weekly - Chat.vtt", "a.ttml", "a.RTF", "a.jsonl"]
)
def test_other_names_are_accepted(name: str) -> None:
    require_kind(Path(name), 10)


def test_every_type_of_transcript_has_a_place_in_the_order_of_pairing() -> None:
    assert {f".{ending.rpartition('.')[2]}" for ending in TRANSCRIPT_ENDINGS} == TRANSCRIPT_SUFFIXES
