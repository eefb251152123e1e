"""Every file in ``../shared/cases/inputs`` goes through the drop folder of a running system, all at once, and comes out right.

The offline engine works on them: nothing that is heard, said or dated here was scripted. A table of what came out is
written to ``meeting_pipeline_tests/.artifacts/every_export.md``.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import pytest

from meeting_pipeline.providers.imported.conservation import NOT_READ
from meeting_pipeline_tests.browsing import ARTIFACTS
from meeting_pipeline_tests.canaries import files_below
from meeting_pipeline_tests.scenario.forked_up import QuickSystem
from meeting_pipeline_tests.scenario.system import RESPONSE_SECONDS, Dropped, Outside, System
from meeting_pipeline_tests.shared_cases import INPUTS
from meeting_pipeline_tests.shared_cases.cues import CUE_LABELS, CUE_STARTS_MS, RIGHT_CUES
from meeting_pipeline_tests.shared_cases.recordings import NINE_CHANNELS, REFUSED, RIGHT_SOUNDS
from meeting_pipeline_tests.shared_cases.texts import RIGHT_TEXTS

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.skipif(not INPUTS.is_dir(), reason=f"there are no inputs at {INPUTS}"),
]

SECONDS = 1500.0
"""Much less on an idle machine, where all of them take two or three minutes."""
WHISPER, ZOOM = "rec.wav", "GMT20260312-140000_Recording.m4a"
"""The recordings of the two folders."""
OFFLINE = {"MEETING_PIPELINE_TRANSCRIPTION": "offline", "ASSEMBLYAI_API_KEY": "", "OPENAI_API_KEY": ""}


@dataclass(frozen=True)
class Outcome:
    """What came out of one file: the row of its recording, and the meeting if it completed; otherwise empty."""

    row: dict[str, Any]
    meeting: dict[str, Any]

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Who made the transcript, with the count of words of an export."""
        found: dict[str, Any] = self.meeting["provenance"]["transcript"]
        return found

    @cached_property
    def names(self) -> dict[str, str | None]:
        """Label -> name."""
        return {one["label"]: one["name"] for one in self.meeting["speakers"]}

    @cached_property
    def said(self) -> list[tuple[str | None, str]]:
        """Speakers and words."""
        return [(self.names[one["speaker"]], one["text"]) for one in self.meeting["segments"]]

    @cached_property
    def starts_ms(self) -> list[int]:
        """When each segment starts."""
        return [one["start_ms"] for one in self.meeting["segments"]]

    def table_row(self, name: str) -> str:
        """A row for people: format, words, speakers, times."""
        if not self.meeting:
            return f"| {name} | {self.row.get('error_code', 'no recording of this content')} | | | |"
        words = self.provenance.get("words") or {
            "words_in": "heard",
            "words_kept": len(" ".join(t for _, t in self.said).split()),
        }
        speakers = ", ".join(dict.fromkeys(speaker or "(no name)" for speaker, _ in self.said))
        segments = self.meeting["segments"]
        times = f"{segments[0]['start_ms'] / 1000:g} to {segments[-1]['end_ms'] / 1000:g} s" if segments else ""
        return f"| {name} | {self.provenance['model']} | {words['words_in']} / {words['words_kept']} | {speakers} | {times} |"


@dataclass(frozen=True)
class Everything:
    """The running system and what became of all files."""

    system: System
    outcomes: dict[str, Outcome]


@pytest.fixture(scope="module")
def everything(others_at_work: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    """All files were dropped at once, and each has an outcome."""
    with Outside() as outside:
        system = QuickSystem(tmp_path_factory.mktemp("every") / "home", outside, **OFFLINE)
        try:
            system.start()
            outcomes = outcomes_of(system, dropped(system))
            ARTIFACTS.mkdir(exist_ok=True)
            head = "| file | format | words in / kept | speakers | first to last |\n|---|---|---|---|---|\n"
            rows = [outcome.table_row(name) for name, outcome in outcomes.items()]
            (ARTIFACTS / "every_export.md").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
            yield Everything(system, outcomes)
            system.stop()
        finally:
            system.kill()


def dropped(system: System) -> list[Dropped]:
    """Drop the files in one go, in folders as they are; returns those that make a meeting, or are refused."""
    found = []
    for kind in ("exports", "recordings", "folders"):
        draft = system.inbox / f".{kind}"
        shutil.copytree(INPUTS / kind, draft, copy_function=shutil.copyfile)
        draft.rename(system.inbox / kind)
        for path in sorted((INPUTS / kind).rglob("*")):
            if path.is_file() and (kind != "folders" or path.name in (WHISPER, ZOOM)):
                found.append(Dropped(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), None))
    return found


def outcomes_of(system: System, files: list[Dropped]) -> dict[str, Outcome]:
    """Wait until each has an outcome, and read it."""
    system.wait_for(lambda: not files_below(system.inbox), "the drop folder to be empty", SECONDS)
    unfinished = "SELECT key FROM recordings WHERE status NOT IN ('completed', 'failed')"
    system.wait_for(lambda: not system.rows(unfinished), "all outcomes", SECONDS, pause=1.0)
    found = {}
    with httpx.Client(base_url=system.api_url, timeout=RESPONSE_SECONDS, trust_env=False) as api:
        for one in files:
            row = system.recording(one)
            meeting = {}
            if row.get("status") == "completed":
                meeting = api.get(f"/v1/meetings/{row['key']}").raise_for_status().json()["meeting"]
            found[one.name] = Outcome(row, meeting)
    return found


