"""Intake: what is accepted, what is rejected, and what survives a crash in between."""

import errno
import fcntl
import json
import os
import shutil
import sys
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from meeting_pipeline import policies
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.foundation.atomic_files import copy_durably
from meeting_pipeline.foundation.folder_identity import IDENTITY_FILE
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.intake import accept, probe_subprocess, reject, staging
from meeting_pipeline.steps.intake import ingest as taking
from meeting_pipeline.steps.intake import policies as intake_policies
from meeting_pipeline.steps.intake.arrival import plain_name
from meeting_pipeline.steps.intake.attempts import Attempt, Attempts
from meeting_pipeline.steps.intake.batch import Intake, take_in
from meeting_pipeline.steps.intake.inbox import Candidate, find_candidates
from meeting_pipeline.steps.intake.inspections import Inspections
from meeting_pipeline.steps.intake.probe_subprocess import ProbeResult, probe_files
from meeting_pipeline.steps.intake.report import IntakeReport
from meeting_pipeline.steps.sandbox import sandbox
from meeting_pipeline.store.recordings.recordings import Recordings
from meeting_pipeline_tests.fakes.control import Receiver
from meeting_pipeline_tests.installations import (
    TALK,
    Clock,
    accepted,
    drop,
    inbox_names,
    notes,
    sha256_of,
    take_all,
)
from meeting_pipeline_tests.scenario.media import mp4, wav

HOOK = "http://127.0.0.1:9/hook"
SECRET = "correct-horse-battery"


def refused(installation: Installation) -> str:
    """Run an intake that rejects its one file. Returns the code."""
    report = take_all(installation)
    assert report.taken == []
    assert report.left == 0
    [found] = report.refused
    return found.code


def stored(installation: Installation) -> list[str]:
    found = installation.settings.recordings.rglob("*")
    return sorted(str(p.relative_to(installation.settings.recordings)) for p in found if p.name != IDENTITY_FILE)


# --- accepted ---------------------------------------------------------------------------------------------------------


def test_a_recording_is_stored_then_gone_from_the_drop_folder(installation: Installation) -> None:
    content = wav("weekly")
    row = accepted(installation, "Weekly Sync.wav", content)
    assert (row.status, row.stage, row.source) == (RecordingStatus.PENDING, Stage.READY, "drop_folder")
    assert (row.sha256, row.size_bytes, row.codec, row.duration_ms) == (
        sha256_of(content),
        len(content),
        "pcm_s16le",
        1000,
    )
    assert (row.title, row.original_name) == ("Weekly Sync", "Weekly Sync.wav")
    assert is_key(row.key)
    assert (installation.settings.recordings / row.key / "original.wav").read_bytes() == content
    assert inbox_names(installation) == []


def test_a_recording_of_a_paid_provider_waits_to_be_ordered(paid: Installation) -> None:
    assert accepted(paid).stage == Stage.ORDERING


def test_a_transcript_that_came_along_needs_no_order(paid: Installation) -> None:
    drop(paid, "weekly.vtt", TALK)
    row = accepted(paid, "weekly.mp4", mp4("weekly"))
    assert (row.stage, row.media_file, row.transcript_file) == (Stage.READY, "original.mp4", "transcript.vtt")
    assert (paid.settings.recordings / row.key / "transcript.vtt").read_text() == TALK


def test_a_transcript_alone_is_a_recording_without_sound(paid: Installation) -> None:
    row = accepted(paid, "teams.vtt", TALK)
    assert (row.stage, row.media_file, row.transcript_file, row.codec) == (Stage.READY, None, "original.vtt", None)
    assert row.duration_ms > 0


def test_the_sidecar_is_kept_with_the_recording(installation: Installation) -> None:
    row = accepted(
        installation, title="Board", participants=["Dana"], keyterms=["Kubernetes"], language="en",
        speakers_expected=2, date="2024-02-29", webhook_url=HOOK, webhook_secret=SECRET,
    )  # fmt: skip
    assert (row.title, row.meeting_date, row.participants, row.keyterms) == (
        "Board", date(2024, 2, 29), ["Dana"], ["Kubernetes"],
    )  # fmt: skip
    assert (row.language, row.speakers_expected) == ("en", 2)
    assert row.key == "2024-02-29-board"


