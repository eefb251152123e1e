"""What the processes of a running system get to know."""

from pathlib import Path

import pytest

from meeting_pipeline.settings import Settings
from meeting_pipeline.supervisor.commands import environment_of

VARIABLE = "MALLOC_ARENA_MAX"


@pytest.mark.parametrize(("given", "passed_on"), [(None, "2"), ("7", "7")])
def test_their_threads_share_memory_unless_somebody_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, passed_on: str
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if given is not None:
        monkeypatch.setenv(VARIABLE, given)
    assert environment_of("daemon", Settings(home=tmp_path), {})[VARIABLE] == passed_on
