"""Who makes an edit: the name of the API key or, while no key is required, a name that the person gave.

Must not go here: who may edit (``access.py``), what an edit does.
"""

from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Header

from meeting_pipeline.api.security.access import LOCAL, Caller, require
from meeting_pipeline.domain.speaker_edits import clean_name

EDITED_BY: Final = "Edited-By"


def editor(
    caller: Annotated[Caller, Depends(require("submit"))],
    edited_by: Annotated[
        str | None,
        Header(
            alias=EDITED_BY,
            max_length=1500,
            description="Name of the person who edits, percent-encoded UTF-8. Used only while no key is required: otherwise the "
            "name of the key counts.",
        ),
    ] = None,
) -> str:
    """The name to keep with an edit. Raises: PermanentError ``bad_name``."""
    if caller.id != LOCAL.id or not edited_by:
        return caller.name
    return clean_name(unquote(edited_by))


Editor = Annotated[str, Depends(editor)]