def require_completed(outcome: Outcome) -> None:
    assert (outcome.row.get("status"), outcome.row.get("error_code")) == ("completed", None)


def require_every_word(outcome: Outcome) -> None:
    """Nothing was overlooked; rows above the talk, such as an agenda, are left out by name."""
    words = outcome.provenance["words"]
    assert NOT_READ not in words["left_out"]
    assert 0 <= words["words_in"] - words["words_kept"] <= words["left_out"].get("head rows", 0)


@pytest.mark.parametrize("name", sorted(RIGHT_CUES))
def test_a_cue_file_becomes_the_record_of_what_was_said(everything: Everything, name: str) -> None:
    outcome = everything.outcomes[name]
    require_completed(outcome)
    assert outcome.said == RIGHT_CUES[name]
    starts = CUE_STARTS_MS.get(name, [])
    assert outcome.starts_ms[: len(starts)] == starts
    assert outcome.names == CUE_LABELS.get(name, outcome.names)
    require_every_word(outcome)


@pytest.mark.parametrize("name", sorted(RIGHT_TEXTS))
def test_a_text_export_becomes_the_record_of_what_was_said(everything: Everything, name: str) -> None:
    outcome = everything.outcomes[name]
    require_completed(outcome)
    assert outcome.said == [(speaker, text) for speaker, text, _ in RIGHT_TEXTS[name]]
    for found, (_, _, start) in zip(outcome.starts_ms, RIGHT_TEXTS[name], strict=True):
        assert start is None or found == start * 1000
    require_every_word(outcome)


@pytest.mark.parametrize("name", sorted(RIGHT_SOUNDS))
def test_a_recording_is_heard_at_the_times_of_its_file(everything: Everything, name: str) -> None:
    outcome = everything.outcomes[name]
    length, last_from = RIGHT_SOUNDS[name]
    require_completed(outcome)
    assert outcome.row["duration_ms"] / 1000 == pytest.approx(length, abs=0.1)
    assert last_from - 0.3 <= outcome.starts_ms[-1] / 1000 < length


def test_nine_channels_are_heard(everything: Everything) -> None:
    """It is a second of sound, in which the offline engine hears no whole word: then the reason is said."""
    row = everything.outcomes[NINE_CHANNELS].row
    assert (row["status"], row["error_code"]) in [("completed", None), ("failed", "insufficient_content")]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_be_used_is_refused_with_its_reason(everything: Everything, name: str) -> None:
    assert everything.outcomes[name].row == {}
    [note] = everything.system.home.glob(f"rejected/*/{name}.error.txt")
    assert f"Code: {REFUSED[name]}\n" in note.read_text()
    assert (note.parent / name).read_bytes() == (INPUTS / "recordings" / name).read_bytes()


def test_a_folder_by_whisper_is_one_meeting(everything: Everything) -> None:
    outcome = everything.outcomes[WHISPER]
    require_completed(outcome)
    assert outcome.row["transcript_file"] == "transcript.vtt"
    assert outcome.said == [("SPEAKER_01", "Hello."), ("SPEAKER_00", "I will call the bank tomorrow.")]
    assert made_of(everything.system, "rec.%") == [WHISPER]


def test_a_cloud_folder_by_zoom_is_one_meeting_of_its_day(everything: Everything) -> None:
    outcome = everything.outcomes[ZOOM]
    require_completed(outcome)
    assert (outcome.row["transcript_file"], str(outcome.row["meeting_date"])) == ("transcript.vtt", "2026-03-12")
    assert outcome.said == [("Ana Lopez", "I will send the report by Friday.")]
    assert made_of(everything.system, "GMT%") == [ZOOM]


def made_of(system: System, names: str) -> list[str]:
    rows = system.rows("SELECT original_name FROM recordings WHERE original_name LIKE :names", names=names)
    return [str(row["original_name"]) for row in rows]


def test_words_that_name_no_day_date_nothing(everything: Everything) -> None:
    tasks = items(everything, "due_ordinal.txt")
    assert len(tasks) == 2
    assert [task["due_date"] for task in tasks] == [None, None]


def test_a_day_that_is_taken_back_is_not_the_date(everything: Everything) -> None:
    from datetime import date

    days = {"contract": 4, "bank": 0}
    for task in items(everything, "due_taken_back.txt"):
        day = next(day for word, day in days.items() if word in task["task"])
        assert task["due_date"] is None or date.fromisoformat(task["due_date"]).weekday() == day


def items(everything: Everything, name: str) -> list[dict[str, Any]]:
    return [task for task in everything.outcomes[name].meeting["action_items"] if not task.get("withheld")]


def test_every_file_has_a_right_value() -> None:
    exports = {path.name for path in (INPUTS / "exports").iterdir()}
    sounds = {path.name for path in (INPUTS / "recordings").iterdir()}
    folders = {path.name for path in (INPUTS / "folders").iterdir()}
    assert exports == {*RIGHT_CUES, *RIGHT_TEXTS}
    assert sounds == {*RIGHT_SOUNDS, NINE_CHANNELS, *REFUSED}
    assert folders == {"whisper_all", "zoom_cloud"}
