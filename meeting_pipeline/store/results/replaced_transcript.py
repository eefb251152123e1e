"""What becomes of stored insights when their transcript is replaced. Inside the caller's transaction.

Each gets a new version with the claims that the new transcript supports, and the ids of its segments. If the words differ, each
is also a stale gap. Making it again costs money, so it waits for a request, unless the run that replaced the transcript makes it
too. Edits follow their claims.
Must not go here: what the new transcript supports (``domain/relocation.py``).
"""

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from meeting_pipeline.domain.claim_edits import claims_of
from meeting_pipeline.domain.edited_claims import anchor_of
from meeting_pipeline.domain.insight_forms import forms
from meeting_pipeline.domain.insight_results import InsightResult
from meeting_pipeline.domain.judged_claims import ClaimEdit, Judgement
from meeting_pipeline.domain.provenance import Coverage, Provenance
from meeting_pipeline.domain.relocation import CHANGED, Relocation
from meeting_pipeline.domain.result_kinds import Insight, ResultKind
from meeting_pipeline.domain.transcript import Transcript
from meeting_pipeline.store.engine.context import StoreContext
from meeting_pipeline.store.results.claim_edits import put_edit, remove_edit
from meeting_pipeline.store.results.moved_edits import move_item_edits, relocate_added
from meeting_pipeline.store.results.origins import note_replaced
from meeting_pipeline.store.results.record_rows import claim_edits_of, current_artifacts
from meeting_pipeline.store.results.versions import TRANSCRIPT_REPLACED, add_version, discard_held
from meeting_pipeline.store.tables import GapRow, Recording

_ADVICE: Final = "`meeting-pipeline reprocess --stale` makes it again."


def move_to_new_transcript(
    context: StoreContext, session: Session, row: Recording, run_id: str, old: Transcript, new: Transcript, version: int
) -> None:
    """Let all insights rest on the new transcript, which is stored as ``version``."""
    relocation = Relocation(old, new)
    if not relocation.needed:
        return
    discard_held(context, session, row, TRANSCRIPT_REPLACED)
    stale = relocation.other_words
    artifacts = current_artifacts(session, row.key)
    for insight, form in forms().items():
        artifact = artifacts.get(ResultKind.named(insight.value))
        before = form.read(artifact.payload) if artifact is not None and artifact.payload else None
        if artifact is None or before is None:
            continue
        after = relocation.result(before)
        add_version(
            context,
            session,
            row,
            ResultKind.named(insight.value),
            run_id,
            payload=after.model_dump(mode="json"),
            provenance=Provenance.model_validate(artifact.provenance),
            coverage=relocation.coverage(_coverage(artifact.coverage)).model_dump(mode="json"),
            prompt_version=artifact.prompt_version,
            transcript_version=version,
            meeting_date=artifact.meeting_date,
        )
        _take_edits_along(session, row.key, insight, before, after)
        move_item_edits(
            session, row.key, insight, list(claims_of(insight, before, {})), list(claims_of(insight, after, {}))
        )
        if stale:
            note_replaced(session, row.key, insight.value, context.now())
            _note_stale(context, session, row, insight)
    relocate_added(session, row.key, relocation)


def _coverage(stored: dict[str, object] | None) -> Coverage | None:
    return Coverage.model_validate(stored) if stored else None


def _take_edits_along(
    session: Session, key: str, insight: Insight, before: InsightResult, after: InsightResult
) -> None:
    """Move the edits of claims that have another id now, because their segments have.

    That somebody accepted a claim says nothing about it once its words are gone: such an edit waits under its earlier id, and if
    the claim still has that id, it is removed.
    """
    edits = {edit.claim_id: edit for edit in claim_edits_of(session, [key]).get(key, ())}
    if not edits:
        return
    moved: dict[str, ClaimEdit] = {}
    left: set[str] = set()
    for old, new in zip(claims_of(insight, before, edits), claims_of(insight, after, {}), strict=False):
        if old.edit is None:
            continue
        gone = CHANGED in new.reasons and CHANGED not in old.reasons
        if not gone or old.edit.judgement is Judgement.DELETED:
            moved[new.claim_id] = replace(old.edit, claim_id=new.claim_id, anchor=anchor_of(new))
            left.add(old.claim_id)
        elif new.claim_id == old.claim_id:
            left.add(old.claim_id)
    for claim_id in left - moved.keys():
        remove_edit(session, key, claim_id)
    for edit in moved.values():
        put_edit(session, key, edit)


def _note_stale(context: StoreContext, session: Session, row: Recording, insight: Insight) -> None:
    gap = session.get(GapRow, (row.key, insight.value))
    if gap is None:
        gap = GapRow(recording_key=row.key, insight=insight.value, since=context.now(), tries=0)
        session.add(gap)
    gap.code, gap.reason, gap.advice = CHANGED, TRANSCRIPT_REPLACED, _ADVICE
    gap.requested_at, gap.due_at = None, None
    row.changed_at = context.now()
