"""The inbox in a bucket: what is taken, what is rejected or left out, and what survives a crash in between."""

import errno
import json
import os
from typing import Any

import pytest
from fastapi.testclient import TestClient

from meeting_pipeline.api.app import build_app
from meeting_pipeline.api.dependencies import Service
from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.files.inbox_bucket import BucketObject, InboxBucket
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import ingest, policies
from meeting_pipeline.steps.intake.bucket import looks
from meeting_pipeline.steps.intake.bucket.forgetting import forget_removed_objects
from meeting_pipeline.steps.intake.bucket.left_out import left_in_bucket
from meeting_pipeline.steps.intake.bucket.looks import BucketCursor
from meeting_pipeline.store.tables import InboxObject, Submission
from meeting_pipeline_tests.buckets import MemoryBucket, look_around, take_noted, take_objects, with_bucket
from meeting_pipeline_tests.installations import TALK, Clock, OpenWith, notes
from meeting_pipeline_tests.scenario.media import vtt, wav

OTHER_TALK = vtt(("Ruth", "The budget is another meeting, and it was approved on Monday."))


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects count as settled at once."""
    monkeypatch.setattr(policies, "SETTLE_SECONDS", 0.0)


@pytest.fixture
def bucket(installation: Installation) -> MemoryBucket:
    return with_bucket(installation)


@pytest.fixture
def keeping(open_with: OpenWith) -> tuple[Installation, MemoryBucket]:
    """An installation that leaves objects in the bucket."""
    installation = open_with(MEETING_PIPELINE_INBOX_KEEP="on")
    return installation, with_bucket(installation)


def rows(installation: Installation) -> list[tuple[str, str | None]]:
    with installation.store.database.read() as session:
        return sorted((row.state, row.name) for row in session.query(InboxObject))


def titles(installation: Installation) -> list[str]:
    return sorted(row.title for row in installation.store.recordings.list())


def submissions(installation: Installation) -> int:
    with installation.store.database.read() as session:
        return session.query(Submission).count()


def test_an_object_becomes_a_recording_and_is_removed(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("2026/Weekly Sync.wav", wav("weekly"))
    [taken] = take_objects(installation).taken
    row = installation.store.recordings.get(taken.accepted.key)
    assert (row.title, row.source, row.original_name) == ("Weekly Sync", "bucket", "Weekly Sync.wav")
    assert (bucket.names(), rows(installation)) == ([], [])


def test_companions_are_paired_as_in_the_drop_folder(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("talk.wav", wav("talk"))
    bucket.upload("talk.en.vtt", TALK)
    bucket.upload("talk.json", json.dumps({"title": "Budget", "participants": ["Dana"]}))
    bucket.upload("talk - Transcript.txt", "Dana: something else entirely.")
    bucket.upload("talking.wav", wav("talking"))
    bucket.upload("talk/talk.vtt", OTHER_TALK)
    report = take_objects(installation)
    assert titles(installation) == ["Budget", "talk", "talking"]
    budget = next(row for row in installation.store.recordings.list() if row.title == "Budget")
    assert (budget.media_file, budget.transcript_file) == ("original.wav", "transcript.vtt")
    assert [one.code for one in report.refused] == ["file_not_used"]
    assert (bucket.names(), rows(installation)) == ([], [])


def test_recordings_of_one_name_share_their_companions(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("talk.wav", wav("one"))
    bucket.upload("talk.mp3.wav", wav("two"))
    bucket.upload("talk.aif.wav", wav("three"))
    bucket.upload("talk.json", json.dumps({"title": "Shared"}))
    take_objects(installation)
    assert titles(installation) == ["Shared", "talk.aif", "talk.mp3"]
    assert bucket.names() == []


def test_exports_that_say_something_else_are_meetings_of_their_own(
    installation: Installation, bucket: MemoryBucket
) -> None:
    bucket.upload("talk.vtt", TALK)
    bucket.upload("talk.srt", OTHER_TALK.replace("WEBVTT\n\n", "1\n").replace(".000", ",000"))
    bucket.upload("talk.json", json.dumps({"title": "Same name"}))
    assert len(take_objects(installation).taken) == 1
    assert "talk.json" in bucket.names(), "it is also the other meeting's"
    take_objects(installation)
    assert len(titles(installation)) == 2
    assert bucket.names() == []


def test_a_sidecar_without_its_recording_waits_for_it(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("talk.json", json.dumps({"title": "Late"}))
    assert take_objects(installation).taken == []
    assert rows(installation) == [("left", "talk.json")]
    bucket.upload("talk.wav", wav("talk"))
    take_objects(installation)
    assert (titles(installation), bucket.names()) == (["Late"], [])


def test_a_bad_object_is_rejected_with_a_note_and_its_file(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("broken.wav", b"no sound")
    bucket.upload("broken.json", json.dumps({"title": "Broken"}))
    [refused] = take_objects(installation).refused
    assert (refused.note.parent / "broken.wav").read_bytes() == b"no sound"
    assert (refused.note.parent / "broken.json").exists()
    assert (bucket.names(), rows(installation)) == ([], [])


def test_an_object_of_another_kind_is_not_copied_and_stays_with_a_note(
    installation: Installation, bucket: MemoryBucket
) -> None:
    bucket.upload("movies/disk.iso", b"x" * 1000)
    [refused] = take_objects(installation).refused
    assert refused.code == "unsupported_type"
    [note] = notes(installation)
    assert "The file stays where it is: s3://inbox-of-tests/in/movies/disk.iso." in note
    assert bucket.names() == ["movies/disk.iso"]
    assert take_objects(installation).refused == [], "it is told once"
    bucket.upload("movies/disk.iso", b"y" * 1000)
    assert len(take_objects(installation).refused) == 1, "another version is another file"


def test_a_webhook_is_told_once_of_an_object_that_is_rejected(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("disk.iso", b"x")
    bucket.upload("disk.iso.json", json.dumps({"webhook_url": "http://127.0.0.1:9/hook"}))
    take_objects(installation)
    take_objects(installation)
    [row] = installation.store.recordings.list()
    assert (row.status, row.error_code, row.source) == ("failed", "unsupported_type", "bucket")


@pytest.mark.parametrize(
    "name", [".hidden.wav", "copy.wav.part", "folder/", "a/Thumbs.db", ".git/config", "x/.y/z.wav"]
)
def test_names_that_the_drop_folder_ignores_are_ignored(
    installation: Installation, bucket: MemoryBucket, name: str
) -> None:
    bucket.upload(name, b"" if name.endswith("/") else b"x")
    report = take_objects(installation)
    assert (report.taken, report.refused) == ([], [])
    assert len(bucket.names()) == 1


def test_objects_that_stay_are_never_taken_twice(keeping: tuple[Installation, MemoryBucket]) -> None:
    installation, bucket = keeping
    bucket.upload("talk.wav", wav("talk"))
    bucket.upload("talk.vtt", TALK)
    bucket.upload("bad.wav", b"no sound")
    assert len(take_objects(installation).taken) == 1
    for _ in range(3):
        report = take_objects(installation)
        assert (report.taken, report.refused) == ([], [])
    assert (submissions(installation), len(bucket.names())) == (1, 3)
    assert rows(installation) == [("done", None)] * 3, "names hold words of titles"
    bucket.upload("talk.wav", wav("talk"))
    [again] = take_objects(installation).taken
    assert again.accepted.duplicate, "somebody submitted it again"


def test_a_transcript_that_comes_later_is_a_meeting_of_its_own(keeping: tuple[Installation, MemoryBucket]) -> None:
    installation, bucket = keeping
    bucket.upload("talk.wav", wav("talk"))
    take_objects(installation)
    bucket.upload("talk.vtt", TALK)
    take_objects(installation)
    assert titles(installation) == ["talk", "talk"]


@pytest.mark.parametrize("place", ["intake.row_committed", "bucket.taken", "bucket.copied", "intake.copied"])
@pytest.mark.parametrize("keep", ["on", "off"])
def test_a_run_that_dies_takes_nothing_twice_and_loses_nothing(
    open_with: OpenWith, monkeypatch: pytest.MonkeyPatch, place: str, keep: str
) -> None:
    installation = open_with(MEETING_PIPELINE_INBOX_KEEP=keep)
    bucket = with_bucket(installation)
    bucket.upload("talk.wav", wav("talk"))
    bucket.upload("talk.vtt", TALK)
    bucket.upload("talk.txt", "Dana: a spare export.")

    class Died(BaseException):
        pass

    def die(at: str, *_: Any) -> None:
        if at == place:
            raise Died

    from meeting_pipeline.steps.intake import accept
    from meeting_pipeline.steps.intake.bucket import taking

    look_around(installation)
    with monkeypatch.context() as patched:
        for module in (accept, ingest):
            patched.setattr(module, "crash_point", die)
        if place == "bucket.copied":
            patched.setattr(ingest.Taking, "steps", lambda *_: die(place))
        if place == "bucket.taken":
            patched.setattr(taking, "remove_from_bucket", lambda *_: die(place))
        with pytest.raises(Died):
            take_noted(installation)
    take_objects(installation)
    take_objects(installation)
    assert (titles(installation), submissions(installation)) == (["talk"], 1)
    assert bucket.names() == (["talk.txt", "talk.vtt", "talk.wav"] if keep == "on" else [])
    if keep == "off":
        kept = [path.name for path in installation.settings.rejected.rglob("talk.txt")]
        assert kept == ["talk.txt"], "a spare file is kept"


def test_an_object_that_was_replaced_meanwhile_is_taken_as_the_new_version(
    installation: Installation, bucket: MemoryBucket
) -> None:
    bucket.upload("talk.wav", wav("draft"))
    look_around(installation)
    bucket.upload("talk.wav", wav("final"))
    assert take_noted(installation).taken == []
    [taken] = take_noted(installation).taken
    assert installation.store.recordings.find_by_hash(taken.new.sha256) is not None
    assert (submissions(installation), bucket.names()) == (1, [])


def test_an_object_that_is_replaced_while_it_is_read_is_not_removed(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.upload("talk.wav", wav("draft"))
    fetch = InboxBucket.fetch

    def replaced(self: InboxBucket, one: BucketObject, target: Any) -> None:
        fetch(self, one, target)
        bucket.upload("talk.wav", wav("final"))

    monkeypatch.setattr(InboxBucket, "fetch", replaced)
    assert len(take_objects(installation).taken) == 1
    assert bucket.names() == ["talk.wav"]
    monkeypatch.undo()
    monkeypatch.setattr(policies, "SETTLE_SECONDS", 0.0)
    assert len(take_objects(installation).taken) == 1
    assert (len(titles(installation)), bucket.names()) == (2, [])


def test_an_object_that_is_removed_meanwhile_is_forgotten(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("talk.wav", wav("talk"))
    look_around(installation)
    bucket.remove(["talk.wav"])
    assert take_noted(installation).taken == []
    assert rows(installation) == []


def test_an_object_that_is_removed_while_it_is_read_is_no_trouble(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.upload("talk.wav", wav("talk"))
    fetch = InboxBucket.fetch

    def removed(self: InboxBucket, one: BucketObject, target: Any) -> None:
        bucket.remove([one.name])
        fetch(self, one, target)

    monkeypatch.setattr(InboxBucket, "fetch", removed)
    report = take_objects(installation)
    assert (report.taken, report.refused, report.trouble, report.left) == ([], [], None, 1)


def test_an_empty_object_has_time_to_be_filled(installation: Installation, bucket: MemoryBucket, clock: Clock) -> None:
    bucket.upload("talk.wav", b"")
    report = take_objects(installation)
    assert (report.refused, report.taken) == ([], [])
    bucket.upload("talk.wav", wav("talk"))
    assert len(take_objects(installation).taken) == 1
    bucket.upload("other.wav", b"")
    take_objects(installation)
    clock.advance(policies.EMPTY_OBJECT_SECONDS + 1)
    assert len(take_objects(installation).refused) == 1


def test_objects_settle_before_they_are_taken(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(policies, "SETTLE_SECONDS", 3.0)
    bucket.upload("talk.wav", wav("talk"))
    assert take_objects(installation).taken == []
    bucket.upload("talk.json", json.dumps({"title": "A little later"}))
    clock.advance(4)
    assert take_objects(installation).taken == [], "its sidecar has just come"
    clock.advance(4)
    assert len(take_objects(installation).taken) == 1
    assert titles(installation) == ["A little later"]


def test_a_bucket_that_is_away_holds_up_nothing_else(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.upload("one.wav", wav("one"))
    bucket.upload("two.wav", wav("two"))
    look_around(installation)

    def away(*_: Any) -> None:
        raise StoreUnavailable("inbox_unreachable", "The bucket of the inbox does not respond.", "")

    with monkeypatch.context() as patched:
        patched.setattr(InboxBucket, "fetch", away)
        report = take_noted(installation)
    assert (report.trouble, report.left) == (None, 1), "the run does not fail, and tries no second object"
    assert take_noted(installation).taken == [], "they wait"
    installation.store.inbox_objects.defer_all(-1.0)
    assert len(take_noted(installation).taken) == 2


def test_objects_that_may_not_be_removed_are_not_taken_again(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    bucket.upload("talk.wav", wav("talk"))

    def forbidden(*_: Any) -> None:
        raise StoreUnavailable("inbox_refused", "The bucket of the inbox refuses requests.", "")

    with monkeypatch.context() as patched:
        patched.setattr(InboxBucket, "remove", forbidden)
        take_objects(installation)
        take_objects(installation)
    assert (submissions(installation), bucket.names()) == (1, ["talk.wav"])
    assert not installation.store.inbox_objects.unfinished(1), "it is not tried at each tick"
    clock.advance(3600)
    take_objects(installation)
    assert (submissions(installation), bucket.names(), rows(installation)) == (1, [], [])


@pytest.mark.parametrize("request_", ["head", "delete"])
def test_an_object_that_is_missed_for_a_moment_is_removed_later_and_never_taken_again(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch, clock: Clock, request_: str
) -> None:
    import obstore

    bucket.upload("talk.wav", wav("talk"))

    def missed(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("404")

    with monkeypatch.context() as patched:
        patched.setattr(obstore, request_, missed)
        take_objects(installation)
    assert rows(installation) == [("taken", "talk.wav")]
    take_objects(installation)
    assert (submissions(installation), bucket.names()) == (1, ["talk.wav"])
    clock.advance(3600)
    take_objects(installation)
    assert (submissions(installation), bucket.names(), rows(installation)) == (1, [], [])


def test_a_missed_object_that_the_next_listing_has_not_is_gone(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    bucket.upload("talk.wav", wav("talk"))
    unchanged = InboxBucket.is_unchanged

    def removed(self: InboxBucket, one: BucketObject) -> bool:
        bucket.remove([one.name])
        return unchanged(self, one)

    monkeypatch.setattr(InboxBucket, "is_unchanged", removed)
    take_objects(installation)
    clock.advance(3600)
    take_objects(installation)
    assert (submissions(installation), rows(installation)) == (1, [])


def with_a_spare_left(installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run died after it stored the recording, and before it kept the export that the recording did not need."""

    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Died

    bucket.upload("talk.wav", wav("talk"))
    bucket.upload("talk.vtt", TALK)
    bucket.upload("talk.txt", "Dana: a spare export.")
    look_around(installation)
    with monkeypatch.context() as patched:
        patched.setattr(ingest, "clear_originals", die)
        with pytest.raises(Died):
            take_noted(installation)


