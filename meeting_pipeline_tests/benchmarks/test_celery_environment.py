"""The environment of the Celery pipeline that the benchmark compares with."""

import re
from pathlib import Path

import pytest

from benchmarks.anchors import celery_environment
from benchmarks.anchors.celery_environment import REQUIREMENTS, ROOT, Unavailable, prepare


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text(), re.M))


def test_both_pipelines_use_the_same_versions_of_what_they_share() -> None:
    celery, ours = pins(REQUIREMENTS), pins(ROOT / "requirements.lock")
    shared = {name for name in celery if name in ours}
    assert {"assemblyai", "openai", "httpx", "sqlalchemy"} <= shared
    assert {name: celery[name] for name in shared} == {name: ours[name] for name in shared}


def test_every_pin_has_hashes() -> None:
    entries = re.split(r"^(?=[\w.-]+==)", REQUIREMENTS.read_text(), flags=re.M)[1:]
    assert len(entries) == len(pins(REQUIREMENTS)) > 20
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_without_redis_the_reason_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(celery_environment, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="redis-server"):
        prepare()
    assert list(tmp_path.iterdir()) == []
