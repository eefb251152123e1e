"""`show` renders one recording, found by a prefix of its id."""

import json

import pytest

from meeting_pipeline.installation import Installation
from meeting_pipeline_tests.cli.conftest import Run
from meeting_pipeline_tests.store.samples import completed, new_recording


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("text", "Weekly\n======"), ("md", "# Weekly"), ("json", "{"), ("vtt", "WEBVTT"), ("srt", "1\n00:00:00,000 -->")],
)
def test_every_format_is_shown(run: Run, installation: Installation, kind: str, begins: str) -> None:
    key = completed(installation.store).key
    result = run("show", key, "--format", kind)
    assert result.exit_code == 0
    assert result.stdout.startswith(begins)


def test_text_is_the_default_and_the_transcript_is_an_option(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    assert "Good morning." not in run("show", key).stdout
    assert "Good morning." in run("show", key, "--transcript").stdout


def test_json_is_the_whole_record(run: Run, installation: Installation) -> None:
    key = completed(installation.store).key
    shown = json.loads(run("show", key, "--format", "json").stdout)
    assert shown["recording_id"] == key
    assert shown["meeting"]["action_items"][0]["task"] == "Send the report"


def test_the_beginning_of_a_key_is_enough_if_only_one_begins_so(run: Run, installation: Installation) -> None:
    completed(installation.store, 1)
    installation.store.recordings.accept(new_recording(2, key="2025-04-01-board-00000002"))
    assert "2025-04-01-board-00000002" in run("show", "2025-04").stdout
    ambiguous = run("show", "2025-0")
    assert ambiguous.exit_code == 2
    assert "2025-03-14-weekly-00000001, 2025-04-01-board-00000002" in ambiguous.stderr


def test_a_whole_key_wins_over_a_longer_one(run: Run, installation: Installation) -> None:
    for number, key in ((1, "2025-04-01-board-00000002"), (2, "2025-04-01-board-00000002-2")):
        installation.store.recordings.accept(new_recording(number, key=key))
    assert run("show", "2025-04-01-board-00000002").exit_code == 0


@pytest.mark.parametrize("key", ["nothing", "%", "_", "", "2025%", "' OR 1=1 --"])
def test_an_unknown_key_is_one_clear_line(run: Run, installation: Installation, key: str) -> None:
    completed(installation.store)
    result = run("show", key)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "There is no recording" in result.stderr


def test_subtitles_of_a_recording_without_a_transcript_are_refused(run: Run, installation: Installation) -> None:
    key = installation.store.recordings.accept(new_recording()).key
    result = run("show", key, "--format", "vtt")
    assert result.exit_code == 2
    assert "has no transcript" in result.stderr
