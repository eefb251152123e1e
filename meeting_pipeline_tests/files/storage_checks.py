"""What object storages of every kind must do, for the tests of each kind.

``url``: of a bucket or container, without a slash at its end; ``address``: of the service on 127.0.0.1.
Must not go here: starting one (``azurite.py``, ``google_storage.py``), what only one kind can do.
"""

import hashlib
from pathlib import Path

import pytest

from meeting_pipeline.files import policies
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.files.inbox_errors import ObjectChanged
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline_tests.buckets import take_objects
from meeting_pipeline_tests.installations import TALK, OpenWith


def stored_files(files: ObjectFiles, again: ObjectFiles, folder: Path) -> str:
    """Two files are stored at a new place, found and read by range. Returns the place. ``again``: the storage opened again."""
    assert files.identity() is None
    identity = files.identified()
    assert (files.identified(), again.identified()) == (identity, identity)
    staged = folder / "staged"
    staged.mkdir()
    (staged / "original.wav").write_bytes(b"0123456789")
    (staged / "late ä.txt").write_bytes(b"")
    place = files.new_place()
    files.put_folder(place, staged)
    assert {(one.name, one.size_bytes) for one in files.list(place)} == {("original.wav", 10), ("late ä.txt", 0)}
    assert b"".join(files.read(place, "original.wav", 3, 4)) == b"3456"
    with pytest.raises(FileNotFoundError):
        files.read(place, "none.wav")
    return place


def check_deletion(files: ObjectFiles, place: str) -> None:
    """What ``stored_files`` stored can be deleted, once."""
    assert (files.delete(place), files.list(place), files.delete(place)) == (2, [], 0)


def check_a_file_of_many_parts(files: ObjectFiles, folder: Path) -> None:
    """It arrives whole."""
    source = folder / "big.wav"
    source.write_bytes(bytes(range(256)) * (3 * policies.PART_BYTES // 256 + 1))
    files.put("recordings/one", "big.wav", source)
    found = hashlib.sha256()
    for block in files.read("recordings/one", "big.wav"):
        found.update(block)
    assert found.digest() == hashlib.sha256(source.read_bytes()).digest()


def check_versions(bucket: InboxBucket, folder: Path) -> None:
    """Only the version of an object that was listed is read."""
    bucket.put("2026/a.wav", b"draft")
    draft = bucket.find("2026/a.wav")
    assert draft is not None
    assert bucket.is_unchanged(draft)
    bucket.fetch(draft, folder / "copy")
    assert (folder / "copy").read_bytes() == b"draft"
    bucket.put("2026/a.wav", b"final")
    assert not bucket.is_unchanged(draft)
    with pytest.raises(ObjectChanged):
        bucket.beginning(draft, 3)


def check_inbox(open_with: OpenWith, url: str, address: str) -> None:
    """An object of the inbox becomes a recording once and is removed. The caller sets the time to settle to 0."""
    installation = open_with(
        MEETING_PIPELINE_INBOX_URL=f"{url}/inbox", MEETING_PIPELINE_INBOX_ENDPOINT=address,
        MEETING_PIPELINE_STORAGE_URL=f"{url}/stored", MEETING_PIPELINE_STORAGE_ENDPOINT=address,
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
