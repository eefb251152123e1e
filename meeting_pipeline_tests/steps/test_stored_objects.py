"""Recordings whose files are in object storage: accepted, transcribed, ordered, played, backed up and deleted."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline import policies
from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.backup.restoring import restore_backup
from meeting_pipeline.backup.writing import write_backup
from meeting_pipeline.cli.checkup.findings import Level
from meeting_pipeline.cli.checkup.storage import object_storage
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.domain.outage import Service as OfProvider
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.steps.intake.object_uploads import remove_left_uploads
from meeting_pipeline.steps.intake.staging import remove_leftovers
from meeting_pipeline.steps.operations.delete import clear_deleted, delete_recording
from meeting_pipeline.steps.processing.attempts import Attempt
from meeting_pipeline.steps.processing.stages import Transcribed, transcribe
from meeting_pipeline.steps.stored_files import audio_at_hand
from meeting_pipeline.steps.transcription.order import OrderReport, order_due
from meeting_pipeline.store.recordings.staged_objects import Staged
from meeting_pipeline.store.tables import DeletedRecording, Recording, StagedObject
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, accepted, close, drop, inbox_names, take_all
from meeting_pipeline_tests.media.files import Sound, write_tracks
from meeting_pipeline_tests.object_storage import ObjectStorage


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return tmp_path.name


@pytest.fixture
def in_objects(open_with: OpenWith, stored_in_objects: ObjectStorage, prefix: str) -> Installation:
    return open_with(**stored_in_objects.environment(prefix))


@pytest.fixture
def client(in_objects: Installation) -> Iterator[TestClient]:
    with TestClient(build_app(Service(in_objects, guarded=False)), base_url="http://127.0.0.1:3001") as client:
        yield client


def objects_of(server: ObjectStorage, prefix: str) -> set[str]:
    return {name.removeprefix(f"{prefix}/") for name in server.names(prefix)} - {"storage-id"}


def staged(installation: Installation) -> int:
    with installation.store.database.read() as session:
        return session.query(StagedObject).count()


def on_disk(installation: Installation) -> list[str]:
    """Files left on this machine's disk."""
    return [path.name for path in installation.settings.recordings.rglob("*") if path.is_file()]


def transcribed(installation: Installation, row: Recording) -> object:
    [ticket] = installation.store.lifecycle.request_runs(5)
    installation.store.lifecycle.begin(row.key, "run", collecting=True, request=ticket.request)
    outcome = transcribe(installation, Attempt(row.key, "run"))
    installation.store.leases.end("run")
    return outcome


def test_a_recording_is_uploaded_before_its_row_and_nothing_stays_on_the_disk(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str
) -> None:
    row = accepted(in_objects)
    assert row.object_prefix is not None
    assert "weekly" not in row.object_prefix, "addresses end up in logs"
    assert objects_of(stored_in_objects, prefix) == {f"{row.object_prefix}/original.wav"}
    assert (on_disk(in_objects), staged(in_objects), inbox_names(in_objects)) == ([], 0, [])
    assert in_objects.objects is not None
    found = hashlib.sha256(b"".join(in_objects.objects.read(row.object_prefix, "original.wav"))).hexdigest()
    assert found == row.sha256


def test_the_same_content_again_is_the_same_recording_and_is_not_uploaded_again(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str
) -> None:
    row = accepted(in_objects, "weekly.wav")
    before = objects_of(stored_in_objects, prefix)
    drop(in_objects, "weekly.wav")
    [taken] = take_all(in_objects).taken
    assert (taken.accepted.key, taken.accepted.duplicate) == (row.key, True)
    assert objects_of(stored_in_objects, prefix) == before
    stored_in_objects.remove({f"{prefix}/{name}" for name in before})
    drop(in_objects, "weekly.wav")
    take_all(in_objects)
    assert objects_of(stored_in_objects, prefix) == before, "an object that is missing is restored"


def test_a_transcript_export_is_read_through_a_copy_that_does_not_stay(in_objects: Installation) -> None:
    row = accepted(in_objects, "weekly.vtt", TALK)
    assert isinstance(transcribed(in_objects, row), Transcribed)
    assert on_disk(in_objects) == []


