"""Claims over HTTP: listing them with their verdicts, accepting and deleting them.

Must not go here: what an edit does to a record (``domain/claim_edits.py``), checks of claims.
"""

from typing import Annotated

from fastapi import APIRouter, Path

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.judged_claims import ClaimList, JudgeClaim, claim_list
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, responses
from meeting_pipeline.api.security.editors import Editor

router = APIRouter(prefix="/v1/meetings", tags=["meetings"], route_class=StrictRoute)


@router.get("/{recording_id}/claims", operation_id="listClaims", responses=responses(**REFUSED, **UNKNOWN))
def list_claims(installation: Opened, _caller: Reader, key: Key) -> ClaimList:
    """List what the results of a meeting claim: published, withheld and deleted, with verdicts, reasons and quotes."""
    return claim_list(installation.store.records.get(key))


@router.patch(
    "/{recording_id}/claims/{claim_id}",
    operation_id="judgeClaim",
    responses=responses(
        _404="No such recording, or no such claim; `code` says which.",
        _422="The body is invalid.",
        **REFUSED,
    ),
)
def judge_claim(
    installation: Opened,
    by: Editor,
    key: Key,
    claim_id: Annotated[str, Path(max_length=64, description="The claim's id, as in `GET …/claims`.")],
    judgement: JudgeClaim,
) -> ClaimList:
    """Accept a claim as a fact, or delete it; null undoes either.

    The judgement is stored with the person and the time, and applies to the same claim in later versions. All documents show
    it at once. Submitters get it by webhook as the next revision, after a few seconds without further edits. No language
    model is called.
    """
    installation.store.claim_edits.judge(key, claim_id, judgement.judgement, by=by)
    return claim_list(installation.store.records.get(key))