def test_without_word_from_the_submitter_a_meeting_is_dated_by_its_file(installation: Installation) -> None:
    path = drop(installation, "weekly.wav")
    moment = datetime(2023, 5, 6, 23, 59, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))
    [taken] = take_all(installation).taken
    assert taken.new.meeting_date == date(2023, 5, 6)


@pytest.mark.parametrize("moment", [-(2**61), -3_000_000_000, 300_000_000_000, 2**61], ids=str)
def test_a_file_time_that_is_no_date_of_the_calendar_stops_nothing(installation: Installation, moment: int) -> None:
    memory = Path("/dev/shm")  # a file system that stores any number
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        installation.settings.inbox.rmdir()
        installation.settings.inbox.symlink_to(folder)
        path = drop(installation, "weekly.wav")
        os.utime(path, (moment, moment))
        if int(path.stat().st_mtime) != moment:
            pytest.skip("this file system does not keep such times")
        [taken] = take_all(installation).taken
        assert is_key(taken.accepted.key)
        sidecar = drop(installation, "bad.wav", "no sound", title="Weekly")  # rejected files are dated too
        os.utime(sidecar, (moment, moment))
        [refusal] = take_all(installation).refused
        assert refusal.note.exists()


@pytest.mark.parametrize(
    "name",
    [
        "-rf ~.wav", "a;$(reboot)`id`|&.wav", "a..wav.wav", "Protokoll für Größe.wav", "会議の録音.wav", "🎙.wav", "a\nb\tc.wav",
        "x" * 250 + ".wav", "会" * 83 + ".wav", "%2e%2e%2fetc.wav", "CON.wav", " .wav", "a\x1b[31m.wav",
    ],
)  # fmt: skip
def test_a_hostile_name_is_data_only(installation: Installation, name: str) -> None:
    row = accepted(installation, name, wav("hostile"))
    assert is_key(row.key)
    assert row.original_name.isprintable()
    assert stored(installation) == [".incoming", row.key, f"{row.key}/original.wav"]


def test_a_name_of_undecodable_bytes_is_taken(installation: Installation) -> None:
    path = os.fsencode(installation.settings.inbox) + b"/caf\xe9.wav"
    Path(os.fsdecode(path)).write_bytes(wav("latin"))
    [taken] = take_all(installation).taken
    assert taken.new.original_name == "caf?.wav"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\x00b", "a b"), ("\u202egpj.wav", "gpj.wav"), ("  ", "recording"), ("e\u0301", "é"), ("\ud800.wav", "?.wav")],
)
def test_a_shown_name_is_one_clean_line(name: str, shown: str) -> None:
    assert plain_name(name) == shown


def test_a_title_is_one_clean_line_too(installation: Installation) -> None:
    assert accepted(installation, title="Board\x00\n\u202eof it").title == "Board of it"


def test_recordings_of_one_name_share_their_companions_and_make_two_records(installation: Installation) -> None:
    drop(installation, "zoom.m4a", mp4("sound"))
    drop(installation, "zoom.mp4", mp4("picture"))
    drop(installation, "zoom.transcript.vtt", TALK)
    drop(installation, "zoom.json", '{"title": "Zoom"}')
    report = take_all(installation)
    assert [(taken.new.title, taken.new.transcript_file) for taken in report.taken] == [("Zoom", "transcript.vtt")] * 2
    assert inbox_names(installation) == []


# --- known content ----------------------------------------------------------------------------------------------------


def test_the_same_content_under_another_name_is_one_recording(installation: Installation) -> None:
    first = accepted(installation, "a.wav", wav("same"))
    drop(installation, "b.wav", wav("same"))
    [again] = take_all(installation).taken
    assert (again.accepted.key, again.accepted.duplicate, again.accepted.retried) == (first.key, True, False)
    assert inbox_names(installation) == []
    assert stored(installation) == [".incoming", first.key, f"{first.key}/original.wav"]


