"""The identity of a folder stays the same wherever it is mounted, and whoever makes it first."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import StoreUnavailable
from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE, folder_identity, identified


def test_a_folder_has_no_identity_before_something_is_put_into_it(tmp_path: Path) -> None:
    assert folder_identity(tmp_path) is None
    assert folder_identity(tmp_path / "not-there") is None
    assert list(tmp_path.iterdir()) == [], "looking makes nothing"


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    made = identified(tmp_path)
    assert identified(tmp_path) == folder_identity(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == [IDENTITY_FILE]


def test_a_copy_is_the_same_folder_and_another_is_not(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    made = identified(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    assert folder_identity(tmp_path / "copy") == made
    assert identified(tmp_path / "two") != made


def test_all_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: identified(tmp_path), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == [IDENTITY_FILE]


def test_a_file_system_without_hard_links_has_identities_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    made = identified(tmp_path)
    assert identified(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == [IDENTITY_FILE]


def test_an_identity_that_was_emptied_is_made_again(tmp_path: Path) -> None:
    (tmp_path / IDENTITY_FILE).touch()
    assert folder_identity(tmp_path) is None
    assert identified(tmp_path) == folder_identity(tmp_path)


@pytest.mark.parametrize(
    "content", [bytes(33), b"\xff\xfe\x00binary" * 100, b"two words\n"], ids=["zeros", "binary", "words"]
)
def test_bytes_that_are_no_identity_are_replaced(tmp_path: Path, content: bytes) -> None:
    """PostgreSQL takes no zeros in a text: nothing could be stored any more."""
    (tmp_path / IDENTITY_FILE).write_bytes(content)
    assert folder_identity(tmp_path) is None
    assert identified(tmp_path).isalnum()


@pytest.mark.timeout(60)
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / IDENTITY_FILE)
    assert folder_identity(tmp_path) is None
    assert identified(tmp_path).isalnum()


def test_an_empty_folder_in_its_place_is_replaced(tmp_path: Path) -> None:
    (tmp_path / IDENTITY_FILE).mkdir()
    assert folder_identity(tmp_path) is None
    assert identified(tmp_path) == folder_identity(tmp_path)


def test_a_folder_with_content_in_its_place_is_left_alone_and_named(tmp_path: Path) -> None:
    (tmp_path / IDENTITY_FILE / "notes").mkdir(parents=True)
    with pytest.raises(StoreUnavailable, match="is a folder") as found:
        identified(tmp_path)
    assert "Move it away." in found.value.advice
    assert [path.name for path in tmp_path.rglob("*")] == [IDENTITY_FILE, "notes"]
