"""Two machines with disks of their own and one database: a file that is not here is not one that does not exist."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from meeting_pipeline.backup.draft import Draft
from meeting_pipeline.backup.recording_copies import copy_recordings
from meeting_pipeline.backup.sqlite import StoredRecording
from meeting_pipeline.domain.errors import OperatorError, StoreUnavailable
from meeting_pipeline.domain.outage import Service
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.steps.delivery.finish import as_finished, finish
from meeting_pipeline.steps.intake.staging import staging_folder, this_folder
from meeting_pipeline.steps.operations.delete import clear_deleted, delete_recording
from meeting_pipeline.steps.processing.attempts import Attempt
from meeting_pipeline.steps.processing.stages import Postponed, Transcribed, transcribe
from meeting_pipeline.steps.stored_elsewhere import stored_elsewhere
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline.store import policies
from meeting_pipeline.store.recordings.new_recordings import StoredIn
from meeting_pipeline.store.restored import settle_restored
from meeting_pipeline.store.tables import DeletedRecording, Recording
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, close, drop, take_all


class Machines:
    """Installations with homes of their own on one database."""

    def __init__(self, folder: Path, url: str, clock: Clock, stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._url, self._clock, self._stack, self._patched = folder, url, clock, stack, monkeypatch

    def on(self, host: str, **variables: str) -> Installation:
        """The installation of a machine; what it does from now on, it does under this host name."""
        self._patched.setattr("socket.gethostname", lambda: host)
        settings = {
            "MEETING_PIPELINE_HOME": str(self._folder / host),
            "MEETING_PIPELINE_DATABASE_URL": self._url,
            "MEETING_PIPELINE_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "MEETING_PIPELINE_WEBHOOK_ALLOW": "127.0.0.1",
            **variables,
        }
        opened = open_installation(load_settings(settings), now=self._clock)
        self._stack.callback(close, opened)
        return opened


@pytest.fixture
def machines(tmp_path: Path, postgres_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    with ExitStack() as stack:
        yield Machines(tmp_path, postgres_url, clock, stack, monkeypatch)


def run(installation: Installation, row: Recording, name: str) -> object:
    """What a run of the recording makes of its transcript on this machine."""
    [ticket] = installation.store.lifecycle.request_runs(5)
    installation.store.lifecycle.begin(row.key, name, collecting=True, request=ticket.request)
    outcome = transcribe(installation, Attempt(row.key, name))
    installation.store.leases.end(name)
    return outcome


def shown(installation: Installation, row: Recording) -> tuple[str, str, int, str | None]:
    now = installation.store.recordings.get(row.key)
    return now.status, now.stage, now.attempts, now.error_code


def traces_left(installation: Installation, key: str) -> dict[str, str]:
    """Where a deleted recording still has traces, and why; empty once all are erased, and its key with them."""
    with installation.store.database.read() as session:
        row = session.get(DeletedRecording, key)
        return {} if row is None else {place: said["left"] for place, said in row.receipt.items() if said["left"]}


@pytest.mark.parametrize(("name", "content"), [("weekly.vtt", TALK), ("weekly.wav", None)])
def test_a_run_on_a_machine_without_the_file_leaves_the_recording_to_one_that_has_it(
    machines: Machines, clock: Clock, name: str, content: str | None
) -> None:
    control = machines.on("control")
    row = accepted(control, name, content)
    worker = machines.on("worker")
    for number in range(policies.TRANSCRIPT_ATTEMPTS + 2):
        outcome = run(worker, row, f"there-{number}")
        assert isinstance(outcome, Postponed)
        assert outcome.error.code == "stored_elsewhere"
        assert "control" in outcome.error.message
        assert shown(worker, row) == (RecordingStatus.PENDING, Stage.READY, 0, "stored_elsewhere"), "it costs no try"
        clock.advance(policies.ELSEWHERE_RETRY_SECONDS + 1)
    if content is not None:  # sound without words would be refused
        assert isinstance(run(control, row, "here"), Transcribed)


def test_an_order_of_a_machine_without_the_file_waits_and_no_provider_is_blamed(
    machines: Machines, clock: Clock, providers: Providers
) -> None:
    control = machines.on("control", **providers.environment())
    row = accepted(control)
    worker = machines.on("worker", **providers.environment())
    for _ in range(policies.TRANSCRIPT_ATTEMPTS + 2):
        assert order_due(worker, "there") == OrderReport(deferred=1)
        assert shown(worker, row) == (RecordingStatus.PENDING, Stage.ORDERING, 0, "stored_elsewhere")
        clock.advance(policies.ELSEWHERE_RETRY_SECONDS + 1)
    assert worker.store.outages.holding("assemblyai", Service.ORDERS) is None
    assert order_due(control, "here") == OrderReport(placed=1)
    ledger = providers.ledger()
    assert (len(ledger["uploads"]), len(ledger["orders"])) == (1, 1)


def test_a_worker_with_recordings_of_its_own_tells_what_is_gone_from_what_is_elsewhere(machines: Machines) -> None:
    control = machines.on("control")
    first = accepted(control, "first.vtt", TALK)
    worker = machines.on("worker")
    second = accepted(worker, "second.vtt", TALK + "\n")
    assert stored_elsewhere(worker, first) is not None
    assert stored_elsewhere(worker, second) is None
    assert isinstance(stored_elsewhere(control, second), OperatorError)


def test_a_file_that_is_gone_from_the_folder_that_had_it_fails_the_recording(machines: Machines) -> None:
    control = machines.on("control")
    row = accepted(control, "weekly.vtt", TALK)
    accepted(control, "other.vtt", TALK + "\n")
    shutil.rmtree(control.settings.recordings / row.key)
    control.store.lifecycle.request_run(row.key)
    control.store.lifecycle.begin(row.key, "here", collecting=True)
    outcome = transcribe(control, Attempt(row.key, "here"))
    assert isinstance(outcome, Postponed)
    assert (outcome.error.code, outcome.due) == ("no_content", None)


def test_a_machine_that_was_renamed_still_has_its_files(machines: Machines) -> None:
    row = accepted(machines.on("control"), "weekly.vtt", TALK)
    renamed = machines.on("other-name", MEETING_PIPELINE_HOME=str(machines.on("control").settings.home))
    assert isinstance(run(renamed, row, "here"), Transcribed)


def test_a_folder_that_two_machines_share_is_here_on_both(machines: Machines) -> None:
    control = machines.on("control")
    row = accepted(control, "weekly.vtt", TALK)
    worker = machines.on("worker")
    worker.settings.recordings.rmdir()
    worker.settings.recordings.symlink_to(control.settings.recordings)
    assert isinstance(run(worker, row, "there"), Transcribed)


def test_the_same_file_submitted_where_it_is_missing_is_stored_there(machines: Machines) -> None:
    row = accepted(machines.on("control"), "weekly.vtt", TALK)
    worker = machines.on("worker")
    drop(worker, "again.vtt", TALK)
    assert [one.accepted.duplicate for one in take_all(worker).taken] == [True]
    assert worker.store.recordings.get(row.key).stored_on == "worker"
    assert isinstance(run(worker, row, "there"), Transcribed)


def test_deleting_on_another_machine_keeps_saying_that_files_are_left_until_they_are_gone(machines: Machines) -> None:
    control = machines.on("control")
    row = accepted(control, "weekly.vtt", TALK)
    control.store.cancelling.cancel(row.key)
    worker = machines.on("worker")
    delete_recording(worker, row.key, "a person")
    [left] = worker.store.deletions.due(5)
    clear_deleted(worker, left, lambda _: None)
    assert (control.settings.recordings / row.key).is_dir()
    assert traces_left(worker, row.key) == {"files": "files_elsewhere"}
    clear_deleted(control, left, lambda _: None)
    assert traces_left(control, row.key) == {}
    assert not (control.settings.recordings / row.key).exists()


def test_a_restored_database_expects_its_files_beside_it(machines: Machines) -> None:
    control = machines.on("control")
    row = accepted(control, "weekly.vtt", TALK)
    accepted(control, "other.vtt", TALK + "\n")
    (control.settings.recordings / IDENTITY_FILE).unlink()  # it is in no backup
    settle_restored(control.store.database, this_folder(control))
    assert stored_elsewhere(control, control.store.recordings.get(row.key)) is None
    assert stored_elsewhere(machines.on("worker"), control.store.recordings.get(row.key)) is not None


def test_after_a_restore_files_on_the_disk_of_another_machine_are_still_there(machines: Machines) -> None:
    control = machines.on("control")
    accepted(control, "here.vtt", TALK)
    worker = machines.on("worker")
    there = accepted(worker, "there.vtt", TALK + "\n")
    control = machines.on("control")
    kept = StoredRecording(there.key, None, there.transcript_file, there.sha256, None, None, *told(worker, there))
    with (control.settings.home / "listing").open("w") as listing:
        _, [absent] = copy_recordings(control.settings, Draft(control.settings.home / "backup", listing), [kept])
    assert (absent.reason, absent.folder, absent.host) == ("lost", *told(worker, there))
    elsewhere = {absent.key: StoredIn(str(absent.folder), str(absent.host))}
    settle_restored(control.store.database, this_folder(control), elsewhere)
    missing = stored_elsewhere(control, control.store.recordings.get(there.key))
    assert missing is not None
    assert "worker" in missing.message
    control.store.cancelling.cancel(there.key)
    delete_recording(control, there.key, "a person")
    assert traces_left(control, there.key)["files"] == "files_elsewhere"


def told(installation: Installation, row: Recording) -> tuple[str | None, str | None]:
    """What the row of a recording says of its place."""
    now = installation.store.recordings.get(row.key)
    return now.stored_in, now.stored_on


def unmounted(installation: Installation) -> Path:
    """Take the disk of the recordings away; returns where it is now."""
    away = installation.settings.home.parent / "away"
    installation.settings.recordings.rename(away)
    installation.settings.recordings.mkdir()
    return away


def test_a_machine_that_was_renamed_while_its_disk_is_away_stores_nothing_in_the_empty_place(
    machines: Machines,
) -> None:
    control = machines.on("control")
    accepted(control, "weekly.vtt", TALK)
    unmounted(control)
    renamed = machines.on("a-new-container", MEETING_PIPELINE_HOME=str(control.settings.home))
    with pytest.raises(StoreUnavailable, match="may not be mounted"), staging_folder(renamed):
        pytest.fail("it would look like the folder from then on")
    other = accepted(machines.on("worker"), "other.vtt", TALK + "\n")  # it has a home of its own, still empty
    assert other.key


def test_a_database_in_a_file_has_no_other_machines(open_with: OpenWith) -> None:
    installation = open_with()
    row = accepted(installation, "weekly.vtt", TALK)
    accepted(installation, "other.vtt", TALK + "\n")
    (installation.settings.recordings / ".folder-id").unlink()  # a copy without hidden files
    shutil.rmtree(installation.settings.recordings / row.key)
    installation.store.lifecycle.request_run(row.key)
    installation.store.lifecycle.begin(row.key, "here", collecting=True)
    outcome = transcribe(installation, Attempt(row.key, "here"))
    assert isinstance(outcome, Postponed)
    assert outcome.error.code == "no_content"


def test_a_disk_that_is_not_mounted_holds_recordings_up_and_fails_none(open_with: OpenWith) -> None:
    installation = open_with()
    row = accepted(installation, "weekly.vtt", TALK)
    shutil.rmtree(installation.settings.recordings)
    installation.store.lifecycle.request_run(row.key)
    installation.store.lifecycle.begin(row.key, "here", collecting=True)
    with pytest.raises(StoreUnavailable):
        transcribe(installation, Attempt(row.key, "here"))


def test_minutes_are_written_beside_the_recording_or_nowhere(machines: Machines) -> None:
    control = machines.on("control")
    row = accepted(control, "weekly.vtt", TALK)
    assert isinstance(run(control, row, "here"), Transcribed)
    worker = machines.on("worker")
    worker.store.lifecycle.begin(row.key, "there", collecting=False)
    finished = finish(worker, row.key, "there")
    assert not (worker.settings.recordings / row.key).exists(), "a deletion would not find it there"
    assert as_finished(worker, finished.record, finished.version).minutes == finished.minutes
    assert worker.store.recordings.get(row.key).status == RecordingStatus.COMPLETED


def test_the_player_is_told_where_the_sound_is_and_not_that_there_is_none(machines: Machines) -> None:
    from meeting_pipeline.api.routes.media import get_media
    from meeting_pipeline.api.schemas.problems import status_of

    row = accepted(machines.on("control"))
    with pytest.raises(OperatorError, match="control") as caught:
        get_media(machines.on("worker"), cast("Any", None), row.key)
    assert (caught.value.code, status_of(caught.value)) == ("stored_elsewhere", 503)
    assert get_media(machines.on("control"), cast("Any", None), row.key).status_code == 200
