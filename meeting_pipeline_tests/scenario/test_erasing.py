"""A deleted recording is gone from the whole home, including freed database pages, and other users cannot read the home."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from meeting_pipeline.foundation.private_files import exposed
from meeting_pipeline_tests.canaries import in_bytes
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, Dropped, System

pytestmark = pytest.mark.scenario

WORDS = ("dompfaffkanarie", "girlitzkanarie", "zeisigkanarie", "haenflingkanarie", "erlenkanarie")
SPOKEN = [
    {"speaker": "A", "text": "Good morning, my name is Zeisigkanarie and I keep the girlitzkanarie budget."},
    {"speaker": "B", "text": "I will send the girlitzkanarie figures by Friday."},
    {"speaker": "A", "text": "We agreed to freeze the girlitzkanarie budget."},
]


def drop_file(system: System) -> dict[str, Dropped]:
    """One recording to delete, with a unique word in every part, and one to keep."""
    content = media.wav("erasing: doomed")
    system.outside.providers.script(hashlib.sha256(content).hexdigest(), utterances=SPOKEN)
    doomed = system.drop(
        "Haenflingkanarie.wav",
        content,
        title="Dompfaffkanarie budget",
        participants=["Zeisigkanarie"],
        webhook_url=system.outside.receiver.hook("erlenkanarie"),
    )
    return {"doomed": doomed, "kept": system.drop("erasing-kept.wav", media.wav("erasing: kept"), hook="erasing-kept")}


def places(system: System) -> set[str]:
    # The test itself opened `up.out` for the output of `up`.
    return {one.place for one in in_bytes(system.home, WORDS)}


def history(system: System, dropped: Dropped) -> Any:
    return system.ui.runs_of(system.key(dropped))


@pytest.fixture(scope="module")
def receipt(system: System, handed_in: dict[str, Dropped]) -> dict[str, Any]:
    """Delete the recording once it is delivered and exported to the tables; returns the receipt when nothing is left."""
    system.wait_until_told("erlenkanarie")
    system.wait_until_told("erasing-kept")
    key = system.key(handed_in["doomed"])
    system.wait_for(lambda: "Dompfaffkanarie" in system.table_of_meetings(), "tables that hold it")
    system.wait_for(
        lambda: not [run for run in history(system, handed_in["doomed"]) if run["status"] in ACTIVE], "its runs"
    )
    before = places(system)
    assert any("history/event_log" in place for place in before), "the search finds what is there"
    kept = history(system, handed_in["kept"])

    def delete() -> bool:
        return (
            httpx.delete(f"{system.api_url}/v1/recordings/{key}", trust_env=False, timeout=RESPONSE_SECONDS).status_code
            == 204
        )

    system.wait_for(delete, "the deletion")

    def said() -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(
            f"{system.api_url}/v1/deletions/{key}", trust_env=False, timeout=RESPONSE_SECONDS
        ).json()
        return found

    system.wait_for(lambda: said()["erased_at"], f"nothing to be left: {said()}")
    return {**said(), "kept": kept, "key": key}


ACTIVE = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")


def test_no_word_of_it_is_left_in_any_byte_of_the_home(system: System, receipt: dict[str, Any]) -> None:
    assert sorted(places(system)) == []


def test_the_receipt_says_what_was_removed_where(system: System, receipt: dict[str, Any]) -> None:
    removed = {one["place"]: one["removed"] for one in receipt["places"]}
    assert removed["dagster_runs"] >= 1
    assert removed["dagster_events"] > 20
    assert removed["logs"] > 5
    assert removed["provider"] == 1
    assert removed["results"] > 10
    shown = subprocess.run(
        system.quick_command("deletions", receipt["key"], "--json"),
        env=system.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    [told] = json.loads(shown.stdout)
    assert told["recording_id"] == receipt["recording_id"] != receipt["key"]


def test_the_other_recordings_and_their_history_are_untouched(
    system: System, handed_in: dict[str, Dropped], receipt: dict[str, Any]
) -> None:
    assert [run["runId"] for run in history(system, handed_in["kept"])] == [run["runId"] for run in receipt["kept"]]
    assert receipt["kept"] != []
    key = system.key(handed_in["kept"])
    answer = httpx.get(f"{system.api_url}/v1/meetings/{key}", trust_env=False, timeout=RESPONSE_SECONDS)
    assert answer.status_code == 200
    export = system.table_of_meetings()
    assert key in export
    assert "ompfaff" not in export


def test_group_and_others_may_read_nothing_of_the_home(system: System, receipt: dict[str, Any]) -> None:
    """Files in the drop folder keep the mode that their submitter gave them; the home around it is private."""
    inbox = system.home / "inbox"
    assert inbox.stat().st_mode & 0o077 == 0
    found = [one for one in exposed(system.home) if not _is_inside(one.path, inbox)]
    assert [(str(one.path), oct(one.path.lstat().st_mode)) for one in found] == []


def _is_inside(path: Path, folder: Path) -> bool:
    return path != folder and path.is_relative_to(folder)
