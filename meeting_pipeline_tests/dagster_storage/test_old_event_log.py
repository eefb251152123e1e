"""A home whose event log Dagster's own storage wrote is converted at its first start, and keeps what lineage needs."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from meeting_pipeline.dagster_storage.old_event_log import convert_old_event_log, has_old_event_log
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline_tests.dagster_storage.support import opened, run, theirs

pytestmark = [pytest.mark.runs, pytest.mark.processes]  # Dagster starts one when it opens an instance in a folder

FIRST, SECOND = dg.AssetKey("first"), dg.AssetKey("second")


@pytest.fixture
def old_home(tmp_path: Path) -> Path:
    """A home with two runs in Dagster's own storage."""
    with opened(tmp_path, theirs(tmp_path)) as instance:
        run(instance, "monday")
        run(instance, "tuesday")
    assert len(list((tmp_path / "storage/history/runs").glob("*.db"))) >= 3, "an index, and a file per run"
    return tmp_path


def _convert(home: Path) -> None:
    convert_old_event_log(home / "storage/history")


def _everything_is_there(home: Path) -> None:
    _convert(home)
    with opened(home) as instance:
        assert instance.get_materialized_partitions(FIRST) == {"monday", "tuesday"}
        assert instance.get_materialized_partitions(SECOND) == {"monday", "tuesday"}
        assert sorted(instance.get_dynamic_partitions("keys")) == ["monday", "tuesday"]
        event = instance.get_latest_materialization_event(FIRST)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["words"].value == 3
        history = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(SECOND, "sound"), 10)
        assert len(history) == 2
        runs = instance.get_runs()
        assert [one.status for one in runs] == [dg.DagsterRunStatus.SUCCESS] * 2
        kinds = {entry.dagster_event_type for entry in instance.all_logs(runs[0].run_id)}
        assert {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.RUN_SUCCESS} <= kinds
    assert not (home / "storage/history/runs").exists(), "words of people may be in it"


def test_materializations_checks_partitions_and_runs_are_kept(old_home: Path) -> None:
    _everything_is_there(old_home)
    with opened(old_home) as instance:
        run(instance, "friday")
        assert instance.get_materialized_partitions(FIRST) == {"monday", "tuesday", "friday"}


def test_new_events_come_after_the_old_ones(old_home: Path) -> None:
    _convert(old_home)
    with opened(old_home) as instance:
        newest = instance.fetch_materializations(FIRST, 1).records[0].storage_id
        run(instance, "friday")
        assert instance.fetch_materializations(FIRST, 1).records[0].storage_id > newest


def test_a_conversion_that_died_before_the_new_log_was_in_place_begins_again(old_home: Path) -> None:
    (old_home / "storage/history/event_log.draft").write_bytes(b"half a database")
    _everything_is_there(old_home)
    assert not (old_home / "storage/history/event_log.draft").exists()


def test_a_conversion_that_died_before_the_old_log_was_removed_is_completed(
    old_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise InterruptedError

    for place in ("rename", "rmtree"):
        with monkeypatch.context() as patched:
            patched.setattr(shutil if place == "rmtree" else Path, place, die)
            with pytest.raises(OperatorError):
                _convert(old_home)
        assert has_old_event_log(old_home / "storage/history")
        assert (old_home / "storage/history/event_log.db").is_file()
    _everything_is_there(old_home)
    assert not has_old_event_log(old_home / "storage/history")


def test_a_new_home_has_nothing_to_convert(tmp_path: Path) -> None:
    assert not has_old_event_log(tmp_path)
    convert_old_event_log(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_an_older_version_wrote_later_replaces_the_new_one(old_home: Path) -> None:
    _convert(old_home)
    with opened(old_home) as instance:
        run(instance, "friday")
    with opened(old_home, theirs(old_home)) as instance:
        run(instance, "sunday")
    _convert(old_home)
    with opened(old_home) as instance:
        assert instance.get_materialized_partitions(FIRST) == {"sunday"}
        assert len(instance.get_runs()) == 4


def test_a_link_to_another_disk_is_followed_and_removed(old_home: Path) -> None:
    runs, disk = old_home / "storage/history/runs", old_home / "disk"
    runs.rename(disk)
    runs.symlink_to(disk)
    _everything_is_there(old_home)
    assert not disk.exists()


@pytest.mark.parametrize("how", ["header", "middle"])
def test_an_old_log_that_cannot_be_read_is_named_and_left_alone(old_home: Path, how: str) -> None:
    index = old_home / "storage/history/runs/index.db"
    content = index.read_bytes()
    place = 0 if how == "header" else len(content) // 2 // 4096 * 4096
    index.write_bytes(content[:place] + b"\xff" * 4096 + content[place + 4096 :])
    with pytest.raises(OperatorError, match="cannot be converted") as raised:
        _convert(old_home)
    assert raised.value.code == "database_unusable"
    assert index.is_file()
    assert {path.name for path in (old_home / "storage/history").iterdir()} & {
        "event_log.db",
        "event_log.draft",
    } == set()
