"""Folders as programs write them: all files of one meeting in the drop folder are one meeting, and none of them is lost."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = pytest.mark.scenario

ZOOM = "GMT20260205-081500_Recording"
WHISPER_FILES = {"talk.json", "talk.srt", "talk.tsv", "talk.txt"}


def drop_file(system: System) -> SimpleNamespace:
    """Both folders, file by file, as a copy program writes them: the transcripts come after their recording, or before it."""
    export = media.vtt(("Ines Faber", "The kiln is cold."), ("Tom Arden", "I will call the potter by Monday."))
    sound, voice = media.wav("whisper folder"), media.mp4("zoom sound")
    words = {
        "text": " The kiln is cold.",
        "segments": [{"start": 0.0, "end": 2.0, "text": " The kiln is cold."}],
        "language": "en",
    }
    whisper = system.inbox / "whisper out"
    whisper.mkdir()
    (whisper / "talk.wav").write_bytes(sound)
    (whisper / "talk.json").write_text(json.dumps(words))
    (whisper / "talk.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nThe kiln is cold.\n")
    (whisper / "talk.tsv").write_text("start\tend\ttext\n0\t2000\tThe kiln is cold.\n")
    (whisper / "talk.txt").write_text("The kiln is cold.\n")
    (whisper / "talk.vtt").write_text(export)
    zoom = system.inbox / "zoom cloud"
    zoom.mkdir()
    (zoom / f"{ZOOM}newChat.txt").write_text("08:16:02\t Ines Faber:\tthe address is in the invitation\n")
    (zoom / f"{ZOOM}.transcript.vtt").write_text(export.replace("kiln", "oven"))
    (zoom / f"{ZOOM}_1280x720.mp4").write_bytes(media.mp4("zoom picture"))
    (zoom / f"{ZOOM}.m4a").write_bytes(voice)
    return SimpleNamespace(
        whisper=Dropped("talk.wav", hashlib.sha256(sound).hexdigest(), None),
        zoom=Dropped(f"{ZOOM}.m4a", hashlib.sha256(voice).hexdigest(), None),
    )


@pytest.mark.parametrize(
    ("which", "names", "unused"),
    [
        ("whisper", ("talk.%",), WHISPER_FILES),
        ("zoom", (f"{ZOOM}%",), {f"{ZOOM}newChat.txt", f"{ZOOM}_1280x720.mp4"}),
    ],
)
def test_a_folder_of_one_meeting_is_one_meeting_and_nothing_is_bought(
    system: System, outside: Outside, handed_in: Any, which: str, names: tuple[str], unused: set[str]
) -> None:
    dropped = getattr(handed_in, which)
    system.wait_until_over(dropped)
    [row] = system.rows("SELECT * FROM recordings WHERE original_name LIKE :name", name=names[0])
    assert (row["status"], row["transcript_file"]) == ("completed", "transcript.vtt")
    assert outside.uploads(dropped.sha256) == []
    assert system.rows("SELECT * FROM transcription_orders WHERE recording_key = :key", key=row["key"]) == []
    [note] = system.wait_for(
        lambda: [
            path
            for path in system.home.glob("rejected/*/*.error.txt")
            if f"Recording: {row['key']}\n" in path.read_text()
        ],
        "the files that are not used to be set by",
    )
    assert "Code: file_not_used" in note.read_text()
    beside = {note.name, *unused}  # the note is written first
    system.wait_for(lambda: {path.name for path in note.parent.iterdir()} == beside, "all of them beside the note")
    system.wait_for(
        lambda: not any(path.name.startswith(names[0][:-1]) for path in files_below(system.inbox)),
        "the originals to be gone",
    )


def test_the_name_of_a_cloud_recording_dates_the_meeting(system: System, handed_in: Any) -> None:
    system.wait_until_over(handed_in.zoom)
    [row] = system.rows("SELECT meeting_date FROM recordings WHERE original_name = :name", name=handed_in.zoom.name)
    assert str(row["meeting_date"]) == "2026-02-05"
