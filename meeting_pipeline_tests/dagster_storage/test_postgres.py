"""Dagster's storage on PostgreSQL: its tables are looked for once per process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from meeting_pipeline_tests.dagster_storage.support import opened, run

pytestmark = pytest.mark.postgres


def _storage(url: str) -> dict[str, Any]:
    config = {"postgres_url": url}
    module = "meeting_pipeline.dagster_storage.postgres"
    return {"custom": {"module": module, "class": "PostgresStorage", "config": config}}


def test_only_the_first_opening_looks_for_the_tables(
    tmp_path: Path, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        run(instance, "monday")
    looked = []
    original = sa.inspect

    def counting(subject: Any) -> Any:
        looked.append(subject)
        return original(subject)

    monkeypatch.setattr(sa, "inspect", counting)
    with opened(tmp_path, _storage(empty_postgres_url)) as instance:
        assert looked == []
        assert instance.get_dynamic_partitions("keys") == ["monday"]
