"""Thirty recordings at once, and a backfill of all of them: nothing is lost, nothing is bought twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import PATIENCE_SECONDS, Dropped, Outside, System

pytestmark = pytest.mark.scenario

COUNT = 30
OTHER_SUMMARY = "Another summary of the same meeting."


def drop_file(system: System) -> list[Dropped]:
    names = [f"many-{number:02}" for number in range(COUNT)]
    return [system.drop(f"{name}.wav", media.wav(name), hook=name, title=f"Meeting {name}") for name in names]


@pytest.fixture(scope="module")
def delivered(system: System, handed_in: list[Dropped]) -> list[Dropped]:
    for dropped in handed_in:
        system.wait_until_told(dropped.hook)
    return handed_in


@pytest.fixture(scope="module")
def keys(system: System, delivered: list[Dropped]) -> list[str]:
    return [system.key(dropped) for dropped in delivered]


@pytest.fixture(scope="module")
def bought(outside: Outside, delivered: list[Dropped]) -> list[tuple[int, int]]:
    """Uploads and orders of each recording before the backfill."""
    return _bought(outside, delivered)


def _bought(outside: Outside, dropped: list[Dropped]) -> list[tuple[int, int]]:
    ledger = outside.providers.ledger()
    uploads = [entry["sha256"] for entry in ledger["uploads"]]
    orders = [entry["sha256"] for entry in ledger["orders"]]
    return [(uploads.count(one.sha256), orders.count(one.sha256)) for one in dropped]


@pytest.fixture(scope="module")
def backfilled(system: System, keys: list[str], bought: list[tuple[int, int]]) -> str:
    """A backfill of ``summary`` from the UI. The model's response differs only for the first meeting."""
    system.wait_until_idle()
    answer = {"sentences": [{"segment_ids": [], "text": OTHER_SUMMARY}], "topics": []}
    system.outside.providers.fault(
        "POST /v1/responses", "output", insight="summary", words="Meeting many-00", text=json.dumps(answer)
    )
    backfill = system.ui.backfill(["summary"], keys)
    system.wait_for(
        lambda: system.ui.backfill_status(backfill).startswith("COMPLETED"),
        "the backfill",
        3 * PATIENCE_SECONDS,
        pause=1.0,
    )
    unsettled = "SELECT key FROM recordings WHERE changed_at IS NOT NULL AND original_name LIKE 'many-%'"
    system.wait_for(lambda: not system.rows(unsettled), "changed results to be looked at")
    system.wait_until_told("many-00", times=2)
    system.wait_until_idle()
    return backfill


def test_each_is_told_once_as_completed(outside: Outside, delivered: list[Dropped], bought: Any) -> None:
    events = [[(body["event"], body["revision"]) for body in outside.told(one.hook)] for one in delivered]
    assert [told[0] for told in events] == [("meeting.completed", 1)] * COUNT
    assert all(body["gaps"] == [] for one in delivered for body in outside.told(one.hook))


def test_each_is_a_partition_of_its_own(system: System, keys: list[str]) -> None:
    registered = system.ui.partitions()
    assert len(set(keys)) == COUNT
    assert [registered.count(key) for key in keys] == [1] * COUNT


def test_each_is_uploaded_and_ordered_once(bought: list[tuple[int, int]]) -> None:
    assert bought == [(1, 1)] * COUNT


def test_each_is_made_by_one_run(system: System, keys: list[str]) -> None:
    jobs = [[run["jobName"] for run in system.ui.runs_of(key)].count("process_recording") for key in keys]
    assert jobs == [1] * COUNT


def test_each_tells_its_own_meeting(outside: Outside, delivered: list[Dropped]) -> None:
    told = [outside.told(one.hook)[0]["meeting"]["segments"][5]["text"] for one in delivered]
    assert all(one.sha256[:8] in text for one, text in zip(delivered, told, strict=True))


def test_a_backfill_of_summary_succeeds(system: System, backfilled: str) -> None:
    assert system.ui.backfill_status(backfilled) == "COMPLETED_SUCCESS"


def test_a_backfill_of_summary_sends_no_audio_and_buys_no_transcript(
    outside: Outside, delivered: list[Dropped], bought: list[tuple[int, int]], backfilled: str
) -> None:
    assert _bought(outside, delivered) == bought


def test_a_backfill_of_summary_makes_a_new_version_of_it_alone(
    system: System, keys: list[str], backfilled: str
) -> None:
    rows = system.rows(
        "SELECT recording_key, kind, count(*) AS n FROM artifacts WHERE available AND kind != 'minutes'"
        " GROUP BY recording_key, kind"
    )
    versions = {(row["recording_key"], row["kind"]): row["n"] for row in rows}
    assert [versions[key, "summary"] for key in keys] == [2] * COUNT
    assert {
        versions[key, kind] for key in keys for kind in ("transcript", "speakers", "action_items", "decisions")
    } == {1}


def test_a_backfill_of_summary_leaves_no_gap(system: System, keys: list[str], backfilled: str) -> None:
    gaps = {row["recording_key"] for row in system.rows("SELECT recording_key FROM gaps")}
    assert gaps.isdisjoint(keys)


def test_only_a_result_that_differs_is_told_as_a_revision(
    outside: Outside, delivered: list[Dropped], backfilled: str
) -> None:
    told = [len(outside.told(one.hook)) for one in delivered]
    assert told == [2] + [1] * (COUNT - 1)
    revision = outside.told("many-00")[1]
    assert (revision["revision"], revision["meeting"]["summary"]["short_summary"]) == (2, OTHER_SUMMARY)


def test_the_minutes_follow_a_result_that_differs(system: System, keys: list[str], backfilled: str) -> None:
    assert OTHER_SUMMARY in system.minutes(keys[0])


def test_the_tables_of_all_meetings_hold_them(system: System, keys: list[str], backfilled: str) -> None:
    def listed() -> bool:
        table = system.table_of_meetings()
        return all(key in table for key in keys)

    system.wait_for(listed, "the meetings table to hold all of them")
