"""Which files of the drop folder belong together, and which are left out."""

import errno
import os
from pathlib import Path

import pytest

from meeting_pipeline.steps.intake.inbox import Candidate, LeftOut, find_candidates, find_settled, unneeded_companions
from meeting_pipeline.steps.intake.pairing import AMBIGUOUS_ENDINGS


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def _name(path: Path | None) -> str | None:
    return path.name if path else None


def shown(inbox: Path) -> dict[str, tuple[str | None, str | None]]:
    """The names of each main file's transcript and sidecar."""
    return {str(c.main.relative_to(inbox)): (_name(c.transcript), _name(c.sidecar)) for c in find_candidates(inbox)}


@pytest.mark.parametrize(
    ("recording", "transcript"),
    [
        ("Weekly-20260402_100000-Meeting Recording.mp4", "Weekly-20260402_100000-Meeting Transcript.vtt"),
        ("Weekly (2026-04-02 10_00 GMT+2).mp4", "Weekly (2026-04-02 10_00 GMT+2) - Transcript.docx"),
        ("talk.m4a", "talk_transcript.txt"),
        ("Talk.m4a", "Talk_otter_ai.txt"),
        ("talk.wav", "talk.wav.srt"),
        ("Talk [abc123].webm", "Talk [abc123].en-orig.vtt"),
        ("Woche-20260402_100000-Besprechungsaufzeichnung.mp4", "Woche-20260402_100000-Besprechungstranskript.vtt"),
        ("Woche.mp4", "Woche - Transkript.docx"),
        ("Woche.mp4", "Woche_Untertitel.srt"),
        ("Hebdo - Enregistrement.mp4", "Hebdo - Transcription.docx"),
        ("Semanal - Grabación.mp4", "Semanal - Transcripción.docx"),
        ("定例会議 録画.mp4", "定例会議 文字起こし.docx"),
        ("周会-录制.mp4", "周会-文字记录.docx"),
        ("talk.mp4", "talk.es-419.srt"),
        ("talk.mp4", "talk.en.sdh.srt"),
        ("talk.mp4", "talk.pt-BR.forced.vtt"),
        ("talk.mp4", "talk.English.srt"),
        ("Talk.WAV", "talk.vtt"),
        ("Caf\u00e9.wav", "Cafe\u0301.vtt"),
        ("Cafe\u0301 - Enregistrement.wav", "Caf\u00e9 - Transcription.vtt"),
    ],
)
def test_a_transcript_is_paired_by_the_names_that_programs_give(
    tmp_path: Path, recording: str, transcript: str
) -> None:
    put(tmp_path, recording, transcript, "Another talk.txt")
    assert shown(tmp_path) == {recording: (transcript, None), "Another talk.txt": (None, None)}


def test_names_that_differ_in_capitals_are_one_only_where_no_other_recording_has_them(tmp_path: Path) -> None:
    put(tmp_path, "Talk.wav", "TALK.wav", "tAlk.vtt", "TALK.srt")
    assert shown(tmp_path) == {"Talk.wav": (None, None), "TALK.wav": ("TALK.srt", None), "tAlk.vtt": (None, None)}


def test_a_sidecar_is_found_whatever_way_its_letters_are_written(tmp_path: Path) -> None:
    put(tmp_path, "M\u00fcller.mp3", "Mu\u0308ller.json")
    assert shown(tmp_path) == {"M\u00fcller.mp3": (None, "Mu\u0308ller.json")}


def test_sound_and_picture_that_zoom_saved_of_one_meeting_are_one_meeting(tmp_path: Path) -> None:
    put(tmp_path, "video1234567.mp4", "audio1234567.m4a", "video7654321.mp4")
    assert spare(tmp_path) == {"audio1234567.m4a": ["video1234567.mp4"], "video7654321.mp4": []}


@pytest.mark.parametrize("name", ["~$Weekly.docx", ".~lock.Weekly.odt#", "Icon\r"])
def test_what_programs_write_beside_a_file_is_not_seen(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "Weekly.docx")
    left: list[LeftOut] = []
    assert [each.main.name for each in find_candidates(tmp_path, left)] == ["Weekly.docx"]
    assert left == []


