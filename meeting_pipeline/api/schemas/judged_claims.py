"""Claims over HTTP: everything that the results of a meeting claim, with verdicts and people's judgements.

Must not go here: the record, which has only published claims (``meetings.py``).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from meeting_pipeline.api.schemas.meetings import Evidence
from meeting_pipeline.domain import record as domain
from meeting_pipeline.domain.claim_edits import listed, waiting
from meeting_pipeline.domain.edited_claims import field_values
from meeting_pipeline.domain.insight_forms import evidence_json
from meeting_pipeline.domain.judged_claims import ClaimEdit, ClaimState, JudgedClaim, Judgement
from meeting_pipeline.domain.record_json import claim_json
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.unverified import reason_sentence
from meeting_pipeline.domain.verdicts import Verdict


class Reason(BaseModel):
    """A reason for a verdict."""

    code: str = Field(description="Stable.")
    sentence: str = Field(description="For people.")


class Claim(BaseModel):
    """One item, decision, sentence of the summary, topic or speaker's name."""

    claim_id: str = Field(description="The same for the same claim in every version.")
    insight: Insight
    part: str | None = Field(description="The list of the insight that has it; null while it waits.")
    text: str = Field(description="What it says.")
    state: ClaimState = Field(
        description="`published`: a fact; `withheld`: unverified, and nobody accepted it; `deleted` by a person; "
        "`waiting`: no current result contains it, but the edit is kept."
    )
    verdict: Verdict | None = Field(description="Null while it waits.")
    reasons: list[Reason] = Field(description="Why it is unverified, most important first.")
    judgement: Judgement | None = Field(description="A person's judgement of it.")
    judged_by: str | None
    judged_at: datetime | None
    evidence: Evidence | None = Field(
        description="The quote that supports it, and where it was said; the quote may be empty."
    )
    entry: dict[str, Any] | None = Field(description="The claim as the record contains it when it is published.")
    fields: dict[str, Any] | None = Field(
        default=None, description="The fields that people can edit, with `PATCH …/items/{claim_id}`; null: none."
    )
    found: dict[str, Any] | None = Field(
        default=None, description="The same fields as they were found, if people changed them."
    )
    version: int = Field(default=0, description="The number of the last edit of its fields; 0 if there is none.")
    added: bool = Field(default=False, description="Whether a person added it.")
    edited_by: str | None = Field(default=None, description="Who changed its fields last, or added it.")
    edited_at: datetime | None = None


class ClaimList(BaseModel):
    """The claims of all insights, in the order of the results; then edits that wait for their claim."""

    claims: list[Claim]


class JudgeClaim(BaseModel):
    """A person's judgement of a claim."""

    model_config = ConfigDict(extra="forbid")

    judgement: Judgement | None = Field(description="Accept it as a fact, or delete it; null undoes either.")


def claim_list(record: domain.MeetingRecord) -> ClaimList:
    """The representation of a meeting's claims."""
    return ClaimList(claims=[*(_claim(record, claim) for claim in listed(record)), *_waiting(record)])


def _claim(record: domain.MeetingRecord, claim: JudgedClaim) -> Claim:
    edit, evidence = claim.edit, claim.evidence
    return Claim(
        claim_id=claim.claim_id,
        insight=claim.insight,
        part=claim.part,
        text=claim.text,
        state=claim.state,
        verdict=claim.verdict,
        reasons=[Reason(code=code, sentence=reason_sentence(code)) for code in claim.reasons],
        judgement=edit.judgement if edit is not None else None,
        judged_by=edit.edited_by if edit is not None else None,
        judged_at=edit.edited_at if edit is not None else None,
        evidence=Evidence.model_validate(evidence_json(evidence, record)) if evidence is not None else None,
        entry=claim_json(record, claim),
        fields=field_values(claim.value) or None,
        found=field_values(claim.found) if claim.found is not None and claim.item_edit is not None else None,
        version=claim.item_edit.version if claim.item_edit is not None else 0,
        added=claim.added,
        edited_by=claim.edited_by,
        edited_at=claim.item_edit.edited_at if claim.item_edit is not None else None,
    )


def _waiting(record: domain.MeetingRecord) -> Iterator[Claim]:
    for edit in waiting(record):
        yield _edited(edit)


def _edited(edit: ClaimEdit) -> Claim:
    return Claim(
        claim_id=edit.claim_id,
        insight=edit.insight,
        part=None,
        text=edit.text,
        state=ClaimState.WAITING,
        verdict=None,
        reasons=[],
        judgement=edit.judgement,
        judged_by=edit.edited_by,
        judged_at=edit.edited_at,
        evidence=None,
        entry=None,
    )
