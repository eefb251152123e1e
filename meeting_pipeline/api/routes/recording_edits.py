"""Details of a recording over HTTP: changing title, date, participants and language.

Must not go here: items and segments (``edits.py``), everything else about recordings (``recordings.py``).
"""

from fastapi import APIRouter

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.schemas.edit_requests import EditRecording
from meeting_pipeline.api.schemas.edits import EditedRecording, Rerun, details
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, UNKNOWN, responses
from meeting_pipeline.api.schemas.recordings import recording_response
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.domain.result_kinds import ResultKind
from meeting_pipeline.steps.operations.rerun import rerun_of

router = APIRouter(prefix="/v1/recordings", tags=["recordings"], route_class=StrictRoute)


@router.patch(
    "/{recording_id}",
    operation_id="editRecording",
    responses=responses(
        _409="It was edited since the `version` in the request.", _422="The body is invalid.", **REFUSED, **UNKNOWN
    ),
)
def edit_recording(installation: Opened, by: Editor, key: Key, edit: EditRecording) -> EditedRecording:
    """Change title, date, participants or language. Due dates are counted from the new date. The id stays.

    Nothing is reprocessed automatically: `rerun` says what should be, and at what cost. Submitters get the change by webhook
    as the next revision, if they see any of it.
    """
    store = installation.store
    changed = store.recording_edits.change(key, edit.given("version"), by=by, version=edit.version)
    row = store.recordings.get(key)
    found = rerun_of(installation, row, changed)
    return EditedRecording(
        recording=recording_response(installation.settings, store.overviews.get(key)),
        details=details(row, store.edit_history.version_of_details(key)),
        changed=sorted(changed),
        rerun=None
        if found is None
        else Rerun(
            assets=[ResultKind(name) for name in found.assets],
            expected_usd=round(found.usd, 6),
            unknown=list(found.unknown),
            advice=found.advice,
        ),
    )
