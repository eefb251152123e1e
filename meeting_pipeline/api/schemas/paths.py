"""Path parameters: the recording that ``{recording_id}`` names.

Must not go here: query parameters of one route family.
"""

from typing import Annotated

from fastapi import Depends, Path

from meeting_pipeline.api import policies
from meeting_pipeline.domain.keys import is_key
from meeting_pipeline.store.engine.row_helpers import unknown_recording


def recording_key(
    key: Annotated[str, Path(alias="recording_id", description="The recording's id.")],
) -> str:
    """The key in the path; it may not exist. Raises: PermanentError ``unknown_recording`` if it is malformed."""
    if not is_key(key):
        raise unknown_recording(key[: policies.SHOWN_CHARACTERS])
    return key


Key = Annotated[str, Depends(recording_key)]