def test_two_names_of_one_content_in_one_batch_are_one_recording(installation: Installation) -> None:
    drop(installation, "a.wav", wav("same"))
    drop(installation, "b.wav", wav("same"))
    assert [taken.accepted.duplicate for taken in take_all(installation).taken] == [False, True]
    assert len(installation.store.recordings.list()) == 1


def test_a_failed_recording_that_is_dropped_again_is_tried_again(paid: Installation) -> None:
    row = accepted(paid)
    paid.store.lifecycle.begin(row.key, "run", collecting=True)
    paid.store.lifecycle.fail(row.key, "run", PermanentError("bad_audio", "No."))
    drop(paid, "weekly.wav")
    [again] = take_all(paid).taken
    assert again.accepted.retried
    assert paid.store.recordings.get(row.key).stage == Stage.ORDERING


@pytest.mark.parametrize(("name", "content"), [("weekly.wav", wav("weekly")), ("weekly.vtt", TALK)])
def test_a_known_recording_whose_stored_copy_is_gone_gets_it_back(
    installation: Installation, name: str, content: bytes | str
) -> None:
    row = accepted(installation, name, content)
    copy = installation.settings.recordings / row.key / (row.media_file or row.transcript_file or "")
    before = copy.read_bytes()
    shutil.rmtree(copy.parent)
    drop(installation, f"again-{name}", content)
    [again] = take_all(installation).taken
    assert again.accepted.duplicate
    assert copy.read_bytes() == before
    assert inbox_names(installation) == []


def test_a_transcript_beside_a_recording_that_is_known_without_one_is_kept(installation: Installation) -> None:
    accepted(installation, "weekly.wav")
    drop(installation, "weekly.vtt", TALK)
    drop(installation, "weekly.wav")
    report = take_all(installation)
    assert [found.code for found in report.refused] == ["transcript_not_used"]
    assert len(report.taken) == 1
    assert (report.refused[0].note.parent / "weekly.vtt").read_text() == TALK
    assert inbox_names(installation) == []


def test_details_of_a_known_recording_are_not_dropped_in_silence(installation: Installation) -> None:
    row = accepted(installation, "weekly.wav")
    details = {
        "title": "Board\x1b[2J",
        "language": "de",
        "keyterms": ["Kafka"],
        "multichannel": True,
        "webhook_secret": "s3cret-s3cret",
    }
    drop(installation, "weekly.wav.json", json.dumps({**details, "webhook_url": "http://127.0.0.1:9/hook"}))
    drop(installation, "weekly.wav")
    report = take_all(installation)
    assert [taken.accepted.key for taken in report.taken] == [row.key]
    (told,) = report.refused
    assert told.code == "details_not_used"
    note = told.note.read_text()
    assert "title, language, keyterms, multichannel" in note
    assert 'keyterms: sent ["Kafka"], kept []' in note
    assert f"meeting-pipeline edit {row.key}" in note
    assert f"Recording: {row.key}" in note
    assert "s3cret" not in note
    assert "\x1b" not in note
    assert inbox_names(installation) == []
    assert installation.store.recordings.get(row.key).title == "weekly"


def test_the_same_details_again_leave_no_note(installation: Installation) -> None:
    for _ in range(2):
        drop(installation, "weekly.wav.json", '{"title": "Board", "participants": ["Ada"], "date": "2026-05-05"}')
        drop(installation, "weekly.wav")
        assert take_all(installation).refused == []


def test_the_output_folder_of_whisper_is_one_meeting_and_what_is_not_used_is_kept(paid: Installation) -> None:
    drop(paid, "rec.wav")
    drop(paid, "rec.vtt", TALK)
    drop(paid, "rec.json", '{"text": " Good morning.", "segments": [], "language": "en"}')
    for ending in ("srt", "tsv", "txt"):
        drop(paid, f"rec.{ending}", "anything")
    report = take_all(paid)
    [row] = paid.store.recordings.list()
    assert (row.media_file, row.transcript_file, row.stage) == ("original.wav", "transcript.vtt", Stage.READY)
    [unused] = report.refused
    assert unused.code == "file_not_used"
    assert f"Recording: {row.key}" in unused.note.read_text()
    kept = {path.name for path in unused.note.parent.iterdir()} - {unused.note.name}
    assert kept == {"rec.json", "rec.srt", "rec.tsv", "rec.txt"}
    assert inbox_names(paid) == []


