"""Durable files: what is reported about a copy is true of the bytes written, and text is replaced atomically."""

import os
import socket
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.foundation.atomic_files import copy_durably, write_durably
from meeting_pipeline_tests.installations import sha256_of


def test_a_copy_is_told_by_hash_and_size_of_what_was_written(tmp_path: Path) -> None:
    content = os.urandom(3 * 1024 * 1024 + 17)
    (tmp_path / "a").write_bytes(content)
    assert copy_durably(tmp_path / "a", tmp_path / "b") == (sha256_of(content), len(content))
    assert (tmp_path / "b").read_bytes() == content


def test_a_file_that_grows_without_end_is_copied_as_it_was_at_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened, reads = tmp_path / "a", os.fdopen, iter(range(10))
    path.write_bytes(b"first")

    def growing(descriptor: int, mode: str) -> object:
        reader = opened(descriptor, mode)
        read = reader.read

        def grown(size: int) -> bytes:
            next(reads)  # raises StopIteration after ten reads: otherwise it would never end
            with path.open("ab") as writer:
                writer.write(b"more" * 10)
            return bytes(read(size))

        monkeypatch.setattr(reader, "read", grown, raising=False)
        return reader

    monkeypatch.setattr(os, "fdopen", growing)
    assert copy_durably(path, tmp_path / "b") == (sha256_of(b"first"), 5)


def test_a_copy_never_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(FileExistsError):
        copy_durably(tmp_path / "a", tmp_path / "b")


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "socket"])
def test_what_is_no_regular_file_is_refused(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.wav"
    if kind == "link":
        (tmp_path / "real").write_bytes(b"secret")
        path.symlink_to(tmp_path / "real")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        monkeypatch.chdir(tmp_path)  # a socket path may have at most 107 bytes
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("a.wav")
    with pytest.raises(IntakeRefused) as caught:
        copy_durably(path, tmp_path / "copy")
    assert caught.value.code == "not_a_file"
    assert not (tmp_path / "copy").exists()


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.wav").write_bytes(b"a")

    def denied(*_: object) -> int:  # the tests may run as root, and the kernel refuses root nothing
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(IntakeRefused) as caught:
        copy_durably(tmp_path / "a.wav", tmp_path / "copy")
    assert caught.value.code == "unreadable"


def test_a_text_is_replaced_whole_and_no_draft_stays(tmp_path: Path) -> None:
    target = tmp_path / "new" / "minutes.md"
    write_durably(target, "one\n")
    write_durably(target, "zwei ✓\n")
    assert target.read_text(encoding="utf-8") == "zwei ✓\n"
    assert [path.name for path in target.parent.iterdir()] == ["minutes.md"]


def test_a_text_that_could_not_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "minutes.md"
    write_durably(target, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_durably(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["minutes.md"]
