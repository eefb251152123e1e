"""Prepared copies: made at intake where a recording needs one, and used by providers and players."""

import json
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import IntakeRefused
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import PREPARED_FILE
from meeting_pipeline.media.inspection import inspect_media
from meeting_pipeline.media.prepared import largest_bytes
from meeting_pipeline.steps.intake.inspections import Inspections
from meeting_pipeline.steps.intake.probe import probe
from meeting_pipeline.steps.intake.staging import StagedCopy
from meeting_pipeline.steps.stored_files import audio_of
from meeting_pipeline.steps.transcription.placing import options_of
from meeting_pipeline.store.tables import Recording
from meeting_pipeline_tests.installations import accepted
from meeting_pipeline_tests.media.files import Sound, write_tracks

CALL = [Sound(channels=(1, 0)), Sound(channels=(0, 1), hz=440, start_s=2.048)]


def pause(folder: Path) -> bytes:
    """A recording with a pause that the recorder left out."""
    return write_tracks(folder / "pause.webm", [Sound(), Sound(start_s=30)], codec="libopus").read_bytes()


def call(folder: Path) -> bytes:
    """A call with one person per channel."""
    return write_tracks(folder / "call.wav", CALL, codec="pcm_s16le").read_bytes()


def folder_of(installation: Installation, row: Recording) -> Path:
    return installation.settings.recordings / row.key


def test_a_recording_with_a_pause_gets_a_copy_that_providers_get(installation: Installation, tmp_path: Path) -> None:
    content = pause(tmp_path)
    row = accepted(installation, "a.webm", content)
    assert (row.prepared_file, row.duration_ms // 1000) == (PREPARED_FILE, 32)
    copy = folder_of(installation, row) / PREPARED_FILE
    assert audio_of(installation, row).media_path == copy
    assert inspect_media(copy).duration_ms == pytest.approx(row.duration_ms, abs=50)
    assert (folder_of(installation, row) / "original.webm").read_bytes() == content


def test_an_ordinary_recording_gets_none(installation: Installation) -> None:
    row = accepted(installation)
    assert row.prepared_file is None
    assert [path.name for path in folder_of(installation, row).iterdir()] == ["original.wav"]


def test_without_its_copy_the_recording_itself_is_used(installation: Installation, tmp_path: Path) -> None:
    row = accepted(installation, "a.webm", pause(tmp_path))
    (folder_of(installation, row) / PREPARED_FILE).unlink()
    assert audio_of(installation, row).media_path == folder_of(installation, row) / "original.webm"


def test_the_channels_of_a_call_are_mixed_unless_the_submitter_asks(paid: Installation, tmp_path: Path) -> None:
    row = accepted(paid, "a.wav", call(tmp_path))
    assert (row.multichannel, row.prepared_file) == (False, None)
    assert not options_of(paid.speech.choose(has_transcript=False), row).multichannel


def test_the_channels_of_a_call_are_ordered_as_one_speaker_each(paid: Installation, tmp_path: Path) -> None:
    row = accepted(paid, "a.wav", call(tmp_path), multichannel=True)
    assert (row.multichannel, row.prepared_file) == (True, None)
    assert options_of(paid.speech.choose(has_transcript=False), row).multichannel


def test_asking_for_channels_that_are_not_there_changes_nothing(paid: Installation) -> None:
    row = accepted(paid, multichannel=True)
    assert (row.multichannel, row.prepared_file) == (False, None)


def test_options_without_channels_are_stored_as_they_always_were(paid: Installation) -> None:
    options = options_of(paid.speech.choose(has_transcript=False), accepted(paid))
    assert set(json.loads(options.model_dump_json())) == {
        "provider", "speech_models", "language", "keyterms", "speakers_expected",
    }  # fmt: skip


@pytest.mark.parametrize("multichannel", [False, True])
def test_a_sandbox_prepares_what_this_process_prepares(tmp_path: Path, *, multichannel: bool) -> None:
    folders = [tmp_path / "here", tmp_path / "there"]
    copies = []
    for folder in folders:
        folder.mkdir()
        main = write_tracks(folder / "original.mkv", [Sound()], [Sound(hz=440, start_s=3)])
        copies.append(StagedCopy(folder, main, None, "", main.stat().st_size, multichannel))
    with Inspections() as inspections:
        assert inspections.probe(copies[1]) == probe(copies[0])
    here, there = (folder / PREPARED_FILE for folder in folders)
    assert here.read_bytes() == there.read_bytes()
    assert there.stat().st_mode & 0o777 == 0o600


def test_a_copy_that_exceeds_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert largest_bytes(1000, 1) > 32_000
    monkeypatch.setattr("meeting_pipeline.steps.intake.inspection_limits.largest_bytes", lambda *_: 1000)
    main = write_tracks(tmp_path / "original.mkv", [Sound()], [Sound(hz=440, start_s=3)])
    with Inspections() as inspections, pytest.raises(IntakeRefused) as refusal:
        inspections.probe(StagedCopy(tmp_path, main, None, "", main.stat().st_size))
    assert refusal.value.code == "undecodable"
