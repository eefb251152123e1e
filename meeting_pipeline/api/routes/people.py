"""``/v1/people``: one person over all meetings, with all names that meetings use for them.

Must not go here: whose name it is (``domain/people/``), names in one meeting, which are edits of its speakers (``speakers.py``).
"""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.json_bodies import StrictRoute
from meeting_pipeline.api.routes.recordings import Reader
from meeting_pipeline.api.schemas.cursors import LONGEST
from meeting_pipeline.api.schemas.people import (
    PersonDetail,
    PersonPage,
    detail_json,
    person_json,
    read_place,
    write_place,
)
from meeting_pipeline.api.schemas.person_edits import EditPerson
from meeting_pipeline.api.schemas.person_suggestions import PersonSuggestions, suggestions_json
from meeting_pipeline.api.schemas.problems import REFUSED, responses
from meeting_pipeline.api.security.editors import Editor
from meeting_pipeline.steps.voices.suggesting import suggested_people

router = APIRouter(prefix="/v1", tags=["people"], route_class=StrictRoute)
_UNKNOWN: Final = "No such person or edit; `code` says which."
Id = Annotated[str, Path(max_length=40, description="The `id` of the person.")]


@router.get(
    "/people",
    operation_id="listPeople",
    responses=responses(_400="The cursor does not belong to this list (`bad_cursor`).", **REFUSED),
)
def list_people(
    installation: Opened,
    _caller: Reader,
    name: Annotated[str, Query(max_length=200, description="Only those with this in one of their names.")] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="Maximum number.")] = 50,
    cursor: Annotated[str | None, Query(max_length=LONGEST, description="`next_cursor` of the previous page.")] = None,
) -> PersonPage:
    """List people over all meetings, most recently seen first.

    A person is the name of a speaker, a participant, or somebody who owns an action item or made a decision, until somebody
    merges several names into one person or splits a name between several.
    """
    store = installation.store
    found, after = store.people.page(name.strip(), limit, read_place(cursor) if cursor is not None else None)
    return PersonPage(
        people=[person_json(one) for one in found],
        next_cursor=write_place(after) if after is not None else None,
        pending=store.search_index.is_behind(),
    )


@router.get("/people/suggestions", operation_id="suggestPeople", responses=responses(**REFUSED))
def suggest_people(
    installation: Opened,
    _caller: Reader,
    limit: Annotated[int, Query(ge=1, le=500, description="Maximum number.")] = 100,
) -> PersonSuggestions:
    """List pairs of people who may be one person, judged by their names and meetings. Nothing is merged automatically.

    Two people who both spoke in one meeting, or were both named as its participants, are never suggested. If voices are compared,
    people who sound alike are listed too.
    """
    return suggestions_json(installation.settings, suggested_people(installation, limit))


@router.get("/people/{person_id}", operation_id="getPerson", responses=responses(_404=_UNKNOWN, **REFUSED))
def get_person(installation: Opened, _caller: Reader, person_id: Id) -> PersonDetail:
    """Get a person with their newest meetings and the edits. The id of a merged person leads to the person it was merged into.

    Their commitments: `GET /v1/commitments?owner=ID`. What they said: `GET /v1/search?speaker=ID`.
    """
    return detail_json(installation.settings, installation.store.people.get(person_id))


@router.patch(
    "/people/{person_id}",
    operation_id="editPerson",
    responses=responses(
        _404=_UNKNOWN,
        _409="It has changed since the `version` in the request.",
        _422="The body is invalid, or nothing would be left.",
        **REFUSED,
    ),
)  # fmt: skip
def edit_person(installation: Opened, by: Editor, person_id: Id, edit: EditPerson) -> PersonDetail:
    """Merge a person into another one, split a name off, rename a person, or record that two people are different.

    The edit also applies to future meetings, survives reprocessing, and can be undone. Commitments and search reflect it at
    once; transcripts and minutes keep the names that they have. The response is the resulting person; for `split`, the person
    who has the name now.
    """
    edits = installation.store.person_edits
    if edit.merge_into is not None:
        person_id = edits.merge(person_id, edit.merge_into, by, version=edit.version)
    elif edit.split is not None:
        one = edit.split
        person_id = edits.split(
            person_id, one.name, by, series=one.series, recording=one.recording_id, to=one.to, version=edit.version
        )
    elif edit.differs_from is not None:
        person_id = edits.keep_apart(person_id, edit.differs_from, by, version=edit.version)
    else:
        person_id = edits.rename(person_id, edit.name, by, version=edit.version)
    return detail_json(installation.settings, installation.store.people.get(person_id))


@router.post(
    "/people/{person_id}/edits/{number}:undo",
    operation_id="undoPersonEdit",
    responses=responses(_404=_UNKNOWN, **REFUSED),
)
def undo_person_edit(
    installation: Opened,
    by: Editor,
    person_id: Id,
    number: Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of the edit, as in `edits`.")],
) -> PersonDetail:
    """Undo one edit. It stays listed, with who undid it. The response is the person, or whoever has its names now."""
    person_id = installation.store.person_edits.undo(person_id, number, by)
    return detail_json(installation.settings, installation.store.people.get(person_id))
