"""Comparing partitions with the store: all of them now and then, otherwise what has changed, and nothing is missed either way."""

import json
from collections.abc import Sequence

import pytest

from meeting_pipeline.defs import policies
from meeting_pipeline.defs.ops import comparing
from meeting_pipeline.defs.ops.comparing import Compared, compare
from meeting_pipeline.defs.partitions import RECORDINGS
from meeting_pipeline.steps.operations.delete import delete_recording
from meeting_pipeline.store.recordings.registrations import Registrations
from meeting_pipeline_tests.dagster_runs import Runs
from meeting_pipeline_tests.installations import Clock
from meeting_pipeline_tests.store.samples import completed


class Comparing:
    """Compares again and again, with the cursor of the last time."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.cursor: str | None = None

    def __call__(self) -> Compared:
        done = compare(self.runs.instance, self.runs.installation, self.cursor)
        self.cursor = done.cursor
        return done

    def changes(self) -> tuple[Sequence[str], Sequence[str], str]:
        """What the next comparison changes, and what it compares."""
        done = self()
        return done.added, done.removed, "all" if done.whole else "changes"


NOTHING: tuple[Sequence[str], Sequence[str], str] = ([], [], "changes")


@pytest.fixture
def comparing_again(runs: Runs) -> Comparing:
    """With four registered recordings, all compared."""
    found = Comparing(runs)
    for number in range(1, 5):
        register(runs, number)
    assert found.changes() == ([], [], "all")
    return found


def register(runs: Runs, number: int) -> str:
    key = completed(runs.installation.store, number).key
    runs.instance.add_dynamic_partitions(RECORDINGS, [key])
    runs.installation.store.registrations.note_registered([key])
    return key


def keys(runs: Runs) -> list[str]:
    return list(runs.instance.get_dynamic_partitions(RECORDINGS))


def deleted(runs: Runs, *gone: str) -> None:
    """By a person, in the UI."""
    for key in gone:
        runs.instance.delete_dynamic_partition(RECORDINGS, key)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_partition_that_a_person_deleted_comes_back_wherever_it_was_in_the_list(
    runs: Runs, comparing_again: Comparing, place: int
) -> None:
    key = keys(runs)[place]
    deleted(runs, key)
    assert comparing_again.changes() == ([key], [], "all")
    assert comparing_again.changes() == NOTHING
    assert len(keys(runs)) == 4


def test_it_comes_back_though_as_many_others_were_added(runs: Runs, comparing_again: Comparing) -> None:
    last = keys(runs)[-1]
    deleted(runs, last)
    register(runs, 9)  # SQLite gives it the number of the one that was deleted
    assert comparing_again.changes() == ([last], [], "all")
    first, second = keys(runs)[0], keys(runs)[1]
    deleted(runs, first, second)
    register(runs, 10)
    register(runs, 11)
    assert comparing_again.changes() == (sorted([first, second]), [], "all")


def test_it_comes_back_though_it_was_added_and_deleted_between_two_comparisons(
    runs: Runs, comparing_again: Comparing
) -> None:
    key = register(runs, 9)
    deleted(runs, key)
    assert comparing_again.changes() == ([key], [], "changes")
    assert comparing_again.changes() == NOTHING


def test_all_come_back_after_the_list_was_emptied(runs: Runs, comparing_again: Comparing) -> None:
    gone = keys(runs)
    deleted(runs, *gone)
    assert comparing_again.changes() == (sorted(gone), [], "all")


def test_new_recordings_are_no_reason_to_compare_all(runs: Runs, comparing_again: Comparing, clock: Clock) -> None:
    for number in range(10, 16):
        register(runs, number)
        runs.instance.add_dynamic_partitions(RECORDINGS, [f"typed-by-hand-{number}"])
        clock.advance(policies.COMPARE_SECONDS)
        assert comparing_again.changes() == NOTHING


def test_a_partition_of_a_deleted_recording_that_is_back_is_removed(runs: Runs, comparing_again: Comparing) -> None:
    key = keys(runs)[1]
    delete_recording(runs.installation, key, "ops")
    deleted(runs, key)
    runs.installation.store.deletions.note_unregistered(key)
    assert comparing_again.changes() == ([], [], "all")
    runs.instance.add_dynamic_partitions(RECORDINGS, [key])
    assert comparing_again.changes() == ([], [key], "changes")
    assert key not in keys(runs)


def test_everything_is_compared_each_day_and_by_each_process(
    runs: Runs, comparing_again: Comparing, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(policies.COMPARE_ALL_SECONDS - 60)
    assert comparing_again.changes() == NOTHING
    clock.advance(61)
    assert comparing_again.changes() == ([], [], "all")
    assert comparing_again.changes() == NOTHING
    monkeypatch.setattr(comparing, "_PROCESS", "another")
    assert comparing_again.changes() == ([], [], "all")


@pytest.mark.parametrize("cursor", ["", "7", "{", "{}", json.dumps({"process": "x", "whole_at_s": None, "at_s": 1})])
def test_a_cursor_that_says_nothing_has_everything_compared(runs: Runs, cursor: str) -> None:
    assert compare(runs.instance, runs.installation, cursor).whole


def test_a_partition_that_cannot_be_added_is_tried_again_the_next_time(
    runs: Runs, comparing_again: Comparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys(runs)[0]
    deleted(runs, key)

    def refuse(*_: object) -> None:
        raise ValueError("not now")

    with monkeypatch.context() as patched:
        patched.setattr(runs.instance, "add_dynamic_partitions", refuse)
        assert comparing_again.changes() == ([], [], "all")
        assert comparing_again.changes() == ([], [], "all")
    assert comparing_again.changes() == ([key], [], "all")


def test_a_partition_that_is_deleted_during_a_comparison_is_found_by_the_next(
    runs: Runs, comparing_again: Comparing, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys(runs)[2]
    real = Registrations.registered_keys

    def deleting(self: Registrations, *since: object) -> Sequence[str]:
        found: Sequence[str] = real(self, *since)  # type: ignore[arg-type]
        deleted(runs, key)
        return found

    comparing_again.cursor = None
    with monkeypatch.context() as patched:
        patched.setattr(Registrations, "registered_keys", deleting)
        assert comparing_again.changes() == ([], [], "all")
    assert comparing_again.changes() == ([key], [], "all")