SAID = ("Good morning, the harbour is closed.", "I will call the pilot by Monday.", "Thank you.")


def cues(*said: str) -> str:
    return "\n".join(f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nMia: {text}\n" for n, text in enumerate(said, 1))


def test_exports_of_one_name_that_say_the_same_are_one_meeting(installation: Installation) -> None:
    drop(installation, "harbour.srt", cues(*SAID))
    drop(installation, "harbour.vtt", "WEBVTT\n\n" + cues(*SAID).replace(",000", ".000"))
    drop(installation, "harbour.txt", "\n".join(f"Mia: {text}" for text in SAID))
    report = take_all(installation)
    [row] = installation.store.recordings.list()
    assert row.original_name == "harbour.vtt"
    assert [found.code for found in report.refused] == ["file_not_used"]
    assert inbox_names(installation) == []


def test_exports_of_one_name_that_say_other_things_are_meetings_of_their_own(installation: Installation) -> None:
    drop(installation, "harbour.srt", cues(*SAID))
    drop(installation, "harbour.txt", "\n".join(f"Mia: {text}" for text in (*SAID[:2], "The tide is late.")))
    drop(installation, "harbour.json", '{"title": "The harbour"}')
    first = take_all(installation)
    assert (first.refused, inbox_names(installation)) == ([], ["harbour.json", "harbour.txt"])
    second = take_all(installation)
    assert (second.refused, inbox_names(installation)) == ([], [])
    rows = installation.store.recordings.list()
    assert sorted(row.original_name for row in rows) == ["harbour.srt", "harbour.txt"]
    assert {row.title for row in rows} == {"The harbour"}


def test_a_sidecar_of_one_export_alone_does_not_wait_for_another(installation: Installation) -> None:
    drop(installation, "harbour.srt", cues(*SAID))
    drop(installation, "harbour.txt", "Mia: The tide is late, and the pilot knows it.")
    drop(installation, "harbour.srt.json", '{"title": "The harbour"}')
    take_all(installation)
    assert inbox_names(installation) == ["harbour.txt"]


def test_an_export_of_the_same_name_that_cannot_be_read_is_set_by(installation: Installation) -> None:
    drop(installation, "harbour.srt", cues(*SAID))
    drop(installation, "harbour.txt", bytes(range(32)) * 9)
    report = take_all(installation)
    assert len(report.taken) == 1
    assert [found.code for found in report.refused] == ["file_not_used"]
    assert inbox_names(installation) == []


def test_a_folder_of_zooms_cloud_is_one_meeting_of_the_day_in_its_names(paid: Installation) -> None:
    name = "GMT20260312-140000_Recording"
    drop(paid, f"{name}.m4a", mp4("sound"))
    drop(paid, f"{name}_1920x1080.mp4", mp4("picture"))
    drop(paid, f"{name}.transcript.vtt", TALK)
    drop(paid, f"{name}newChat.txt", "14:00:12\t Dana Moss:\tlink to the doc\n")
    report = take_all(paid)
    [row] = paid.store.recordings.list()
    assert (row.meeting_date, row.transcript_file, row.stage) == (date(2026, 3, 12), "transcript.vtt", Stage.READY)
    assert [found.code for found in report.refused] == ["file_not_used"]
    assert inbox_names(paid) == []


def test_other_content_of_the_same_day_and_title_gets_a_key_of_its_own(installation: Installation) -> None:
    first = accepted(installation, "weekly.wav", wav("one"), date="2025-01-01")
    second = accepted(installation, "weekly.wav", wav("two"), date="2025-01-01")
    assert (first.key, second.key) == ("2025-01-01-weekly", "2025-01-01-2-weekly")
    assert (installation.settings.recordings / first.key / "original.wav").read_bytes() == wav("one")
    assert (installation.settings.recordings / second.key / "original.wav").read_bytes() == wav("two")


def test_a_key_that_another_machine_takes_first_is_replaced(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = accepted(installation, "weekly.wav", wav("one"), date="2025-01-01")
    free_key, chosen = Recordings.free_key, iter([first.key])

    def late(self: Recordings, day: date, name: str, sha256: str, **options: Any) -> str:
        return next(chosen, None) or free_key(self, day, name, sha256, **options)

    place = installation.settings.recordings / first.key
    away = place.rename(place.with_name("of the other machine"))
    monkeypatch.setattr(Recordings, "free_key", late)
    second = accepted(installation, "weekly.wav", wav("two"), date="2025-01-01")
    assert second.key == "2025-01-01-2-weekly"
    assert not place.exists()
    assert (away / "original.wav").read_bytes() == wav("one")
    assert (installation.settings.recordings / second.key / "original.wav").read_bytes() == wav("two")


# --- rejected ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("report.pdf", b"%PDF-1.7", "unsupported_type"),
        ("README", b"text", "unsupported_type"),
        ("a." + "x" * 252, b"text", "unsupported_type"),
        ("empty.wav", b"", "not_media"),
        ("noise.mp3", bytes(range(256)) * 40, "not_media"),
        ("playlist.mp4", b"#EXTM3U\nfile:///etc/passwd\n", "not_media"),
        ("silent.wav", wav("x")[:44] + bytes(16000), "silent"),
        ("short.wav", wav("x", 0.1), "too_short"),
        ("empty.vtt", b"WEBVTT\n", "empty_transcript"),
        ("会" * 83 + ".wav", b"", "not_media"),
    ],
)
def test_a_bad_file_is_rejected_with_its_reason(
    installation: Installation, name: str, content: bytes, code: str
) -> None:
    drop(installation, name, content)
    assert refused(installation) == code
    assert inbox_names(installation) == []
    [note] = notes(installation)
    assert f"Code: {code}" in note
    assert name in note
    assert "What to do: " in note
    [folder] = installation.settings.rejected.iterdir()
    assert (folder / name).read_bytes() == content
    assert installation.store.recordings.list() == []
    assert stored(installation) in ([], [".incoming"])


