"""Speakers over HTTP: listing, renaming and merging them.

Must not go here: which edits are allowed and what they do (``domain/speaker_edits.py``).
"""

from typing import Annotated

from fastapi import APIRouter, Path

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, responses
from meeting_pipeline.api.schemas.speakers import MergeSpeaker, RenameSpeaker, SpeakerList, speaker_list
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.installation import Installation

router = APIRouter(prefix="/v1/meetings", tags=["meetings"], route_class=StrictRoute)
_MISSING = {"_404": "No such recording, no transcript, or no such speaker; `code` says which."}


@router.get("/{recording_id}/speakers", operation_id="listSpeakers", responses=responses(**REFUSED, **_MISSING))
def list_speakers(installation: Opened, _caller: Reader, key: Key) -> SpeakerList:
    """List the speaker labels of a meeting, with the names that were found and those that people gave."""
    return _speakers(installation, key)


@router.patch(
    "/{recording_id}/speakers/{label}",
    operation_id="editSpeaker",
    responses=responses(
        _409="The label is merged into another one, or the merge would form a chain.",
        _422="The body is invalid, the name is not usable, or the label would be merged into itself.",
        **REFUSED,
        **_MISSING,
    ),
)
def edit_speaker(
    installation: Opened,
    by: Editor,
    key: Key,
    label: Annotated[str, Path(description="The speaker's label, as in `GET …/speakers`.")],
    edit: RenameSpeaker | MergeSpeaker,
) -> SpeakerList:
    """Rename a speaker, or mark two labels as the same person; null undoes it.

    All documents show the edit at once. Submitters get it by webhook as the next revision, after a few seconds without
    further edits. No language model is called.
    """
    edits = installation.store.speaker_edits
    if isinstance(edit, RenameSpeaker):
        edits.rename(key, label, edit.name, by=by)
    else:
        edits.merge(key, label, edit.merge_into, by=by)
    return _speakers(installation, key)


def _speakers(installation: Installation, key: str) -> SpeakerList:
    kept = installation.store.speaker_edits.get(key)
    return speaker_list(installation.store.records.get(key), kept)
