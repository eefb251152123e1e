"""A user renames a speaker of a completed meeting: everything readable follows, and nothing is bought for it."""

from __future__ import annotations

import subprocess
from typing import Any

import httpx
import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, RESPONSE_SECONDS, Dropped, Outside, System

pytestmark = pytest.mark.scenario

TITLE = "Who said what"
HOOK = "who-said-what"
NAME = "Zenobia Quill"


def drop_file(system: System) -> Dropped:
    return system.drop("who-said-what.wav", media.wav(TITLE), hook=HOOK, title=TITLE)


class Edited:
    """A meeting before and after its first speaker was renamed."""

    def __init__(self, system: System, outside: Outside, dropped: Dropped) -> None:
        system.wait_until_told(HOOK)
        self.key = system.key(dropped)
        system.wait_until_idle()  # the first run has ended, so that everything that follows is caused by the edit
        self.calls = len(outside.calls(TITLE))
        with httpx.Client(base_url=system.api_url, timeout=RESPONSE_SECONDS, trust_env=False) as api:
            self.before = read(api, self.key)
            answer = api.patch(f"/v1/meetings/{self.key}/speakers/A", json={"name": NAME})
            assert answer.status_code == 200, answer.text
            self.after = read(api, self.key)
        self.told = system.wait_until_told(HOOK, times=2)


def read(api: httpx.Client, key: str) -> dict[str, str]:
    names = ("", "/minutes.md", "/transcript.vtt", "/transcript.srt", "/transcript.json")
    return {name: api.get(f"/v1/meetings/{key}{name}").raise_for_status().text for name in names}


@pytest.fixture(scope="module")
def edited(system: System, outside: Outside, handed_in: Dropped) -> Edited:
    return Edited(system, outside, handed_in)


def test_every_rendering_has_the_name_at_once(edited: Edited) -> None:
    assert not [name for name, text in edited.before.items() if NAME in text]
    assert not [name for name, text in edited.after.items() if NAME not in text]


def test_the_summary_names_the_speaker_so(edited: Edited) -> None:
    first, second = (body["meeting"] for body in edited.told)
    assert f"It begins with {NAME}: " in second["summary"]["short_summary"]
    shown = first["speakers"][0]["name"]
    assert second["summary"]["short_summary"].replace(NAME, shown) == first["summary"]["short_summary"]


def test_the_submitter_hears_one_more_revision(system: System, outside: Outside, edited: Edited) -> None:
    system.wait_until_idle()
    told = outside.told(HOOK)
    assert [body["revision"] for body in told] == [1, 2]
    renamed = {"label": "A", "name": NAME, "confidence": 1.0}
    assert told[1]["meeting"]["speakers"][0] | renamed == told[1]["meeting"]["speakers"][0]
    assert told[0]["meeting"]["segments"] == told[1]["meeting"]["segments"]


def test_the_minutes_on_disk_and_in_the_ui_follow(system: System, edited: Edited) -> None:
    system.wait_for(lambda: system.minutes(edited.key) == edited.after["/minutes.md"], "the minutes on disk")

    def shown() -> Any:
        newest = system.ui.materializations("minutes", edited.key)[0]
        return NAME in str(next(item for item in newest["metadataEntries"] if item["label"] == "minutes"))

    system.wait_for(shown, "the minutes in the UI")


def test_the_tables_across_meetings_and_the_command_line_follow(system: System, edited: Edited) -> None:
    system.wait_for(lambda: NAME in system.table_of_meetings(), "the name in the table")
    done = subprocess.run(
        system.quick_command("show", edited.key, "--format", "vtt"),
        env=system.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True,
    )  # fmt: skip
    assert done.stdout == edited.after["/transcript.vtt"]


def test_nothing_was_asked_of_the_language_model(outside: Outside, edited: Edited) -> None:
    assert len(outside.calls(TITLE)) == edited.calls == 4


def test_the_name_outlives_new_answers(system: System, outside: Outside, edited: Edited) -> None:
    with httpx.Client(base_url=system.api_url, timeout=RESPONSE_SECONDS, trust_env=False) as api:
        answer = api.post(f"/v1/recordings/{edited.key}:reprocess", json={"assets": ["speakers"]})
        assert answer.status_code == 202, answer.text
        assert answer.json()["started"] == "backfill"
        system.wait_for(lambda: len(system.artifacts(edited.key, "speakers")) == 2, "another answer")
        assert NAME in api.get(f"/v1/meetings/{edited.key}/minutes.md").text
    named = system.rows("SELECT name FROM speakers WHERE recording_key = :key AND label = 'A'", key=edited.key)
    assert [row["name"] for row in named] == [NAME]
