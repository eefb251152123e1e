"""The body of a webhook."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName, Summary, SummarySentence, Topic
from meeting_pipeline.domain.provenance import Coverage, Provenance
from meeting_pipeline.domain.record import Gap, MeetingRecord, Problem, Stamp
from meeting_pipeline.domain.recording import RecordingStatus, Stage
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence, Segment, Transcript
from meeting_pipeline.domain.verdicts import ItemStatus
from meeting_pipeline.webhooks.payload import build_payload, event_name
from meeting_pipeline_tests.domain.claimed import NO_CLAIM, without_claim
from meeting_pipeline_tests.domain.results import changed, fields

OFFLINE = Provenance(provider="offline", model="rules", draft=True, note="Read as a draft.")
PAID = Provenance(provider="openai", model="a-model")
NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
URL = "http://127.0.0.1:3000/assets/minutes?partition=x"

TRANSCRIPT = Transcript(
    segments=(
        Segment(index=0, speaker="A", start_ms=0, end_ms=900, text="Grüße - 会議 \u2028", confidence=0.5),
        Segment(index=1, speaker="B", start_ms=1000, end_ms=1900, text="I send the plan by Friday."),
    ),
    language="en",
    duration_ms=2000,
    confidence=0.5,
    provenance=OFFLINE,
    speaker_names={"B": "Ben"},
)

RECORD = MeetingRecord(
    **fields(
        {
            "key": "2026-03-02-weekly-0123abcd",
            "title": "Weekly",
            "original_name": "weekly.wav",
            "meeting_date": date(2026, 3, 2),
            "duration_ms": 2000,
            "status": RecordingStatus.COMPLETED,
            "stage": Stage.DONE,
            "revision": 2,
            "submitted_at": NOW,
            "completed_at": NOW,
            "transcript": TRANSCRIPT,
            "speakers": (
                SpeakerName(label="A", name="Ann", confidence=0.9),
                SpeakerName(label="B", name=None, confidence=0.0),
            ),
            "summary": Summary(
                short_summary="Plans.",
                topics=(Topic(title="Plan", start_ms=0, end_ms=2000),),
                sentences=(SummarySentence(text="Plans.", segment_ids=(0,)),),
            ),
            "action_items": (
                ActionItem(
                    task="Send the plan",
                    owner="B",
                    due_date=date(2026, 3, 6),
                    due_words="by Friday",
                    evidence=Evidence(segment_ids=(1,), quote="I send the plan"),
                    candidate=True,
                    status=ItemStatus.OPEN,
                ),
            ),
            "decisions": (
                Decision(decision="Go", decided_by=("A", "Zoe"), evidence=Evidence(segment_ids=(0,), quote="Grüße")),
            ),
            "stamps": {
                "transcript": Stamp(1, OFFLINE),
                "summary": Stamp(3, PAID, Coverage(segments_read=2, segments_total=2)),
            },
            "cost_usd": 0.25,
        }
    )
)


@dataclass(frozen=True)
class EventHeader:
    event_id: str = "evt_1"
    revision: int = 2
    occurred_at: datetime = NOW


def payload(record: MeetingRecord, header: EventHeader = EventHeader()) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(build_payload(record, header, URL))
    return result


def test_the_envelope_has_the_fields_of_the_contract_in_order() -> None:
    told = payload(RECORD)

    assert list(told) == [
        "event",
        "event_id",
        "revision",
        "occurred_at",
        "recording_id",
        "job_id",
        "status",
        "error",
        "gaps",
        "results_url",
        "links",
        "meeting",
    ]
    links = told.pop("links")
    assert links == {
        "recording": "/v1/recordings/2026-03-02-weekly-0123abcd",
        "meeting": "/v1/meetings/2026-03-02-weekly-0123abcd",
        "minutes": "/v1/meetings/2026-03-02-weekly-0123abcd/minutes.md",
        "transcript_json": "/v1/meetings/2026-03-02-weekly-0123abcd/transcript.json",
        "page": "/#/meetings/2026-03-02-weekly-0123abcd",
    }
    assert {key: told[key] for key in list(told)[:-1]} == {
        "event": "meeting.completed",
        "event_id": "evt_1",
        "revision": 2,
        "occurred_at": "2026-03-02T10:30:00.000Z",
        "recording_id": "2026-03-02-weekly-0123abcd",
        "job_id": "2026-03-02-weekly-0123abcd",
        "status": "completed",
        "error": None,
        "gaps": [],
        "results_url": URL,
    }


def test_the_meeting_is_told_whole() -> None:
    meeting = payload(RECORD)["meeting"]

    assert (meeting["title"], meeting["date"]) == ("Weekly", "2026-03-02")
    assert without_claim(meeting["summary"]["topics"][0]) == {"title": "Plan", "start_ms": 0, "end_ms": 2000}
    assert meeting["segments"][0]["text"] == "Grüße - 会議 \u2028"
    assert meeting["segments"][1] == {
        "id": 1,
        "speaker": "B",
        "start_ms": 1000,
        "end_ms": 1900,
        "text": "I send the plan by Friday.",
        "confidence": None,
    }
    (item,) = meeting["action_items"]
    assert without_claim(item) == {
        "task": "Send the plan",
        "owner": "B",
        "owner_name": "Ben",
        "due_date": "2026-03-06",
        "due_words": "by Friday",
        "status": "open",
        "status_segment_id": None,
        "candidate": True,
        "evidence": {"segment_ids": [1], "quote": "I send the plan", "start_ms": 1000},
    }
    assert item["verdict"] == "not_checked"
    assert meeting["unverified"] == dict.fromkeys(("speakers", "summary", "action_items", "decisions"), 0)
    assert meeting["decisions"][0]["decided_by_names"] == ["Ann", "Zoe"]


def test_a_speaker_without_a_name_keeps_the_label_and_the_name_of_the_source() -> None:
    found, given = payload(RECORD)["meeting"]["speakers"]
    assert without_claim(found) == {"label": "A", "name": "Ann", "confidence": 0.9}
    assert without_claim(given) == {"label": "B", "name": "Ben", "confidence": 0.0}
    assert [found["verdict"], given["verdict"]] == ["not_checked", None]
    assert payload(changed(RECORD, speakers=None))["meeting"]["speakers"][0] == {
        "label": "A",
        "name": None,
        "confidence": None,
        **NO_CLAIM,
    }


def test_a_draft_is_stamped_as_a_draft_as_a_whole_and_by_result() -> None:
    meeting = payload(RECORD)["meeting"]

    assert meeting["draft"] is True
    assert meeting["provenance"]["transcript"]["draft"] is True
    assert meeting["provenance"]["transcript"]["note"] == "Read as a draft."
    assert meeting["provenance"]["summary"] == {
        "version": 3,
        "provider": "openai",
        "model": "a-model",
        "draft": False,
        "note": "",
        "coverage": {"segments_read": 2, "segments_total": 2, "parts": 1},
        "transcript_version": None,
    }
    assert payload(changed(RECORD, stamps={"summary": Stamp(1, PAID)}))["meeting"]["draft"] is False


def test_a_gap_is_null_and_named_and_nothing_found_is_an_empty_list() -> None:
    gap = Gap(Insight.SUMMARY, "provider_timeout", "No answer.", "Wait.", NOW + timedelta(minutes=1))
    told = payload(changed(RECORD, summary=None, decisions=(), gaps=(gap,)))

    assert told["meeting"]["summary"] is None
    assert told["meeting"]["decisions"] == []
    assert told["gaps"] == [
        {
            "insight": "summary",
            "code": "provider_timeout",
            "reason": "No answer.",
            "advice": "Wait.",
            "since": None,
            "tries": 0,
            "retry_at": "2026-03-02T10:31:00.000Z",
        }
    ]


def test_a_failure_tells_what_happened_and_what_to_do() -> None:
    told = payload(
        changed(
            RECORD,
            status=RecordingStatus.FAILED,
            error=Problem("insufficient_content", "Hardly a word was said.", "Check the recording."),
            transcript=None,
            speakers=None,
            summary=None,
            action_items=None,
            decisions=None,
            stamps={},
        )
    )

    assert (told["event"], told["status"]) == ("meeting.failed", "failed")
    assert told["error"] == {
        "code": "insufficient_content",
        "message": "Hardly a word was said.",
        "advice": "Check the recording.",
    }
    meeting = told["meeting"]
    assert [meeting[key] for key in ("summary", "speakers", "segments", "action_items", "decisions")] == [None] * 5


def test_equal_arguments_give_equal_bytes_whatever_the_zone_and_the_order_of_the_stamps() -> None:
    other = changed(RECORD, stamps=dict(reversed(RECORD.stamps.items())))
    header = EventHeader(occurred_at=NOW.astimezone(timezone(timedelta(hours=5))))

    assert build_payload(RECORD, EventHeader(), URL) == build_payload(other, header, URL)


def test_half_a_surrogate_pair_in_a_transcript_does_not_stop_the_webhook() -> None:
    broken = TRANSCRIPT.segments[0].model_copy(update={"text": "a\ud83db"})
    record = changed(RECORD, transcript=TRANSCRIPT.model_copy(update={"segments": (broken,)}))

    assert payload(record)["meeting"]["segments"][0]["text"] == "a?b"


def test_a_recording_without_an_outcome_has_no_event() -> None:
    for status in (RecordingStatus.PENDING, RecordingStatus.PROCESSING):
        with pytest.raises(ValueError, match="no event"):
            event_name(status)
    with pytest.raises(ValueError, match="time zone"):
        payload(RECORD, EventHeader(occurred_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - naive on purpose