def kept_spares(installation: Installation) -> list[str]:
    return [path.read_text() for path in installation.settings.rejected.rglob("talk.txt")]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.ENOENT])
def test_a_disk_that_cannot_keep_an_unused_object_leaves_it_in_the_bucket_and_stops_nothing(
    installation: Installation,
    bucket: MemoryBucket,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    from meeting_pipeline.steps.intake.bucket import leftovers

    with_a_spare_left(installation, bucket, monkeypatch)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    bucket.upload("other.vtt", OTHER_TALK)
    with monkeypatch.context() as patched:
        patched.setattr(leftovers, "move_unused", full)
        take_objects(installation)
    assert (titles(installation), bucket.names()) == (["other", "talk"], ["talk.txt"])
    assert ("[disk_full]" if number == errno.ENOSPC else "[disk_error]") in caplog.text
    take_objects(installation)
    assert bucket.names() == ["talk.txt"], "it is not tried at each tick"
    clock.advance(3600)
    take_objects(installation)
    assert (bucket.names(), rows(installation)) == ([], [])
    assert kept_spares(installation) == ["Dana: a spare export."]


def test_an_unused_object_that_would_use_the_last_space_of_the_disk_stays_in_the_bucket(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meeting_pipeline.steps.intake.bucket import leftovers

    with_a_spare_left(installation, bucket, monkeypatch)
    lack = StoreUnavailable("disk_full", "The disk is full.", "Free some space.")
    monkeypatch.setattr(leftovers, "lacking", lambda *_: lack)
    take_objects(installation)
    assert (bucket.names(), kept_spares(installation)) == (["talk.txt"], [])


@pytest.mark.parametrize("number", [errno.ENOENT, errno.ESTALE])
def test_a_folder_of_recordings_that_is_away_leaves_an_unused_object_in_the_bucket_and_is_reported(
    installation: Installation,
    bucket: MemoryBucket,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    from meeting_pipeline.steps.intake.bucket import leftovers

    with_a_spare_left(installation, bucket, monkeypatch)

    def away(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(leftovers, "lacking", away)
        take_objects(installation)
    assert bucket.names() == ["talk.txt"]
    assert "[disk_error]" in caplog.text
    clock.advance(3600)
    take_objects(installation)
    assert (bucket.names(), kept_spares(installation)) == ([], ["Dana: a spare export."])


def test_an_unused_object_that_is_missed_for_a_moment_is_kept_before_it_is_removed(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    with_a_spare_left(installation, bucket, monkeypatch)

    def missed(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("404")

    with monkeypatch.context() as patched:
        patched.setattr(InboxBucket, "fetch", missed)
        take_objects(installation)
    assert bucket.names() == ["talk.txt"]
    clock.advance(3600)
    take_objects(installation)
    assert (bucket.names(), kept_spares(installation)) == ([], ["Dana: a spare export."])


def test_a_json_object_that_is_missed_for_a_moment_is_not_taken_for_a_sidecar(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    bucket.upload("talk.wav", wav("talk"))
    bucket.upload(
        "talk.json", json.dumps([{"speaker": "Dana", "start": 0.0, "end": 2.0, "text": "We ship on Friday."}])
    )

    def missed(*_: Any, **__: Any) -> None:
        raise FileNotFoundError("404")

    with monkeypatch.context() as patched:
        patched.setattr(InboxBucket, "beginning", missed)
        report = take_objects(installation)
    assert (report.taken, report.refused) == ([], [])
    clock.advance(3600)
    assert take_objects(installation).refused == []
    [row] = installation.store.recordings.list()
    assert (row.media_file, row.transcript_file, bucket.names()) == ("original.wav", "transcript.json", [])


def test_a_deleted_recording_takes_the_names_of_its_objects_along(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.upload("talk.wav", wav("talk"))
    with monkeypatch.context() as patched:
        patched.setattr("meeting_pipeline.steps.intake.bucket.taking.remove_from_bucket", lambda *_: None)
        [taken] = take_objects(installation).taken
    with installation.store.database.write() as session:
        from meeting_pipeline.store.deletions.mentions import delete_mentions

        delete_mentions(session, taken.accepted.key)
    take_objects(installation)
    assert (bucket.names(), rows(installation)) == ([], [])


def test_looks_go_on_where_they_stopped_and_see_what_was_added_at_the_end(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meeting_pipeline.files.inbox_bucket.PAGE", 10)
    monkeypatch.setattr(policies, "BUCKET_LOOK_PAGES", 2)
    for number in range(100):
        bucket.upload(f"{number:03}.iso", b"x")
    objects = installation.store.inbox_objects
    cursor = BucketCursor()
    for _ in range(6):
        cursor = look_around(installation, cursor)
    assert objects.count("seen") == 100
    assert (cursor.last, cursor.after) == ("099.iso", "")
    cursor = look_around(installation, cursor)
    bucket.upload("100.wav", b"x")
    bucket.upload("000-new.wav", b"x")
    cursor = look_around(installation, cursor)
    assert objects.count("seen") == 101, "the end is always looked at"
    for _ in range(8):
        cursor = look_around(installation, cursor)
    assert objects.count("seen") == 102


def test_a_look_stops_when_there_is_enough_to_do(
    installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meeting_pipeline.files.inbox_bucket.PAGE", 10)
    monkeypatch.setattr(policies, "BUCKET_WAITING", 20)
    for number in range(100):
        bucket.upload(f"{number:03}.wav", b"x")
    look_around(installation)
    assert installation.store.inbox_objects.count("seen") == 20


def test_objects_that_somebody_removed_are_no_longer_left_out(installation: Installation, bucket: MemoryBucket) -> None:
    bucket.upload("talk.json", "{}")
    take_objects(installation)
    assert rows(installation) == [("left", "talk.json")]
    bucket.remove(["talk.json"])
    look_around(installation)
    assert rows(installation) == []


def test_objects_that_stayed_and_were_removed_later_are_forgotten_at_night(
    keeping: tuple[Installation, MemoryBucket], clock: Clock
) -> None:
    installation, bucket = keeping
    bucket.upload("one.wav", wav("one"))
    bucket.upload("two.wav", wav("two"))
    take_objects(installation)
    bucket.remove(["one.wav"])
    assert forget_removed_objects(installation) == 0, "it has just been seen"
    clock.advance(86401)
    assert (forget_removed_objects(installation, dry=True), forget_removed_objects(installation)) == (1, 1)
    assert (len(rows(installation)), take_objects(installation).taken) == (1, [])


def test_a_bucket_that_lists_nothing_makes_nobody_forget_what_was_taken(
    keeping: tuple[Installation, MemoryBucket], clock: Clock
) -> None:
    installation, bucket = keeping
    bucket.upload("one.wav", wav("one"))
    take_objects(installation)
    bucket.remove(["one.wav"])
    clock.advance(86401)
    assert forget_removed_objects(installation) == 0
    assert len(rows(installation)) == 1


def test_what_is_left_out_is_listed_with_its_reason(
    installation: Installation, bucket: MemoryBucket, open_with: OpenWith, clock: Clock
) -> None:
    shown = open_with(MEETING_PIPELINE_INBOX_URL="s3://bucket/meetings/in")
    with_bucket(shown, bucket)
    for name in ("a.json", "b.wav.part", ".c.wav"):
        bucket.upload(name, "{}")
    take_objects(shown)
    assert [(one.path, one.reason) for one in left_in_bucket(shown)] == [("in/a.json", "sidecar_alone")]
    clock.advance(policies.LEFT_OUT_SECONDS + 1)
    found = {one.path: one.reason for one in left_in_bucket(shown)}
    assert found == {"in/.c.wav": "hidden_name", "in/a.json": "sidecar_alone", "in/b.wav.part": "unfinished_name"}
    with TestClient(build_app(Service(shown, guarded=False)), base_url="http://127.0.0.1:3001") as api:
        answer = api.get("/v1/inbox").json()
        assert (answer["left_out_count"], answer["left_out"][0]["path"]) == (3, "in/.c.wav")
        assert 'meeting_pipeline_inbox_objects{state="left_out"} 3.0' in api.get("/metrics").text
    assert left_in_bucket(installation) == [], "without a bucket nothing is asked"


def test_a_cursor_of_another_bucket_or_of_nonsense_is_the_beginning() -> None:
    mine = BucketCursor("b", "z", "", "s3://one")
    assert looks.cursor_of(str(mine), "s3://one") == mine
    assert looks.cursor_of(str(mine), "s3://two") == BucketCursor(url="s3://two")
    for text in (None, "", "[]", "{", '{"other": 1}', "3"):
        assert looks.cursor_of(text, "s3://two") == BucketCursor(url="s3://two")


def test_only_one_run_at_a_time_uses_the_bucket(installation: Installation, bucket: MemoryBucket) -> None:
    from meeting_pipeline.steps.intake.bucket.arriving import bucket_for_this_run

    with bucket_for_this_run(installation) as first, bucket_for_this_run(installation) as second:
        assert (first, second) == (bucket, None)


def test_long_names_and_odd_ones_are_taken(installation: Installation, bucket: MemoryBucket) -> None:
    names = [
        "ü" * 120 + ".wav",
        "ü" * 120 + ".vtt",
        "a b?c#d%20&e.wav",
        "名前.wav",
        "'quoted'.wav",
        "-rf.wav",
        "no ending/x.wav",
    ]
    for name in names:
        bucket.upload(name, TALK if name.endswith(".vtt") else wav(name))
    report = take_objects(installation)
    assert (len(report.taken), report.refused, bucket.names()) == (6, [], [])


@pytest.mark.parametrize(
    ("folder", "name"), [("2026", "Recording.wav"), ("talk", "talk_transcript.vtt"), ("talk", "talk_recording.wav")]
)
def test_an_object_is_found_after_more_objects_than_are_read(
    folder: str, name: str, installation: Installation, bucket: MemoryBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "FAMILY_OBJECTS", 3)
    for number in range(5):
        bucket.upload(f"{folder}/{number}.wav.part", "x")
    bucket.upload(name, TALK if name.endswith("vtt") else wav("talk"))
    take_objects(installation)
    assert titles(installation) == [name.rpartition(".")[0]]
