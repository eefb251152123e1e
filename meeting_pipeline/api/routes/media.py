"""The recording itself, for a player: with range requests, and under a media type that no browser executes.

Must not go here: which types there are (``media/formats.py``).
"""

import re
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from meeting_pipeline.api.dependencies import Opened
from meeting_pipeline.api.head_requests import is_head
from meeting_pipeline.api.schemas.paths import Key
from meeting_pipeline.api.schemas.problems import REFUSED, problem, responses
from meeting_pipeline.api.security.access import Caller
from meeting_pipeline.api.security.tokens import readable_with_token
from meeting_pipeline.domain.errors import PermanentError
from meeting_pipeline.installation import Installation
from meeting_pipeline.media.formats import media_type
from meeting_pipeline.steps.elsewhere import stored_elsewhere
from meeting_pipeline.steps.transcription.order import prepared_copy

router = APIRouter(prefix="/v1/recordings", tags=["recordings"])
_ONE_RANGE: Final = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))")

_CONTENT: Final[dict[str, Any]] = {"audio/*": {}, "video/*": {}, "application/octet-stream": {}}


class Media(FileResponse):
    """A file that supports requests for one range.

    A ``Range`` header that is malformed or asks for several ranges is ignored, as RFC 9110 permits.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a range of it, or 416 as a problem document."""
        asked = Headers(scope=scope).get("range")
        size = int(self.headers["content-length"])
        found = _ONE_RANGE.fullmatch(asked.replace(" ", "").lower()) if asked is not None else None
        if asked is not None and (found is None or _is_backwards(found)):
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"range"]}
        elif found is not None and _is_beyond(found, size):
            refusal = problem(
                416,
                "range_not_satisfiable",
                f"The file has {size} bytes.",
                "Request a range within them.",
                headers={"Content-Range": f"bytes */{size}"},
            )
            await refusal(scope, receive, send)
            return
        if is_head(scope):
            scope = {**scope, "method": "HEAD"}  # the file is not read then
        await super().__call__(scope, receive, send)


@router.get(
    "/{recording_id}/media",
    operation_id="getMedia",
    response_class=FileResponse,
    responses={
        200: {"description": "The whole file.", "content": _CONTENT},
        206: {"description": "The requested range.", "content": _CONTENT},
        **responses(
            _404="No such recording, or it has no audio (code `no_media`).",
            _416="The range is outside the file.",
            **REFUSED,
        ),
    },
)
def get_media(
    installation: Opened,
    _caller: Annotated[Caller, Depends(readable_with_token)],
    key: Key,
    download: Annotated[bool, Query(description="Send it as a download instead of playing it.")] = False,
    prepared: Annotated[
        bool, Query(description="Send the prepared copy of the sound, if there is one: its times are the transcript's.")
    ] = False,
) -> Media:
    """Get the recording as submitted, for an audio player. Supports range requests. Needs a key or a token for this recording.

    Players should set `prepared`: of a file with pauses left out, several tracks or a format that browsers do not play, they
    then get the sound that was transcribed.
    """
    return media_of(installation, key, prepared=prepared, download=download)


def media_of(installation: Installation, key: str, *, prepared: bool, download: bool) -> Media:
    """The file of a recording, or its prepared copy. Raises: PermanentError ``no_media``, TransientError ``stored_elsewhere``."""
    row = installation.store.recordings.get(key)
    folder = installation.settings.recordings / row.key
    copy = prepared_copy(folder, row) if prepared else None
    path = copy or (folder / row.media_file if row.media_file else None)
    if path is None:
        raise PermanentError(
            "no_media", "This recording has no audio: it was submitted as a transcript export.", "Read the transcript."
        )
    try:
        facts = path.stat()
    except FileNotFoundError as error:  # deleted, perhaps just now
        elsewhere = stored_elsewhere(installation, row)
        if elsewhere is not None:
            raise elsewhere from error
        raise PermanentError("no_media", "The file of this recording is missing.", "Submit it again.") from error
    return Media(
        path,
        media_type=media_type("flac" if copy else row.container),
        filename=f"{row.key}{_plain(path)}",
        content_disposition_type="attachment" if download else "inline",
        headers={"Cache-Control": "private, no-cache"},
        stat_result=facts,
    )


def _plain(path: Path) -> str:
    return path.suffix.lower() if re.fullmatch(r"\.[a-z0-9]{1,5}", path.suffix.lower()) else ""


def _is_backwards(found: re.Match[str]) -> bool:
    return bool(found["first"] and found["last"]) and int(found["last"]) < int(found["first"])


def _is_beyond(found: re.Match[str], size: int) -> bool:
    if found["suffix"]:
        return int(found["suffix"]) == 0 or size == 0
    return int(found["first"]) >= size
