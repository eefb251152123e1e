"""Object storage and a bucket of the inbox on an emulator of Azure's blob storage; `make azurite`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meeting_pipeline.domain.errors import StorageRefused
from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline_tests.files.azurite import ACCOUNT, CONTAINER, KEY, running_azurite
from meeting_pipeline_tests.files.storage_checks import (
    check_a_file_of_many_parts,
    check_deletion,
    check_inbox,
    check_versions,
    stored_files,
)
from meeting_pipeline_tests.installations import OpenWith

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_azurite(tmp_path_factory.mktemp("azurite")) as address:
        yield address


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)


def objects_at(address: str, prefix: str) -> ObjectFiles:
    return ObjectFiles(f"az://{CONTAINER}/{prefix}", address)


def test_files_are_stored_read_by_range_and_by_link_and_deleted(address: str, tmp_path: Path) -> None:
    files = objects_at(address, "files")
    place = stored_files(files, objects_at(address, "files"), tmp_path)
    link = files.link(place, "original.wav", 60)
    assert httpx.get(link, headers={"Range": "bytes=2-4"}, trust_env=False, timeout=60).content == b"234"
    check_deletion(files, place)


def test_a_file_of_many_parts_arrives_whole(address: str, tmp_path: Path) -> None:
    check_a_file_of_many_parts(objects_at(address, "parts"), tmp_path)


def test_a_wrong_key_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "d3Jvbmc=")
    with pytest.raises(StorageRefused) as refused:
        objects_at(address, "wrong").identified()
    assert refused.value.code == "storage_refused"


def test_only_the_version_of_an_object_that_was_listed_is_read(address: str, tmp_path: Path) -> None:
    check_versions(InboxBucket(f"az://{CONTAINER}/versions", address), tmp_path)


def test_an_object_of_the_inbox_becomes_a_recording_once_and_is_removed(
    address: str, open_with: OpenWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meeting_pipeline.steps.intake.policies.SETTLE_SECONDS", 0.0)
    check_inbox(open_with, f"az://{CONTAINER}", address)
