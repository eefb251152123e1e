"""What ends `up`, and what it says when it cannot begin."""

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_pipeline.cli import up
from meeting_pipeline.domain.errors import OperatorError
from meeting_pipeline.settings import Settings


@pytest.fixture
def _signals_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_signals_as_before")
def test_the_end_of_its_terminal_ends_it_unless_it_was_told_to_outlive_it() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert signal.SIGHUP in up._ending()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    assert up._ending() == [signal.SIGTERM]


@pytest.mark.processes
def test_a_preparation_that_is_killed_says_what_to_look_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "prepare", lambda _settings: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(OperatorError) as caught:
        up._prepared(Settings(home=tmp_path))
    assert caught.value.code == "start_failed"
    assert "memory" in str(caught.value)


@pytest.mark.processes
def test_a_preparation_that_has_no_disk_space_keeps_its_own_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(_settings: Settings) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(up, "prepare", prepare)
    with pytest.raises(OSError, match="No space") as caught:
        up._prepared(Settings(home=tmp_path))
    assert caught.value.errno == errno.ENOSPC
