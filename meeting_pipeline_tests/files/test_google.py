"""Object storage and a bucket of the inbox by the requests of Google's protocol; `make google`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.files.inbox_bucket import InboxBucket
from meeting_pipeline.files.objects import ObjectFiles
from meeting_pipeline_tests.files.google_storage import BUCKET, running_google_storage, service_account
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
    check_deletion(files, stored_files(files, objects_at(address, "files"), tmp_path))


def test_a_file_of_many_parts_arrives_whole(address: str, tmp_path: Path) -> None:
    check_a_file_of_many_parts(objects_at(address, "parts"), tmp_path)


def test_only_the_version_of_an_object_that_was_listed_is_read(address: str, tmp_path: Path) -> None:
    check_versions(InboxBucket(f"gs://{BUCKET}/versions", address), tmp_path)


def test_an_object_of_the_inbox_becomes_a_recording_once_and_is_removed(
    address: str, open_with: OpenWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meeting_pipeline.steps.intake.policies.SETTLE_SECONDS", 0.0)
    check_inbox(open_with, f"gs://{BUCKET}", address)
