"""What is news of a meeting, and what only an upgrade, an address or an attempt changed."""

import json
from typing import Any

import pytest

from meeting_pipeline.domain.outcome_changes import same_outcome

BODY: dict[str, Any] = {
    "event": "meeting.completed", "event_id": "evt_1", "revision": 1, "occurred_at": "2026-03-02T10:30:00.000Z",
    "recording_id": "k", "status": "completed", "error": None, "results_url": "http://one/",
    "gaps": [{"insight": "decisions", "code": "a", "retry_at": None}],
    "meeting": {
        "title": "Weekly", "summary": {"short": "Plans."}, "decisions": None,
        "provenance": {"summary": {"version": 1, "model": "m", "transcript_version": 1}},
        "action_items": [{"text": "Send it", "claim_id": "c1"}], "draft": False, "duration_ms": 0,
    },
}  # fmt: skip


def changed(**fields: Any) -> dict[str, Any]:
    return {**BODY, **fields}


def meeting(**fields: Any) -> dict[str, Any]:
    return changed(meeting={**BODY["meeting"], **fields})


def same(now: dict[str, Any], before: dict[str, Any] = BODY) -> bool:
    return same_outcome(json.dumps(before).encode(), json.dumps(now).encode())


@pytest.mark.parametrize(
    "now",
    [
        changed(event_id="", revision=0, occurred_at="1970-01-01T00:00:00.000Z"),
        changed(results_url="http://two/", links={"page": "http://two/#/meetings/k"}),
        changed(gaps=[{"insight": "decisions", "code": "", "advice": "", "retry_at": None}]),
        meeting(provenance={"summary": {"version": 0, "model": "m", "transcript_version": None}}),
        meeting(action_items=[{"text": "Send it", "claim_id": "c1", "verdict": "not_checked"}], room="big"),
        meeting(speakers=None),
    ],
)
def test_neither_an_upgrade_nor_another_address_nor_an_attempt_is_news(now: dict[str, Any]) -> None:
    assert same(now)


@pytest.mark.parametrize(
    "now",
    [
        changed(status="failed"),
        changed(gaps=[]),
        changed(error={"code": "no_speech", "message": "Nobody speaks.", "advice": ""}),
        meeting(title="Weekly 2"),
        meeting(draft=0),
        meeting(duration_ms=False),
        meeting(speakers=[{"label": "A", "name": "Ann"}]),
        meeting(action_items=[{"text": "Send it", "claim_id": "c1", "edited_by": "Ann", "added": False}]),
        meeting(action_items=[]),
        meeting(provenance={"summary": {"version": 1, "model": "other", "transcript_version": 1}}),
        {name: value for name, value in BODY.items() if name != "gaps"},
    ],
)
def test_whatever_people_would_want_to_know_is_news(now: dict[str, Any]) -> None:
    assert not same(now)


def test_the_advice_of_a_failure_is_no_news_and_its_message_is() -> None:
    error = {"code": "no_speech", "message": "Nobody speaks.", "advice": "Submit it again."}
    failed = changed(status="failed", error=error, meeting=None)
    assert same(changed(status="failed", error={**error, "advice": "Reworded."}, meeting=None), failed)
    assert not same(changed(status="failed", error={**error, "message": "Silence."}, meeting=None), failed)


@pytest.mark.parametrize(("before", "now"), [(b"", b"{}"), (b"[]", b"[]"), (b"{}", b"\xff"), (b"1", b"1")])
def test_what_is_no_body_is_never_the_same(before: bytes, now: bytes) -> None:
    assert not same_outcome(before, now)
