"""The heartbeat thread."""

import threading

import pytest

from meeting_pipeline.steps.heartbeat import beating


def test_it_beats_until_the_block_ends() -> None:
    beats, enough = [], threading.Event()

    def beat() -> None:
        beats.append(1)
        if len(beats) >= 3:
            enough.set()

    with beating(beat, 0.01):
        assert enough.wait(120)
    count = len(beats)
    assert not any(thread.name == "heartbeat" for thread in threading.enumerate())
    assert len(beats) == count


def test_a_beat_that_fails_is_logged_without_its_text_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    again, tries = threading.Event(), []

    def beat() -> None:
        tries.append(1)
        if len(tries) > 1:
            again.set()
        raise ConnectionError("password=secret")

    with beating(beat, 0.01):
        assert again.wait(120)
    assert "heartbeat not noted: ConnectionError" in caplog.text
    assert "secret" not in caplog.text
