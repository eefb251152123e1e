"""Whether a stored copy is readable: only errors of that file count against it."""

import errno
from pathlib import Path

import pytest

from meeting_pipeline.providers.ports import Audio
from meeting_pipeline.steps.transcription import stored_copy
from meeting_pipeline.steps.transcription.stored_copy import typed

MET = OSError(errno.EINVAL, "Invalid argument")


@pytest.fixture
def audio(tmp_path: Path) -> Audio:
    path = tmp_path / "recordings" / "one" / "original.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"sound")
    return Audio(path, None, 1000, ())


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_machine_without_descriptors_or_memory_is_not_blamed_on_the_copy(
    audio: Audio, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def read(_path: Path) -> None:
        raise OSError(number, "None is left")

    monkeypatch.setattr(stored_copy, "read_to_end", read)
    found = typed(MET, audio)
    assert found is not None
    assert found.code == "resources_exhausted"


def test_no_descriptor_for_another_file_is_trouble_of_the_machine(audio: Audio) -> None:
    found = typed(OSError(errno.EMFILE, "Too many open files"), audio)
    assert found is not None
    assert found.code == "resources_exhausted"
    assert typed(MET, audio) is None


def test_a_copy_that_is_not_there_is_gone(audio: Audio) -> None:
    assert audio.media_path is not None
    audio.media_path.unlink()
    found = typed(MET, audio)
    assert found is not None
    assert found.code == "no_content"
