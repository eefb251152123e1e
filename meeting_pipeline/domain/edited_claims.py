"""What people's edits do to the claims of a record: changed fields, added items, deletions that follow a reworded claim.

Stored results are never rewritten: edits are applied whenever a record is loaded. Due dates are computed again here if the
meeting's date was changed. Must not go here: which claim an edit belongs to (``item_edits.py``), storing edits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from meeting_pipeline.domain.due_dates import resolve_due
from meeting_pipeline.domain.insight_results import ActionItem, ActionItems, Decision, Decisions, InsightResult
from meeting_pipeline.domain.item_edits import (
    CONTENT_FIELDS,
    Anchor,
    ClaimQuery,
    EditField,
    ItemEdit,
    claim_query_of,
    matched,
)
from meeting_pipeline.domain.judged_claims import ClaimEdit, JudgedClaim, Judgement, segment_ids
from meeting_pipeline.domain.record import MeetingRecord
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.domain.transcript import Evidence
from meeting_pipeline.domain.value import Value
from meeting_pipeline.domain.verdicts import ItemStatus, Verdict

PARTS: Mapping[Insight, str] = {Insight.ACTION_ITEMS: "items", Insight.DECISIONS: "decisions"}


def anchor_of(claim: JudgedClaim) -> Anchor:
    """What finds a claim again: as it was found, without what people changed."""
    value = claim.found if claim.found is not None else claim.value
    match value:
        case ActionItem():
            return Anchor(claim.claim_id, value.task, segment_ids(value), value.owner)
        case Decision():
            return Anchor(claim.claim_id, value.decision, segment_ids(value))
    return Anchor(claim.claim_id, claim.text, segment_ids(value))


def edited(
    record: MeetingRecord, claims: Sequence[JudgedClaim], edits: Iterable[ItemEdit], judgements: Iterable[ClaimEdit]
) -> list[JudgedClaim]:
    """The claims with their edits, and after those of their insight the items that people added.

    ``judgements``: a deletion whose claim has no such id any more follows the claim as an edit does. That somebody accepted
    a claim says nothing about other words.
    """
    every = list(edits)
    own = [one for one in every if not one.added]
    taken = {claim.edit.claim_id for claim in claims if claim.edit is not None}
    deleted = {
        f"deleted {one.claim_id}": one
        for one in judgements
        if one.judgement is Judgement.DELETED and one.claim_id not in taken and one.anchor is not None
    }
    moved = [ClaimQuery(name, one.insight, one.anchor) for name, one in deleted.items() if one.anchor is not None]
    wanted = [*(claim_query_of(one) for one in own), *moved]
    claim_of = _in_turn(wanted, claims) if wanted else {}
    by_claim = {claim_of[one.subject]: one for one in own if one.subject in claim_of}
    deletions = {claim_of[name]: one for name, one in deleted.items() if name in claim_of}
    found = [
        _with_edits(record, claim, by_claim.get(claim.claim_id), deletions.get(claim.claim_id)) for claim in claims
    ]
    return _in_order(found, [_added(one) for one in every if one.added])


def _in_turn(wanted: Sequence[ClaimQuery], claims: Sequence[JudgedClaim]) -> dict[str, str]:
    """Edits and deletions look for their claims independently: one item may have both."""
    deletions = [one for one in wanted if one.name.startswith("deleted ")]
    others = [one for one in wanted if not one.name.startswith("deleted ")]
    return matched(others, claims, anchor_of) | matched(deletions, claims, anchor_of)


def _in_order(found: Sequence[JudgedClaim], added: Sequence[JudgedClaim]) -> list[JudgedClaim]:
    insights = dict.fromkeys([*(claim.insight for claim in found), *(claim.insight for claim in added)])
    return [claim for insight in insights for claim in (*found, *added) if claim.insight is insight]


def with_results_for(
    results: Mapping[Insight, InsightResult], edits: Iterable[ItemEdit]
) -> dict[Insight, InsightResult]:
    """The results, with an empty one for each insight that has only items that people added."""
    empty: dict[Insight, InsightResult] = {
        Insight.ACTION_ITEMS: ActionItems(items=()),
        Insight.DECISIONS: Decisions(decisions=()),
    }
    lacking = {one.insight for one in edits if one.added and one.insight not in results}
    return {**results, **{insight: empty[insight] for insight in lacking}}


def conflicts(record: MeetingRecord) -> tuple[ItemEdit, ...]:
    """Edits whose item no current result has. They are kept, and apply again when one does."""
    applied = {claim.item_edit.subject for claim in record.claims or () if claim.item_edit is not None}
    return tuple(edit for edit in record.item_edits if edit.subject not in applied)


def field_values(value: Value) -> dict[str, Any]:
    """The fields of an item that people can edit, as JSON values; empty for other claims."""
    match value:
        case ActionItem():
            due = value.due_date.isoformat() if value.due_date else None
            return {"text": value.task, "owner": value.owner, "due_date": due, "status": _status(value.status)}
        case Decision():
            return {"text": value.decision, "decided_by": list(value.decided_by), "status": _status(value.status)}
    return {}


def _status(status: ItemStatus | None) -> str | None:
    return status.value if status is not None else None


def _with_edits(
    record: MeetingRecord, claim: JudgedClaim, edit: ItemEdit | None, deletion: ClaimEdit | None
) -> JudgedClaim:
    value = _due_anew(record, claim)
    if edit is None and deletion is None and value is claim.value:
        return claim
    changed = _changed(value, edit.fields) if edit is not None else value
    text = field_values(changed).get("text", claim.text)
    return replace(claim, value=changed, found=claim.value, text=text, item_edit=edit, edit=claim.edit or deletion)


def _changed(value: Value, fields: Mapping[str, Any]) -> Value:
    update: dict[str, Any] = {}
    if EditField.TEXT in fields:
        update["task" if isinstance(value, ActionItem) else "decision"] = fields["text"]
    if EditField.OWNER in fields:
        update["owner"] = fields["owner"]
    if EditField.DUE_DATE in fields:
        day = fields["due_date"]
        update |= {"due_date": date.fromisoformat(day) if day else None, "due_words": None}
    if EditField.DECIDED_BY in fields:
        update["decided_by"] = tuple(fields["decided_by"])
    if EditField.STATUS in fields:
        update |= {"status": ItemStatus(fields["status"]), "status_segment_id": None}
    if CONTENT_FIELDS & fields.keys():  # a verdict is about what was found, not about what a person wrote
        update |= {"verdict": Verdict.NOT_CHECKED, "reasons": (), "candidate": False}
    return value.model_copy(update=update)


def _added(edit: ItemEdit) -> JudgedClaim:
    fields = edit.fields
    evidence = Evidence(segment_ids=edit.anchor.segment_ids, quote=str(fields.get("quote") or ""))
    value: Value
    if edit.insight is Insight.ACTION_ITEMS:
        value = ActionItem(task="", owner=None, due_date=None, due_words=None, evidence=evidence)
    else:
        value = Decision(decision="", decided_by=(), evidence=evidence)
    value = _changed(value, {"status": ItemStatus.OPEN.value, **fields})
    return JudgedClaim(edit.subject, edit.insight, PARTS[edit.insight], value, str(fields["text"]), item_edit=edit)


def _due_anew(record: MeetingRecord, claim: JudgedClaim) -> Value:
    stamp = record.stamps.get(claim.insight.value)
    return recompute_due(claim.value, stamp.meeting_date if stamp is not None else None, record.meeting_date)


def recompute_due(value: Value, counted_from: date | None, meeting_date: date) -> Value:
    """An item with its due words counted from the meeting's present date, if it was made for another one, ``counted_from``."""
    if not isinstance(value, ActionItem) or counted_from in (None, meeting_date) or not value.due_words:
        return value
    if value.due_date is None and counted_from is not None and resolve_due(value.due_words, counted_from) is not None:
        return value  # its day was doubted, not unknown
    return value.model_copy(update={"due_date": resolve_due(value.due_words, meeting_date)})
