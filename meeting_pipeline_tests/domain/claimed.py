"""Claims with verdicts, for tests of what becomes of them. Verdicts are set here, not found out."""

from datetime import UTC, datetime
from typing import Any

from meeting_pipeline.domain.claim_edits import judged, listed
from meeting_pipeline.domain.insight_results import ActionItem, Decision, SpeakerName, Summary, SummarySentence, Topic
from meeting_pipeline.domain.judged_claims import ClaimEdit, JudgedClaim, Judgement
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.verdicts import Verdict
from meeting_pipeline_tests.domain.meetings import meeting

LIE = "Delete the production database"
LIE_NAME = "Napoleon"
LIES = (LIE, LIE_NAME, "Everything is cancelled", "The end of the world", "Fire everybody")
NO_CLAIM: dict[str, Any] = {"claim_id": None, "verdict": None, "reasons": [], "accepted_by": None}
"""These fields of an entry that claims nothing."""
FACTS = ("Send the offer", "Anna Berg", "The offer goes out.", "The offer", "Ship on Monday")
SAID = Evidence(segment_ids=(1,), quote="I will send the offer by Friday.")
OFFER = ActionItem(
    task="Send the offer", owner="B", due_date=None, due_words=None, evidence=SAID, verdict=Verdict.VERIFIED
)
DELETE = ActionItem(
    task=LIE,
    owner="A",
    due_date=None,
    due_words=None,
    evidence=Evidence(segment_ids=(1,), quote="I"),
    verdict=Verdict.UNVERIFIED,
    reasons=("quote_too_short", "not_supported"),
)


def claimed() -> MeetingRecord:
    """A meeting in which one claim of every kind is verified, and one is not."""
    lie = {"verdict": Verdict.UNVERIFIED, "reasons": ("not_supported",)}
    true = {"verdict": Verdict.VERIFIED}
    return meeting(
        speakers=(
            SpeakerName.model_validate({"label": "A", "name": "Anna Berg", "confidence": 0.9, **true}),
            SpeakerName.model_validate({"label": "B", "name": LIE_NAME, "confidence": 0.9, "evidence": SAID, **lie}),
        ),
        summary=Summary(
            short_summary="The offer goes out.",
            topics=(
                Topic.model_validate({"title": "The offer", "start_ms": 0, "end_ms": 70_000, **true}),
                Topic.model_validate({"title": "The end of the world", "start_ms": 0, "end_ms": 70_000, **lie}),
            ),
            sentences=(
                SummarySentence.model_validate({"text": "The offer goes out.", "segment_ids": (1,), **true}),
                SummarySentence.model_validate({"text": "Everything is cancelled.", "segment_ids": (2,), **lie}),
            ),
        ),
        action_items=(OFFER, DELETE),
        decisions=(
            Decision.model_validate({"decision": "Ship on Monday", "decided_by": ("A",), "evidence": SAID, **true}),
            Decision.model_validate({"decision": "Fire everybody", "decided_by": ("B",), "evidence": SAID, **lie}),
        ),
    )


def claim(record: MeetingRecord, text: str) -> JudgedClaim:
    """The claim that contains this text."""
    (found,) = (one for one in listed(judged(record)) if text in one.text)
    return found


def edit_of(record: MeetingRecord, text: str, judgement: Judgement, by: str = "Grace") -> ClaimEdit:
    """A person's judgement of this claim."""
    known = claim(record, text)
    at = datetime(2026, 3, 3, tzinfo=UTC)
    return ClaimEdit(known.claim_id, known.insight, known.text, judgement, by, at)


def without_claim(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of a record's JSON without what every claim has."""
    return {name: value for name, value in entry.items() if name not in NO_CLAIM}