@pytest.mark.parametrize(
    "name",
    [
        "a.wav.download/a.wav", "a.mp3.opdownload", "a.mp3.!ut", "a.mp3.fdmdownload", "a.f137.mp4.part-Frag12", "a.mp4.ytdl",
        "a.mp4.!qB", "a.wav.incomplete", "a.vtt.swp",
    ],
)  # fmt: skip
def test_a_download_that_is_not_complete_is_named_and_not_taken(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    left: list[LeftOut] = []
    assert list(find_candidates(tmp_path, left)) == []
    assert left == [LeftOut(tmp_path / name.partition("/")[0], "unfinished_name")]


def test_a_download_waits_as_long_as_its_control_file_is_there(tmp_path: Path) -> None:
    """The program reserves the whole size under the final name first, so the file looks settled while it is empty."""
    put(tmp_path, "a.mp3", "a.mp3.aria2")
    assert list(find_candidates(tmp_path)) == []
    (tmp_path / "a.mp3.aria2").unlink()
    assert [each.main.name for each in find_candidates(tmp_path)] == ["a.mp3"]


def test_a_recording_comes_with_its_transcript_and_its_sidecar(tmp_path: Path) -> None:
    put(tmp_path, "weekly.mp4", "weekly.vtt", "weekly.json", "other.wav")
    assert shown(tmp_path) == {"weekly.mp4": ("weekly.vtt", "weekly.json"), "other.wav": (None, None)}


def test_a_sidecar_of_the_full_name_is_preferred(tmp_path: Path) -> None:
    put(tmp_path, "weekly.mp4", "weekly.json", "weekly.mp4.json")
    assert shown(tmp_path) == {"weekly.mp4": (None, "weekly.mp4.json")}


def test_zooms_transcript_belongs_to_its_recording_before_a_chat_in_a_text_file(tmp_path: Path) -> None:
    put(tmp_path, "zoom.mp4", "zoom.transcript.vtt", "zoom.txt")
    assert shown(tmp_path)["zoom.mp4"] == ("zoom.transcript.vtt", None)


def test_endings_in_capital_letters_are_the_same_endings(tmp_path: Path) -> None:
    put(tmp_path, "WEEKLY.MP4", "WEEKLY.VTT", "WEEKLY.JSON")
    assert shown(tmp_path) == {"WEEKLY.MP4": ("WEEKLY.VTT", "WEEKLY.JSON")}


def test_a_transcript_alone_is_a_candidate_and_a_sidecar_alone_is_not(tmp_path: Path) -> None:
    put(tmp_path, "teams.vtt", "teams.json", "waiting.json")
    assert shown(tmp_path) == {"teams.vtt": (None, "teams.json")}


def spare(inbox: Path) -> dict[str, list[str]]:
    """The names of each main file's spare files."""
    return {c.main.name: [path.name for path in c.spare] for c in find_candidates(inbox)}


def test_a_sidecar_speaks_for_the_recording_and_for_nothing_else_of_that_name(tmp_path: Path) -> None:
    put(tmp_path, "weekly.mp4", "weekly.pdf", "weekly.json")
    assert shown(tmp_path) == {"weekly.mp4": (None, "weekly.json"), "weekly.pdf": (None, None)}


def test_further_exports_of_a_meeting_are_spare_and_no_meetings_of_their_own(tmp_path: Path) -> None:
    put(tmp_path, "weekly.mp4", "weekly.vtt", "weekly.docx", "weekly.srt", "weekly.txt", "weekly.json")
    assert shown(tmp_path) == {"weekly.mp4": ("weekly.vtt", "weekly.json")}
    assert spare(tmp_path) == {"weekly.mp4": ["weekly.srt", "weekly.docx", "weekly.txt"]}


@pytest.mark.parametrize("ending", AMBIGUOUS_ENDINGS)
def test_an_agenda_beside_a_recording_is_not_its_transcript_unless_its_name_says_so(
    tmp_path: Path, ending: str
) -> None:
    put(
        tmp_path,
        "talk.mp4",
        f"talk{ending}",
        "other.mp4",
        f"other.transcript{ending}",
        f"last - Transcript{ending}",
        "last.wav",
    )
    assert shown(tmp_path) == {
        "talk.mp4": (None, None),
        "other.mp4": (f"other.transcript{ending}", None),
        "last.wav": (f"last - Transcript{ending}", None),
    }
    assert spare(tmp_path)["talk.mp4"] == [f"talk{ending}"]


def test_exports_of_one_name_without_a_recording_are_one_meeting_with_the_sidecar(tmp_path: Path) -> None:
    put(tmp_path, "teams.txt", "teams.vtt", "teams.json", "other.txt")
    assert shown(tmp_path) == {"teams.vtt": (None, "teams.json"), "other.txt": (None, None)}
    assert spare(tmp_path)["teams.vtt"] == ["teams.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "talk.vtt",
        "talk.wav.vtt",
        "talk.transcript.vtt",
        "talk.cc.vtt",
        "talk.en.vtt",
        "talk.pt-BR.srt",
        "talk.wav.srt",
        "talk.tsv",
    ],
)
def test_a_transcript_is_found_under_each_name_that_programs_give_it(tmp_path: Path, name: str) -> None:
    put(tmp_path, "talk.wav", name, "talks.vtt", "other.en.vtt")
    assert shown(tmp_path) == {"talk.wav": (name, None), "talks.vtt": (None, None), "other.en.vtt": (None, None)}


