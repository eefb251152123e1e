"""Cancelling without a running system. With one, it is tested over HTTP and on the command line."""

import pytest

from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.domain.recording import RecordingStatus
from meeting_pipeline.foundation.ownership import note_owner, owning
from meeting_pipeline.installation import Installation
from meeting_pipeline.steps.operations.cancel import Cancellation, cancel
from meeting_pipeline.store.recordings.cancelling import CancelOutcome
from meeting_pipeline_tests.store.samples import Journey, completed


def test_a_recording_under_way_ends_as_failed(installation: Installation) -> None:
    journey = Journey(installation.store).accept().begin()
    done = cancel(installation, journey.key)
    assert done == Cancellation(CancelOutcome.FAILED, RecordingStatus.FAILED, stopped=0)
    assert done.did_something
    assert not installation.store.leases.holds(journey.run_id)


def test_an_outcome_stands(installation: Installation) -> None:
    done = cancel(installation, completed(installation.store).key)
    assert (done.outcome, done.status, done.did_something) == (CancelOutcome.NOTHING, RecordingStatus.COMPLETED, False)


def test_a_system_that_cannot_be_asked_is_trouble_and_the_recording_is_cancelled_all_the_same(
    installation: Installation,
) -> None:
    key = Journey(installation.store).accept().key
    with owning(installation.settings.home):
        note_owner(installation.settings.home, "http://127.0.0.1:9")
        done = cancel(installation, key)
    assert done.outcome is CancelOutcome.FAILED
    assert done.trouble is not None
    assert done.trouble.code == "ui_unreachable"


def test_an_unknown_recording_is_said_to_be(installation: Installation) -> None:
    with pytest.raises(PermanentError) as caught:
        cancel(installation, "2025-03-14-weekly-0000000a")
    assert caught.value.code == "unknown_recording"
