"""A backup of the running system, its destruction, and a restore: everything is as before, and nothing is bought again."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meeting_pipeline_tests.postgres import PostgresServer
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import AN_HOUR, PATIENCE_SECONDS, Dropped, Outside, System

pytestmark = pytest.mark.scenario

ASSETS = ("recording", "transcript", "speakers", "summary", "action_items", "decisions", "minutes")


@dataclass
class Story:
    """A system restored from a backup. Before the backup ``done`` was completed; during it ``midway`` was at the provider."""

    system: System
    done: Dropped
    midway: Dropped
    backup: Path
    ledger: str
    said: str


def command(system: System, *words: str) -> str:
    program = system.command if words[0] in ("backup", "restore") else system.quick_command
    ran = subprocess.run(
        program(*words), env=system.environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("backup")
    before, after = {}, {}
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = server.create()
        before["MEETING_PIPELINE_DATABASE_URL"] = server.url(name).replace("+psycopg2", "")
        after["MEETING_PIPELINE_DATABASE_URL"] = server.url(server.create()).replace("+psycopg2", "")
    with Outside() as outside:
        system = QuickSystem(folder / "home", outside, **before).start()
        try:
            done = system.drop("done.wav", media.wav(f"done {request.param}"), hook="done")
            system.wait_until_told("done")
            system.wait_until_idle()
            outside.providers.settings(processing_seconds=AN_HOUR)
            midway = system.drop("midway.wav", media.wav(f"midway {request.param}"), hook="midway")
            system.wait_for(lambda: system.recording(midway).get("stage") == "transcribing", "an order")
            command(system, "backup", str(folder / "backup"))
            ledger = command(system, "ledger", system.key(done))
        finally:
            system.kill()
        shutil.rmtree(system.home)
        if request.param == "postgres":
            server.drop(name)
        restored = QuickSystem(folder / "restored", outside, **after)
        said = command(restored, "restore", str(folder / "backup"))
        restored.start()
        outside.providers.finish()
        try:
            yield Story(restored, done, midway, folder / "backup", ledger, said)
        except BaseException:
            restored.kill()
            raise
        restored.stop()


def test_the_ui_knows_the_recordings_and_their_results(story: Story) -> None:
    system, key = story.system, story.system.key(story.done)
    assert sorted(system.ui.partitions()) == sorted([key, system.key(story.midway)])
    assert {asset: len(system.ui.materializations(asset, key)) for asset in ASSETS} == dict.fromkeys(ASSETS, 1)


def test_what_was_at_the_provider_is_collected_and_nothing_is_ordered_again(story: Story) -> None:
    system, outside = story.system, story.system.outside
    system.wait_until_over(story.midway)
    system.wait_until_told("midway")
    row = system.recording(story.midway)
    assert (row["status"], row["worker_losses"]) == ("completed", 0)
    for one in (story.done, story.midway):
        assert (len(outside.uploads(one.sha256)), len(outside.orders(one.sha256))) == (1, 1)


def test_a_delivery_that_had_arrived_is_not_repeated(story: Story) -> None:
    assert len(story.system.outside.told("done")) == 1


def test_the_ledger_is_as_before_and_agrees_with_the_provider(story: Story) -> None:
    assert command(story.system, "ledger", story.system.key(story.done)) == story.ledger
    story.system.wait_until_over(story.midway)
    command(story.system, "ledger", "--check")


def test_results_can_be_made_again(story: Story) -> None:
    system, key = story.system, story.system.key(story.done)
    command(system, "reprocess", key, "--assets", "summary", "--wait")
    assert len(system.artifacts(key, "summary")) == 2


def test_the_tables_over_meetings_are_written_again(story: Story) -> None:
    system = story.system
    system.wait_for(lambda: (system.home / "exports" / "meetings.parquet").exists(), "the tables")


def test_the_backup_is_still_sound_and_the_command_said_what_to_check(story: Story) -> None:
    assert "Sound" in command(story.system, "backup", "--verify", str(story.backup))
    assert "1 orders are at the provider" in story.said
    assert "Partitions added" in story.said
    assert "submit them again" in story.said


def test_dagsters_storage_can_be_lost_alone(story: Story) -> None:
    system, key = story.system, story.system.key(story.done)
    if "MEETING_PIPELINE_DATABASE_URL" in system.settings:
        pytest.skip("it is in the same database as the store")
    system.wait_until_over(story.midway)
    system.stop()
    shutil.rmtree(system.home / "dagster")
    system.start()
    system.wait_for(lambda: system.ui.materializations("minutes", key), "the reconciler")
    assert len(system.ui.partitions()) == 2
    command(system, "reprocess", key, "--assets", "summary", "--wait")
    assert "Dagster agrees with the store." in command(system, "reconcile")
