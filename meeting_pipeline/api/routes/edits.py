"""Edits over HTTP: items, decisions and segments of a meeting, their history, and undoing.

Must not go here: what an edit does to a record (``domain/edited_claims.py``), details of a recording (``recording_edits.py``),
accepting and deleting claims of any kind (``judged_claims.py``).
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.edit_requests import EditItem, EditSegment, NewItem
from meeting_pipeline.api.schemas.edits import AddedItem, EditList, added_item, edit_list
from meeting_pipeline.api.schemas.judged_claims import ClaimList, claim_list
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, responses
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.domain.result_kinds import Insight
from meeting_pipeline.installation import Installation

router = APIRouter(prefix="/v1/meetings", tags=["meetings"], route_class=StrictRoute)
_STALE: Final = "It was edited since the `version` in the request."
_INVALID: Final = "The body is invalid, or a field does not fit."
ClaimId = Annotated[str, Path(max_length=64, description="The claim's id, as in `GET …/claims`.")]


@router.get("/{recording_id}/edits", operation_id="listEdits", responses=responses(**REFUSED, **UNKNOWN))
def list_edits(installation: Opened, _caller: Reader, key: Key) -> EditList:
    """List what people changed, newest first: who, when, before and after; and edits that fit no current result."""
    return _edits(installation, key)


@router.post(
    "/{recording_id}/edits/{number}:undo",
    operation_id="undoEdit",
    responses=responses(
        _404="No such recording, or no such edit; `code` says which.",
        _409="A later edit changed the same fields: undo that one first.",
        **REFUSED,
    ),
)
def undo_edit(
    installation: Opened,
    by: Editor,
    key: Key,
    number: Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of the edit, as in `GET …/edits`.")],
) -> EditList:
    """Undo one edit. That is an edit too: it is in the history, and can be undone."""
    installation.store.undoing.undo(key, number, by=by)
    return _edits(installation, key)


@router.post(
    "/{recording_id}/items",
    operation_id="addItem",
    status_code=201,
    responses=responses(
        _404="No such recording, or no such segment; `code` says which.",
        _409="There are too many added items.",
        _422=_INVALID,
        **REFUSED,
    ),
)
def add_item(installation: Opened, by: Editor, key: Key, item: NewItem) -> AddedItem:
    """Add an action item or a decision. The item records who added it, and needs no evidence. The same item is not added twice.

    All documents show it at once. Submitters get it by webhook as the next revision. No language model is called.
    """
    given = item.given("insight", "segment_id")
    added = installation.store.item_edits.add(key, Insight(item.insight), given, by=by, segment=item.segment_id)
    return added_item(_claims(installation, key).claims, added)


@router.patch(
    "/{recording_id}/items/{claim_id}",
    operation_id="editItem",
    responses=responses(
        _404="No such recording, or no such claim; `code` says which.", _409=_STALE, _422=_INVALID, **REFUSED
    ),
)
def edit_item(installation: Opened, by: Editor, key: Key, claim_id: ClaimId, edit: EditItem) -> ClaimList:
    """Change text, owner, due date or status of an action item, or text, people or status of a decision.

    The edit is stored separately from the results, with the person and the time, and applies to the same item in later
    versions. All documents show it at once. Submitters get it by webhook as the next revision, after a few seconds without
    further edits.
    """
    installation.store.item_edits.change(key, claim_id, edit.given("version"), by=by, version=edit.version)
    return _claims(installation, key)


@router.delete(
    "/{recording_id}/items/{claim_id}",
    operation_id="deleteItem",
    responses=responses(_404="No such recording, or no such claim; `code` says which.", _409=_STALE, **REFUSED),
)
def delete_item(
    installation: Opened,
    by: Editor,
    key: Key,
    claim_id: ClaimId,
    version: Annotated[int | None, Query(ge=0, description="The version that the caller has seen.")] = None,
) -> ClaimList:
    """Delete an item, even one that a person added, or discard an edit whose item is gone. It can be undone."""
    installation.store.item_edits.delete(key, claim_id, by=by, version=version)
    return _claims(installation, key)


@router.patch(
    "/{recording_id}/segments/{segment_id}",
    operation_id="editSegment",
    responses=responses(
        _404="No such recording, transcript, segment or speaker; `code` says which.",
        _409=_STALE,
        _422=_INVALID,
        **REFUSED,
    ),
)
def edit_segment(
    installation: Opened,
    by: Editor,
    key: Key,
    segment_id: Annotated[int, Path(ge=0, le=2**31 - 1, description="The segment's `id`.")],
    edit: EditSegment,
) -> EditList:
    """Correct what was said in a segment, or who said it. Evidence of items keeps the words as they were transcribed.

    The correction applies to later transcripts that say the same words at that time; otherwise it is listed as a conflict.
    """
    installation.store.segment_edits.correct(
        key, segment_id, by, text=edit.text, speaker=edit.speaker, version=edit.version
    )
    return _edits(installation, key)


def _claims(installation: Installation, key: str) -> ClaimList:
    return claim_list(installation.store.records.get(key))


def _edits(installation: Installation, key: str) -> EditList:
    store = installation.store
    return edit_list(
        store.records.get(key),
        store.recordings.get(key),
        store.edit_history.newest(key),
        store.edit_history.version_of_details(key),
    )
