"""A dropped recording becomes a delivered meeting record, and no private data is left where it does not belong."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.fakes.state import ASSEMBLYAI_KEY, OPENAI_KEY
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import SECRET, Dropped, Outside, System

pytestmark = pytest.mark.scenario

TITLE = "Quarterly review"
PERSON = "Brunhilde"
WORD = "xylocanary"
SPOKEN = [
    {"speaker": "A", "text": f"Good morning, my name is {PERSON} and I am chairing today."},
    {"speaker": "B", "text": f"We talked about the {WORD} at length."},
    {"speaker": "B", "text": f"I will send the {WORD} report by Friday."},
    {"speaker": "A", "text": "We agreed to meet again next week."},
]
INSIGHTS = ("speakers", "summary", "action_items", "decisions")


def drop_file(system: System) -> dict[str, Dropped]:
    content = media.wav("the main job")
    system.outside.providers.script(hashlib.sha256(content).hexdigest(), utterances=SPOKEN)
    system.outside.receiver.answer(500, name="flaky")
    return {
        "main": system.drop(
            "review.wav",
            content,
            hook="main",
            title=TITLE,
            participants=[f"{PERSON} Kanarienvogel"],
            keyterms=["export"],
            date="2026-03-04",
        ),
        "quiet": system.drop("quiet/no-target.wav", media.wav("nobody waits for it")),
        "flaky": system.drop("flaky.wav", media.wav("its receiver fails once"), hook="flaky"),
    }


@pytest.fixture(scope="module")
def main(system: System, handed_in: dict[str, Dropped]) -> Dropped:
    system.wait_until_told("main")
    return handed_in["main"]


@pytest.fixture(scope="module")
def body(outside: Outside, main: Dropped) -> Any:
    return outside.told("main")[0]


def test_its_audio_is_uploaded_once_and_one_transcription_is_ordered(outside: Outside, main: Dropped) -> None:
    assert len(outside.uploads(main.sha256)) == 1
    (order,) = outside.orders(main.sha256)
    assert order["config"]["speaker_labels"] is True
    assert order["config"]["language_detection"] is True
    assert order["config"]["keyterms_prompt"] == ["export"]


def test_the_model_is_asked_once_per_insight_and_stores_nothing(outside: Outside, main: Dropped) -> None:
    calls = outside.calls(TITLE)
    assert sorted(call["insight"] for call in calls) == sorted(INSIGHTS)
    assert [call["store"] for call in calls] == [False] * 4


def test_its_submitter_hears_once_with_the_secret_and_a_signature_that_holds(outside: Outside, main: Dropped) -> None:
    (received,) = outside.receiver.received("main")
    assert received["secret_ok"] is True
    assert received["signature_ok"] is True


def test_the_webhook_tells_the_whole_record(system: System, main: Dropped, body: Any) -> None:
    assert (body["event"], body["status"], body["revision"]) == ("meeting.completed", "completed", 1)
    assert body["recording_id"] == system.key(main)
    assert body["gaps"] == []
    assert body["error"] is None
    meeting = body["meeting"]
    assert (meeting["title"], meeting["date"]) == (TITLE, "2026-03-04")
    assert [segment["text"] for segment in meeting["segments"]] == [line["text"] for line in SPOKEN]
    assert {speaker["label"]: speaker["name"] for speaker in meeting["speakers"]} == {"A": PERSON, "B": None}
    (item,) = meeting["action_items"]
    assert (item["owner"], item["due_date"], item["evidence"]["segment_ids"]) == ("B", "2026-03-06", [2])
    assert len(meeting["decisions"]) == 1
    assert meeting["summary"]["short_summary"]


def test_the_link_in_the_webhook_leads_to_the_ui_that_runs(system: System, body: Any) -> None:
    assert body["results_url"].startswith(system.ui.url)
    assert system.ui.http.get(body["results_url"]).status_code == 200


def test_its_minutes_stand_in_a_file(system: System, main: Dropped) -> None:
    text = system.minutes(system.key(main))
    assert TITLE in text
    assert PERSON in text
    assert f"Send the {WORD} report" in text


def test_its_partition_is_registered_and_every_asset_of_it_is_materialized(system: System, main: Dropped) -> None:
    key = system.key(main)
    assert system.ui.partitions().count(key) == 1
    system.wait_until_reported(key)
    counts = {
        asset: len(system.ui.materializations(asset, key))
        for asset in ("recording", "transcript", *INSIGHTS, "minutes")
    }
    assert counts == dict.fromkeys(counts, 1)


def test_one_run_made_all_of_it_and_every_check_passed(system: System, main: Dropped) -> None:
    key = system.key(main)
    system.wait_until_reported(key)
    assert [(run["jobName"], run["status"]) for run in system.ui.runs_of(key)] == [("process_recording", "SUCCESS")]
    assert system.ui.checks("summary", "summary_is_available", key) == [{"success": True, "severity": "WARN"}]


def test_a_recording_without_a_target_just_completes(system: System, handed_in: dict[str, Dropped]) -> None:
    system.wait_until_over(handed_in["quiet"])
    key = system.key(handed_in["quiet"])
    assert system.recording(handed_in["quiet"])["status"] == "completed"
    assert system.rows("SELECT * FROM webhook_deliveries WHERE recording_key = :key", key=key) == []


def test_a_receiver_that_fails_once_gets_the_same_bytes_again(
    system: System, outside: Outside, handed_in: dict[str, Dropped]
) -> None:
    system.wait_until_told("flaky", times=2)
    first, second = outside.receiver.received("flaky")
    assert (first["status"], second["status"]) == (500, 204)
    assert first["body"] == second["body"]
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"]


def test_no_word_of_it_is_in_dagsters_records_of_runs_or_in_a_log(system: System, main: Dropped) -> None:
    """The event log may contain short previews; runs, their configuration and tags, ticks and logs contain no words."""
    found = []
    for path, content in _files(system):
        if path.startswith("dagster/storage/history/event_log.db"):  # the event log
            continue
        found += [(path, word) for word in (PERSON, WORD, "Kanarienvogel") if word.encode() in content]
    assert found == []


def test_no_secret_of_anybody_stands_anywhere_in_the_home(system: System, main: Dropped) -> None:
    secrets = (SECRET, ASSEMBLYAI_KEY, OPENAI_KEY)
    assert [(path, word) for path, content in _files(system) for word in secrets if word.encode() in content] == []


def _files(system: System) -> list[tuple[str, bytes]]:
    """Every file below the home that the system itself writes, except results and returned files."""
    ours = ("recordings", "rejected", "inbox", "exports")
    paths = [path for path in files_below(system.home) if path.relative_to(system.home).parts[0] not in ours]
    names = [
        (str(path.relative_to(system.home)), path) for path in paths if not path.name.startswith("meetings.sqlite3")
    ]
    assert any("runs.db" in name for name, _ in names)
    assert any("daemon.log" in name for name, _ in names)
    return [(name, content) for name, path in names if (content := _content(path)) is not None]


def _content(path: Path) -> bytes | None:
    """``None`` if the file is gone: others use this system, and files being written have a temporary name."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
