"""The bucket of the inbox on a real object storage: listings, versions, odd names, and errors."""

from pathlib import Path
from typing import Any

import obstore
import pytest

from meeting_pipeline.cli.checkup.findings import Level
from meeting_pipeline.cli.checkup.storage import bucket_inbox
from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.files import inbox_bucket
from meeting_pipeline.files.inbox_bucket import BucketObject, InboxBucket
from meeting_pipeline.files.inbox_errors import ObjectChanged
from meeting_pipeline.settings import load_settings
from meeting_pipeline_tests.buckets import MemoryBucket
from meeting_pipeline_tests.object_storage import ObjectStorage

NAMES = ["2026/a.wav", "a b?#%20&.wav", "a.vtt", "a.wav", "a/b.wav", "ü.wav"]


@pytest.fixture
def bucket(stored_in_objects: ObjectStorage, tmp_path: Path) -> InboxBucket:
    return InboxBucket(f"s3://{stored_in_objects.bucket}/{tmp_path.name}", stored_in_objects.endpoint)


def listed(bucket: InboxBucket, after: str = "") -> list[BucketObject]:
    return [one for page in bucket.pages(after) for one in page]


def test_a_listing_continues_after_a_name_and_finds_each_object(bucket: InboxBucket, tmp_path: Path) -> None:
    assert listed(bucket) == []
    for name in NAMES:
        bucket.put(name, name.encode())
    assert sorted(one.name for one in listed(bucket)) == NAMES
    order = [one.name for one in listed(bucket)]
    assert [one.name for one in listed(bucket, order[2])] == order[3:]
    for name in NAMES:
        one = bucket.find(name)
        assert one is not None, name
        assert bucket.beginning(one, 5) == name.encode()[:5]
        copy = tmp_path / "copy"
        bucket.fetch(one, copy)
        assert copy.read_bytes() == name.encode()
        copy.unlink()
    assert [bucket.find(name) for name in ("a", "a.wa", "a.wav2", "zz", "2026")] == [None] * 5


def test_a_mark_without_quotes_is_the_one_that_other_answers_have_with_them() -> None:
    bucket = MemoryBucket()
    bucket.upload("a.wav", "words")
    [one] = listed(bucket)
    facts = {"path": "a.wav", "size": 5, "last_modified": one.modified_at}
    azure = [inbox_bucket._object({**facts, "e_tag": mark}) for mark in ("0x1FCE", '"0x1FCE"')]
    assert azure[0] == azure[1]
    assert azure[0].etag == '"0x1FCE"'
    assert inbox_bucket._object({**facts, "e_tag": None}).etag is None


def test_only_the_version_that_was_listed_is_read(bucket: InboxBucket, tmp_path: Path) -> None:
    bucket.put("a.wav", b"draft")
    [draft] = listed(bucket)
    assert bucket.is_unchanged(draft)
    bucket.put("a.wav", b"final")
    assert not bucket.is_unchanged(draft)
    with pytest.raises(ObjectChanged):
        bucket.fetch(draft, tmp_path / "copy")
    with pytest.raises(ObjectChanged):
        bucket.beginning(draft, 3)
    [final] = listed(bucket)
    assert bucket.digest(final) != bucket.digest(draft)
    bucket.remove(["a.wav", "never-there.wav"])
    assert listed(bucket) == []
    with pytest.raises(FileNotFoundError):
        bucket.is_unchanged(final)
    with pytest.raises(FileNotFoundError):
        bucket.fetch(final, tmp_path / "other")


def test_a_name_that_cannot_be_used_is_named(bucket: InboxBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the library words it; it takes no such name itself, so none can be stored here."""
    import obstore
    from obstore.exceptions import InvalidPathError

    def refuses(*_: object, **__: object) -> object:
        raise InvalidPathError('Encountered object with invalid path: Error parsing Path "in/new\nline.wav": illegal')

    monkeypatch.setattr(obstore, "list", refuses)
    with pytest.raises(StorageRefused) as caught:
        listed(bucket)
    assert (caught.value.code, "in/new line.wav" in caught.value.message) == ("inbox_bad_name", True)


def test_errors_are_those_of_the_inbox(bucket: InboxBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meeting_pipeline.files.policies.REQUEST_RETRIES", 0)
    with pytest.raises(StoreUnavailable) as away:
        listed(InboxBucket(bucket.url, "http://127.0.0.1:1"))
    assert away.value.code == "inbox_unreachable"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(StorageRefused) as refused:
        listed(InboxBucket(bucket.url, bucket._endpoint))
    assert (refused.value.code, "MEETING_PIPELINE_INBOX_URL" in refused.value.advice) == ("inbox_refused", True)


def test_objects_that_are_gone_count_as_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = MemoryBucket()
    for name in ("a", "c"):
        bucket.upload(name, name)
    delete = obstore.delete

    def as_google_does(store: Any, names: str | list[str]) -> None:
        for name in [names] if isinstance(names, str) else names:
            obstore.head(store, name)
            delete(store, name)

    monkeypatch.setattr(obstore, "delete", as_google_does)
    bucket.remove(["a", "b", "c"])
    assert bucket.names() == []


@pytest.mark.parametrize("name", ["a", "talk", "x/", "", "0", "! ", "a ", "\u00a0", "\ue000", "a\U00010000"])
def test_a_listing_from_a_name_begins_before_it(name: str) -> None:
    before = inbox_bucket._before(name)
    assert before < name or name in ("", "x/")
    before.encode()


def test_doctor_tries_the_bucket(
    bucket: InboxBucket, stored_in_objects: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"MEETING_PIPELINE_INBOX_URL": bucket.url, "MEETING_PIPELINE_INBOX_ENDPOINT": stored_in_objects.endpoint}
    [found] = bucket_inbox(load_settings(given))
    assert (found.level, "list, read and delete work" in found.message) == (Level.OK, True)
    [found] = bucket_inbox(load_settings({**given, "MEETING_PIPELINE_INBOX_KEEP": "on"}))
    assert (found.level, listed(bucket)) == (Level.OK, [])
    assert list(bucket_inbox(load_settings({}))) == []
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    [found] = bucket_inbox(load_settings(given))
    assert (found.level, "(list)" in found.message) == (Level.FAIL, True)


@pytest.mark.parametrize(
    ("inbox", "storage", "fits"),
    [
        ("s3://b/in", "s3://b/meetings", True),
        ("s3://b/in", "s3://b/in", False),
        ("s3://b/in/", "s3://b/in/deep", False),
        ("s3://b", "s3://b/meetings", False),
        ("s3://b/in", "s3://b", False),
        ("s3://b/in", "s3://b/in2", True),
        ("s3://b/in", "gs://b/in", True),
        ("S3://b/in", "s3://b/in/deep", False),
        ("s3://b/in", "s3://b/%69n/deep", False),
    ],
)
def test_the_inbox_is_never_where_recordings_are_stored(inbox: str, storage: str, fits: bool) -> None:
    from meeting_pipeline.domain.errors import PermanentError

    given = {"MEETING_PIPELINE_INBOX_URL": inbox, "MEETING_PIPELINE_STORAGE_URL": storage}
    if fits:
        load_settings(given)
        return
    with pytest.raises(PermanentError) as caught:
        load_settings(given)
    assert caught.value.code == "bad_setting"
