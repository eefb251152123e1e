"""Object storage as a place for files, on a real server; and what its errors mean."""

import hashlib
import os
import tracemalloc
from pathlib import Path

import httpx
import pytest

from meeting_pipeline.domain.errors import StorageRefused, StoreUnavailable
from meeting_pipeline.files import policies
from meeting_pipeline.files.folder import FolderFiles
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline.files.port import Files
from meeting_pipeline_tests.object_storage import ObjectStorage


def objects_at(server: ObjectStorage, prefix: str) -> ObjectFiles:
    return ObjectFiles(f"s3://{server.bucket}/{prefix}", server.endpoint)


@pytest.fixture(params=["folder", pytest.param("objects", marks=pytest.mark.processes)])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        (tmp_path / "kept").mkdir()
        return FolderFiles(tmp_path / "kept")
    return objects_at(request.getfixturevalue("stored_in_objects"), tmp_path.name)


def file(folder: Path, name: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def test_both_storages_keep_files_alike(files: Files, tmp_path: Path) -> None:
    assert files.identity() is None
    identity = files.identified()
    assert (files.identity(), files.identified()) == (identity, identity)
    staged = tmp_path / "staged"
    file(staged, "original.wav", b"0123456789")
    file(staged, "transcript.vtt", b"words")
    files.put_folder("recordings-one", staged)
    files.put("recordings-one", "late ä.txt", file(tmp_path, "late", b""))
    assert {(one.name, one.size_bytes) for one in files.list("recordings-one")} == {
        ("original.wav", 10), ("transcript.vtt", 5), ("late ä.txt", 0),
    }  # fmt: skip
    assert b"".join(files.read("recordings-one", "original.wav")) == b"0123456789"
    assert b"".join(files.read("recordings-one", "original.wav", 3, 4)) == b"3456"
    assert b"".join(files.read("recordings-one", "original.wav", 8, 99)) == b"89"
    assert b"".join(files.read("recordings-one", "original.wav", 10)) == b""
    assert b"".join(files.read("recordings-one", "late ä.txt")) == b""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with files.at_hand("recordings-one", "original.wav", scratch) as path:
        assert path.read_bytes() == b"0123456789"
    assert list(scratch.iterdir()) == []
    for missing in ("recordings-one", "recordings"):  # a place is no prefix of another
        with pytest.raises(FileNotFoundError):
            files.facts(missing, "nothing.wav")
        with pytest.raises(FileNotFoundError):
            files.read(missing, "nothing.wav")
    assert files.delete("recordings") == 0
    assert (files.delete("recordings-one"), files.list("recordings-one"), files.delete("recordings-one")) == (3, [], 0)


def test_a_file_of_several_parts_comes_back_whole_and_memory_stays_flat(
    stored_in_objects: ObjectStorage, tmp_path: Path
) -> None:
    objects, source = objects_at(stored_in_objects, tmp_path.name), tmp_path / "original.wav"
    with source.open("wb") as writer:
        for _ in range(3):
            writer.write(os.urandom(policies.PART_BYTES))
        writer.write(b"end")
    objects.put("place", source.name, source)
    tracemalloc.start()
    digest = hashlib.sha256()
    for block in objects.read("place", source.name):
        digest.update(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert digest.hexdigest() == hashlib.sha256(source.read_bytes()).hexdigest()
    assert peak < policies.PART_BYTES
    link = objects.link("place", source.name, 60)
    ranged = httpx.get(link, headers={"Range": f"bytes={3 * policies.PART_BYTES}-"}, trust_env=False, timeout=60)
    assert (ranged.status_code, ranged.content) == (206, b"end")


def test_a_wrong_key_is_for_the_operator_and_no_address_or_key_is_in_the_message(
    stored_in_objects: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    objects = objects_at(stored_in_objects, tmp_path.name)
    for call in (
        objects.identified,
        lambda: objects.put("place", "a", file(tmp_path, "a", b"x")),
        lambda: objects.list("place"),
        lambda: objects.read("place", "a"),
        lambda: objects.delete("place"),
    ):
        with pytest.raises(StorageRefused) as caught:
            call()
        assert caught.value.code == "storage_refused"
        assert not {"not-the-secret", stored_in_objects.bucket, "127.0.0.1"} & set(str(caught.value).split())
        assert caught.value.__suppress_context__


def test_a_storage_that_does_not_respond_is_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="the extra object-storage is not installed")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setattr(policies, "REQUEST_RETRIES", 0)
    objects = ObjectFiles("s3://bucket/prefix", "http://127.0.0.1:1")
    for call in (
        objects.identity,
        lambda: objects.put("place", "a", file(tmp_path, "a", b"x")),
        lambda: objects.facts("place", "a"),
    ):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert caught.value.code == "storage_unreachable"


def test_another_storage_is_not_taken_for_the_one_that_has_the_files(
    stored_in_objects: ObjectStorage, tmp_path: Path
) -> None:
    identity = objects_at(stored_in_objects, f"{tmp_path.name}/one").identified()
    other = objects_at(stored_in_objects, f"{tmp_path.name}/two")
    with pytest.raises(StorageRefused) as caught:
        other.require_same(identity)
    assert caught.value.code == "storage_changed"
    objects_at(stored_in_objects, f"{tmp_path.name}/one").require_same(identity)