def test_a_recording_whose_name_ends_like_a_language_keeps_its_transcript(tmp_path: Path) -> None:
    put(tmp_path, "talk.en.wav", "talk.en.vtt", "talk.wav", "talk.vtt")
    assert shown(tmp_path) == {"talk.en.wav": ("talk.en.vtt", None), "talk.wav": ("talk.vtt", None)}


def test_of_transcripts_in_several_languages_the_one_without_a_language_is_used(tmp_path: Path) -> None:
    put(tmp_path, "talk.wav", "talk.de.vtt", "talk.en.vtt", "talk.vtt")
    assert shown(tmp_path) == {"talk.wav": ("talk.vtt", None)}
    assert spare(tmp_path) == {"talk.wav": ["talk.de.vtt", "talk.en.vtt"]}


ZOOM = "GMT20260312-140000_Recording"


def test_the_files_of_a_meeting_in_zooms_cloud_are_one_meeting(tmp_path: Path) -> None:
    videos = (f"{ZOOM}_1920x1080.mp4", f"{ZOOM}_gallery_1280x720.mp4")
    put(tmp_path, f"{ZOOM}.m4a", *videos, f"{ZOOM}.transcript.vtt", f"{ZOOM}.cc.vtt", f"{ZOOM}newChat.txt")
    put(tmp_path, "GMT20260319-140000_Recording.m4a", "GMT20260319-140000_RecordingnewChat.txt")
    assert shown(tmp_path) == {
        f"{ZOOM}.m4a": (f"{ZOOM}.transcript.vtt", None),
        "GMT20260319-140000_Recording.m4a": (None, None),
    }
    assert spare(tmp_path)["GMT20260319-140000_Recording.m4a"] == ["GMT20260319-140000_RecordingnewChat.txt"]


def test_videos_of_zooms_cloud_without_sound_alone_are_one_meeting(tmp_path: Path) -> None:
    put(tmp_path, f"{ZOOM}_1920x1080.mp4", f"{ZOOM}_gallery_1920x1080.mp4", f"{ZOOM}.transcript.vtt")
    assert shown(tmp_path) == {f"{ZOOM}_1920x1080.mp4": (f"{ZOOM}.transcript.vtt", None)}


WHISPER = b'{"text": "Good morning.", "segments": [], "language": "en"}'


def test_a_json_of_whisper_is_a_transcript_and_no_sidecar(tmp_path: Path) -> None:
    put(tmp_path, "rec.wav", "rec.vtt", "rec.srt", "rec.tsv", "rec.txt", "alone.json", "waiting.json")
    (tmp_path / "rec.json").write_bytes(WHISPER)
    (tmp_path / "alone.json").write_bytes(WHISPER)
    (tmp_path / "waiting.json").write_bytes(b'{"title": "text: segments", "participants": ["words"]}')
    left: list[LeftOut] = []
    list(find_candidates(tmp_path, left))
    assert shown(tmp_path) == {"rec.wav": ("rec.vtt", None), "alone.json": (None, None)}
    assert [(one.path.name, one.reason) for one in left] == [("waiting.json", "sidecar_alone")]


def test_a_transcript_in_json_may_have_a_sidecar(tmp_path: Path) -> None:
    put(tmp_path, "rec.wav", "rec.wav.json")
    (tmp_path / "rec.json").write_bytes(WHISPER)
    assert shown(tmp_path) == {"rec.wav": ("rec.json", "rec.wav.json")}


def test_companions_stay_until_the_last_recording_that_has_them_is_gone(tmp_path: Path) -> None:
    put(tmp_path, "weekly.m4a", "weekly.mp4", "weekly.vtt", "weekly.json", "weekly.mp4.json")
    first, second = find_candidates(tmp_path)
    first.main.unlink()
    assert unneeded_companions(first) == [tmp_path / "weekly.json"]
    second.main.unlink()
    assert unneeded_companions(second) == [tmp_path / "weekly.vtt", tmp_path / "weekly.mp4.json"]


