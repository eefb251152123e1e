"""Finishing a recording: minutes on disk, with the outcome and its events in one step."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from meeting_pipeline.domain.errors import PermanentError, StoreUnavailable, WorkerFenced
from meeting_pipeline.domain.minutes import minutes_markdown
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.delivery import finish as finishing
from meeting_pipeline.steps.delivery.finish import as_finished, finish
from meeting_pipeline.steps.extraction.extract import extract
from meeting_pipeline.steps.extraction.gaps import note_gap
from meeting_pipeline.steps.extraction.outcomes import Missing
from meeting_pipeline.store import policies
from meeting_pipeline_tests.fakes.control import Providers
from meeting_pipeline_tests.installations import Clock, accepted
from meeting_pipeline_tests.steps.journeys import completed, transcribed

ASK = "POST /v1/responses"


def test_finishing_writes_the_minutes_and_ends_the_recording(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    finished = completed(paid, row)
    assert (finished.version, finished.revision) == (1, 1)
    assert Path(finished.path).read_text(encoding="utf-8") == finished.minutes
    now = paid.store.recordings.get(row.key)
    assert (now.status, now.stage, now.changed_at) == (RecordingStatus.COMPLETED, Stage.DONE, None)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "disk_error"),
        (errno.EIO, "disk_error"),
        (errno.EMFILE, "resources_exhausted"),
    ],
)
def test_a_disk_that_takes_no_minutes_holds_the_recording_up_and_is_no_bug(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    row = transcribed(paid)
    with monkeypatch.context() as failing:
        failing.setattr(finishing, "write_durably", _failing(number))
        with pytest.raises(StoreUnavailable) as found:
            completed(paid, row)
    assert found.value.code == code
    now = paid.store.recordings.get(row.key)
    assert (now.stage, now.attempts, now.error_code) == (Stage.EXTRACTING, 0, None)
    assert completed(paid, row).revision == 1


def test_a_folder_that_takes_no_minutes_holds_nothing_up(
    paid: Installation, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = transcribed(paid)
    monkeypatch.setattr(finishing, "write_durably", _failing(errno.EACCES))
    finished = completed(paid, row)
    assert paid.store.recordings.get(row.key).status == RecordingStatus.COMPLETED
    assert as_finished(paid, finished.record, finished.version).minutes == finished.minutes


def _failing(number: int) -> Callable[..., None]:
    def fails(path: Path, _text: str) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return fails


def test_the_same_outcome_is_told_once(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    completed(paid, row)
    paid.store.lifecycle.begin(row.key, "run-2", collecting=False)
    assert finish(paid, row.key, "run-2").revision is None
    assert len(paid.store.deliveries.events(row.key)) == 1


def test_a_missing_insight_is_a_visible_gap_of_a_completed_recording(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=500, insight="summary")
    finished = completed(paid, row)
    assert [gap.insight for gap in finished.record.gaps] == [Insight.SUMMARY]
    assert "Incomplete: summary." in finished.minutes
    assert paid.store.recordings.get(row.key).status == RecordingStatus.COMPLETED


def test_a_gap_that_closes_is_told_as_the_next_revision(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=500, insight="summary")
    completed(paid, row)
    paid.store.lifecycle.begin(row.key, "run-2", collecting=False)
    extract(paid, row.key, "run-2", [Insight.SUMMARY], requested_by_user=False)
    finished = finish(paid, row.key, "run-2")
    assert (finished.revision, finished.version) == (2, 2)
    assert "Incomplete" not in finished.minutes


def test_a_gap_that_stays_is_not_told_again(paid: Installation, providers: Providers) -> None:
    row = transcribed(paid)
    providers.fault(ASK, "status", status=500, insight="summary", times=2)
    completed(paid, row)
    paid.store.lifecycle.begin(row.key, "run-2", collecting=False)
    missing = extract(paid, row.key, "run-2", [Insight.SUMMARY], requested_by_user=False)[Insight.SUMMARY]
    assert isinstance(missing, Missing)
    note_gap(paid, row.key, "run-2", missing)
    assert finish(paid, row.key, "run-2").revision is None


def test_without_a_transcript_there_is_nothing_to_finish(installation: Installation) -> None:
    row = accepted(installation)
    installation.store.lifecycle.begin(row.key, "run-1", collecting=False)
    with pytest.raises(PermanentError) as caught:
        finish(installation, row.key, "run-1")
    assert caught.value.code == "no_transcript"
    assert not (installation.settings.recordings / row.key / "minutes.md").exists()


def test_a_recording_that_failed_and_has_its_transcript_now_is_completed(installation: Installation) -> None:
    row = transcribed(installation)
    installation.store.lifecycle.fail(row.key, "run-1", PermanentError("worker_lost", "Lost."))
    finished = finish(installation, row.key, "run-1")
    assert "failed" not in finished.minutes
    assert installation.store.recordings.get(row.key).status == RecordingStatus.COMPLETED


def test_a_worker_that_was_declared_dead_ends_nothing(installation: Installation, clock: Clock) -> None:
    row = transcribed(installation)
    clock.advance(3600)
    [silent] = installation.store.lease_watch.silent_workers()
    installation.store.lease_watch.revoke_silent_lease(silent)
    with pytest.raises(WorkerFenced):
        finish(installation, row.key, "run-1")
    assert installation.store.recordings.get(row.key).status == RecordingStatus.PROCESSING


def test_a_name_that_comes_while_the_minutes_are_written_is_told_and_the_minutes_follow(
    installation: Installation, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = transcribed(installation)

    def render_while_a_person_edits(record: MeetingRecord) -> str:
        minutes = minutes_markdown(record)
        installation.store.speaker_edits.rename(row.key, "A", "Ada Lovelace", by="a person")
        return minutes

    monkeypatch.setattr(finishing, "minutes_markdown", render_while_a_person_edits)
    finished = completed(installation, row)
    assert finished.revision == 1
    assert "Ada Lovelace" not in finished.minutes
    monkeypatch.undo()
    clock.advance(policies.REVISION_QUIET_SECONDS)
    assert installation.store.results.changed(10) == [row.key]
    installation.store.lifecycle.begin(row.key, "run-2", collecting=False)
    again = finish(installation, row.key, "run-2")
    installation.store.leases.end("run-2")
    assert again.revision is None
    assert "Ada Lovelace" in Path(again.path).read_text(encoding="utf-8")
    assert installation.store.results.changed(10) == []
    (event,) = installation.store.deliveries.events(row.key)
    assert b"Ada Lovelace" in event.body
