"""The drop folder: what is accepted, when and as what, and what happens to everything else."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = pytest.mark.scenario

KEY = re.compile(r"\d{4}-\d\d-\d\d(-[a-z0-9]+)+")
HOSTILE = {
    "a newline": "two\nlines.wav",
    "dots and slashes": "up..\\..\\..%2f..%2fetc%2fpasswd..wav",
    "emoji": "\U0001f389 party \U0001f468\u200d\U0001f469\u200d\U0001f467.wav",
    "240 bytes": "ä" * 118 + ".wav",
    "a leading dash": "-rf --delete.wav",
    "commas": "one,two,,three.wav",
    "quotes": 'it\'s "quoted" `now` $(id) ;x.wav',
    "right to left": "invoice\u202evaw.exe.wav",
    "markup": "<script>alert(1)<!-- ]]>.wav",
    "braces": "{{7*7}} %s {0} [...].wav",
    "no Latin letter": "会议记录.wav",
    "bytes that are no UTF-8": os.fsdecode(b"caf\xe9 \xff\xfe.wav"),
    "blanks around": "  blank  .wav",
    "upper case ending": "LOUD.WAV",
    "a folder": "-x/y..z; x/deep down.wav",
}


class SlowCopy(threading.Thread):
    """A program that copies a file in pieces and keeps it open; ``hold`` pauses halfway until ``go_on`` is set."""

    def __init__(self, path: Path, content: bytes, *, hold: bool = False) -> None:
        super().__init__(daemon=True)
        self.path, self.content = path, content
        self.go_on = threading.Event()
        if not hold:
            self.go_on.set()

    def run(self) -> None:
        pieces = 12
        size = -(-len(self.content) // pieces)
        with self.path.open("wb", buffering=0) as file:
            for number in range(pieces):
                file.write(self.content[number * size : (number + 1) * size])
                time.sleep(0.5)
                if number == pieces // 2:
                    self.go_on.wait()

    def dropped(self) -> Dropped:
        return Dropped(self.path.name, hashlib.sha256(self.content).hexdigest(), None)


def drop_file(system: System) -> SimpleNamespace:
    slow = SlowCopy(system.inbox / "slow copy.wav", media.wav("slow copy"))
    paused = SlowCopy(system.inbox / "paused copy.wav", media.wav("paused copy"), hold=True)
    slow.start()
    paused.start()
    same = media.wav("the same content")
    broken = os.urandom(20_000)
    good = media.wav("good, but its sidecar is not")
    link = system.inbox / "link.wav"
    link.symlink_to("/etc/hostname")
    system.inbox.joinpath("lonely.json").write_text('{"title": "nothing beside me"}')
    export = media.vtt(
        ("Maja Weber", "Good morning, let us begin with the harvest."),
        ("Tom Reed", "I will order the crates by Monday."),
        ("Maja Weber", "We decided to open the shop on Sundays."),
    )
    return SimpleNamespace(
        slow=slow,
        paused=paused,
        hostile={what: system.drop(name, media.wav(f"hostile: {what}")) for what, name in HOSTILE.items()},
        first=system.drop("weekly.wav", same, hook="same-first"),
        second=system.drop("copy of weekly.wav", same, hook="same-second"),
        broken=system.drop("broken.wav", broken, hook="broken"),
        unnamed=system.drop("unheard.wav", b"RIFF" + broken),
        unknown_field=system.drop("typing error.wav", good, titel="Weekly"),
        not_json=system.drop("not json.wav", good + b"x", beside={".json": "{title: Weekly"}),
        link=link,
        export=system.drop("export.vtt", export.encode(), hook="export"),
        pair=system.drop(
            "pair.mp4", media.mp4("pair"), hook="pair", beside={".vtt": export.replace("crates", "boxes")}
        ),
    )


def _rejected(system: System, name: str) -> str:
    """The note next to a rejected file, once the file has been moved: the note is written first."""

    def moved() -> list[Path]:
        notes = list(system.home.glob(f"rejected/*/{name}.error.txt"))
        return [note for note in notes if os.path.lexists(note.with_name(name))]

    found = system.wait_for(moved, f"{name} to be rejected")
    assert len(found) == 1
    assert not os.path.lexists(system.inbox / name)
    return found[0].read_text()


# --- copies that take their time ----------------------------------------------------------------------------------------


def test_a_file_that_is_copied_slowly_is_taken_once_and_whole(system: System, handed_in: Any) -> None:
    system.wait_until_over(handed_in.slow.dropped())
    taken = system.rows("SELECT * FROM recordings WHERE original_name = 'slow copy.wav'")
    assert [(row["sha256"], row["status"]) for row in taken] == [(handed_in.slow.dropped().sha256, "completed")]


def test_a_file_that_its_writer_holds_open_is_not_taken_until_it_is_whole(system: System, handed_in: Any) -> None:
    system.wait_until_over(handed_in.slow.dropped())  # a file that became stable after the pause is accepted
    query = "SELECT * FROM recordings WHERE original_name = 'paused copy.wav'"
    assert system.rows(query) == []
    assert handed_in.paused.path.stat().st_size < len(handed_in.paused.content)
    handed_in.paused.go_on.set()
    system.wait_until_over(handed_in.paused.dropped())
    assert [row["sha256"] for row in system.rows(query)] == [handed_in.paused.dropped().sha256]


# --- names --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", HOSTILE)
def test_a_name_with_oddities_is_data_and_its_key_is_clean(system: System, handed_in: Any, what: str) -> None:
    dropped = handed_in.hostile[what]
    system.wait_until_over(dropped)
    row = system.recording(dropped)
    assert row["status"] == "completed"
    assert KEY.fullmatch(row["key"])
    assert row["key"] in system.ui.partitions()
    assert (system.home / "recordings" / row["key"] / "minutes.md").is_file()
    system.wait_for(lambda: not os.path.lexists(system.inbox / dropped.name), "the original to be gone")
    assert "\n" not in row["original_name"]
    assert "\u202e" not in row["original_name"]


def test_nothing_is_written_outside_the_folders_of_the_recordings(system: System, handed_in: Any) -> None:
    system.wait_until_over(*handed_in.hostile.values())
    names = {path.name for path in (system.home / "recordings").glob("[!.]*")}
    assert {name for name in names if not KEY.fullmatch(name)} == set()


# --- the same content twice -----------------------------------------------------------------------------------------------


def test_the_same_content_under_two_names_is_one_recording_and_one_order(
    system: System, outside: Outside, handed_in: Any
) -> None:
    system.wait_until_over(handed_in.first)
    found = system.rows("SELECT * FROM recordings WHERE sha256 = :sha", sha=handed_in.first.sha256)
    assert len(found) == 1
    assert len(outside.uploads(handed_in.first.sha256)) == len(outside.orders(handed_in.first.sha256)) == 1
    query = "SELECT duplicate FROM submissions WHERE recording_key = :key"
    submitted = system.wait_for(
        lambda: len(rows := system.rows(query, key=found[0]["key"])) > 1 and rows, "the second file to be taken"
    )
    assert sorted(bool(row["duplicate"]) for row in submitted)[:2] == [False, True]


def test_both_who_handed_in_the_same_content_hear_of_it(system: System, handed_in: Any) -> None:
    (first,) = system.wait_until_told("same-first")
    (second,) = system.wait_until_told("same-second")
    assert first == second


def test_who_hands_in_known_content_later_hears_the_outcome_and_nothing_is_bought(
    system: System, outside: Outside, handed_in: Any
) -> None:
    (first,) = system.wait_until_told("same-first")
    system.drop("weekly again.wav", media.wav("the same content"), hook="same-later")
    (later,) = system.wait_until_told("same-later")
    assert later["event_id"] == first["event_id"]
    assert len(outside.orders(handed_in.first.sha256)) == 1
    assert len(outside.told("same-first")) == 1


# --- what is refused ------------------------------------------------------------------------------------------------------


def test_a_broken_file_is_rejected_with_the_reason_and_what_to_do(system: System, handed_in: Any) -> None:
    note = _rejected(system, "unheard.wav")
    assert "Why: " in note
    assert "What to do: " in note


def test_a_submitter_of_a_broken_file_hears_that_it_failed(system: System, handed_in: Any) -> None:
    _rejected(system, "broken.wav")
    (body,) = system.wait_until_told("broken")
    assert (body["event"], body["status"]) == ("meeting.failed", "failed")
    assert body["error"]["message"]
    assert body["error"]["advice"]


def test_a_broken_file_is_never_uploaded(outside: Outside, system: System, handed_in: Any) -> None:
    _rejected(system, "broken.wav")
    assert outside.uploads(handed_in.broken.sha256) == []


@pytest.mark.parametrize(("name", "reason"), [("typing error.wav", "titel"), ("not json.wav", "not valid JSON")])
def test_a_recording_whose_sidecar_is_not_understood_is_rejected_with_it(
    system: System, handed_in: Any, name: str, reason: str
) -> None:
    note = _rejected(system, name)
    assert "bad_sidecar" in note
    assert reason in note
    sidecar = (system.inbox / name).with_suffix(".json")
    system.wait_for(lambda: not sidecar.exists(), "its sidecar to be moved")


def test_a_link_is_rejected_and_not_followed(system: System, handed_in: Any) -> None:
    assert "not_a_file" in _rejected(system, "link.wav")


def test_a_sidecar_alone_waits(system: System, handed_in: Any) -> None:
    system.wait_until_over(handed_in.slow.dropped())
    assert (system.inbox / "lonely.json").is_file()


# --- transcripts that come along ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["export", "pair"])
def test_a_transcript_export_is_taken_as_it_is_and_nothing_is_bought(
    system: System, outside: Outside, handed_in: Any, which: str
) -> None:
    dropped = getattr(handed_in, which)
    (body,) = system.wait_until_told(dropped.hook)
    assert (body["status"], body["gaps"]) == ("completed", [])
    assert body["meeting"]["provenance"]["transcript"]["provider"] == "imported"
    assert {speaker["name"] for speaker in body["meeting"]["speakers"]} == {"Maja Weber", "Tom Reed"}
    assert outside.uploads(dropped.sha256) == []
    assert system.rows("SELECT * FROM transcription_orders WHERE recording_key = :key", key=body["recording_id"]) == []


def test_the_originals_leave_the_drop_folder_with_their_companions(system: System, handed_in: Any) -> None:
    names = ("pair.mp4", "pair.vtt", "pair.json", "export.vtt", "export.json", "weekly.wav", "weekly.json")
    system.wait_until_told("pair")
    system.wait_for(lambda: not any((system.inbox / name).exists() for name in names), "the originals to be gone")


def test_no_copy_is_left_half_way(system: System, handed_in: Any) -> None:
    system.wait_until_told("pair")
    staging = system.home / "recordings" / ".incoming"
    system.wait_for(lambda: not list(staging.iterdir()), "the staging folder to be empty")
