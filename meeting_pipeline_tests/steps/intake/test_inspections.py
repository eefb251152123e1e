"""Inspections: the same results as in this process, and no file blocks or harms the caller or other files."""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import IntakeRefused, OperatorError, StoreUnavailable
from meeting_pipeline.domain.recording import TranscriptionOptions
from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.settings import Settings
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.inspection_limits import limits_of
from meeting_pipeline.steps.intake.inspections import Inspections
from meeting_pipeline.steps.intake.probe import probe
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.sandbox import policies as sandbox_policies
from meeting_pipeline.steps.sandbox import sandbox
from meeting_pipeline.steps.transcription.local import transcribe_here
from meeting_pipeline_tests.installations import TALK
from meeting_pipeline_tests.processes import has_ended
from meeting_pipeline_tests.scenario.media import mp4, wav

NASTY = (sys.executable, "-m", "meeting_pipeline_tests.steps.sandbox.nasty_sandbox")


@pytest.fixture(autouse=True)
def sleeping_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sleeping files use no processor time, so make them count as slow by the clock as soon as working ones do."""
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_CLOCK_SHARE", 1)


@pytest.fixture
def inspections() -> Iterator[Inspections]:
    with Inspections() as inspections:
        yield inspections


@pytest.fixture
def nasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inspections]:
    """Inspections in which a file does to its decoder what its content says (``nasty_sandbox.py``)."""
    monkeypatch.setattr(sandbox, "_COMMAND", NASTY)
    with Inspections() as inspections:
        yield inspections


def copy_of(folder: Path, name: str, content: bytes, transcript: str | None = None) -> StagedCopy:
    main = folder / name
    main.write_bytes(content)
    beside = None
    if transcript is not None:
        beside = folder / "transcript.vtt"
        beside.write_text(transcript)
    return StagedCopy(folder, main, main if name.endswith(".vtt") else beside, "", len(content))


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children(recursive=True) if not has_ended(one)]


@pytest.mark.parametrize("name", ["a.wav", "a.mp4", "talk.vtt"])
def test_a_sandbox_says_what_is_said_here(tmp_path: Path, inspections: Inspections, name: str) -> None:
    content = {"a.wav": wav("a"), "a.mp4": mp4("a"), "talk.vtt": TALK.encode()}[name]
    copy = copy_of(tmp_path, name, content, TALK if name == "a.wav" else None)
    assert inspections.probe(copy) == probe(copy)


def test_a_refusal_comes_with_its_reason(tmp_path: Path, inspections: Inspections) -> None:
    copy = copy_of(tmp_path, "a.wav", b"no sound")
    with pytest.raises(IntakeRefused) as here:
        probe(copy)
    with pytest.raises(IntakeRefused) as apart:
        inspections.probe(copy)
    assert (apart.value.code, apart.value.message, apart.value.advice) == (
        here.value.code, here.value.message, here.value.advice,
    )  # fmt: skip


def test_a_sidecar_is_read_apart_too(tmp_path: Path, inspections: Inspections) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"title": "Board", "participants": ["Dana"], "date": "2024-02-29"}')
    found = inspections.sidecar(path)
    assert (found.title, found.participants, str(found.date)) == ("Board", ("Dana",), "2024-02-29")
    path.write_text('{"titel": "Board"}')
    with pytest.raises(IntakeRefused) as refused:
        inspections.sidecar(path)
    assert refused.value.code == "bad_sidecar"
    path.unlink()
    with pytest.raises(FileNotFoundError):
        inspections.sidecar(path)


@pytest.mark.parametrize("word", ["crash", "hang", "sleep", "eat", "print", "exit"])
def test_whatever_a_file_does_to_its_decoder_it_is_refused_and_the_next_is_judged(
    tmp_path: Path, nasty: Inspections, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 0.5)
    monkeypatch.setattr(intake_policies, "INSPECTION_CPU_SECONDS", 1 if word == "hang" else 60)
    monkeypatch.setattr(policies, "INSPECTION_SECONDS", 60.0 if word == "hang" else 5.0)
    with pytest.raises(IntakeRefused) as refused:
        nasty.probe(copy_of(tmp_path, "bad.wav", word.encode() + b"\n"))
    assert refused.value.code == "undecodable"
    good = copy_of(tmp_path, "good.wav", wav("good"))
    monkeypatch.setattr(intake_policies, "INSPECTION_CPU_SECONDS", 60)
    monkeypatch.setattr(policies, "INSPECTION_SECONDS", 60.0)
    assert nasty.probe(good) == probe(good)


def test_files_that_hang_hold_up_no_other_however_many_they_are(
    tmp_path: Path, nasty: Inspections, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(children())
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 0.5)
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_CLOCK_SHARE", 5)
    hanging = [copy_of(tmp_path, f"{n}.wav", b"sleep\n") for n in range(policies.SLOW_INSPECTIONS_AT_ONCE + 3)]
    slow = [nasty.start(copy) for copy in hanging]
    assert all(one.is_slow() for one in slow)
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 30.0)  # lets the good file pass on a busy machine
    good = nasty.start(copy_of(tmp_path, "good.wav", wav("good")))
    assert good.result().duration_ms == 1000
    assert not any(one.done() for one in slow)
    working = [one for one in set(children()) - before if not one.children()]
    assert (
        len(working)
        <= intake_policies.INSPECTIONS_AT_ONCE + policies.SLOW_INSPECTIONS_AT_ONCE + intake_policies.INSPECTIONS_AT_ONCE
    )


def test_a_slow_inspection_goes_on_where_it_is_at_low_priority(
    tmp_path: Path, nasty: Inspections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_policies, "INSPECTION_NICE", 5)
    one = nasty.start(copy_of(tmp_path, "slow.wav", b"sleep\n"))
    assert one.is_slow()
    deadline = time.monotonic() + 300
    while [process.nice() - psutil.Process().nice() for process in children()].count(
        sandbox_policies.INSPECTION_NICE
    ) != 1:
        assert time.monotonic() < deadline


def test_too_many_slow_files_are_asked_to_come_again_and_block_nobody(
    tmp_path: Path, nasty: Inspections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "SLOW_INSPECTIONS_WAITING", 0)
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 0.5)
    slow = [nasty.start(copy_of(tmp_path, f"{n}.wav", b"sleep\n")) for n in range(policies.SLOW_INSPECTIONS_AT_ONCE)]
    assert all(one.is_slow() for one in slow)
    given_back = []
    with pytest.raises(StoreUnavailable) as busy:
        nasty.probe(copy_of(tmp_path, "late.wav", b"sleep\n"), on_slow=lambda: given_back.append(True))
    assert (busy.value.code, given_back) == ("inspections_busy", [True])


def _has_children(process: psutil.Process) -> bool:
    try:
        return bool(process.children())
    except psutil.NoSuchProcess:  # it ended while it was looked at
        return False


@pytest.mark.parametrize("word", ["sleep", "hang"])
def test_who_is_stopped_gives_its_inspections_up_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setattr(sandbox, "_COMMAND", NASTY)
    stopping = threading.Event()
    before = set(children())
    with Inspections(stopping) as inspections, ThreadPoolExecutor(1) as pool:
        found = pool.submit(inspections.probe, copy_of(tmp_path, "bad.wav", word.encode() + b"\n"))
        deadline = time.monotonic() + 300
        while not any(_has_children(one) for one in set(children()) - before):
            assert time.monotonic() < deadline
        stopping.set()
        with pytest.raises(StoreUnavailable) as told:
            found.result(300)
    assert told.value.code == "shutting_down"
    psutil.wait_procs(list(set(children()) - before), timeout=300)
    assert set(children()) <= before


def test_a_decoder_that_was_stopped_with_all_others_says_nothing_about_the_file(
    tmp_path: Path, nasty: Inspections
) -> None:
    with pytest.raises(StoreUnavailable) as told:
        nasty.probe(copy_of(tmp_path, "a.wav", b"stop\n"))
    assert told.value.code == "shutting_down"
    assert nasty.probe(copy_of(tmp_path, "good.wav", wav("good"))).duration_ms == 1000


def test_a_file_that_waits_for_a_processor_keeps_its_quick_place(
    tmp_path: Path, nasty: Inspections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_CLOCK_SHARE", 5)
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 0.5)
    began = time.monotonic()
    sleeping = nasty.start(copy_of(tmp_path, "a.wav", b"sleep\n"))
    assert sleeping.is_slow()
    assert time.monotonic() - began >= 0.5 * 5


def test_limits_grow_with_the_file_and_end(tmp_path: Path) -> None:
    small = limits_of(copy_of(tmp_path, "a.wav", wav("a")))
    assert small.cpu_seconds <= intake_policies.MEDIA_INSPECTION_CPU_SECONDS + 1
    large = copy_of(tmp_path, "b.wav", b"")
    with large.main.open("r+b") as file:
        file.truncate(policies.MAX_RECORDING_BYTES)
    assert limits_of(large).cpu_seconds == intake_policies.INSPECTION_CPU_SECONDS + 1
    assert limits_of(large).seconds <= policies.INSPECTION_SECONDS


_SERVE = "from meeting_pipeline.steps.sandbox import sandbox_process; {}; sandbox_process.main()"
BROKEN = {
    "no program": ("/there/is/no/python",),
    "dies at once": (sys.executable, "-c", "print('Traceback'); raise SystemExit(1)"),
    "no reader": (
        sys.executable, "-c", _SERVE.format("import sys; sys.modules['meeting_pipeline.steps.sandbox.untrusted'] = None"),
    ),
    "no library": (sys.executable, "-c", _SERVE.format("import sys; sys.modules['av'] = None")),
    "no process left": (
        sys.executable, "-c",
        _SERVE.format("import os; os.fork = lambda: (_ for _ in ()).throw(BlockingIOError(11, 'Try again'))"),
    ),
    "no descriptor left": (
        sys.executable, "-c",
        _SERVE.format("import os; os.pipe = lambda: (_ for _ in ()).throw(OSError(24, 'Too many open files'))"),
    ),
    "no memory left": (
        sys.executable, "-c",
        _SERVE.format("sandbox_process._limit_myself = lambda _: (_ for _ in ()).throw(MemoryError)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_a_reader_that_does_not_work_says_nothing_about_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    good = copy_of(tmp_path, "good.wav", wav("good"))
    with monkeypatch.context() as broken, Inspections() as inspections:
        broken.setattr(sandbox, "_COMMAND", BROKEN[how])
        with pytest.raises(StoreUnavailable) as told:
            inspections.probe(good)
        assert told.value.code == "sandbox_broken"


def test_what_a_reader_prints_at_its_start_is_no_part_of_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = "import os; [os.write(number, b'noise') for number in (1, 2)]"
    monkeypatch.setattr(sandbox, "_COMMAND", (sys.executable, "-c", _SERVE.format(noise)))
    good = copy_of(tmp_path, "good.wav", wav("good"))
    with Inspections() as inspections:
        assert inspections.probe(good) == probe(good)


@pytest.mark.parametrize(("word", "code"), [("kill", "inspection_killed"), ("descriptors", "resources_exhausted")])
def test_a_file_whose_reader_is_killed_or_lacks_descriptors_is_not_refused(
    tmp_path: Path, nasty: Inspections, word: str, code: str
) -> None:
    with pytest.raises(StoreUnavailable) as told:
        nasty.probe(copy_of(tmp_path, "a.wav", word.encode() + b"\n"))
    assert told.value.code == code


def test_a_copy_that_is_gone_is_no_bad_file(tmp_path: Path, inspections: Inspections) -> None:
    copy = copy_of(tmp_path, "a.wav", wav("a"))
    copy.main.unlink()
    with pytest.raises(FileNotFoundError):
        inspections.probe(copy)


@pytest.mark.processes
def test_a_recording_is_not_failed_by_a_reader_that_does_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.vtt"
    path.write_text(TALK)
    audio = Audio(None, path, 1000, ())
    monkeypatch.setattr(sandbox, "_COMMAND", BROKEN["no reader"])
    with pytest.raises(OperatorError) as told:
        transcribe_here("imported", audio, TranscriptionOptions(provider="imported"), Settings())
    assert told.value.code == "sandbox_broken"
