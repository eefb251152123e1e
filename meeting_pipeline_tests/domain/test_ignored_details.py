"""What is said of details that were sent again and ignored."""

from typing import Any

from meeting_pipeline.domain.ignored_details import ignored_fields, sentence
from meeting_pipeline.domain.sidecar_options import SidecarOptions

KEPT: dict[str, Any] = {
    "title": "Weekly", "date": "2026-11-02", "timezone": None, "participants": [], "language": None, "keyterms": [],
    "speakers_expected": None, "multichannel": False,
}  # fmt: skip


def test_advice_that_another_one_begins_with_is_said_once() -> None:
    ignored = ignored_fields(SidecarOptions(title="Monthly", participants=["Zoe"]), KEPT)
    assert [one.field for one in ignored] == ["title", "participants"]
    told = sentence(ignored, "2026-11-02-weekly")
    assert told.count("Apply it") == 1
    assert told.endswith(", and reprocess what was made without it.")


def test_advice_of_two_kinds_is_said_in_full() -> None:
    ignored = ignored_fields(SidecarOptions(title="Monthly", multichannel=True), KEPT)
    told = sentence(ignored, "2026-11-02-weekly")
    assert "Apply it" in told
    assert "Delete the recording" in told
