"""``/v1/commitments``: tasks and decisions over all meetings, and what became of them.

Must not go here: how commitments are linked (``domain/commitments/``), owner and due date, which are edits of the item
(``edits.py``).
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.commitment_cursors import read_place, write_place
from meeting_pipeline.api.schemas.commitment_query import CommitmentQuery, Overdue, Owner, Series
from meeting_pipeline.api.schemas.commitment_requests import EditCommitment
from meeting_pipeline.api.schemas.commitments import (
    CommitmentDetail,
    CommitmentPage,
    commitment_json,
    detail_json,
    due_of,
)
from meeting_pipeline.api.schemas.problems import REFUSED, responses
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.domain.calendar import COMMITMENTS, MEDIA_TYPE, calendar_of
from meeting_pipeline.domain.commitments.values import CommitmentState
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.installation import Installation
from meeting_pipeline.store.commitments.pages import CommitmentFilter

router = APIRouter(prefix="/v1", tags=["commitments"], route_class=StrictRoute)
_CALENDAR_ENTRIES: Final = 5_000
"""Due dates of one calendar: calendars become slow beyond. The earliest come first."""
_UNKNOWN: Final = "No such commitment, item or edit; `code` says which."
_STALE: Final = "It has changed since the `version` that was sent, or a later edit depends on it."
Id = Annotated[str, Path(max_length=40, description="The `id` of the commitment.")]


@router.get(
    "/commitments",
    operation_id="listCommitments",
    responses=responses(_400="The cursor does not belong to this list (`bad_cursor`).", **REFUSED),
)
def list_commitments(
    installation: Opened, _caller: Reader, query: Annotated[CommitmentQuery, Query()]
) -> CommitmentPage:
    """List commitments: first those that are not closed, by due date.

    The same action item or decision in several meetings of a series is one commitment. Items that the words of their meeting do
    not confirm are left out.
    """
    store = installation.store
    begin = read_place(query.cursor) if query.cursor is not None else None
    found, after = store.commitments.page(query.criteria(), query.limit, begin)
    today = store.commitments.today()
    return CommitmentPage(
        commitments=[commitment_json(installation.settings, one, today) for one in found],
        next_cursor=write_place(after) if after is not None else None,
        pending=store.commitment_links.behind(),
    )


@router.get(
    "/commitments.ics",
    operation_id="getCommitmentCalendar",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "An iCalendar file."},
        **responses(**REFUSED),
    },
)
def get_calendar(
    installation: Opened, _caller: Reader, owner: Owner = None, series: Series = None, overdue: Overdue = False
) -> Response:
    """The due dates of commitments that are not closed, as a calendar to import or subscribe to."""
    criteria = CommitmentFilter(owner=owner, series=series, overdue=overdue, closed=False, with_due_date=True)
    found, _ = installation.store.commitments.page(criteria, _CALENDAR_ENTRIES)
    dues = [due for one in found if (due := due_of(installation.settings, one)) is not None]
    return Response(
        calendar_of(dues, COMMITMENTS),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": 'attachment; filename="commitments.ics"'},
    )


@router.get("/commitments/{commitment_id}", operation_id="getCommitment", responses=responses(_404=_UNKNOWN, **REFUSED))
def get_commitment(installation: Opened, _caller: Reader, commitment_id: Id) -> CommitmentDetail:
    """Get a commitment with its items and the edits by people."""
    return _detail(installation, commitment_id)


@router.patch(
    "/commitments/{commitment_id}",
    operation_id="editCommitment",
    responses=responses(
        _404=_UNKNOWN, _409=_STALE, _422="The body is invalid, or the two commitments are not in one series.", **REFUSED
    ),
)
def edit_commitment(installation: Opened, by: Editor, commitment_id: Id, edit: EditCommitment) -> CommitmentDetail:
    """Set the state of a commitment, link it to another one, or unlink one of its items.

    Edits by people override what the meetings say, survive reprocessing, and can be undone. A commitment that is linked to
    another one takes the id of that one.
    """
    edits = installation.store.commitment_edits
    if edit.state is not None:
        edits.set_state(commitment_id, CommitmentState(edit.state), by, version=edit.version)
    elif edit.link_to is not None:
        changed = edits.link(commitment_id, edit.link_to, by, version=edit.version)
        if any(one.commitment_id == commitment_id and one.after is None for one in changed):
            commitment_id = edit.link_to
    elif edit.unlink is not None:
        edits.unlink(commitment_id, edit.unlink, by, version=edit.version)
    return _detail(installation, commitment_id)


@router.post(
    "/commitments/{commitment_id}/edits/{number}:undo",
    operation_id="undoCommitmentEdit",
    responses=responses(_404=_UNKNOWN, _409=_STALE, **REFUSED),
)
def undo_commitment_edit(
    installation: Opened,
    by: Editor,
    commitment_id: Id,
    number: Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of the edit, as in `edits`.")],
) -> CommitmentDetail:
    """Undo one edit. It stays listed, with who undid it.

    The response is the commitment, or the one to which undoing linked it.
    """
    edits = installation.store.commitment_edits
    edits.undo(commitment_id, number, by)
    try:
        return _detail(installation, commitment_id)
    except PermanentError:
        home = edits.home_of(number)
        if home is None:
            raise
        return _detail(installation, home)


def _detail(installation: Installation, commitment_id: str) -> CommitmentDetail:
    store = installation.store
    whole, edits = store.commitments.get(commitment_id), store.commitment_edits.of(commitment_id)
    return detail_json(installation.settings, whole, edits, store.commitments.today())
