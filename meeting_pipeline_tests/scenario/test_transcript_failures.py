"""The transcript is critical: a transient failure is retried without buying again; a permanent one fails the recording once."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from meeting_pipeline.store import policies
from meeting_pipeline_tests.scenario import media
from meeting_pipeline_tests.scenario.system import Dropped, Outside, System

pytestmark = pytest.mark.scenario

TRIES_OF_A_RUN = 3


def drop_file(system: System) -> dict[str, Dropped]:
    return {
        "passing": _drop(system, "passing", failing_gets=TRIES_OF_A_RUN),
        "lasting": _drop(system, "lasting", error="Audio file could not be decoded"),
        "stubborn": _drop(system, "stubborn", failing_gets=1000),
        "mute": _drop(system, "mute", text="Hm."),
    }


def _drop(system: System, name: str, **script: Any) -> Dropped:
    content = media.wav(f"transcript failure: {name}")
    system.outside.providers.script(hashlib.sha256(content).hexdigest(), **script)
    return system.drop(f"{name}.wav", content, hook=f"transcript-{name}")


@pytest.fixture
def passing(system: System, handed_in: dict[str, Dropped]) -> Dropped:
    system.wait_until_told("transcript-passing")
    return handed_in["passing"]


@pytest.fixture
def lasting(system: System, handed_in: dict[str, Dropped]) -> Dropped:
    system.wait_until_told("transcript-lasting")
    return handed_in["lasting"]


@pytest.fixture
def stubborn(system: System, handed_in: dict[str, Dropped]) -> Dropped:
    system.wait_until_told("transcript-stubborn")
    return handed_in["stubborn"]


def _story(system: System, dropped: Dropped) -> list[str]:
    """Failed attempts at the transcript, and outcomes, in order."""
    told = {"waiting", "completed", "failed"}
    return [event["type"] for event in system.events(system.key(dropped)) if event["type"] in told]


def test_a_failure_that_passes_is_tried_again_in_a_later_run(system: System, passing: Dropped) -> None:
    *waits, end = _story(system, passing)
    assert (set(waits), end) == ({"waiting"}, "completed")
    system.wait_until_idle()
    statuses = [run["status"] for run in system.ui.runs_of(system.key(passing))]
    assert (statuses.count("SUCCESS"), set(statuses)) == (1, {"FAILURE", "SUCCESS"})


def test_a_failure_that_passes_is_bought_once_and_never_told_as_failed(outside: Outside, passing: Dropped) -> None:
    assert len(outside.uploads(passing.sha256)) == len(outside.orders(passing.sha256)) == 1
    assert [body["event"] for body in outside.told(passing.hook)] == ["meeting.completed"]


def test_a_recording_that_the_provider_rejects_fails_and_its_submitter_hears_it(
    system: System, outside: Outside, lasting: Dropped
) -> None:
    (body,) = outside.told(lasting.hook)
    assert (body["event"], body["status"]) == ("meeting.failed", "failed")
    assert "could not be decoded" in body["error"]["message"]
    assert body["error"]["advice"]
    assert body["meeting"]["segments"] is None
    assert system.recording(lasting)["status"] == "failed"


def test_a_recording_that_the_provider_rejects_is_not_tried_again(
    system: System, outside: Outside, lasting: Dropped
) -> None:
    assert _story(system, lasting) == ["failed"]
    assert len(outside.orders(lasting.sha256)) == 1
    system.wait_until_idle()  # another run sends the webhook, perhaps before Dagster has noted the end of this one
    assert [run["status"] for run in system.ui.runs_of(system.key(lasting))] == ["FAILURE"]


def test_a_failure_that_stays_is_told_after_the_last_try_and_not_before(
    system: System, outside: Outside, stubborn: Dropped
) -> None:
    *waits, end = _story(system, stubborn)
    assert (set(waits), end) == ({"waiting"}, "failed")
    # An attempt that fails together with another recording's looks like an outage and does not count, so there is one
    # more.
    assert len(waits) >= policies.TRANSCRIPT_ATTEMPTS - 1
    assert [body["event"] for body in outside.told(stubborn.hook)] == ["meeting.failed"]
    assert len(system.ui.runs_of(system.key(stubborn))) >= policies.TRANSCRIPT_ATTEMPTS


def test_a_failure_that_stays_is_bought_once(outside: Outside, stubborn: Dropped) -> None:
    assert len(outside.uploads(stubborn.sha256)) == len(outside.orders(stubborn.sha256)) == 1


def test_a_recording_with_next_to_no_speech_fails_and_says_so(system: System, outside: Outside) -> None:
    (body,) = system.wait_until_told("transcript-mute")
    assert (body["event"], body["error"]["code"]) == ("meeting.failed", "insufficient_content")
    assert outside.calls("transcript failure: mute") == []
