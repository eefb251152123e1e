"""Judging apart: the same judgement as here, and no file holds or harms whoever asks."""

import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused, StoreUnavailable
from meeting_pipeline.steps import judging
from meeting_pipeline.steps.judging import judge, judge_apart
from meeting_pipeline.steps.staging import StagedCopy
from meeting_pipeline_tests.installations import TALK
from meeting_pipeline_tests.scenario.media import mp4, wav


def copy_of(folder: Path, name: str, content: bytes, transcript: str | None = None) -> StagedCopy:
    main = folder / name
    main.write_bytes(content)
    beside = None
    if transcript is not None:
        beside = folder / "transcript.vtt"
        beside.write_text(transcript)
    return StagedCopy(folder, main, main if name.endswith(".vtt") else beside, "", len(content))


def hours_of_sound(folder: Path) -> StagedCopy:
    """Nine hours, of which only the first second takes room on the disk; decoding them takes seconds."""
    copy = copy_of(folder, "long.wav", wav("long"))
    size = 9 * 3600 * 16_000
    with copy.main.open("r+b") as file:
        file.seek(4)
        file.write((size + 36).to_bytes(4, "little"))
        file.seek(40)
        file.write(size.to_bytes(4, "little"))
        file.truncate(size + 44)
    return copy


@pytest.mark.parametrize("name", ["a.wav", "a.mp4", "talk.vtt"])
def test_apart_says_what_is_said_here(tmp_path: Path, name: str) -> None:
    content = {"a.wav": wav("a"), "a.mp4": mp4("a"), "talk.vtt": TALK.encode()}[name]
    copy = copy_of(tmp_path, name, content, TALK if name == "a.wav" else None)
    assert judge_apart(copy, threading.Event()) == judge(copy)


def test_a_refusal_comes_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(IntakeRefused) as here:
        judge(copy_of(tmp_path, "a.wav", b"no sound"))
    with pytest.raises(IntakeRefused) as apart:
        judge_apart(copy_of(tmp_path, "a.wav", b"no sound"), threading.Event())
    assert (apart.value.code, apart.value.message, apart.value.advice) == (
        here.value.code, here.value.message, here.value.advice,
    )  # fmt: skip


def test_a_file_that_keeps_its_decoder_busy_is_refused_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "INSPECTION_SECONDS", 0.0)
    with pytest.raises(IntakeRefused) as refused:
        judge_apart(hours_of_sound(tmp_path), threading.Event())
    assert refused.value.code == "undecodable"


def test_a_decoder_that_fails_is_a_refusal(tmp_path: Path) -> None:
    copy = copy_of(tmp_path, "a.wav", wav("a"))
    copy.main.unlink()
    with pytest.raises(IntakeRefused) as refused:
        judge_apart(copy, threading.Event())
    assert refused.value.code == "undecodable"


def test_who_is_stopped_gives_a_decoder_up(tmp_path: Path) -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(StoreUnavailable) as told:
        judge_apart(hours_of_sound(tmp_path), stopping)
    assert told.value.code == "stopping"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_decoder_that_was_stopped_with_all_others_says_nothing_about_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    begin = subprocess.Popen

    def stopped(*args: Any, **options: Any) -> Any:
        child = begin(*args, **options)
        child.send_signal(number)
        return child

    monkeypatch.setattr(judging.subprocess, "Popen", stopped)
    with pytest.raises(StoreUnavailable) as told:
        judge_apart(hours_of_sound(tmp_path), threading.Event())
    assert told.value.code == "stopping"
