"""What counts as a full disk: no space, or no room for one more file."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from meeting_pipeline.cli.checkup.storage import disk
from meeting_pipeline.foundation.disk_space import files_that_fit, lacking
from meeting_pipeline.settings import load_settings


def with_room_for(monkeypatch: pytest.MonkeyPatch, files: int, of: int) -> None:
    monkeypatch.setattr(
        os, "statvfs", lambda _: SimpleNamespace(f_favail=files, f_files=of, f_frsize=4096, f_bavail=10**9)
    )


def test_a_disk_without_room_for_files_is_full_whatever_space_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lacking(tmp_path) is None
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(total=10**12, free=10**12))
    with_room_for(monkeypatch, 499, of=10**6)
    found = lacking(tmp_path)
    assert found is not None
    assert found.code == "disk_full"
    assert "499 more files (inodes)" in found.message
    assert "df -i" in found.advice


@pytest.mark.parametrize(("files", "of"), [(500, 10**6), (60, 1000), (0, 0)], ids=["large", "small", "without a limit"])
def test_a_disk_with_room_for_files_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, of: int
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(total=10**12, free=10**12))
    with_room_for(monkeypatch, files, of=of)
    assert lacking(tmp_path) is None


def test_a_file_system_that_reports_no_files_has_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_room_for(monkeypatch, 0, of=0)
    assert files_that_fit(tmp_path) is None


@pytest.mark.parametrize(("files", "level"), [(9_999, "WARN"), (3, "FAIL")])
def test_doctor_names_the_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int, level: str) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(total=10**12, free=10**12))
    with_room_for(monkeypatch, files, of=10**6)
    found = {one.level.value: one for one in disk(load_settings({"MEETING_PIPELINE_HOME": str(tmp_path)}))}
    assert f"{files} more files (inodes)" in found[level].message
    assert "df -i" in found[level].advice
