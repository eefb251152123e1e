"""What a recording waits for, and until when."""

from datetime import UTC, datetime

import pytest

from meeting_pipeline.domain.outage import Outage, Service
from meeting_pipeline.domain.record import Problem
from meeting_pipeline.domain.recording import Stage
from meeting_pipeline.domain.waits import WaitKind, wait_of

DUE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROBE = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
BUSY = Problem("provider_busy", "It asked us to wait.", "Wait.")
OUT = Outage("assemblyai", Service.ORDERS, "provider_down", "No answer.", "Look there.", False, DUE, PROBE)


@pytest.mark.parametrize("stage", [Stage.COLLECTING, Stage.EXTRACTING, Stage.DONE])
def test_what_is_worked_on_or_done_waits_for_nothing(stage: Stage) -> None:
    assert wait_of(stage, None, BUSY, OUT) is None


def test_an_outage_comes_first_and_says_when_it_is_asked_again() -> None:
    wait = wait_of(Stage.ORDERING, DUE, BUSY, OUT)
    assert wait is not None
    assert (wait.kind, wait.code, wait.until) == (WaitKind.OUTAGE, "provider_down", PROBE)
    assert "assemblyai" in wait.message
    assert "next attempt is at 2026-03-02 09:05" in wait.message


def test_a_setback_says_when_the_next_attempt_is_due() -> None:
    wait = wait_of(Stage.READY, DUE, BUSY, None)
    assert wait is not None
    assert (wait.kind, wait.code, wait.message, wait.until) == (WaitKind.RETRY, BUSY.code, BUSY.message, DUE)


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        (Stage.ORDERING, WaitKind.TURN),
        (Stage.TRANSCRIBING, WaitKind.PROVIDER),
        (Stage.READY, WaitKind.TURN),
        (Stage.QUEUED, WaitKind.TURN),
    ],
)
def test_an_ordinary_wait_is_no_trouble(stage: Stage, kind: WaitKind) -> None:
    wait = wait_of(stage, DUE, None, None)
    assert wait is not None
    assert (wait.kind, wait.code, wait.until) == (kind, stage.value, None)