def test_a_link_is_rejected_as_a_link(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(wav("secret"))
    (installation.settings.inbox / "a.wav").symlink_to(tmp_path / "secret.wav")
    assert refused(installation) == "not_a_file"
    [folder] = installation.settings.rejected.iterdir()
    assert (folder / "a.wav").is_symlink()
    assert (tmp_path / "secret.wav").exists()


def test_a_pipe_is_rejected_without_being_read(installation: Installation) -> None:
    os.mkfifo(installation.settings.inbox / "a.wav")
    assert refused(installation) == "not_a_file"
    assert inbox_names(installation) == []


def test_a_file_above_the_limit_is_refused_before_it_is_copied(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_RECORDING_BYTES", 1000)
    monkeypatch.setattr(staging, "copy_durably", lambda *_: pytest.fail("copied"))
    drop(installation, "huge.wav")
    assert refused(installation) == "too_large"


@pytest.mark.parametrize("beside", [None, "huge.wav"], ids=["alone", "beside a recording"])
def test_a_transcript_above_the_limit_is_refused_before_it_is_copied(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, beside: str | None
) -> None:
    monkeypatch.setattr(policies, "MAX_TRANSCRIPT_BYTES", 1000)
    monkeypatch.setattr(staging, "copy_durably", lambda *_: pytest.fail("copied"))
    drop(installation, "huge.vtt", "x" * 1001)
    if beside is not None:
        drop(installation, beside)
    assert refused(installation) == "too_large"


def test_a_bad_sidecar_rejects_both_and_shows_no_value(installation: Installation) -> None:
    drop(installation, "a.wav", webhook_secret=SECRET, speakers_expected=SECRET)
    assert refused(installation) == "bad_sidecar"
    assert inbox_names(installation) == []
    assert SECRET not in "".join(notes(installation))


@pytest.mark.parametrize(
    "url", ["ftp://a/b", "http://169.254.169.254/latest", "http://10.0.0.1/x", "javascript:alert(1)"]
)
def test_a_webhook_target_that_is_not_allowed_is_refused_at_once(installation: Installation, url: str) -> None:
    drop(installation, "a.wav", webhook_url=url)
    assert refused(installation) == "webhook_url_refused"


def test_a_webhook_secret_that_no_header_can_carry_is_refused_without_being_shown(installation: Installation) -> None:
    drop(installation, "a.wav", webhook_url=HOOK, webhook_secret="line\nline-of-secret")
    assert refused(installation) == "webhook_secret_refused"
    assert "line-of-secret" not in "".join(notes(installation))


def test_a_submitter_with_a_webhook_target_is_told_that_its_file_was_refused(
    installation: Installation, receiver: Receiver
) -> None:
    drop(installation, "a.wav", b"", webhook_url=receiver.hook(), title="Board")
    assert refused(installation) == "not_media"
    [row] = installation.store.recordings.list()
    assert (row.status, row.stage, row.error_code, row.title) == (
        RecordingStatus.FAILED,
        Stage.DONE,
        "not_media",
        "Board",
    )
    [due] = installation.store.outbox.take(10)
    assert b'"status":"failed"' in due.body


def test_a_crash_between_telling_and_rejecting_tells_once(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(installation, "a.wav", b"", webhook_url=HOOK)

    def no_room(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(reject, "move_to_rejected", no_room)
        assert take_all(installation).left == 1
    assert refused(installation) == "not_media"
    assert installation.store.deliveries.due() == 1


def test_a_file_that_cannot_be_rejected_stops_no_other(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(installation, "a.wav", b"")
    drop(installation, "b.wav")
    monkeypatch.setattr(shutil, "move", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    report = take_all(installation)
    assert (len(report.taken), report.left) == (1, 1)
    assert inbox_names(installation) == ["a.wav"]


def test_a_bug_met_by_one_file_stops_no_other_and_is_told_in_its_note(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(main: Path, transcript: Any, **options: Any) -> Any:
        if main.stat().st_size == len(wav("b", 2.0)):
            raise KeyError(SECRET)
        return probe_files(main, transcript, **options)

    monkeypatch.setattr(probe_subprocess, "probe_files", failing)
    drop(installation, "a.wav")
    drop(installation, "b.wav", wav("b", 2.0))
    drop(installation, "c.wav")
    report = take_all(installation)
    assert [taken.new.original_name for taken in report.taken] == ["a.wav", "c.wav"]
    assert [found.code for found in report.refused] == ["internal_error"]
    assert SECRET not in "".join(notes(installation))


# --- left for the next look -------------------------------------------------------------------------------------------


def left(report: IntakeReport) -> None:
    assert (report.taken, report.refused, report.left) == ([], [], 1)


def test_a_file_that_changes_while_it_is_copied_is_left(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(source: Path, target: Path) -> tuple[str, int]:
        found = copy_durably(source, target)
        with source.open("ab") as file:
            file.write(b"more")
        return found

    drop(installation, "a.wav")
    with monkeypatch.context() as busy:
        busy.setattr(staging, "copy_durably", copy)
        left(take_all(installation))
    assert inbox_names(installation) == ["a.wav"]
    assert stored(installation) == [".incoming"]
    assert len(take_all(installation).taken) == 1


def test_a_companion_that_changes_while_the_recording_is_copied_is_waited_for(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    transcript = drop(installation, "a.vtt", TALK)
    drop(installation, "a.wav")

    def copy(source: Path, target: Path) -> tuple[str, int]:
        transcript.write_text(TALK + "\n")
        return copy_durably(source, target)

    monkeypatch.setattr(staging, "copy_durably", copy)
    left(take_all(installation))


def test_a_file_that_somebody_opens_again_before_its_turn_is_left(installation: Installation) -> None:
    path = drop(installation, "a.wav")
    candidates = list(find_candidates(installation.settings.inbox))
    with path.open("ab"):
        left(take_in(installation, candidates))


def test_a_file_that_is_gone_before_its_turn_is_no_error(installation: Installation) -> None:
    path = drop(installation, "a.wav")
    candidates = list(find_candidates(installation.settings.inbox))
    path.unlink()
    left(take_in(installation, candidates))


def test_a_full_disk_leaves_the_file_where_it_is(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(installation, "a.wav")

    def full(source: Path, target: Path) -> tuple[str, int]:
        target.write_bytes(b"part")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(staging, "copy_durably", full)
    left(take_all(installation))
    assert inbox_names(installation) == ["a.wav"]
    assert stored(installation) == [".incoming"]


# --- crashes ----------------------------------------------------------------------------------------------------------


class Crash(BaseException):
    """Ends the process here: the package never catches it."""


def crash(*_: object, **__: object) -> Any:
    raise Crash


@pytest.mark.parametrize("where", ["staged", "probe_files", "move_into_place", "accept", "clear_originals"])
def test_after_a_crash_anywhere_the_recording_is_taken_once_and_whole(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    content = wav("weekly")
    drop(installation, "weekly.wav", content)
    with monkeypatch.context() as dying:
        owner = next(found for found in (taking, probe_subprocess, accept, Recordings) if hasattr(found, where))
        dying.setattr(owner, where, crash)
        with pytest.raises(Crash):
            take_all(installation)
    assert inbox_names(installation) == ["weekly.wav"]
    assert len(take_all(installation).taken) == 1
    [row] = installation.store.recordings.list()
    assert (installation.settings.recordings / row.key / "original.wav").read_bytes() == content
    assert inbox_names(installation) == []


def test_the_original_goes_only_after_row_and_copy_are_there(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(installation, "weekly.wav")
    real = Recordings.accept
    seen = []

    def accept(self: Recordings, new: Any, also: Any) -> Any:
        seen.append((path.exists(), (installation.settings.recordings / new.key / new.media_file).exists()))
        return real(self, new, also)

    monkeypatch.setattr(Recordings, "accept", accept)
    take_all(installation)
    assert seen == [(True, True)]


def test_half_made_copies_of_a_crash_are_removed_by_the_next_intake(installation: Installation) -> None:
    half = installation.settings.recordings / ".incoming" / "half"
    half.mkdir(parents=True)
    (half / "original.wav").write_bytes(b"half")
    take_all(installation)
    assert not half.exists()


def test_a_copy_that_another_intake_is_making_is_left_to_it(installation: Installation) -> None:
    drop(installation, "weekly.wav")
    [candidate] = find_candidates(installation.settings.inbox)
    with staging.staged(installation, candidate) as copy:
        staging.remove_leftovers(installation)
        assert copy.main.exists()
    assert list(copy.folder.parent.iterdir()) == []


def test_where_no_lock_can_be_had_half_made_copies_are_removed_after_a_day(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    half = installation.settings.recordings / ".incoming" / "half"
    half.mkdir(parents=True)
    take_all(installation)
    assert half.exists()
    clock.advance(policies.STAGING_SECONDS)
    take_all(installation)
    assert not half.exists()


def test_a_recording_that_cannot_be_registered_stays_in_the_drop_folder_until_it_can(
    installation: Installation,
) -> None:
    path = drop(installation, "weekly.wav")

    def out_of_reach(_key: str) -> None:
        raise ConnectionError("the register does not answer")

    report = take_in(installation, find_candidates(installation.settings.inbox), register=out_of_reach)
    assert (report.taken, report.refused, report.left) == ([], [], 1)
    assert path.exists()
    registered: list[str] = []
    [taken] = take_in(installation, find_candidates(installation.settings.inbox), register=registered.append).taken
    assert registered == [taken.accepted.key]
    assert len(installation.store.recordings.list()) == 1
    assert inbox_names(installation) == []


@pytest.mark.parametrize("point", ["companions", "original"])
def test_companions_go_before_the_original_so_that_none_is_left_alone(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    path = drop(installation, "weekly.wav")
    path.with_suffix(".vtt").write_text(TALK if isinstance(TALK, str) else TALK.decode(), encoding="utf-8")
    path.with_suffix(".json").write_text("{}", encoding="utf-8")
    dead = path if point == "original" else path.with_suffix(".json")
    real = Path.unlink

    def unlink(self: Path, missing_ok: bool = False) -> None:
        if self == dead:
            raise KeyboardInterrupt
        real(self, missing_ok)

    with monkeypatch.context() as dying:
        dying.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            take_in(installation, find_candidates(installation.settings.inbox))
    assert path.exists()
    take_in(installation, find_candidates(installation.settings.inbox))
    assert inbox_names(installation) == []
    assert len(installation.store.recordings.list()) == 1


# --- files that harm whoever reads them ---------------------------------------------------------------------------------


def test_a_file_over_which_intake_died_too_often_is_rejected_unread(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(installation, "a.wav")
    drop(installation, "b.wav")
    for _ in range(intake_policies.INTAKE_TRIES):
        with monkeypatch.context() as dying, Attempts(installation.settings.home).trying(Candidate(path)):
            dying.setattr(Attempt, "end", lambda _: None)  # as if the process was killed
    monkeypatch.setattr(probe_subprocess, "probe_files", lambda *_, **__: ProbeResult(None, 1))
    report = take_all(installation)
    assert [found.code for found in report.refused] == ["intake_gave_up"]
    assert len(report.taken) == 1
    assert inbox_names(installation) == []
    [note] = installation.settings.rejected.rglob("*.error.txt")
    (note.parent / "a.wav").rename(path)  # a person submits it again
    assert Attempts(installation.settings.home).died(Candidate(path)) == 0


def test_a_slow_file_is_finished_after_those_behind_it(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sandbox, "_COMMAND", (sys.executable, "-m", "meeting_pipeline_tests.steps.sandbox.nasty_sandbox")
    )
    monkeypatch.setattr(policies, "INSPECTION_SECONDS", 20.0)
    drop(installation, "a.wav", b"sleep\n", webhook_url=HOOK)
    drop(installation, "b.wav")
    with Inspections() as inspections, closing(Intake(installation, inspections)) as taking:
        for candidate in find_candidates(installation.settings.inbox):
            taking.take(candidate)
        while not taking.report.taken and not taking.report.refused:
            taking.finish_ready()
        assert (len(taking.report.taken), len(taking.report.refused), taking.is_idle) == (1, 0, False)
        taking.finish_all()
        assert [found.code for found in taking.report.refused] == ["undecodable"]
    assert inbox_names(installation) == []
    assert installation.store.deliveries.due() == 1


def test_an_intake_that_is_stopped_leaves_what_is_slow_and_counts_no_try(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sandbox, "_COMMAND", (sys.executable, "-m", "meeting_pipeline_tests.steps.sandbox.nasty_sandbox")
    )
    monkeypatch.setattr(intake_policies, "INSPECTION_QUICK_SECONDS", 0.5)
    path = drop(installation, "a.wav", b"sleep\n")
    with Inspections() as inspections, closing(Intake(installation, inspections)) as taking:
        taking.take(Candidate(path))
        assert Attempts(installation.settings.home).died(Candidate(path)) == 1
    assert inbox_names(installation) == ["a.wav"]
    assert Attempts(installation.settings.home).died(Candidate(path)) == 0
    assert stored(installation) == [".incoming"]


def test_a_file_whose_reader_is_killed_stays_and_is_rejected_the_third_time(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sandbox, "_COMMAND", (sys.executable, "-m", "meeting_pipeline_tests.steps.sandbox.nasty_sandbox")
    )
    candidate = Candidate(drop(installation, "a.wav", b"kill\n"))
    with Inspections() as inspections:
        for _ in range(intake_policies.INTAKE_TRIES - 1):
            report = take_in(installation, [candidate], inspections=inspections)
            assert (report.left, report.refused) == (1, [])
            assert report.trouble is not None
            assert report.trouble.code == "inspection_killed"
        report = take_in(installation, [candidate], inspections=inspections)
    assert [found.code for found in report.refused] == ["undecodable"]


def test_a_reader_that_does_not_work_leaves_every_file_and_uses_no_try(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = Candidate(drop(installation, "a.wav"))
    with monkeypatch.context() as broken, Inspections() as inspections:
        broken.setattr(sandbox, "_COMMAND", ("/there/is/no/python",))
        for _ in range(intake_policies.INTAKE_TRIES + 1):
            report = take_in(installation, [candidate], inspections=inspections)
            assert (report.left, report.refused) == (1, [])
            assert report.trouble is not None
            assert report.trouble.code == "sandbox_broken"
    assert Attempts(installation.settings.home).died(candidate) == 0
    assert len(take_all(installation).taken) == 1