def test_an_order_uploads_what_is_in_the_storage(
    open_with: OpenWith, stored_in_objects: ObjectStorage, prefix: str, providers: Providers
) -> None:
    installation = open_with(**providers.environment(), **stored_in_objects.environment(prefix))
    row = accepted(installation)
    assert order_due(installation, "worker") == OrderReport(placed=1)
    assert len(providers.ledger()["uploads"]) == 1
    assert on_disk(installation) == []
    assert row.object_prefix is not None


def test_a_provider_that_reaches_the_storage_gets_a_link_and_no_upload(
    open_with: OpenWith, stored_in_objects: ObjectStorage, prefix: str, providers: Providers
) -> None:
    installation = open_with(
        **providers.environment(),
        **stored_in_objects.environment(prefix),
        MEETING_PIPELINE_STORAGE_REACHABLE="on",
    )
    row = accepted(installation)
    order_due(installation, "worker")
    order = installation.store.orders.latest(row.key)
    assert order is not None
    assert order.upload_url is not None
    assert order.upload_url.startswith(stored_in_objects.endpoint)
    assert "X-Amz-Signature" in order.upload_url
    assert len(providers.ledger()["uploads"]) == 0


def test_players_get_the_whole_file_and_ranges(client: TestClient, in_objects: Installation) -> None:
    row = accepted(in_objects)
    assert in_objects.objects is not None
    content = b"".join(in_objects.objects.read(row.object_prefix or "", "original.wav"))
    url = f"/v1/recordings/{row.key}/media"
    whole = client.get(url)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, content, "audio/wav")
    assert whole.headers["content-disposition"] == f'inline; filename="{row.key}.wav"'
    for asked, expected in (("bytes=0-99", content[:100]), ("bytes=100-", content[100:]), ("bytes=-10", content[-10:])):
        ranged = client.get(url, headers={"Range": asked})
        assert (ranged.status_code, ranged.content) == (206, expected)
        assert ranged.headers["content-range"].endswith(f"/{len(content)}")
    beyond = client.get(url, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert client.get(url, headers={"Range": "bytes=5-2"}).content == content
    head = client.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(content)), b"")


def test_a_player_gets_the_prepared_copy(client: TestClient, in_objects: Installation, tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "a.webm", [Sound(), Sound(start_s=20)], codec="libopus")
    row = accepted(in_objects, "a.webm", path.read_bytes())
    played = client.get(f"/v1/recordings/{row.key}/media", params={"prepared": "true"})
    assert (played.status_code, played.headers["content-type"]) == (200, "audio/flac")
    assert client.get(f"/v1/recordings/{row.key}/media").content == path.read_bytes()


def test_deleting_a_recording_deletes_its_objects_and_no_others(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str
) -> None:
    kept, gone = accepted(in_objects, "kept.vtt", TALK), accepted(in_objects, "gone.wav")
    in_objects.store.cancelling.cancel(gone.key)
    delete_recording(in_objects, gone.key, "test")
    assert objects_of(stored_in_objects, prefix) == {f"{kept.object_prefix}/original.vtt"}
    [deleted] = in_objects.store.deletions.due(5)
    clear_deleted(in_objects, deleted, lambda _: None)
    with in_objects.store.database.read() as session:
        assert session.query(DeletedRecording).one().traces == {}


