"""What the demo prints at the end: nothing twice, no heading without lines below it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meeting_pipeline.demo import report
from meeting_pipeline.demo.receiver import Hook
from meeting_pipeline_tests.domain.meetings import OFFLINE, meeting, stamps

DROPPED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_that_minutes_are_drafts_is_said_once_for_all_of_them() -> None:
    drafts = [replace(meeting(stamps=stamps(OFFLINE)), title=title) for title in ("Weekly", "Review")]
    text = "\n".join(report.minutes(drafts))
    assert text.lower().count("draft") == 1
    assert "Weekly\n======" in text
    assert "Review\n======" in text


def test_minutes_that_are_no_drafts_say_who_made_them() -> None:
    text = "\n".join(report.minutes([meeting()]))
    assert "raft" not in text
    assert "Made by" in text


def test_a_title_without_lines_is_left_out() -> None:
    lines = list(report.titled([("EMPTY", ()), ("FULL", iter(["a line"]))]))
    assert [line.strip("\n━ ") for line in lines] == ["FULL", "a line"]


def test_a_note_is_named_below_the_home(tmp_path: Path) -> None:
    folder = tmp_path / "rejected" / "1"
    folder.mkdir(parents=True)
    (folder / "x.m4a.error.txt").write_text("Why: cut off\nCode: truncated\n")
    assert list(report.rejected_files(tmp_path / "rejected")) == [
        "rejected/1/x.m4a.error.txt says:", "  Why: cut off", "  Code: truncated",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("trusted", "words"), [(True, "secret and signature ok"), (False, "SECRET OR SIGNATURE WRONG")]
)
def test_a_webhook_is_one_line_with_its_time_outcome_and_trust(trusted: bool, words: str) -> None:
    body = {"event": "meeting.failed", "meeting": {"title": "T"}, "error": {"code": "truncated"}, "gaps": []}
    (line,) = report.webhooks([Hook(body, DROPPED + timedelta(seconds=3), trusted, True)], DROPPED)
    assert " ".join(line.split()) == f"3.0 s meeting.failed: T, truncated ({words})"
