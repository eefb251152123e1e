"""Uploads that are passed on to object storage, by a service process: its memory stays flat, a cut upload leaves nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.uploads import MEGABYTE, peak_mb, upload
from meeting_pipeline.installation import Installation, open_installation
from meeting_pipeline.settings import load_settings
from meeting_pipeline.store.tables import Recording, StagedObject
from meeting_pipeline_tests.api.serving import Served, served
from meeting_pipeline_tests.object_storage import KEY, SECRET, ObjectStorage

pytestmark = [pytest.mark.processes, pytest.mark.services, pytest.mark.slow]
SIZE_MB = 192
"""Large beside what an upload may hold in memory, which is 32 MB of parts and some blocks."""
PATIENCE_SECONDS = 60.0


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    opened = open_installation(load_settings({"MEETING_PIPELINE_HOME": str(tmp_path / "home")}))
    yield opened
    opened.store.close()


@pytest.fixture
def service(installation: Installation, object_storage: ObjectStorage, tmp_path: Path) -> Iterator[Served]:
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    with served(installation.settings.home, {**object_storage.environment(tmp_path.name), **keys}) as running:
        yield running


def left(installation: Installation, storage: ObjectStorage, prefix: str) -> tuple[int, list[str], set[str]]:
    """Noted uploads, files on the disk and objects."""
    with installation.store.database.read() as session:
        noted = session.query(StagedObject).count()
    files = [path.name for path in installation.settings.recordings.rglob("*") if path.is_file()]
    return noted, files, storage.names(prefix) - {f"{prefix}/storage-id"}


def test_the_memory_of_the_service_does_not_grow_with_the_file(
    service: Served, installation: Installation, object_storage: ObjectStorage, tmp_path: Path
) -> None:
    assert upload(service, 24 * MEGABYTE)[0] == 202
    before = peak_mb(service.process.pid)
    status, answer = upload(service, SIZE_MB * MEGABYTE)
    assert status == 202, answer
    grown = peak_mb(service.process.pid) - before
    assert grown < SIZE_MB / 3, f"{grown:.0f} MB more than at an upload of 24 MB"
    noted, files, objects = left(installation, object_storage, tmp_path.name)
    assert (noted, files, len(objects)) == (0, [], 2)


def test_an_upload_that_is_cut_leaves_nothing(
    service: Served, installation: Installation, object_storage: ObjectStorage, tmp_path: Path
) -> None:
    assert upload(service, 24 * MEGABYTE, until=0.5, key="cut") == (0, {})
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left(installation, object_storage, tmp_path.name) != (0, [], set()):
        assert time.monotonic() < deadline, left(installation, object_storage, tmp_path.name)
        time.sleep(0.1)
    with installation.store.database.read() as session:
        assert session.query(Recording).count() == 0
    assert httpx.get(f"{service.url}/healthz", trust_env=False, timeout=60).is_success
    assert upload(service, 24 * MEGABYTE, key="cut")[0] == 202, "the same key may be used again"