def test_objects_that_cannot_be_deleted_now_are_deleted_later(
    in_objects: Installation,
    stored_in_objects: ObjectStorage,
    prefix: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = accepted(in_objects, "gone.wav")
    in_objects.store.cancelling.cancel(row.key)

    def down(*_: object) -> int:
        raise StoreUnavailable("storage_unreachable", "It does not respond.")

    with monkeypatch.context() as patched:
        patched.setattr(ObjectFiles, "delete", down)
        delete_recording(in_objects, row.key, "test")
        [deleted] = in_objects.store.deletions.due(5)
        clear_deleted(in_objects, deleted, lambda _: None)
    assert objects_of(stored_in_objects, prefix)
    again = accepted(in_objects, "gone.wav")  # the same content, before the rest is gone
    clock.advance(24 * 3600)
    [deleted] = in_objects.store.deletions.due(5)
    clear_deleted(in_objects, deleted, lambda _: None)
    assert objects_of(stored_in_objects, prefix) == {f"{again.object_prefix}/original.wav"}


def test_while_the_storage_is_down_files_wait_in_the_drop_folder(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = accepted(in_objects, "first.vtt", TALK)

    def down(*_: object) -> None:
        raise StoreUnavailable("storage_unreachable", "It does not respond.")

    drop(in_objects, "second.wav")
    with monkeypatch.context() as patched:
        patched.setattr(ObjectFiles, "put_folder", down)
        report = take_all(in_objects)
        assert report.trouble is not None
        assert (report.left, report.trouble.code, report.refused) == (1, "storage_unreachable", [])
        assert inbox_names(in_objects) == ["second.wav"]
        patched.setattr(ObjectFiles, "facts", down)
        with pytest.raises(StoreUnavailable):
            transcribed(in_objects, first)
    assert staged(in_objects) == 0
    assert len(take_all(in_objects).taken) == 1
    assert len(objects_of(stored_in_objects, prefix)) == 2


def test_a_wrong_key_holds_orders_back_and_blames_no_provider(
    open_with: OpenWith,
    stored_in_objects: ObjectStorage,
    prefix: str,
    providers: Providers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {**providers.environment(), **stored_in_objects.environment(prefix)}
    row = accepted(open_with(**settings))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    refused = open_with(**settings)
    drop(refused, "second.wav")
    report = take_all(refused)
    assert report.trouble is not None
    assert (report.trouble.code, inbox_names(refused)) == ("storage_refused", ["second.wav"])
    assert order_due(refused, "worker") == OrderReport(deferred=1)
    assert refused.store.recordings.get(row.key).error_code == "storage_refused"
    assert refused.store.outages.holding("assemblyai", OfProvider.ORDERS) is None


def test_an_upload_that_a_crash_cut_off_is_swept_by_age(
    in_objects: Installation,
    stored_in_objects: ObjectStorage,
    prefix: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = accepted(in_objects, "kept.vtt", TALK)
    drop(in_objects, "cut.wav")
    with monkeypatch.context() as dying:  # killed between upload and row: nothing is cleaned up
        dying.setattr("meeting_pipeline.steps.intake.accept.remove_uploaded", lambda *_: None)
        dying.setattr(type(in_objects.store.recordings), "accept", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            take_all(in_objects)
    assert (staged(in_objects), len(objects_of(stored_in_objects, prefix))) == (1, 2)
    remove_leftovers(in_objects)
    assert len(objects_of(stored_in_objects, prefix)) == 2, "it may still be under way"
    clock.advance(policies.STAGING_SECONDS + 60)
    remove_leftovers(in_objects)
    assert objects_of(stored_in_objects, prefix) == {f"{kept.object_prefix}/original.vtt"}
    assert staged(in_objects) == 0


def test_uploads_that_an_outage_cut_off_are_counted_and_removed_and_one_try_is_enough_while_it_lasts(
    in_objects: Installation,
    stored_in_objects: ObjectStorage,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    objects = in_objects.objects
    assert objects is not None
    source = tmp_path / "part"
    source.write_bytes(b"cut off")
    for number in range(3):
        left = Staged(f"recordings/{number}", objects.identified())
        in_objects.store.staged_objects.note(left)
        objects.put(left.prefix, "original.wav", source)
        in_objects.store.staged_objects.give_up(left.prefix)
    in_objects.store.staged_objects.note(Staged("recordings/under-way", objects.identified()))
    tries: list[str] = []

    def down(_: ObjectFiles, place: str) -> int:
        tries.append(place)
        raise StoreUnavailable("storage_unreachable", "It does not respond.")

    with monkeypatch.context() as patched:
        patched.setattr(ObjectFiles, "delete", down)
        assert remove_left_uploads(in_objects, 10) == 0
    assert len(tries) == 1
    assert remove_left_uploads(in_objects, 10, dry=True) == 3
    assert len(objects_of(stored_in_objects, prefix)) == 3
    assert remove_left_uploads(in_objects, 10) == 3
    assert (objects_of(stored_in_objects, prefix), staged(in_objects)) == (set(), 1)


def test_a_row_that_is_not_stored_leaves_no_objects(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(in_objects, "weekly.wav")
    with monkeypatch.context() as patched:
        refuse = StoreUnavailable("database_busy", "It is busy.")
        patched.setattr(type(in_objects.store.recordings), "accept", lambda *_: (_ for _ in ()).throw(refuse))
        take_all(in_objects)
    assert (objects_of(stored_in_objects, prefix), staged(in_objects)) == (set(), 0)


def test_an_upload_that_was_given_up_makes_no_recording(
    in_objects: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings, staged_objects = type(in_objects.store.recordings), in_objects.store.staged_objects
    accept = recordings.accept

    def late(self: object, new: object, also: object = None) -> object:
        staged_objects.give_up_old(-1.0, 5)
        return accept(self, new, also)  # type: ignore[arg-type]

    drop(in_objects, "weekly.wav")
    with monkeypatch.context() as patched:
        patched.setattr(recordings, "accept", late)
        report = take_all(in_objects)
    assert report.trouble is not None
    assert (report.trouble.code, report.taken) == ("upload_given_up", [])
    assert len(take_all(in_objects).taken) == 1


def test_recordings_of_both_kinds_work_side_by_side_and_settings_that_lack_the_storage_hold_only_its_own(
    open_with: OpenWith, stored_in_objects: ObjectStorage, prefix: str
) -> None:
    old = accepted(open_with(), "old.vtt", TALK)
    both = open_with(**stored_in_objects.environment(prefix))
    new = accepted(both, "new.vtt", TALK.replace("release", "new release"))
    assert (old.object_prefix is None, new.object_prefix is None) == (True, False)
    for row in (old, new):
        with audio_at_hand(both, row) as audio:
            assert audio.transcript_path is not None
            assert audio.transcript_path.is_file()
    without = open_with()
    with pytest.raises(StorageRefused) as caught, audio_at_hand(without, new):
        pass
    assert caught.value.code == "storage_not_set"
    elsewhere = open_with(**stored_in_objects.environment(f"{prefix}-2"))
    with pytest.raises(StorageRefused) as caught, audio_at_hand(elsewhere, new):
        pass
    assert caught.value.code == "storage_changed", "that it is not here says nothing about whether it exists"


def test_a_backup_holds_what_is_in_the_storage_and_a_restore_touches_no_bucket(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str, tmp_path: Path, clock: Clock
) -> None:
    row = accepted(in_objects, "weekly.vtt", TALK)
    before = objects_of(stored_in_objects, prefix)
    write_backup(in_objects.settings, tmp_path / "backup", lambda _: None)
    copy = tmp_path / "backup" / "recordings" / row.key / "original.vtt"
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == row.sha256
    assert copy.stat().st_mode & 0o077 == 0
    settings = in_objects.settings.model_copy(update={"home": tmp_path / "restored"})
    restore_backup(settings, tmp_path / "backup", lambda _: None)
    restored = open_installation(settings, now=clock)
    try:
        assert restored.store.recordings.get(row.key).object_prefix is None
        assert isinstance(transcribed(restored, restored.store.recordings.get(row.key)), Transcribed)
    finally:
        close(restored)
    assert objects_of(stored_in_objects, prefix) == before


def test_doctor_tries_the_storage_and_leaves_nothing_there(
    in_objects: Installation, stored_in_objects: ObjectStorage, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [found] = object_storage(in_objects.settings)
    assert (found.level, stored_in_objects.names(prefix)) == (Level.OK, set())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    [found] = object_storage(in_objects.settings)
    assert found.level is Level.FAIL
    assert "refuses" in found.message
    assert list(object_storage(in_objects.settings.model_copy(update={"storage_url": None}))) == []