def test_hidden_unfinished_and_junk_files_are_not_seen(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.wav", "a.wav.part", "b.mp4.crdownload", "Thumbs.db", "desktop.ini", ".trash/c.wav")
    assert shown(tmp_path) == {}


def test_subfolders_are_looked_into_and_a_folder_named_like_a_recording_is_one(tmp_path: Path) -> None:
    put(tmp_path, "cms/deep/a.wav", "b.wav/c.wav", "d.wav")
    (tmp_path / "d.vtt").mkdir()
    assert shown(tmp_path) == {"d.wav": (None, None), "b.wav/c.wav": (None, None), "cms/deep/a.wav": (None, None)}


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "inbox/a.wav", "elsewhere/secret.wav")
    (tmp_path / "inbox/link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert set(shown(tmp_path / "inbox")) == {"a.wav", "link"}


def test_a_folder_out_of_which_nothing_can_be_taken_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "mine/a.wav", "theirs/b.wav")
    allowed = os.access  # the tests may run as root, which may access everything
    monkeypatch.setattr(os, "access", lambda path, mode: "theirs" not in str(path) and allowed(path, mode))
    assert shown(tmp_path) == {"mine/a.wav": (None, None)}


def test_what_others_own_in_a_sticky_folder_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "shared/a.wav", "own/b.wav")
    (tmp_path / "shared").chmod(0o1777)
    somebody_else = tmp_path.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody_else)
    assert set(shown(tmp_path)) == {"own/b.wav"}
    monkeypatch.undo()
    assert set(shown(tmp_path)) == {"own/b.wav", "shared/a.wav"}


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "/".join("abcdefghij")
    put(
        tmp_path, "theirs/b.wav", "alone.json", "copy.wav.part", ".hidden.wav", ".DS_Store", f"{deep}/c.wav", "good.wav"
    )
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "theirs" not in str(path) and allowed(path, mode))
    left: list[LeftOut] = []
    assert [one.main.name for one in find_candidates(tmp_path, left)] == ["good.wav"]
    assert {(str(one.path.relative_to(tmp_path)), one.reason) for one in left} == {
        ("theirs", "folder_not_writable"),
        ("alone.json", "sidecar_alone"),
        ("copy.wav.part", "unfinished_name"),
        (".hidden.wav", "hidden_name"),
        (deep[:17], "too_deep"),
    }


def test_a_folder_that_cannot_be_listed_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "broken/a.wav", "good/b.wav")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "broken":
            raise OSError(errno.EIO, "Input/output error")
        return real(path)

    left: list[LeftOut] = []
    with monkeypatch.context() as patched:  # not for longer: pytest lists folders too, to remove them
        patched.setattr(os, "scandir", scandir)
        assert [one.main.name for one in find_candidates(tmp_path, left)] == ["b.wav"]
    assert left == [LeftOut(tmp_path / "broken", "folder_unreadable")]


def test_a_recording_waits_for_its_companion_to_settle(tmp_path: Path) -> None:
    put(tmp_path, "a.wav", "a.json")
    assert find_settled(tmp_path, 100.0, 10) == []
    with (tmp_path / "a.json").open("ab"):
        assert find_settled(tmp_path, 110.0, 10) == []
    assert len(find_settled(tmp_path, 120.0, 10)) == 1


def test_files_of_one_meeting_that_arrive_one_after_the_other_are_taken_together(tmp_path: Path) -> None:
    put(tmp_path, "rec.wav")
    assert find_settled(tmp_path, 100.0, 10) == []
    put(tmp_path, "rec.srt")
    assert find_settled(tmp_path, 102.0, 10) == []
    put(tmp_path, "rec.vtt")
    assert find_settled(tmp_path, 104.0, 10) == []
    [candidate] = find_settled(tmp_path, 108.0, 10)
    assert [path.name for path in candidate.files] == ["rec.wav", "rec.vtt", "rec.srt"]


def test_a_tick_stops_at_its_limit(tmp_path: Path) -> None:
    put(tmp_path, *(f"{n}.wav" for n in range(5)))
    find_settled(tmp_path, 100.0, 2)
    assert len(find_settled(tmp_path, 110.0, 2)) == 2


def test_many_files_of_one_folder_are_grouped_in_one_pass(tmp_path: Path) -> None:
    put(tmp_path, *(f"{n}.wav" for n in range(500)), *(f"{n}.json" for n in range(500)))
    found: list[Candidate] = list(find_candidates(tmp_path))
    assert len(found) == 500
    assert all(c.sidecar is not None for c in found)
