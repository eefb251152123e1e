"""Object storage and a bucket of the inbox by the requests of Google's protocol; `make google`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.files import policies
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.files.inbox_errors import ObjectChanged
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline_tests.buckets import take_objects
from meeting_pipeline_tests.files.google_storage import BUCKET, running_google_storage, service_account
from meeting_pipeline_tests.installations import TALK, OpenWith

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_google_storage(tmp_path_factory.mktemp("google")) as address:
        yield address


@pytest.fixture(scope="module")
def account() -> str:
    return service_account()


@pytest.fixture(autouse=True)
def key(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", account)


def objects_at(address: str, prefix: str) -> ObjectFiles:
    return ObjectFiles(f"gs://{BUCKET}/{prefix}", address)


def test_files_are_stored_read_by_range_and_deleted(address: str, tmp_path: Path) -> None:
    files = objects_at(address, "files")
    assert files.identity() is None
    identity = files.identified()
    assert (files.identified(), objects_at(address, "files").identified()) == (identity, identity)
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "original.wav").write_bytes(b"0123456789")
    (staged / "late ä.txt").write_bytes(b"")
    place = files.new_place()
    files.put_folder(place, staged)
    assert {(one.name, one.size_bytes) for one in files.list(place)} == {("original.wav", 10), ("late ä.txt", 0)}
    assert b"".join(files.read(place, "original.wav", 3, 4)) == b"3456"
    with pytest.raises(FileNotFoundError):
        files.read(place, "none.wav")
    assert (files.delete(place), files.list(place), files.delete(place)) == (2, [], 0)


def test_a_file_of_many_parts_arrives_whole(address: str, tmp_path: Path) -> None:
    files, source = objects_at(address, "parts"), tmp_path / "big.wav"
    source.write_bytes(bytes(range(256)) * (3 * policies.PART_BYTES // 256 + 1))
    digest = hashlib.sha256(source.read_bytes()).digest()
    files.put("recordings/one", "big.wav", source)
    found = hashlib.sha256()
    for block in files.read("recordings/one", "big.wav"):
        found.update(block)
    assert found.digest() == digest


def test_only_the_version_of_an_object_that_was_listed_is_read(address: str, tmp_path: Path) -> None:
    bucket = InboxBucket(f"gs://{BUCKET}/versions", address)
    bucket.put("2026/a.wav", b"draft")
    draft = bucket.find("2026/a.wav")
    assert draft is not None
    assert bucket.is_unchanged(draft)
    bucket.fetch(draft, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"draft"
    bucket.put("2026/a.wav", b"final")
    assert not bucket.is_unchanged(draft)
    with pytest.raises(ObjectChanged):
        bucket.beginning(draft, 3)


def test_an_object_of_the_inbox_becomes_a_recording_once_and_is_removed(
    address: str, open_with: OpenWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meeting_pipeline.steps.intake.policies.SETTLE_SECONDS", 0.0)
    installation = open_with(
        MEETING_PIPELINE_INBOX_URL=f"gs://{BUCKET}/inbox", MEETING_PIPELINE_INBOX_ENDPOINT=address,
        MEETING_PIPELINE_STORAGE_URL=f"gs://{BUCKET}/stored", MEETING_PIPELINE_STORAGE_ENDPOINT=address,
    )  # fmt: skip
    bucket = installation.inbox_bucket
    assert bucket is not None
    bucket.put("2026/weekly.json", b'{"title": "Weekly"}')
    bucket.put("2026/weekly.vtt", TALK.encode())
    [taken] = take_objects(installation).taken
    row = installation.store.recordings.get(taken.accepted.key)
    assert (row.title, row.source) == ("Weekly", "bucket")
    assert list(bucket.pages()) in ([], [[]])
    assert take_objects(installation).taken == []
    stored = installation.files_at(row.object_prefix).read(row.object_prefix or "", "original.vtt")
    assert b"".join(stored) == TALK.encode()
